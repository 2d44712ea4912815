//! Encoding of modes in rows.

use parlour_core::Name;
use parlour_core::request::ModeChange;
use parlour_core::state::{ChannelFlag, ListKind, Rank, Ranks};

/// Channel flags, by the letters they are stored as. These are part of the database format and
/// independent of the letters of the IRC protocol.
const FLAGS: &[(ChannelFlag, char)] = &[
    (ChannelFlag::InviteOnly, 'i'),
    (ChannelFlag::Moderated, 'm'),
    (ChannelFlag::NoExternal, 'n'),
    (ChannelFlag::Secret, 's'),
    (ChannelFlag::TopicLocked, 't'),
    (ChannelFlag::NoCtcp, 'C'),
    (ChannelFlag::RegisteredSpeak, 'M'),
    (ChannelFlag::RegisteredOnly, 'R'),
    (ChannelFlag::Auditorium, 'u'),
    (ChannelFlag::OpModerated, 'U'),
];
/// Ranks, by the letters they are stored as.
const RANKS: &[(Rank, char)] = &[
    (Rank::Founder, 'q'),
    (Rank::Operator, 'o'),
    (Rank::Voice, 'v'),
];
/// Lists, by the letters they are stored as.
const LISTS: &[(ListKind, char)] = &[
    (ListKind::Bans, 'b'),
    (ListKind::Exceptions, 'e'),
    (ListKind::InviteExceptions, 'I'),
];

/// Encodes mode changes, one line each: a sign, a letter and the parameter.
pub(crate) fn write(changes: &[ModeChange]) -> String {
    changes.iter().map(line).collect()
}

/// Decodes mode changes; those that a later version wrote and this one does not know are left out.
pub(crate) fn read(text: &str) -> Vec<ModeChange> {
    text.split_terminator('\n').filter_map(mode).collect()
}

/// Returns the letter of a rank.
pub(crate) fn rank_letter(rank: Rank) -> char {
    letter(RANKS, rank)
}

/// Returns the rank whose letter the text begins with.
pub(crate) fn rank(shown: &str) -> Option<Rank> {
    let known = RANKS.iter().find(|(_, letter)| shown.starts_with(*letter));
    known.map(|(rank, _)| *rank)
}

/// Encodes ranks as their letters.
pub(crate) fn rank_letters(ranks: Ranks) -> String {
    let held = RANKS.iter().filter(|(rank, _)| ranks.has(*rank));
    held.map(|(_, letter)| *letter).collect()
}

/// Decodes ranks from their letters.
pub(crate) fn ranks(letters: &str) -> Ranks {
    let mut ranks = Ranks::default();
    for (rank, letter) in RANKS {
        ranks.set(*rank, letters.contains(*letter));
    }
    ranks
}

/// Returns the letter of a list.
pub(crate) fn list_letter(kind: ListKind) -> char {
    letter(LISTS, kind)
}

/// Returns the list of a letter.
pub(crate) fn list(letter: char) -> Option<ListKind> {
    of(LISTS, letter)
}

fn line(change: &ModeChange) -> String {
    let (on, letter, value): (bool, char, &str) = match change {
        ModeChange::Flag(flag, on) => (*on, letter(FLAGS, *flag), ""),
        ModeChange::Key(key, on) => (*on, 'k', key),
        ModeChange::Limit(limit) => (
            limit.is_some(),
            'l',
            &limit.map(|limit| limit.to_string()).unwrap_or_default(),
        ),
        ModeChange::Slow(seconds) => (
            seconds.is_some(),
            'W',
            &seconds
                .map(|seconds| seconds.to_string())
                .unwrap_or_default(),
        ),
        ModeChange::Forward(to) => (to.is_some(), 'f', to.as_deref().unwrap_or_default()),
        ModeChange::Rank(rank, nick, on) => (*on, letter(RANKS, *rank), nick),
        ModeChange::List(list, mask, on) => (*on, letter(LISTS, *list), mask),
    };
    format!("{}{letter}{value}\n", if on { '+' } else { '-' })
}

fn letter<T: Copy + PartialEq>(table: &[(T, char)], wanted: T) -> char {
    let found = table.iter().find(|(known, _)| *known == wanted);
    found.map_or('?', |(_, letter)| *letter)
}

fn of<T: Copy>(table: &[(T, char)], letter: char) -> Option<T> {
    let found = table.iter().find(|(_, known)| *known == letter);
    found.map(|(value, _)| *value)
}

fn mode(line: &str) -> Option<ModeChange> {
    let mut letters = line.chars();
    let on = match letters.next()? {
        '+' => true,
        '-' => false,
        _ => return None,
    };
    let letter = letters.next()?;
    let value: Name = letters.as_str().into();
    match letter {
        'k' => Some(ModeChange::Key(value, on)),
        'l' if !on => Some(ModeChange::Limit(None)),
        'l' => Some(ModeChange::Limit(Some(value.parse().ok()?))),
        'W' if !on => Some(ModeChange::Slow(None)),
        'W' => Some(ModeChange::Slow(Some(value.parse().ok()?))),
        'f' => Some(ModeChange::Forward(on.then_some(value.into()))),
        // The letters of the three tables and those above are disjoint.
        _ => of(FLAGS, letter)
            .map(|flag| ModeChange::Flag(flag, on))
            .or_else(|| {
                of(RANKS, letter).map(|rank| ModeChange::Rank(rank, value.clone().into(), on))
            })
            .or_else(|| of(LISTS, letter).map(|list| ModeChange::List(list, value.into(), on))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlour_core::state::Flag;

    #[test]
    fn every_mode_comes_back() {
        let mut changes: Vec<ModeChange> = ChannelFlag::ALL
            .iter()
            .map(|&flag| ModeChange::Flag(flag, true))
            .collect();
        changes.extend([
            ModeChange::Flag(ChannelFlag::Secret, false),
            ModeChange::Key("k y".into(), true),
            ModeChange::Key("*".into(), false),
            ModeChange::Limit(Some(12)),
            ModeChange::Limit(None),
            ModeChange::Slow(Some(30)),
            ModeChange::Slow(None),
            ModeChange::Forward(Some("#f".into())),
            ModeChange::Forward(None),
            ModeChange::Rank(Rank::Operator, "bob".into(), true),
            ModeChange::Rank(Rank::Voice, "bob".into(), false),
            ModeChange::List(ListKind::Bans, "*!*@x".into(), true),
            ModeChange::List(ListKind::Exceptions, "*!*@x".into(), false),
            ModeChange::List(ListKind::InviteExceptions, "*!*@x".into(), true),
        ]);
        assert_eq!(read(&write(&changes)), changes);
    }
}
