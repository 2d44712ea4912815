//! Mode letters: the tables from which parser, ISUPPORT and rendering are derived.

use irc_wire::MAX_PARAMS;
use irc_wire::modes::{self as wire, Kind};
use parlour_core::request::ModeChange;
use parlour_core::state::{ChannelFlag, ListKind, Rank, Ranks, UserFlag, UserFlags};
use parlour_core::{extban, limits};

use super::error_reply::ErrorReply;
use irc_wire::numerics as n;

/// Channel flags with their letters and meanings, in the order of CHANMODES.
pub const FLAGS: &[(char, ChannelFlag, &str)] = &[
    ('C', ChannelFlag::NoCtcp, "no CTCP except ACTION"),
    (
        'M',
        ChannelFlag::RegisteredSpeak,
        "only users with an account, a voice or a rank speak",
    ),
    (
        'R',
        ChannelFlag::RegisteredOnly,
        "only users with an account join",
    ),
    (
        'U',
        ChannelFlag::OpModerated,
        "messages that the channel blocks are shown to its operators",
    ),
    ('i', ChannelFlag::InviteOnly, "only those invited join"),
    (
        'm',
        ChannelFlag::Moderated,
        "only those with voice, and operators, speak",
    ),
    ('n', ChannelFlag::NoExternal, "only members speak"),
    ('s', ChannelFlag::Secret, "hidden from those outside"),
    (
        't',
        ChannelFlag::TopicLocked,
        "only operators set the topic",
    ),
    (
        'u',
        ChannelFlag::Auditorium,
        "only operators see joins and parts; others see members with a rank",
    ),
];

/// List modes with their letters and meanings.
pub const LISTS: &[(char, ListKind, &str)] = &[
    ('b', ListKind::Bans, "bans: may neither join nor speak"),
    ('e', ListKind::Exceptions, "exceptions from bans"),
    (
        'I',
        ListKind::InviteExceptions,
        "may join without an invitation",
    ),
];

/// Modes with a value: letter, kind of parameter, and meaning.
pub const VALUES: &[(char, Kind, &str)] = &[
    ('k', Kind::Param, "the key needed to join"),
    (
        'f',
        Kind::ParamWhenSet,
        "forwards those who cannot join to this channel",
    ),
    (
        'W',
        Kind::ParamWhenSet,
        "slow mode: seconds that a member without a voice waits between two messages",
    ),
    ('l', Kind::ParamWhenSet, "the maximum number of members"),
];

/// Ranks with letter and prefix, highest first.
pub const RANKS: &[(char, char, Rank)] = &[
    ('q', '~', Rank::Founder),
    ('o', '@', Rank::Operator),
    ('v', '+', Rank::Voice),
];

/// User modes with their letters and meanings.
pub const USER_MODES: &[(char, UserFlag, &str)] = &[
    ('B', UserFlag::Bot, "is a bot"),
    (
        'R',
        UserFlag::RegisteredOnly,
        "accepts private messages only from users with an account and from those accepted (ACCEPT)",
    ),
    ('T', UserFlag::NoCtcp, "accepts no CTCP except ACTION"),
    (
        'i',
        UserFlag::Invisible,
        "is hidden from those who share no channel",
    ),
    ('o', UserFlag::Oper, "is a server operator (OPER)"),
    ('w', UserFlag::Wallops, "receives WALLOPS"),
];

/// Letter of the bot mode (ISUPPORT BOT).
pub(super) const BOT_LETTER: char = 'B';

/// Returns the letters of all user modes.
pub(super) fn user_letters() -> String {
    USER_MODES.iter().map(|(letter, _, _)| letter).collect()
}

/// Returns a user's modes, as `+` and their letters.
pub(super) fn user_modes(flags: UserFlags) -> String {
    let on = USER_MODES.iter().filter(|(_, flag, _)| flags.has(*flag));
    std::iter::once('+')
        .chain(on.map(|(letter, _, _)| *letter))
        .collect()
}

/// Returns changes of user modes as a mode string.
pub(super) fn user_changes(changes: &[(UserFlag, bool)]) -> String {
    wire::format(changes.iter().map(|(flag, set)| {
        let letter = USER_MODES
            .iter()
            .find(|(_, f, _)| f == flag)
            .map_or('?', |(l, _, _)| *l);
        (*set, letter, None)
    }))
}

