//! Push messages that are due for a commit: for messages, and for what was read elsewhere, so that its
//! notifications go away.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parlour_core::history::Party;
use parlour_core::names::Folded;
use parlour_core::state::PushSubscription;
use parlour_core::{Event, Name, PushDue, Record, Replica, Time};
use parlour_doors::irc;

use crate::push_worker::Push;

/// Conversations of one account whose notifications are remembered; of more, the oldest stay where they
/// are until the user looks at them.
const CONVERSATIONS: usize = 64;

/// Conversation that something was pushed of and that was not read since.
#[derive(Debug)]
struct Notified {
    marker: Folded,
    conversation: Name,
    /// Time of the last message that was pushed.
    last: Time,
}

/// Push messages that are due, by what was pushed before.
#[derive(Debug, Default)]
pub(crate) struct PushesDue(HashMap<Folded, VecDeque<Notified>>);

impl PushesDue {
    /// Returns the push messages that are due for the records of a commit.
    pub fn of(&mut self, replica: &Replica, records: &[Record]) -> Vec<Push> {
        let mut due = Vec::new();
        for record in records {
            if let Record::Message(_, event) = record {
                self.message(replica, event, &mut due);
            } else if let Record::ReadMarker(Party::Account(account, _), marker, at) = record {
                self.read(replica, (account, marker, *at), &mut due);
            }
        }
        due
    }

    fn message(&mut self, replica: &Replica, event: &Event, due: &mut Vec<Push>) {
        let accounts = replica.pushes_for(event);
        // Only now: most messages are pushed to nobody.
        let line = match accounts.is_empty() {
            true => None,
            false => irc::push_line(event).map(Arc::<str>::from),
        };
        let Some(line) = line else {
            return;
        };
        for PushDue {
            account,
            conversation,
            marker,
            devices,
        } in accounts
        {
            push_to(&account, devices, &line, due);
            let own = self.0.entry(account).or_default();
            own.retain(|known| known.marker != marker);
            if own.len() == CONVERSATIONS {
                own.pop_front();
            }
            own.push_back(Notified {
                marker,
                conversation,
                last: event.id.time(),
            });
        }
    }

    fn read(
        &mut self,
        replica: &Replica,
        (account, marker, at): (&Folded, &Folded, Time),
        due: &mut Vec<Push>,
    ) {
        let Some(own) = self.0.get_mut(account) else {
            return;
        };
        let Some(place) = own.iter().position(|known| known.marker == *marker) else {
            return;
        };
        let Notified {
            conversation, last, ..
        } = &own[place];
        // What was pushed after that time stays where it is.
        if at < *last {
            return;
        }
        let line = irc::read_line(conversation, at).into();
        push_to(account, replica.push_devices(account, at), &line, due);
        own.remove(place);
        if own.is_empty() {
            self.0.remove(account);
        }
    }
}

/// Adds a message for each device of an account.
fn push_to(account: &Folded, devices: Vec<PushSubscription>, line: &Arc<str>, due: &mut Vec<Push>) {
    due.extend(devices.into_iter().map(|subscription| Push {
        account: account.clone(),
        subscription,
        line: line.clone(),
    }));
}
