//! The letters of modes: one table from which parser, ISUPPORT and rendering follow.

use irc_wire::modes::{self as wire, Kind};
use parlour_core::limits;
use parlour_core::request::ModeChange;
use parlour_core::state::{ChannelFlag, ListKind, Rank, Ranks};

use super::complaint::Complaint;
use irc_wire::numerics as n;

/// Flags and their letters, in the order of CHANMODES.
pub(super) const FLAGS: &[(char, ChannelFlag)] = &[
    ('C', ChannelFlag::NoCtcp),
    ('i', ChannelFlag::InviteOnly),
    ('m', ChannelFlag::Moderated),
    ('n', ChannelFlag::NoExternal),
    ('s', ChannelFlag::Secret),
    ('t', ChannelFlag::TopicLocked),
];

/// Lists and their letters.
pub(super) const LISTS: &[(char, ListKind)] = &[
    ('b', ListKind::Bans),
    ('e', ListKind::Exceptions),
    ('I', ListKind::InviteExceptions),
];

/// Ranks with letter and prefix, highest first.
pub(super) const RANKS: &[(char, char, Rank)] =
    &[('o', '@', Rank::Operator), ('v', '+', Rank::Voice)];

/// Modes of a user.
pub(super) const USER_MODES: &str = "i";

/// Changes in one MODE command that take a parameter.
pub(super) const MAX_PARAMETER_CHANGES: usize = 20;

/// The value of ISUPPORT CHANMODES.
pub(super) fn chanmodes() -> String {
    let lists: String = LISTS.iter().map(|(letter, _)| letter).collect();
    let flags: String = FLAGS.iter().map(|(letter, _)| letter).collect();
    format!("{lists},k,l,{flags}")
}

/// The value of ISUPPORT PREFIX.
pub(super) fn prefix() -> String {
    let letters: String = RANKS.iter().map(|(letter, _, _)| letter).collect();
    let prefixes: String = RANKS.iter().map(|(_, prefix, _)| prefix).collect();
    format!("({letters}){prefixes}")
}

/// The prefixes of a member: all, or the highest only.
pub(super) fn prefixes(ranks: Ranks, all: bool) -> impl Iterator<Item = char> {
    let most = if all { RANKS.len() } else { 1 };
    RANKS
        .iter()
        .filter(move |(_, _, rank)| ranks.has(*rank))
        .map(|(_, prefix, _)| *prefix)
        .take(most)
}

/// The prefix of a rank, as STATUSMSG has it.
pub(super) fn prefix_of(rank: Rank) -> char {
    RANKS
        .iter()
        .find(|(_, _, r)| *r == rank)
        .map_or('@', |(_, prefix, _)| *prefix)
}

/// The letter of a list.
pub(super) fn list_letter(kind: ListKind) -> char {
    LISTS
        .iter()
        .find(|(_, k)| *k == kind)
        .map_or('b', |(letter, _)| *letter)
}

fn kind(letter: char) -> Option<Kind> {
    if LISTS.iter().any(|(l, _)| *l == letter) {
        return Some(Kind::List);
    }
    if RANKS.iter().any(|(l, _, _)| *l == letter) {
        return Some(Kind::Status);
    }
    if FLAGS.iter().any(|(l, _)| *l == letter) {
        return Some(Kind::Flag);
    }
    match letter {
        'k' => Some(Kind::Param),
        'l' => Some(Kind::ParamWhenSet),
        _ => None,
    }
}

/// What a MODE command on a channel asks for.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub changes: Vec<ModeChange>,
    pub lists: Vec<ListKind>,
    pub complaints: Vec<Complaint>,
}

/// Reads a channel's mode string.
pub(super) fn parse(channel: &str, modes: &str, params: &[&str]) -> Wanted {
    let parsed = wire::parse(modes, params, kind);
    let mut wanted = Wanted::default();
    let mut unknown = parsed.unknown;
    unknown.sort_unstable();
    unknown.dedup();
    for letter in &unknown {
        wanted.complaints.push(Complaint::numeric(
            n::ERR_UNKNOWNMODE,
            &[&letter.to_string()],
            "is an unknown mode to me",
        ));
    }
    for &letter in &parsed.missing {
        // A key is removed whatever is given for it.
        if letter == 'k' && !sets(modes, 'k') {
            wanted.changes.push(ModeChange::Key("*".into(), false));
            continue;
        }
        wanted.complaints.push(Complaint::numeric(
            n::ERR_INVALIDMODEPARAM,
            &[channel, &letter.to_string(), "*"],
            "You must specify a parameter for this mode",
        ));
    }
    let mut with_parameter = 0;
    for change in parsed.changes {
        if change.param.is_some() {
            with_parameter += 1;
            if with_parameter > MAX_PARAMETER_CHANGES {
                break;
            }
        }
        let param = change.param.as_deref();
        if let Some((_, flag)) = FLAGS.iter().find(|(l, _)| *l == change.letter) {
            wanted.changes.push(ModeChange::Flag(*flag, change.set));
        } else if let Some((_, _, rank)) = RANKS.iter().find(|(l, _, _)| *l == change.letter) {
            wanted.changes.push(ModeChange::Rank(
                *rank,
                param.unwrap_or_default().into(),
                change.set,
            ));
        } else if let Some((_, list)) = LISTS.iter().find(|(l, _)| *l == change.letter) {
            match param {
                Some(mask) if !is_mask(mask) => wanted.complaints.push(Complaint::numeric(
                    n::ERR_INVALIDMODEPARAM,
                    &[channel, &change.letter.to_string(), "*"],
                    "A mask is one word",
                )),
                Some(mask) => {
                    wanted
                        .changes
                        .push(ModeChange::List(*list, full_mask(mask).into(), change.set))
                }
                None if wanted.lists.contains(list) => {}
                None => wanted.lists.push(*list),
            }
        } else if change.letter == 'k' {
            wanted.changes.push(ModeChange::Key(
                param.unwrap_or_default().into(),
                change.set,
            ));
        } else if !change.set {
            wanted.changes.push(ModeChange::Limit(None));
        } else {
            match param
                .and_then(|p| p.parse::<u32>().ok())
                .filter(|&limit| limit > 0)
            {
                Some(limit) => wanted.changes.push(ModeChange::Limit(Some(limit))),
                None => wanted.complaints.push(Complaint::numeric(
                    n::ERR_INVALIDMODEPARAM,
                    &[channel, "l", param.unwrap_or("*")],
                    "A limit is a number above 0",
                )),
            }
        }
    }
    wanted
}