/// Changes with a parameter in one MODE command: as many as a line can carry besides the channel
/// and the letters.
pub(super) const MAX_PARAMETER_CHANGES: usize = MAX_PARAMS - 2;

/// Returns the value of ISUPPORT CHANMODES.
pub(super) fn chanmodes() -> String {
    let lists: String = LISTS.iter().map(|(letter, _, _)| letter).collect();
    let flags: String = FLAGS.iter().map(|(letter, _, _)| letter).collect();
    let values = |wanted| -> String {
        let of_kind = VALUES.iter().filter(|(_, kind, _)| *kind == wanted);
        of_kind.map(|(letter, _, _)| letter).collect()
    };
    let (always, when_set) = (values(Kind::Param), values(Kind::ParamWhenSet));
    format!("{lists},{always},{when_set},{flags}")
}

/// Returns the letters of all channel modes.
pub(super) fn channel_letters() -> String {
    let ranks = RANKS.iter().map(|(letter, _, _)| *letter);
    let modes = chanmodes();
    modes.chars().filter(|c| *c != ',').chain(ranks).collect()
}

/// Returns the letters of the modes with a parameter, sorted.
pub(super) fn letters_with_parameter() -> String {
    let lists = LISTS.iter().map(|(letter, _, _)| *letter);
    let values = VALUES.iter().map(|(letter, _, _)| *letter);
    let ranks = RANKS.iter().map(|(letter, _, _)| *letter);
    let mut letters: Vec<char> = lists.chain(values).chain(ranks).collect();
    letters.sort_unstable();
    letters.into_iter().collect()
}

/// Returns the value of ISUPPORT PREFIX.
pub(super) fn prefix() -> String {
    let letters: String = RANKS.iter().map(|(letter, _, _)| letter).collect();
    format!("({letters}){}", rank_prefixes())
}

/// Returns the prefixes of all ranks, highest first.
pub(super) fn rank_prefixes() -> String {
    RANKS.iter().map(|(_, prefix, _)| prefix).collect()
}

/// Returns the prefixes of a member: all, or only the highest.
pub(crate) fn prefixes(ranks: Ranks, all: bool) -> impl Iterator<Item = char> {
    let most = if all { RANKS.len() } else { 1 };
    RANKS
        .iter()
        .filter(move |(_, _, rank)| ranks.has(*rank))
        .map(|(_, prefix, _)| *prefix)
        .take(most)
}

/// Returns the prefix of a rank, as in STATUSMSG.
pub(super) fn prefix_of(rank: Rank) -> char {
    RANKS
        .iter()
        .find(|(_, _, r)| *r == rank)
        .map_or('@', |(_, prefix, _)| *prefix)
}

/// Returns the letter of a list mode.
pub(super) fn list_letter(kind: ListKind) -> char {
    LISTS
        .iter()
        .find(|(_, k, _)| *k == kind)
        .map_or('b', |(letter, _, _)| *letter)
}

/// Returns how a mode takes its parameter; none for an unknown letter.
fn kind(letter: char) -> Option<Kind> {
    if LISTS.iter().any(|(l, _, _)| *l == letter) {
        return Some(Kind::List);
    }
    if RANKS.iter().any(|(l, _, _)| *l == letter) {
        return Some(Kind::Status);
    }
    if FLAGS.iter().any(|(l, _, _)| *l == letter) {
        return Some(Kind::Flag);
    }
    VALUES
        .iter()
        .find(|(l, _, _)| *l == letter)
        .map(|(_, kind, _)| *kind)
}

/// Parsed MODE command on a channel: changes, requested lists, and errors.
#[derive(Debug, Default)]
pub(super) struct ModeRequest {
    pub changes: Vec<ModeChange>,
    pub lists: Vec<ListKind>,
    pub complaints: Vec<ErrorReply>,
}

