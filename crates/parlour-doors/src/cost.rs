//! What each request costs whoever asks for it.
//!
//! One message that a room hears is the measure. What all who know somebody hear costs more, what
//! is only looked up costs less, what is looked for in everything costs more again. The matches have
//! no arm for the rest: a new request has no cost until one is given to it here.
//!
//! A message costs by its size, so that one person, at the pace that is the default, cannot fill the
//! send queue of somebody who does not read sooner than a ping timeout would end them: 180 s at 10
//! a second and a burst of 50 are 1,850 messages, of 566 bytes in 1 MiB.

use parlour_core::request::{ChannelCommand, MetadataQuestion, MonitorChange, SendMessage};
use parlour_core::{Change, Question, Request};

/// Hundredths of a message.
pub(crate) type Cost = u64;

/// One message that a room hears.
pub(crate) const MESSAGE: Cost = 100;
/// Looked up by name in memory.
const LOOKUP: Cost = 5;
/// One of the store's pages, or all that is known of one thing.
const PAGE: Cost = 20;
/// Looked for in everything there is.
const SCAN: Cost = 5 * MESSAGE;
/// Told to all who share a channel, or shown again to all in one.
const EVERYWHERE: Cost = 3 * MESSAGE;
/// A door's own answer, which rides through the core: a PING, an error.
const ECHO: Cost = 2;

/// Bytes of text and tags that one message's cost pays for. Source, target and the server's own
/// tags come to less than 170 more.
const BYTES: usize = 400;
/// Bytes that a further line of a message takes besides its text, with those who get line by line.
const LINE: usize = 150;

/// What a request costs.
pub(crate) fn of(request: &Request) -> Cost {
    match request {
        Request::Ask(question) => of_question(question),
        Request::Do(change) => of_change(change),
    }
}

fn of_change(change: &Change) -> Cost {
    match change {
        Change::Send(message) => of_message(message),
        Change::Relay { text, tags, .. } => by_size(text.len() + tags.len()),
        Change::Register(_)
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
        // Each change may be a line of its own to whoever is told.
        Change::Mode(_, changes) | Change::ModeAsOper(_, changes) => {
            MESSAGE.max(MESSAGE / 4 * changes.len() as Cost)
        }
        Change::Nick(_) | Change::Away(_) | Change::RealName(_) => EVERYWHERE,
        // Topic and names are shown again to all whose clients do not know the command.
        Change::Rename { .. } => 50 * MESSAGE,
        Change::MarkRead(..) => MESSAGE / 2,
        Change::Accept(list) => of_list(list.len()),
        Change::Monitor(change) => of_list(match change {
            MonitorChange::Add(nicks) | MonitorChange::Remove(nicks) => nicks.len(),
            MonitorChange::Clear => 0,
        }),
        Change::Subscribe(keys) | Change::Unsubscribe(keys) => of_list(keys.len()),
        Change::UserModes { .. } | Change::ReadMetadata(_) | Change::ShowChannels => PAGE,
        Change::FinishLogin => LOOKUP,
        // Whoever leaves is not held back.
        Change::Quit(_) => 0,
    }
}

fn of_question(question: &Question) -> Cost {
    match question {
        Question::Echo(_) | Question::EchoIfOnline(..) => ECHO,
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
        Question::Names(named) if &**named == "*" => SCAN,
        Question::Who(question) if !question.mask.starts_with('#') => SCAN / 5,
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
        assert!(of(&Request::Ask(Question::Echo(Box::default()))) > 0);
    }
}
