//! Members of channels: joins, parts, quits, nick changes and ranks.

use super::buffer::SILENT;
use super::followup::Followup;
use super::{BufferKind, JoinFilter, LineKind, Member, MembershipChange, Model, hue};
use crate::NetworkId;
use crate::SafeText;
use crate::engine::Isupport;
use crate::formatting::FormattedText;
use crate::notice::Notice;

/// Milliseconds within which joins and parts share a line.
const TOGETHER: u64 = 600_000;
/// Maximum joins and parts of one line.
const TOGETHER_MOST: usize = 40;

impl Model {
    pub(super) fn joined(
        &mut self,
        net: NetworkId,
        now: u64,
        channel: &str,
        (nick, own): (&str, bool),
        (place, account): (Option<&str>, Option<&str>),
    ) {
        let folded = self.networks[net].casemap.fold(nick);
        self.people.heard(net, &folded, place, account);
        if own {
            // Bounded, since a hostile server can claim any number of joins.
            let rooms = self.buffers.iter().filter(|b| b.network == net && b.joined);
            if rooms.count() > super::ROOMS && self.find(net, channel).is_none() {
                return;
            }
            let index = self.open(net, channel, BufferKind::Channel);
            let buffer = &mut self.buffers[index];
            (buffer.joined, buffer.rejoining) = (true, false);
            // The server sends all names and the topic after a join.
            buffer.members.clear();
            buffer.topic = SafeText::default();
            for note in std::mem::take(&mut self.networks[net].notes) {
                self.note(index, now, &note, false);
            }
            return;
        }
        let Some(index) = self.find(net, channel) else {
            return;
        };
        let member = Member {
            prefix: String::new(),
            nick: SafeText::name(nick),
            away: false,
            hue: hue(account.unwrap_or(nick)),
        };
        self.buffers[index].members.insert(folded.clone(), member);
        self.moved(
            index,
            now,
            &folded,
            MembershipChange::Came(SafeText::name(nick)),
        );
    }

    /// Removes a member after a PART or KICK; `by` is the one who kicked.
    pub(super) fn left(
        &mut self,
        net: NetworkId,
        now: u64,
        channel: &str,
        (nick, own): (&str, bool),
        (by, words): (Option<&str>, String),
    ) {
        let is_kick = by.is_some();
        let words = match by {
            Some(by) => format!("kicked by {by}: {words}"),
            None => words,
        };
        let Some(index) = self.find(net, channel) else {
            return;
        };
        let folded = self.networks[net].casemap.fold(nick);
        self.buffers[index].members.remove(&folded);
        let gone = SafeText::name(nick);
        self.buffers[index]
            .typing
            .retain(|typist| typist.nick != gone);
        if own {
            self.buffers[index].joined = false;
            self.buffers[index].members.clear();
            let why = words.as_str();
            self.tell(index, now, Notice::Left { channel, why }, false);
        } else if is_kick {
            let words = words.as_str();
            self.event(index, now, Notice::Kicked { nick, words });
        } else {
            self.moved(
                index,
                now,
                &folded,
                MembershipChange::Went(SafeText::name(nick)),
            );
        }
    }

    pub(super) fn quit(&mut self, net: NetworkId, now: u64, nick: &str) {
        let folded = self.networks[net].casemap.fold(nick);
        let gone = SafeText::name(nick);
        for index in 0..self.buffers.len() {
            let buffer = &mut self.buffers[index];
            if buffer.network == net {
                buffer.typing.retain(|typist| typist.nick != gone);
            }
            if buffer.network == net && buffer.members.remove(&folded).is_some() {
                self.moved(
                    index,
                    now,
                    &folded,
                    MembershipChange::Went(SafeText::name(nick)),
                );
            }
        }
    }