/// Parses the changes of a channel mode string.
///
/// # Errors
/// A sentence about the first error, or about a string without changes.
pub fn read(channel: &str, modes: &str, params: &[&str]) -> Result<Vec<ModeChange>, String> {
    let wanted = parse(channel, modes, params);
    match wanted.complaints.first() {
        Some(complaint) => Err(complaint.sentence()),
        None if wanted.changes.is_empty() => Err(format!("{modes} changes nothing")),
        None => Ok(wanted.changes),
    }
}

/// Parses a channel mode string.
pub(super) fn parse(channel: &str, modes: &str, params: &[&str]) -> ModeRequest {
    let parsed = wire::parse(modes, params, kind);
    let mut wanted = ModeRequest::default();
    for letter in each_once(parsed.unknown) {
        wanted.complaints.push(ErrorReply::numeric(
            n::ERR_UNKNOWNMODE,
            &[&letter.to_string()],
            "is an unknown mode to me",
        ));
    }
    for letter in each_once(parsed.missing) {
        // The key may be removed without being named.
        if letter == 'k' && !sets(modes, 'k') {
            wanted.changes.push(ModeChange::Key("*".into(), false));
            continue;
        }
        wanted.complaints.push(ErrorReply::numeric(
            n::ERR_INVALIDMODEPARAM,
            &[channel, &letter.to_string(), "*"],
            "You must specify a parameter for this mode",
        ));
    }
    let mut with_parameter = 0;
    for change in parsed.changes {
        if change.param.is_some() {
            with_parameter += 1;
            // The rest of the string is ignored, as ISUPPORT MODES announces.
            if with_parameter > MAX_PARAMETER_CHANGES {
                break;
            }
        }
        let param = change.param.as_deref();
        if let Some((_, flag, _)) = FLAGS.iter().find(|(l, _, _)| *l == change.letter) {
            wanted.changes.push(ModeChange::Flag(*flag, change.set));
        } else if let Some((_, _, rank)) = RANKS.iter().find(|(l, _, _)| *l == change.letter) {
            wanted.changes.push(ModeChange::Rank(
                *rank,
                param.unwrap_or_default().into(),
                change.set,
            ));
        } else if let Some((_, list, _)) = LISTS.iter().find(|(l, _, _)| *l == change.letter) {
            match param {
                Some(mask) if !is_mask(mask) => wanted.complaints.push(ErrorReply::numeric(
                    n::ERR_INVALIDMODEPARAM,
                    &[channel, &change.letter.to_string(), "*"],
                    "A mask is one word",
                )),
                Some(mask) if mask.len() > MASK_BYTES => {
                    wanted.complaints.push(ErrorReply::numeric(
                        n::ERR_INVALIDMODEPARAM,
                        &[channel, &change.letter.to_string(), "*"],
                        &format!("A mask has at most {MASK_BYTES} bytes"),
                    ))
                }
                Some(mask) => {
                    wanted
                        .changes
                        .push(ModeChange::List(*list, full_mask(mask).into(), change.set))
                }
                // Each list is shown once.
                None if wanted.lists.contains(list) => {}
                None => wanted.lists.push(*list),
            }
        } else if change.letter == 'k' {
            wanted.changes.push(ModeChange::Key(
                param.unwrap_or_default().into(),
                change.set,
            ));
        } else if change.letter == 'f' {
            let target = param.filter(|_| change.set).map(Into::into);
            wanted.changes.push(ModeChange::Forward(target));
        } else {
            match numbered(channel, change.letter, param.filter(|_| change.set)) {
                Ok(change) => wanted.changes.push(change),
                Err(complaint) => wanted.complaints.push(complaint),
            }
        }
    }
    wanted
}

/// Parses the change of a mode with a number; none removes it.
fn numbered(channel: &str, letter: char, param: Option<&str>) -> Result<ModeChange, ErrorReply> {
    let (make, most, takes): (fn(_) -> _, u32, _) = if letter == 'W' {
        let takes = "Slow mode takes seconds, 1 to 3600";
        (ModeChange::Slow, limits::SLOW_SECONDS, takes)
    } else {
        (ModeChange::Limit, u32::MAX, "A limit is a number above 0")
    };
    let Some(given) = param else {
        return Ok(make(None));
    };
    let number = given.parse().ok();
    match number.filter(|number| (1..=most).contains(number)) {
        Some(number) => Ok(make(Some(number))),
        None => Err(ErrorReply::numeric(
            n::ERR_INVALIDMODEPARAM,
            &[channel, &letter.to_string(), given],
            takes,
        )),
    }
}

