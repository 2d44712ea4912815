//! NAMES as numerics, rendered lazily: a large channel makes a long reply for each of its readers.

use crate::lazy_reply::LazyReply;
use irc_wire::{Line, numerics as n, text};
use parlour_core::Name;
use parlour_core::names::ChannelName;
use parlour_core::names::Nick;
use parlour_core::reply::NamesOf;
use parlour_core::state::{Profile, Ranks};

use crate::irc::caps::Cap;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::ECHOED;
use crate::irc::modes;

/// Members above which a reply is rendered lazily: about one buffer of lines.
pub(super) const MANY: usize = 500;

/// Lazy NAMES reply for one reader.
pub(super) struct NamesAnswer {
    server: Name,
    /// Nick of the reader.
    nick: Nick,
    /// True if the reader gets all prefixes of a member (multi-prefix).
    all_prefixes: bool,
    /// True if the reader gets users and hosts (userhost-in-names).
    hosts: bool,
    /// Parameter of NAMES, for its end.
    named: String,
    channels: Vec<NamesOf>,
    /// Indices of the next channel and of its next member.
    next: (usize, usize),
}

/// Returns the parameter of a NAMES for these channels.
fn shown(named: &[ChannelName]) -> String {
    if named.is_empty() {
        return "*".to_owned();
    }
    let named: Vec<&str> = named.iter().map(|name| &**name).collect();
    named.join(",")
}

impl NamesAnswer {
    pub fn new(
        door: &IrcDoor,
        server: &Name,
        named: &[ChannelName],
        channels: &[NamesOf],
    ) -> NamesAnswer {
        NamesAnswer {
            server: server.clone(),
            nick: door.shown_nick().into(),
            all_prefixes: door.caps.has(Cap::MultiPrefix),
            hosts: door.caps.has(Cap::UserhostInNames),
            named: shown(named),
            channels: channels.to_vec(),
            next: (0, 0),
        }
    }

    /// Appends the whole reply at once.
    pub fn write(mut self, out: &mut Vec<u8>) {
        while self.more(out, usize::MAX) {}
    }

    fn numeric<'a>(&self, out: &'a mut Vec<u8>, code: &str) -> Line<'a> {
        Line::new(out).from(&self.server, code).word(&self.nick)
    }

    fn name<'p>(&self, profile: &'p Profile) -> &'p str {
        if self.hosts {
            &profile.source
        } else {
            &profile.nick
        }
    }

    /// Appends one line of members, from `at` on. Returns the index of the next member.
    fn line(&self, of: &NamesOf, at: usize, out: &mut Vec<u8>) -> usize {
        let kind = if of.secret { "@" } else { "=" };
        let line = self.numeric(out, n::RPL_NAMREPLY).word(kind);
        let mut line = line.word(&of.channel);
        let fits = |line: &Line<'_>, name: &str| line.room() > name.len() + modes::RANKS.len() + 1;
        for (index, (ranks, profile)) in of.members.iter().enumerate().skip(at) {
            let name = self.name(profile);
            // The first member is written in any case, so each line makes progress.
            if index > at && !fits(&line, name) {
                line.end();
                return index;
            }
            line = line.raw(if index == at { " :" } else { " " });
            line = self.member(line, *ranks, name);
        }
        line.end();
        of.members.len()
    }

    fn member<'a>(&self, mut line: Line<'a>, ranks: Ranks, name: &str) -> Line<'a> {
        for prefix in modes::prefixes(ranks, self.all_prefixes) {
            line = line.raw(prefix.encode_utf8(&mut [0; 4]));
        }
        line.raw(name)
    }
}

impl LazyReply for NamesAnswer {
    fn more(&mut self, out: &mut Vec<u8>, most: usize) -> bool {
        // `usize::MAX` asks for everything: the sum must not overflow.
        let enough = out.len().saturating_add(most);
        while let Some(of) = self.channels.get(self.next.0) {
            if self.next.1 >= of.members.len() {
                self.next = (self.next.0 + 1, 0);
                continue;
            }
            // Checked before each line: a turn exceeds `most` by one line at most.
            if out.len() >= enough {
                return true;
            }
            self.next.1 = self.line(of, self.next.1, out);
        }
        let line = self.numeric(out, n::RPL_ENDOFNAMES);
        line.middle(text::cut(&self.named, ECHOED))
            .trailing("End of /NAMES list")
            .end();
        false
    }
}
