//! Cost of each request, for the rate limit.
//!
//! The unit is one message to a channel. Changes that reach all channels of a user cost more,
//! lookups less, scans more again. The matches have no catch-all arm, so that a new request needs a
//! cost here.
//!
//! A message costs by its size, so that at the default rate one user cannot fill the send queue of
//! a user who does not read before a ping timeout disconnects the latter: 180 s at 10 a second and
//! a burst of 50 are 1,850 messages, of 566 bytes in 1 MiB.

use parlour_core::request::{
    ChannelCommand, MetadataQuestion, MonitorChange, SendMessage, WhoQuestion,
};
use parlour_core::{Change, Question, Request, SessionChange};

/// Cost in hundredths of a message.
pub(crate) type Cost = u64;

/// Message to a channel.
pub(crate) const MESSAGE: Cost = 100;
/// Lookup by name in memory.
const LOOKUP: Cost = 5;
/// Page of the store, or everything about one user or channel.
const PAGE: Cost = 20;
/// Scan of everything there is.
const SCAN: Cost = 5 * MESSAGE;
/// Change that reaches all who share a channel with the user, or is repeated to a whole channel.
const EVERYWHERE: Cost = 3 * MESSAGE;
/// Reply of the door itself that passes through the core for its order: a PING, an error.
const BARRIER: Cost = 2;

/// Bytes of text and tags that the cost of one message covers. Source, target and the server's own
/// tags add less than 170.
const BYTES: usize = 400;
/// Bytes of overhead of a further line, for clients that get a message line by line.
const LINE: usize = 150;

/// Returns the cost of a request.
pub(crate) fn of(request: &Request) -> Cost {
    match request {
        Request::Ask(question) => of_question(question),
        Request::Do(change) => of_change(change),
        Request::Set(change) => of_session_change(change),
    }
}

fn of_change(change: &Change) -> Cost {
    match change {
        Change::Send(message) => of_message(message),
        Change::Relay(message) => by_size(message.text.len() + message.tags.len()),
        Change::Register(_)
        | Change::Resume(..)
        | Change::Login(_)
        | Change::CreateAccount(_)
        | Change::Verify(..)
        | Change::SetPassword(_)
        | Change::Oper(_)
        | Change::Logout
        | Change::Certificate(..)
        | Change::SetPreference(..)
        | Change::DropAccount(_)
        | Change::Recover(_)
        | Change::Push(_)
        | Change::Join(..)
        | Change::Part(..)
        | Change::PartAll
        | Change::Topic(..)
        | Change::Invite { .. }
        | Change::Kick { .. }
        | Change::Redact(..)
        | Change::Knock(..)
        | Change::Admin(_)
        | Change::Ban(_)
        | Change::Unban(_)
        | Change::Kill { .. }
        | Change::Wallops(_)
        | Change::SetMetadata { .. }
        | Change::ClearMetadata(_) => MESSAGE,
        Change::ChannelService(_, owning) => match owning {
            ChannelCommand::Access(_, rights) => MESSAGE.max(PAGE * rights.len() as Cost),
            ChannelCommand::Register
            | ChannelCommand::Drop
            | ChannelCommand::Transfer(_)
            | ChannelCommand::Rank(..) => MESSAGE,
        },
        // Each change may be a line of its own for its audience.
        Change::Mode(_, changes) | Change::ModeAsOper(_, changes) => {
            MESSAGE.max(MESSAGE / 4 * changes.len() as Cost)
        }
        Change::Nick(_) | Change::Away(_) | Change::RealName(_) => EVERYWHERE,
        // Topic and names are sent again to all clients without the capability.
        Change::Rename { .. } => 50 * MESSAGE,
        Change::MarkRead(..) => MESSAGE / 2,
        Change::Accept(list) => of_list(list.len()),
        Change::UserModes { .. } | Change::ShowChannels => PAGE,
        Change::FinishLogin => LOOKUP,
        // QUIT must never wait for the rate limit; settings belong to no session.
        Change::Quit { .. } | Change::Settings(_) | Change::NodeLost(_) | Change::GraceOver(_) => 0,
    }
}

