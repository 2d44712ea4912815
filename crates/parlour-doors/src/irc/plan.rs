//! Plans: what a line of a registered client asks for, step by step.

use super::caps::{Cap, Caps};
use super::error_reply::ErrorReply;
use super::error_reply::cut_short;
use crate::DoorSettings;
use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::request_source::RequestSource;
use crate::irc::service::Service;
use irc_wire::{Message, numerics as n, text};
use parlour_core::names::Text;
use parlour_core::request::Origin;
use parlour_core::settings::Limits;
use parlour_core::{Change, Name, Question, SessionChange, mask};
use std::collections::BTreeSet;

/// Step of a command, executed in order.
pub(super) enum Step {
    /// Nothing but its place.
    Nothing,
    /// Change for the core.
    Do(Change),
    /// Change of what the session is told.
    Set(SessionChange),
    /// Question for the core.
    Ask(Question),
    /// Error or notice, written when its turn has come.
    Error(ErrorReply),
    /// Answer of the door itself to the line, when its turn has come.
    Local,
    /// As `Local`, if a user with this nick is online, which means that this server is addressed.
    LocalIfOnline(Name),
    /// Lines of a service, written when their turn has come.
    Service(Service, Vec<String>),
    /// Echo of a message to a service, written when its turn has come.
    Echo { target: String, text: String },
}

/// Plan of a line: the steps so far, and the context they are made from.
pub(super) struct Plan<'s> {
    pub steps: Vec<Step>,
    pub settings: &'s DoorSettings,
    /// Capabilities of the client.
    pub caps: Caps,
    /// Nick of the client.
    pub nick: &'s str,
    /// True if its user is logged in.
    pub has_account: bool,
    /// Origin of the client's secrets.
    pub origin: Origin,
    /// Fingerprint of its certificate, if any.
    pub certificate: Option<Name>,
    /// Set if the steps are account requests, whose answers have a form of their own.
    pub asked: Option<RequestSource>,
}

impl<'s> Plan<'s> {
    pub fn new(door: &'s IrcDoor, cx: &Context<'s>) -> Self {
        Plan {
            steps: Vec::new(),
            settings: cx.settings,
            caps: door.caps,
            nick: door.shown_nick(),
            has_account: door
                .profile
                .as_ref()
                .is_some_and(|profile| profile.account.is_some()),
            origin: door.origin(cx.peer),
            certificate: door.peer(cx.peer).certificate.clone(),
            asked: None,
        }
    }

    /// Returns the limits in force.
    pub fn limits(&self) -> &'s Limits {
        &self.settings.chat.limits
    }

    /// Returns a reason, cut to its limit with a warning; empty without one.
    pub fn reason(&mut self, message: &Message, index: usize) -> Text {
        let given = message.params.get(index).unwrap_or_default();
        self.fit(message, given, self.limits().reason, "text")
            .into()
    }

    /// Returns a text cut to `most` bytes, with a warning if it was longer. `what` names it.
    pub fn fit(&mut self, message: &Message, given: &str, most: usize, what: &str) -> Name {
        if given.len() > most {
            self.complain(cut_short(message.command, most, what));
        }
        text::cut(given, most).into()
    }

    /// Returns the targets of a command, up to the limit; refuses the rest.
    pub fn targets<'m>(&mut self, list: &'m str) -> Vec<&'m str> {
        let most = self.limits().targets;
        // One more than the limit shows that there are too many.
        let mut all: Vec<&str> = split_list(list).take(most + 1).collect();
        if all.len() > most {
            all.truncate(most);
            let shown = [text::cut(list, 100)];
            self.say(n::ERR_TOOMANYTARGETS, &shown, "Too many targets");
        }
        all
    }

    /// Adds a change.
    pub fn change(&mut self, change: Change) {
        self.steps.push(Step::Do(change));
    }

    /// Adds a change of what the session is told.
    pub fn set(&mut self, change: SessionChange) {
        self.steps.push(Step::Set(change));
    }

    /// Adds a question.
    pub fn ask(&mut self, question: Question) {
        self.steps.push(Step::Ask(question));
    }

    /// Echoes a message to a service or `*playback`, if the client has `echo-message`.
    pub fn echo(&mut self, target: &str, words: &str) {
        if self.caps.has(Cap::EchoMessage) {
            self.steps.push(Step::Echo {
                target: target.to_owned(),
                text: words.to_owned(),
            });
        }
    }

    /// Adds an error or a warning.
    pub fn complain(&mut self, complaint: ErrorReply) {
        self.steps.push(Step::Error(complaint));
    }

    /// Adds a numeric with its parameters.
    pub fn say(&mut self, code: &str, params: &[&str], text: &str) {
        self.complain(ErrorReply::numeric(code, params, text));
    }
}

/// Returns whether this server is addressed, by its name or by a mask that matches it.
pub(super) fn is_this_server(asked: &str, settings: &DoorSettings) -> bool {
    mask::matches(asked, settings.server_name())
}

/// Returns the parts of a comma-separated list, without empty parts and repetitions.
pub(super) fn split_list(list: &str) -> impl Iterator<Item = &str> {
    distinct(list.split(','), |part| part).into_iter()
}

/// Returns the items whose names are not empty, each name once.
pub(super) fn distinct<T>(items: impl Iterator<Item = T>, name: impl Fn(&T) -> &str) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items
        .filter(|item| !name(item).is_empty() && seen.insert(name(item).to_ascii_lowercase()))
        .collect()
}
