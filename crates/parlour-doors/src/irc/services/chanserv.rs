//! ChanServ: channels registered to accounts.

use irc_wire::time;
use parlour_core::names::Nick;
use parlour_core::reply::OwnershipReply;
use parlour_core::request::ChannelCommand;
use parlour_core::state::{Rank, Right, Rights};
use parlour_core::{Change, Question, Reply};

use super::{Requester, ServiceCommand};
use crate::irc::plan::Step;
use crate::irc::service::Service;

/// Commands, by name.
#[rustfmt::skip]
pub(super) const COMMANDS: &[ServiceCommand] = &[
    ServiceCommand { name: "DEOP", syntax: "channel [nick]", help: "removes your operator rank, or another's", needs: 1, most: 2, plan: |_, words| rank(words, Rank::Operator, false) },
    ServiceCommand { name: "DEVOICE", syntax: "channel [nick]", help: "removes your voice, or another's", needs: 1, most: 2, plan: |_, words| rank(words, Rank::Voice, false) },
    ServiceCommand { name: "DROP", syntax: "channel", help: "gives up a channel that you own", needs: 1, most: 1, plan: |_, words| own(words, ChannelCommand::Drop) },
    ServiceCommand { name: "FLAGS", syntax: "channel [account [+fov-fov]]", help: "shows what accounts may do in a channel, or changes it: o are operators, v have a voice, f change flags", needs: 1, most: 3, plan: flags },
    ServiceCommand { name: "INFO", syntax: "channel", help: "shows who owns a channel", needs: 1, most: 1, plan: |_, words| Step::Ask(Question::Ownership(words[0].into())) },
    ServiceCommand { name: "OP", syntax: "channel [nick]", help: "makes you, or another, an operator, if your account has the right", needs: 1, most: 2, plan: |_, words| rank(words, Rank::Operator, true) },
    ServiceCommand { name: "REGISTER", syntax: "channel", help: "registers a channel that you run to your account", needs: 1, most: 1, plan: |_, words| own(words, ChannelCommand::Register) },
    ServiceCommand { name: "TRANSFER", syntax: "channel account", help: "gives your channel to another account", needs: 2, most: 2, plan: |_, words| own(words, ChannelCommand::Transfer(words[1].into())) },
    ServiceCommand { name: "VOICE", syntax: "channel [nick]", help: "gives you, or another, a voice", needs: 1, most: 2, plan: |_, words| rank(words, Rank::Voice, true) },
];

/// Rights and their letters, as FLAGS shows them.
const RIGHTS: [(char, Right); 3] = [
    ('f', Right::Access),
    ('o', Right::Operator),
    ('v', Right::Voice),
];

/// Returns a request about the channel named by the first word.
fn own(words: &[&str], command: ChannelCommand) -> Step {
    Step::Do(Change::ChannelService(words[0].into(), command))
}

fn rank(words: &[&str], rank: Rank, on: bool) -> Step {
    let nick = words.get(1).map(|nick| Nick::from(*nick));
    own(words, ChannelCommand::Rank(rank, nick, on))
}

fn flags(_: &Requester<'_>, words: &[&str]) -> Step {
    let [_, account, changes] = words else {
        return Step::Ask(Question::Ownership(words[0].into()));
    };
    match read(changes) {
        Some(changes) => own(words, ChannelCommand::Access((*account).into(), changes)),
        None => Service::ChanServ.tell(vec![
            "Flags are f, o and v with + or - in front, as +o-v".into(),
        ]),
    }
}

/// Parses changes of rights such as `+o-v`; `-*` removes all.
fn read(text: &str) -> Option<Vec<(Right, bool)>> {
    let mut on = true;
    let mut changes = Vec::new();
    for letter in text.chars() {
        match letter {
            '+' => on = true,
            '-' => on = false,
            '*' if !on => changes.extend(RIGHTS.iter().map(|(_, right)| (*right, false))),
            _ => {
                let known = RIGHTS.iter().find(|(known, _)| *known == letter)?;
                changes.push((known.1, on));
            }
        }
    }
    (!changes.is_empty()).then_some(changes)
}

/// Returns rights as letters.
fn shown(rights: Rights) -> String {
    let held = RIGHTS.iter().filter(|(_, right)| rights.has(*right));
    let letters: String = held.map(|(letter, _)| *letter).collect();
    if letters.is_empty() {
        "none".into()
    } else {
        format!("+{letters}")
    }
}

/// Returns the text of a reply of the core.
pub(super) fn lines(reply: &Reply) -> Vec<String> {
    match reply {
        Reply::Ownership(OwnershipReply::ChannelRegistered(name)) => {
            vec![format!("{name} is your account's now")]
        }
        Reply::Ownership(OwnershipReply::ChannelDropped(name)) => {
            vec![format!("{name} belongs to nobody any more")]
        }
        Reply::Ownership(OwnershipReply::ChannelTransferred(name, to)) => {
            vec![format!("{name} belongs to {to} now")]
        }
        Reply::Ownership(OwnershipReply::AccessSet(name, account, rights)) => {
            vec![format!("Flags of {account} in {name}: {}", shown(*rights))]
        }
        Reply::Ownership(OwnershipReply::RankSet(nick, name, rank, on)) => {
            let (rank, on) = (*rank, *on);
            let what = match (rank, on) {
                (Rank::Founder, true) => "is a founder of",
                (Rank::Founder, false) => "is no founder any more of",
                (Rank::Operator, true) => "is an operator of",
                (Rank::Operator, false) => "is no operator any more of",
                (Rank::Voice, true) => "has a voice in",
                (Rank::Voice, false) => "has no voice any more in",
            };
            vec![format!("{nick} {what} {name}")]
        }
        Reply::Ownership(OwnershipReply::Ownership {
            channel,
            founder,
            since,
            access,
        }) => {
            let since = time::format(since.0);
            let mut lines = vec![format!("{channel} belongs to {founder}, since {since}")];
            for (account, rights) in access {
                lines.push(format!("Flags of {account}: {}", shown(*rights)));
            }
            lines
        }
        Reply::Refused(_)
        | Reply::Passed
        | Reply::Session(_)
        | Reply::Channel(_)
        | Reply::User(_)
        | Reply::History(_)
        | Reply::Metadata(_)
        | Reply::Account(_)
        | Reply::Admin(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_flags_are_read() {
        assert_eq!(
            read("+o-vf"),
            Some(vec![
                (Right::Operator, true),
                (Right::Voice, false),
                (Right::Access, false)
            ])
        );
        assert_eq!(read("-*").map(|changes| changes.len()), Some(3));
        for bad in ["", "+", "+x", "+*"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
