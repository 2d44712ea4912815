//! The table of verbs: what a client may say, and which file answers it.

use irc_wire::Message;

use super::IrcDoor;
use super::commands as c;
use super::commands::Plan;
use crate::turn::Turn;

/// How a verb is answered.
pub(super) enum Answer {
    /// By the core: the verb is turned into requests.
    Core(fn(&Message<'_>, &mut Plan)),
    /// By the door alone, from its own state.
    Door(fn(&mut IrcDoor, &mut Turn<'_>, &Message<'_>)),
}

/// One row of the table.
pub struct Verb {
    /// The command, in upper case.
    pub name: &'static str,
    /// How many parameters it needs at least; fewer are 461.
    pub needs: usize,
    /// Its parameters, for HELP and documentation.
    pub syntax: &'static str,
    /// What answers it once registered.
    pub(super) answer: Answer,
    /// What answers it before registration; none: 451.
    pub(super) early: Option<fn(&mut IrcDoor, &mut Turn<'_>, &Message<'_>)>,
}

const fn core(
    name: &'static str,
    needs: usize,
    syntax: &'static str,
    plan: fn(&Message<'_>, &mut Plan),
) -> Verb {
    Verb {
        name,
        needs,
        syntax,
        answer: Answer::Core(plan),
        early: None,
    }
}

const fn door(
    name: &'static str,
    needs: usize,
    syntax: &'static str,
    answer: fn(&mut IrcDoor, &mut Turn<'_>, &Message<'_>),
) -> Verb {
    Verb {
        name,
        needs,
        syntax,
        answer: Answer::Door(answer),
        early: None,
    }
}

impl Verb {
    const fn early(mut self, answer: fn(&mut IrcDoor, &mut Turn<'_>, &Message<'_>)) -> Verb {
        self.early = Some(answer);
        self
    }
}

/// Every verb, by name.
pub static VERBS: &[Verb] = &[
    core("AWAY", 0, "[text]", c::away::plan),
    door(
        "CAP",
        1,
        "LS|LIST|REQ|END [version|capabilities]",
        c::cap::answer,
    )
    .early(c::cap::answer),
    core(
        "CHATHISTORY",
        0,
        "subcommand target from [to] limit",
        c::chathistory::plan,
    ),
    door("INFO", 0, "", c::server::info),
    core("INVITE", 0, "[nick channel]", c::invite::plan),
    core("ISON", 1, "nick...", c::ison::plan),
    core("JOIN", 1, "channel[,channel] [key[,key]]", c::join::plan),
    core("KICK", 2, "channel nick[,nick] [reason]", c::kick::plan),
    core("LIST", 0, "[channel|mask|condition[,...]]", c::list::plan),
    core("LUSERS", 0, "", c::lusers::plan),
    core("MODE", 1, "target [modes [parameter...]]", c::mode::plan),
    door("MOTD", 0, "", c::server::motd),
    core("NAMES", 0, "channel[,channel]", c::names::plan),
    core("NICK", 0, "nick", c::nick::plan).early(c::nick::early),
    core("NOTICE", 0, "target[,target] text", c::message::notice),
    core("PART", 1, "channel[,channel] [reason]", c::part::plan),
    door("PASS", 1, "password", c::user::again).early(c::user::pass),
    door("PING", 1, "token", c::ping::ping).early(c::ping::ping),
    door("PONG", 0, "token", c::ping::pong).early(c::ping::pong),
    core("PRIVMSG", 0, "target[,target] text", c::message::privmsg),
    core("QUIT", 0, "[reason]", c::quit::plan).early(c::quit::early),
    core("TAGMSG", 1, "target[,target]", c::message::tagmsg),
    door("TIME", 0, "", c::server::time),
    core("TOPIC", 1, "channel [text]", c::topic::plan),
    door("USER", 4, "user 0 * realname", c::user::again).early(c::user::early),
    core("USERHOST", 1, "nick...", c::userhost::plan),
    door("VERSION", 0, "", c::server::version),
    core("WHO", 1, "channel|mask", c::who::plan),
    core("WHOIS", 0, "[server] nick", c::whois::plan),
    core("WHOWAS", 0, "nick [count]", c::whowas::plan),
];

/// Finds a verb, whatever its case.
pub(super) fn find(command: &str) -> Option<&'static Verb> {
    let upper = command.to_ascii_uppercase();
    VERBS
        .binary_search_by(|verb| verb.name.cmp(&upper))
        .ok()
        .map(|at| &VERBS[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_verb_is_found() {
        assert!(VERBS.windows(2).all(|w| w[0].name < w[1].name));
        for verb in VERBS {
            assert!(find(&verb.name.to_ascii_lowercase()).is_some_and(|v| v.name == verb.name));
        }
        assert!(find("NOSUCH").is_none());
    }
}
