//! Table of commands, each with its handlers.

use irc_wire::Message;

use super::commands as c;
use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::plan::Plan;

/// Handler of a command.
pub(super) enum Handler {
    /// Conversion into requests for the core.
    Core(fn(&Message<'_>, &mut Plan<'_>)),
    /// Answer of the door alone, from its own state.
    Door(fn(&mut IrcDoor, &mut Context<'_>, &Message<'_>)),
    /// Gathering line by line, before any request is made.
    Gathered,
}

/// Handler before registration.
type Early = fn(&mut IrcDoor, &mut Context<'_>, &Message<'_>);

/// Row of the command table.
pub struct Verb {
    /// Command, in upper case.
    pub name: &'static str,
    /// Minimum number of parameters; fewer are refused (461).
    pub needs: usize,
    /// Parameters, for HELP and documentation.
    pub syntax: &'static str,
    /// Effect, in one sentence.
    pub help: &'static str,
    /// Index of the parameter that names the requested server, if there is one: by name, mask, or
    /// the nick of a user on it.
    pub(super) server: Option<usize>,
    /// Handler after registration.
    pub(super) answer: Handler,
    /// Handler before registration; none: refused (451).
    pub(super) early: Option<Early>,
    /// Handler of the steps that a command of the core leaves to the door.
    pub(super) local: Option<Early>,
}

/// Returns a command answered by the core.
const fn core(
    name: &'static str,
    needs: usize,
    syntax: &'static str,
    plan: fn(&Message<'_>, &mut Plan<'_>),
    help: &'static str,
) -> Verb {
    Verb {
        name,
        needs,
        syntax,
        help,
        server: None,
        answer: Handler::Core(plan),
        early: None,
        local: None,
    }
}

/// Returns a command answered by the door.
const fn door(
    name: &'static str,
    needs: usize,
    syntax: &'static str,
    answer: Early,
    help: &'static str,
) -> Verb {
    Verb {
        name,
        needs,
        syntax,
        help,
        server: None,
        answer: Handler::Door(answer),
        early: None,
        local: None,
    }
}

impl Verb {
    /// Sets the handler before registration.
    const fn early(mut self, answer: Early) -> Verb {
        self.early = Some(answer);
        self
    }

    /// Sets the handler of what a command of the core leaves to the door.
    const fn local(mut self, answer: Early) -> Verb {
        self.local = Some(answer);
        self
    }

    /// Sets the parameter that names a server.
    const fn of_server(mut self, parameter: usize) -> Verb {
        self.server = Some(parameter);
        self
    }

    /// Makes the command one that is gathered line by line.
    const fn gathered(mut self) -> Verb {
        self.answer = Handler::Gathered;
        self
    }

    /// Returns whether the command is accepted before registration.
    pub fn is_early(&self) -> bool {
        self.early.is_some()
    }
}