fn sets(modes: &str, letter: char) -> bool {
    let before = modes.split(letter).next().unwrap_or_default();
    before.rfind('+') >= before.rfind('-')
}

/// Whether it can stand in a line as a parameter that is not the last.
fn is_mask(given: &str) -> bool {
    !given.is_empty() && !given.starts_with(':') && !given.contains(' ')
}

/// Completes what was given for a mask to `nick!user@host`.
fn full_mask(given: &str) -> String {
    let given = irc_wire::text::cut(given, limits::REASON_BYTES / 2);
    match (given.split_once('!'), given.split_once('@')) {
        (Some(_), Some(_)) => given.into(),
        (Some(_), None) => format!("{given}@*"),
        (None, Some(_)) => format!("*!{given}"),
        (None, None) => format!("{given}!*@*"),
    }
}

/// Writes changes as mode strings of at most `room` bytes each; every change is in one.
pub(super) fn lines(changes: &[ModeChange], room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = changes;
    while !rest.is_empty() {
        let fits = (1..=rest.len())
            .rev()
            .find(|&count| format(&rest[..count]).len() <= room);
        let (now, later) = rest.split_at(fits.unwrap_or(1));
        lines.push(format(now));
        rest = later;
    }
    lines
}

/// Writes changes as a mode string with its parameters.
pub(super) fn format(changes: &[ModeChange]) -> String {
    let numbers: Vec<String> = changes
        .iter()
        .map(|change| match change {
            ModeChange::Limit(Some(limit)) => limit.to_string(),
            _ => String::new(),
        })
        .collect();
    wire::format(
        changes
            .iter()
            .zip(&numbers)
            .map(|(change, number)| match change {
                ModeChange::Flag(flag, set) => {
                    let letter = FLAGS
                        .iter()
                        .find(|(_, f)| f == flag)
                        .map_or('?', |(l, _)| *l);
                    (*set, letter, None)
                }
                ModeChange::Key(key, set) => (*set, 'k', Some(&**key)),
                ModeChange::Limit(Some(_)) => (true, 'l', Some(number.as_str())),
                ModeChange::Limit(None) => (false, 'l', None),
                ModeChange::Rank(rank, nick, set) => {
                    let letter = RANKS
                        .iter()
                        .find(|(_, _, r)| r == rank)
                        .map_or('?', |(l, _, _)| *l);
                    (*set, letter, Some(&**nick))
                }
                ModeChange::List(list, mask, set) => (*set, list_letter(*list), Some(&**mask)),
            }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_announced_mode_is_read_and_written_alike() {
        let wanted = parse(
            "#c",
            "+bk-l+lov-e+Cimnst-I",
            &["a!b@c", "key", "5", "bob", "eve", "x", "y@z"],
        );
        assert!(wanted.complaints.is_empty());
        assert_eq!(
            format(&wanted.changes),
            "+bk-l+lov-e+Cimnst-I a!b@c key 5 bob eve x!*@* *!y@z"
        );
    }

    #[test]
    fn limits_have_to_be_numbers_above_zero() {
        for bad in ["0", "-1", "x", "99999999999"] {
            let wanted = parse("#c", "+l", &[bad]);
            assert!(wanted.changes.is_empty());
            assert_eq!(wanted.complaints.len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_mask_is_one_word() {
        for bad in ["x y", ":x", ""] {
            let wanted = parse("#c", "+b", &[bad]);
            assert!(wanted.changes.is_empty());
            assert_eq!(wanted.complaints.len(), 1, "{bad:?}");
        }
    }

    #[test]
    fn a_key_goes_without_being_named() {
        assert_eq!(
            parse("#c", "-k", &[]).changes,
            [ModeChange::Key("*".into(), false)]
        );
        assert_eq!(parse("#c", "+k", &[]).complaints.len(), 1);
    }
}