    pub(super) fn renamed(
        &mut self,
        net: NetworkId,
        now: u64,
        old: String,
        new: String,
        own: bool,
    ) -> Followup {
        let casemap = self.networks[net].casemap;
        let (from, to) = (casemap.fold(&old), casemap.fold(&new));
        // An ignored user stays ignored under a new nick.
        let follows = !own && self.ignored.contains(&from);
        self.people.renamed(net, &from, &to);
        if follows {
            self.ignored.push(to.clone());
        }
        if own {
            self.networks[net].nick = SafeText::name(&new);
            let index = self.answer_buffer(net);
            self.tell(index, now, Notice::OwnNick(&new), false);
        }
        for index in 0..self.buffers.len() {
            let buffer = &mut self.buffers[index];
            if buffer.network != net {
                continue;
            }
            if let Some(spoke) = buffer.spoke.remove(&from) {
                buffer.spoke.insert(to.clone(), spoke);
            }
            if let Some(mut member) = buffer.members.remove(&from) {
                member.nick = SafeText::name(&new);
                buffer.members.insert(to.clone(), member);
                if !own {
                    let step =
                        MembershipChange::Renamed(SafeText::name(&old), SafeText::name(&new));
                    self.moved(index, now, &to, step);
                }
            }
        }
        if let Some(index) = self.find(net, &old)
            && self.buffers[index].kind == BufferKind::Person
            && self.find(net, &new).is_none()
        {
            self.buffers[index].rename(&new);
            self.resettle(index);
        }
        if own {
            Followup::OwnNick { old, new }
        } else {
            Followup::NickFreed {
                nick: old,
                now: Some(new),
            }
        }
    }

    /// Shows a join, part, quit or nick change, in one line with those just before.
    pub(super) fn moved(&mut self, index: usize, now: u64, who: &str, step: MembershipChange) {
        if self.ignores(self.buffers[index].network, who) {
            return;
        }
        let spoke = self.buffers[index].spoke.get(who);
        let wanted = match self.joins {
            JoinFilter::On => true,
            JoinFilter::Off => false,
            JoinFilter::Smart => spoke.is_some_and(|at| now.saturating_sub(*at) < SILENT),
        };
        if !wanted {
            return;
        }
        if let Some(last) = self.buffers[index].lines.back_mut()
            && last.kind == LineKind::Moves
            && now.saturating_sub(last.time) < TOGETHER
            && last.moves.len() < TOGETHER_MOST
        {
            return last.moves.push(step);
        }
        let mut line = self.line(now, LineKind::Moves, "", FormattedText::default());
        line.moves.push(step);
        self.buffers[index].push(line);
    }

    /// Applies the changes of member status among the modes of a channel.
    pub(super) fn ranks(&mut self, index: usize, isupport: &Isupport, modes: &str) {
        let mut words = modes.split_ascii_whitespace();
        let letters = words.next().unwrap_or_default();
        let rank = |letter| isupport.prefix_modes.find(letter);
        let mut adds = true;
        for letter in letters.chars() {
            match letter {
                '+' | '-' => adds = letter == '+',
                // Other modes may have parameters too, which come between those of ranks.
                letter => {
                    let Some(prefix) =
                        rank(letter).and_then(|at| isupport.prefixes.chars().nth(at))
                    else {
                        if isupport.has_parameter(letter, adds) {
                            words.next();
                        }
                        continue;
                    };
                    let Some(nick) = words.next() else { return };
                    let folded = isupport.casemap.fold(nick);
                    if let Some(member) = self.buffers[index].members.get_mut(&folded) {
                        member.prefix.retain(|c| c != prefix);
                        if adds {
                            member.prefix.push(prefix);
                        }
                        let place = |c: char| isupport.prefixes.find(c);
                        let mut order: Vec<char> = member.prefix.chars().collect();
                        order.sort_by_key(|c| place(*c));
                        member.prefix = order.into_iter().collect();
                    }
                }
            }
        }
    }

    pub(super) fn add_member(
        &mut self,
        index: usize,
        prefix: &str,
        nick: &str,
        isupport: &Isupport,
    ) {
        let member = Member {
            prefix: prefix.to_owned(),
            nick: SafeText::name(nick),
            away: false,
            hue: hue(nick),
        };
        let folded = isupport.casemap.fold(nick);
        // NAMES may list a known member again: the away status and the colour are kept.
        let known = self.buffers[index].members.entry(folded);
        known
            .and_modify(|known| known.prefix.clone_from(&member.prefix))
            .or_insert(member);
    }
}