/// Returns the letters sorted, each once, so that there is one error a letter.
fn each_once(mut letters: Vec<char>) -> Vec<char> {
    letters.sort_unstable();
    letters.dedup();
    letters
}

/// Returns whether the first `letter` of a mode string is under a `+`.
fn sets(modes: &str, letter: char) -> bool {
    // Without any sign, both are none, and equal: the default is `+`.
    let before = modes.split(letter).next().unwrap_or_default();
    before.rfind('+') >= before.rfind('-')
}

/// Returns whether a mask is one word, so that it can be a parameter before the last.
fn is_mask(given: &str) -> bool {
    !given.is_empty() && !given.starts_with(':') && !given.contains(' ')
}

/// Bytes of a mask, at most: with source, channel and letters it fits into a line.
const MASK_BYTES: usize = limits::REASON_BYTES / 2;

/// Completes a mask to `nick!user@host`.
fn full_mask(given: &str) -> String {
    let (head, mask) = extban::mask_part(given);
    let Some(given) = mask else {
        return given.into();
    };
    let mask = match (given.split_once('!'), given.split_once('@')) {
        (Some(_), Some(_)) => given.into(),
        (Some(_), None) => format!("{given}@*"),
        (None, Some(_)) => format!("*!{given}"),
        (None, None) if given.is_empty() => String::new(),
        (None, None) => format!("{given}!*@*"),
    };
    format!("{head}{mask}")
}

/// Returns changes as mode strings of at most `room` bytes each; a change that exceeds it is alone
/// in its string.
pub(super) fn lines(changes: &[ModeChange], room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = changes;
    while !rest.is_empty() {
        // The longest run that fits; at least one change, so that the loop ends.
        let fits = (1..=rest.len())
            .rev()
            .find(|&count| format(&rest[..count]).len() <= room);
        let (now, later) = rest.split_at(fits.unwrap_or(1));
        lines.push(format(now));
        rest = later;
    }
    lines
}

/// Returns changes as a mode string with its parameters.
pub(crate) fn format(changes: &[ModeChange]) -> String {
    let numbers: Vec<String> = changes
        .iter()
        .map(|change| match change {
            ModeChange::Limit(Some(number)) | ModeChange::Slow(Some(number)) => number.to_string(),
            ModeChange::Flag(..)
            | ModeChange::Key(..)
            | ModeChange::Limit(_)
            | ModeChange::Slow(_)
            | ModeChange::Forward(_)
            | ModeChange::Rank(..)
            | ModeChange::List(..) => String::new(),
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
                        .find(|(_, f, _)| f == flag)
                        .map_or('?', |(l, _, _)| *l);
                    (*set, letter, None)
                }
                ModeChange::Key(key, set) => (*set, 'k', Some(&**key)),
                ModeChange::Limit(Some(_)) => (true, 'l', Some(number.as_str())),
                ModeChange::Limit(None) => (false, 'l', None),
                ModeChange::Slow(Some(_)) => (true, 'W', Some(number.as_str())),
                ModeChange::Slow(None) => (false, 'W', None),
                ModeChange::Forward(Some(target)) => (true, 'f', Some(&**target)),
                ModeChange::Forward(None) => (false, 'f', None),
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
            "+bk-l+lov-e+CMRUimnstu-I+f-f+W-W",
            &["a!b@c", "key", "5", "bob", "eve", "x", "y@z", "#d", "30"],
        );
        assert!(wanted.complaints.is_empty());
        assert_eq!(
            format(&wanted.changes),
            "+bk-l+lov-e+CMRUimnstu-I+f-f+W-W a!b@c key 5 bob eve x!*@* *!y@z #d 30"
        );
    }

    #[test]
    fn extended_bans_keep_their_form() {
        for (given, want) in [
            ("a:bob", "a:bob"),
            ("m:bob", "m:bob!*@*"),
            ("m:a:bob", "m:a:bob"),
            ("m:*@host", "m:*!*@host"),
            ("bob", "bob!*@*"),
        ] {
            assert_eq!(full_mask(given), want);
        }
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
