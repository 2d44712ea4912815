//! Push messages that are due for a message: to users who are mentioned or written to, and who do
//! not look.

use alloc::vec::Vec;

use crate::event::Addressee;
use crate::names::Folded;
use crate::replica::Replica;
use crate::request::{AwayState, MessageKind};
use crate::state::{PushSubscription, User};
use crate::{Body, Event, Name, Time};

/// Milliseconds after which somebody who says nothing may not be looking.
const ATTENTIVE: u64 = 5 * 60_000;
/// Milliseconds after which a subscription that was not renewed has expired.
const EXPIRES: u64 = 30 * 24 * 3_600_000;
/// Words of a message that are looked at for nicks.
const WORDS: usize = 200;

/// Account that is to be told of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushDue {
    /// Account.
    pub account: Folded,
    /// Channel or nick of the conversation, as the account's clients have it.
    pub conversation: Name,
    /// Key of the conversation among the account's read markers.
    pub marker: Folded,
    /// Devices of the account, at least one.
    pub devices: Vec<PushSubscription>,
}

impl Replica {
    /// Returns the devices of an account that take push messages.
    pub fn push_devices(&self, account: &Folded, now: Time) -> Vec<PushSubscription> {
        let own = self.pushes.of(account).iter();
        own.filter(|known| known.renewed.0 + EXPIRES > now.0)
            .cloned()
            .collect()
    }

    /// Returns the accounts that are to be told of a message.
    pub fn pushes_for(&self, event: &Event) -> Vec<PushDue> {
        let Body::Message { kind, to, text, .. } = &event.body else {
            return Vec::new();
        };
        let is_ctcp = text.starts_with('\u{1}') && !text.starts_with("\u{1}ACTION ");
        if self.pushes.is_empty() || *kind == MessageKind::Tags || is_ctcp {
            return Vec::new();
        }
        let mut told: Vec<&User> = Vec::new();
        let conversation: &str = match to {
            Addressee::User(_) => &event.from.nick,
            Addressee::Channel(place, _) => &place.name,
        };
        match to {
            Addressee::User(nick) => told.extend(self.user_by_nick(nick).ok()),
            Addressee::Channel(place, None) => {
                let Some(channel) = self.channels.get(&place.id) else {
                    return Vec::new();
                };
                let in_nick = |c: char| c.is_alphanumeric() || "-_[]\\`^{}|".contains(c);
                let words = text
                    .split(|c: char| !in_nick(c))
                    .filter(|word| !word.is_empty());
                for word in words.take(WORDS) {
                    let id = self.nicks.get(&self.nick_key(word));
                    if let Some(user) = id.and_then(|id| self.users.get(id))
                        && channel.members.contains_key(&user.profile.id)
                        && !told.iter().any(|known| known.profile.id == user.profile.id)
                    {
                        told.push(user);
                    }
                }
            }
            // What only some ranks hear is not for a push service.
            Addressee::Channel(_, Some(_)) => {}
        }
        let now = event.id.time();
        let mut due = Vec::new();
        for user in told {
            let Some(account) = &user.profile.account else {
                continue;
            };
            if user.profile.id == event.from.id || self.is_attentive(user, now) {
                continue;
            }
            let account = self.settings.fold(account);
            let devices = self.push_devices(&account, now);
            if !devices.is_empty() {
                due.push(PushDue {
                    account,
                    conversation: conversation.into(),
                    marker: self.marker_key(conversation),
                    devices,
                });
            }
        }
        due
    }

    /// Returns whether a user most likely looks: one of their sessions is not away, and they have said
    /// something not long ago.
    fn is_attentive(&self, user: &User, now: Time) -> bool {
        let sessions = user.sessions.iter().filter_map(|id| self.sessions.get(id));
        let mut present = sessions.filter(|session| session.away == AwayState::Present);
        present.next().is_some() && user.active.0 + ATTENTIVE > now.0
    }
}