/// All commands, sorted by name for the binary search.
#[rustfmt::skip]
pub static VERBS: &[Verb] = &[
    core("ACCEPT", 0, "[nick|-nick][,...]", c::accept::plan, "accepts private messages from these nicks despite mode +R, or stops accepting them; alone or with *, lists them"),
    door("ADMIN", 0, "[server]", c::server::admin, "shows who runs the server").of_server(0),
    door("AUTHENTICATE", 1, "mechanism|message|*", c::authenticate::answer, "logs you in (SASL)").early(c::authenticate::answer),
    core("AWAY", 0, "[text]", c::away::plan, "marks you as away with this text, or as back without one").early(c::away::early),
    // The handler is a placeholder: `gathered` replaces it.
    door("BATCH", 1, "+reference draft/multiline target | -reference", c::user::already_registered, "opens or closes a multi-line message (draft/multiline)").gathered(),
    door("CAP", 0, "LS|LIST|REQ|END [version|capabilities]", c::cap::answer, "negotiates capabilities").early(c::cap::answer),
    core("CHANSERV", 0, "command", super::services::chanserv, "speaks to ChanServ; CHANSERV HELP tells more"),
    core("CHATHISTORY", 0, "LATEST|BEFORE|AFTER|AROUND|BETWEEN target from [to] limit", c::chathistory::plan, "shows message history"),
    door("CONNECT", 0, "", c::links::denied, "is for linked servers; this server has no links"),
    core("CS", 0, "command", super::services::chanserv, "speaks to ChanServ, as CHANSERV does"),
    door("DIE", 0, "", c::links::denied, "is not available; stop the server on its machine"),
    door("HELP", 0, "[command]", c::help::answer, "shows how to use a command"),
    door("HELPOP", 0, "[command]", c::help::answer, "shows how to use a command, as HELP does"),
    door("INFO", 0, "[server]", c::server::info, "shows information about the server").of_server(0),
    core("INVITE", 0, "[nick channel]", c::invite::plan, "invites a user into a channel; alone, lists what you are invited to"),
    core("ISON", 1, "nick...", c::ison::plan, "shows which of these nicks are online"),
    door("ISUPPORT", 0, "", c::server::isupport, "shows what the server supports, as tokens").early(c::server::early_isupport),
    core("JOIN", 1, "channel[,channel] [key[,key]] | 0", c::join::plan, "joins channels; JOIN 0 leaves all of them"),
    core("KICK", 2, "channel nick[,nick] [reason]", c::kick::plan, "kicks users from a channel"),
    core("KILL", 1, "nick [reason]", c::kill::plan, "disconnects a user; for server operators"),
    core("KNOCK", 1, "channel [text]", c::knock::plan, "asks a channel's operators for an invitation"),
    door("LINKS", 0, "[[server] mask]", c::links::links, "lists the servers of the network"),
    core("LIST", 0, "[channel|mask|condition][,...]", c::list::plan, "lists channels: by name, by mask (* ? and ! for not), by members (>n <n), by minutes since they were created (C>n C<n) or their topic was set (T>n T<n)"),
    core("LUSERS", 0, "", c::lusers::plan, "counts users and channels").of_server(1),
    core("MARKREAD", 0, "target [timestamp=time]", c::markread::plan, "shows or sets your read marker (draft/read-marker)"),
    core("METADATA", 2, "target|* GET|LIST|SET|CLEAR|SUB|UNSUB|SUBS|SYNC [key...] [value]", c::metadata::plan, "shows and sets what is known about users and channels").early(c::metadata::early),
    core("MODE", 1, "target [modes [parameter...]]", c::mode::plan, "shows or changes modes of a channel, or your own"),
    core("MONITOR", 1, "+|-|C|L|S [nick[,nick]]", c::monitor::plan, "notifies you when these nicks come online or go offline"),
    door("MOTD", 0, "[server]", c::server::motd, "shows the message of the day").of_server(0),
    core("NAMES", 0, "channel[,channel]", c::names::plan, "lists the members of channels"),
    core("NICK", 0, "nick", c::nick::plan, "changes your nick").early(c::nick::early),
    core("NICKSERV", 0, "command", super::services::nickserv, "speaks to NickServ; NICKSERV HELP tells more"),
    core("NOTICE", 0, "target[,target] text", c::message::notice, "sends a message that must not be answered automatically"),
    core("NS", 0, "command", super::services::nickserv, "speaks to NickServ, as NICKSERV does"),
    core("OPER", 2, "name password", c::oper::oper, "makes you a server operator"),
    core("PART", 1, "channel[,channel] [reason]", c::part::plan, "leaves channels"),
    door("PASS", 1, "password", c::user::already_registered, "gives the server's password, before anything else; account:password logs in").early(c::user::pass),
    door("PING", 1, "token", c::ping::ping, "asks for a PONG").early(c::ping::ping),
    door("PONG", 0, "token", c::ping::pong, "answers a PING").early(c::ping::pong),
    core("PRIVMSG", 0, "target[,target] text", c::message::privmsg, "sends a message to users or channels; @#channel reaches its operators, +#channel also those with voice"),
    core("QUIT", 0, "[reason]", c::quit::plan, "ends the connection").early(c::quit::early),
    core("REDACT", 2, "target msgid [reason]", c::redact::plan, "deletes a message (draft/message-redaction)"),
    core("REGISTER", 3, "account|* mail|* password", c::register::plan, "registers an account; * for your current nick (draft/account-registration)").early(c::register::early),
    core("REHASH", 0, "", c::oper::rehash, "reloads the configuration; for server operators"),
    core("RELAYMSG", 2, "channel name/elsewhere text", c::relaymsg::plan, "sends a message on behalf of somebody elsewhere (draft/relaymsg)"),
    core("RENAME", 2, "channel name [reason]", c::rename::plan, "renames a channel (draft/channel-rename)"),
    door("RESTART", 0, "", c::links::denied, "is not available; restart the server on its machine"),
    door("RESUME", 1, "secret", c::user::already_registered, "comes back to the user of a connection that was lost, before anything else; the secret is drawn at random by the client (parlour/resume)").early(c::resume::early),
    core("SAMODE", 2, "channel modes [values]", c::mode::samode, "changes a channel's modes without being its operator; for server operators with the privilege channels"),
    core("SEARCH", 1, "key=value[;key=value]", c::search::plan, "finds messages: text, in (a channel or nick), from (a nick), after, before (times), limit (soju.im/search)"),
    door("SERVLIST", 0, "", c::links::servlist, "lists services that have connected: there are none"),
    core("SETNAME", 1, "name", c::setname::plan, "changes your real name"),
    door("SQUERY", 1, "service text", c::links::squery, "speaks to a service that has connected: there is none"),
    door("SQUIT", 0, "", c::links::denied, "is for linked servers; this server has no links"),
    core("STATS", 1, "u|o", c::stats::plan, "shows how long the server has run (u) and who its operators are (o)").of_server(1).local(c::stats::uptime),
    door("SUMMON", 0, "", c::links::summon, "is disabled"),
    core("TAGMSG", 1, "target[,target]", c::message::tagmsg, "sends tags without a text"),
    door("TIME", 0, "[server]", c::server::time, "shows the server's time").of_server(0),
    door("TOKEN", 1, "GENERATE FILEHOST|SERVICELIST", c::token::answer, "gives a token by which files can be uploaded for ten minutes"),
    core("TOPIC", 1, "channel [text]", c::topic::plan, "shows or sets a channel's topic"),
    door("TRACE", 0, "", c::links::trace, "shows the route to a server: it is this one").of_server(0),
    core("UBAN", 1, "ADD|MUTE account|address|network|mask [duration] [reason] | DEL target | LIST", c::uban::plan, "bans somebody from the server, or mutes them, for a time such as 2d or until it is removed; for server operators"),
    door("USER", 4, "user 0 * realname", c::user::already_registered, "gives your user name and real name when you connect").early(c::user::early),
    core("USERHOST", 1, "nick...", c::userhost::plan, "shows where users come from and whether they are away"),
    door("USERS", 0, "", c::links::users, "is disabled"),
    core("VERIFY", 2, "account code", c::register::verify, "completes a registration with the code that was sent by mail").early(c::register::verify_early),
    door("VERSION", 0, "[server]", c::server::version, "shows the version, and what the server supports").of_server(0),
    core("WALLOPS", 1, "text", c::wallops::plan, "sends a message to all users with mode +w; for server operators"),
    door("WEBIRC", 0, "password gateway host address [options]", c::webirc::late, "passes on the address of a gateway's user, before anything else").early(c::webirc::early),
    core("WEBPUSH", 1, "REGISTER|UNREGISTER|VAPIDPUBKEY [endpoint [keys]]", c::webpush::plan, "registers a device for push messages (draft/webpush)").local(c::webpush::public_key),
    core("WHO", 0, "[channel|nick|mask] [flags][%fields[,token]]", c::who::plan, "lists users; the flag o only operators, the flags n u h i r a by what the mask means, % and fields as WHOX has them"),
    core("WHOIS", 0, "[server] nick", c::whois::plan, "shows information about a user"),
    core("WHOWAS", 0, "nick [count]", c::whowas::plan, "shows information about users who had this nick"),
    core("ZNC", 1, "*playback PLAY *|target[,target] [from [to]] | *playback LIST", c::playback::znc, "asks for missed messages, as PRIVMSG *playback does (znc.in/playback)"),
];

/// Finds a command, in any case.
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