fn of_session_change(change: &SessionChange) -> Cost {
    match change {
        SessionChange::Monitor(change) => of_list(match change {
            MonitorChange::Add(nicks) | MonitorChange::Remove(nicks) => nicks.len(),
            MonitorChange::Clear => 0,
        }),
        SessionChange::Subscribe(keys) | SessionChange::Unsubscribe(keys) => of_list(keys.len()),
        SessionChange::ReadMetadata(_) => PAGE,
    }
}

fn of_question(question: &Question) -> Cost {
    match question {
        Question::Barrier | Question::BarrierIfOnline(_) => BARRIER,
        Question::Topic(_)
        | Question::Modes(_)
        | Question::UserModes(_)
        | Question::Invitations
        | Question::ReadMarker(_)
        | Question::Subscriptions
        | Question::Counts
        | Question::Account(_)
        | Question::Ownership(_)
        | Question::Backlog(_) => LOOKUP,
        Question::Ison(nicks) | Question::Userhost(nicks) => LOOKUP.max(nicks.len() as Cost),
        // NAMES without a channel and WHO by mask go through all users.
        Question::Names(named) if named.is_empty() => SCAN,
        Question::Who(WhoQuestion { mask, .. })
            if mask.as_ref().is_none_or(|mask| !mask.starts_with('#')) =>
        {
            SCAN / 5
        }
        Question::Names(_)
        | Question::Who(_)
        | Question::Whois(_)
        | Question::Whowas(..)
        | Question::ModeList(..)
        | Question::Monitored(_)
        | Question::Accepted
        | Question::Opers
        | Question::Bans
        | Question::ScramChallenge { .. }
        | Question::History(_) => PAGE,
        Question::Metadata(_, question) => match question {
            MetadataQuestion::Get(keys) => of_list(keys.len()),
            MetadataQuestion::List => PAGE,
            MetadataQuestion::Sync => MESSAGE,
        },
        Question::Conversations(..) | Question::Redact(_) => MESSAGE,
        Question::Replay(question) => MESSAGE.max(PAGE * question.targets.len() as Cost),
        Question::List(_) | Question::Online | Question::Search(_) | Question::Admin(_) => SCAN,
        Question::Rehash => SCAN,
    }
}

fn of_message(message: &SendMessage) -> Cost {
    let lines = memchr::memchr_iter(b'\n', message.text.as_bytes()).count();
    let divided = message.splits.as_ref().map_or(0, |splits| splits.len());
    by_size(message.text.len() + message.tags.len() + (lines + divided) * LINE)
}

fn by_size(bytes: usize) -> Cost {
    MESSAGE * (bytes.saturating_sub(1) / BYTES + 1) as Cost
}

fn of_list(entries: usize) -> Cost {
    PAGE + entries as Cost
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlour_core::request::{MessageKind, Target};

    fn message(text: &str) -> Cost {
        of(&Request::Do(Change::Send(SendMessage {
            kind: MessageKind::Message,
            target: Target::Channel("#a".into(), None),
            text: text.into(),
            splits: None,
            tags: "".into(),
            kept: true,
            ctcp: false,
            outside: false,
        })))
    }

    #[test]
    fn a_message_costs_by_what_others_get_of_it() {
        assert_eq!(message("hello"), MESSAGE);
        assert_eq!(message(&"x".repeat(400)), MESSAGE);
        assert_eq!(message(&"x".repeat(401)), 2 * MESSAGE);
        // Thirty short lines are thirty lines to those who know no batches.
        assert!(message(&"x\n".repeat(30)) > 10 * MESSAGE);
    }

    #[test]
    fn what_others_hear_is_never_cheaper_than_what_one_asks() {
        let heard = [
            Change::Join("#a".into(), None),
            Change::PartAll,
            Change::Away(parlour_core::request::AwayState::Present),
            Change::RealName("x".into()),
            Change::Mode("#a".into(), Vec::new()),
            Change::ClearMetadata("*".into()),
        ];
        for change in heard {
            assert!(of(&Request::Do(change)) >= MESSAGE);
        }
        assert!(of(&Request::Ask(Question::Barrier)) > 0);
    }
}
