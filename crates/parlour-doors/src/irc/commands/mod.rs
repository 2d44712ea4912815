//! What a line means, one file a verb.

pub(super) mod accept;
pub(super) mod authenticate;
pub(super) mod away;
pub(super) mod batch;
pub(super) mod cap;
pub(super) mod chathistory;
pub(super) mod help;
pub(super) mod invite;
pub(super) mod ison;
pub(super) mod join;
pub(super) mod kick;
pub(super) mod kill;
pub(super) mod knock;
pub(super) mod links;
pub(super) mod list;
pub(super) mod lusers;
pub(super) mod markread;
pub(super) mod message;
pub(super) mod metadata;
pub(super) mod mode;
pub(super) mod monitor;
pub(super) mod names;
pub(super) mod nick;
pub(super) mod oper;
pub(super) mod part;
pub(super) mod ping;
pub(super) mod playback;
pub(super) mod quit;
pub(super) mod redact;
pub(super) mod register;
pub(super) mod relaymsg;
pub(super) mod rename;
pub(super) mod search;
pub(super) mod server;
pub(super) mod setname;
pub(super) mod stats;
pub(super) mod topic;
pub(super) mod uban;
pub(super) mod user;
pub(super) mod userhost;
pub(super) mod wallops;
pub(super) mod webirc;
pub(super) mod who;
pub(super) mod whois;
pub(super) mod whowas;

use std::collections::BTreeSet;

use irc_wire::{Message, numerics as n, text};
use parlour_core::names::NickError;
use parlour_core::request::Origin;
use parlour_core::settings::Limits;
use parlour_core::{Change, Name, Question, mask};

use super::account::AskedBy;
use super::caps::{Cap, Caps};
use super::error_reply::{ErrorReply, PlacedReply};
use super::services::Service;
use super::verbs::{self, Handler};
use super::{IrcDoor, Stage, need_more};
use crate::DoorSettings;
use crate::context::Context;

/// What a line is turned into.
pub(super) enum Step {
    /// A change for the core.
    Do(Change),
    /// A question for the core.
    Ask(Question),
    /// Something to say in its place.
    Complain(ErrorReply),
    /// The door answers the line when its place has come.
    Local,
    /// The same, if somebody has this nick, and is on this server so.
    IfHere(Name),
    /// A service says these lines when their place has come.
    Service(Service, Vec<String>),
}

/// A line being turned into steps.
pub(super) struct Plan<'s> {
    pub steps: Vec<Step>,
    pub settings: &'s DoorSettings,
    /// What the client has asked for.
    pub caps: Caps,
    /// The client's nick.
    pub nick: &'s str,
    /// Where secrets of the client come from.
    pub origin: Origin,
    /// The certificate that it has shown.
    pub certificate: Option<Name>,
    /// That the steps are about accounts, and by what they were asked for.
    pub asked: Option<AskedBy>,
}

impl<'s> Plan<'s> {
    pub fn new(door: &'s IrcDoor, cx: &Context<'s>) -> Self {
        Plan {
            steps: Vec::new(),
            settings: cx.settings,
            caps: door.caps,
            nick: door.shown_nick(),
            origin: door.origin(cx.peer),
            certificate: door.peer(cx.peer).certificate.clone(),
            asked: None,
        }
    }

    /// The limits that are in force.
    pub fn limits(&self) -> &'s Limits {
        &self.settings.chat.limits
    }

    /// A reason, cut to what a reason may be, with a word about it; empty without one.
    pub fn reason(&mut self, message: &Message, index: usize) -> Name {
        let given = message.params.get(index).unwrap_or_default();
        self.fit(message, given, self.limits().reason, "text")
    }

    /// A text cut to so many bytes; if anything is cut, that is told. `what` names it.
    pub fn fit(&mut self, message: &Message, given: &str, most: usize, what: &str) -> Name {
        if given.len() > most {
            self.complain(cut_short(message.command, most, what));
        }
        text::cut(given, most).into()
    }

    /// The targets of a command that takes a few; what is too much is complained about.
    pub fn targets<'m>(&mut self, list: &'m str) -> Vec<&'m str> {
        let most = self.limits().targets;
        let mut all: Vec<&str> = split_list(list).take(most + 1).collect();
        if all.len() > most {
            all.truncate(most);
            let shown = [text::cut(list, 100)];
            self.say(n::ERR_TOOMANYTARGETS, &shown, "Too many targets");
        }
        all
    }

    pub fn change(&mut self, change: Change) {
        self.steps.push(Step::Do(change));
    }

    pub fn ask(&mut self, question: Question) {
        self.steps.push(Step::Ask(question));
    }

    /// Words to somebody who is no user are heard back by those who hear their own.
    pub fn echo(&mut self, target: &str, words: &str) {
        if self.caps.has(Cap::EchoMessage) {
            let own = PlacedReply::own(target, words);
            self.ask(Question::Echo(own));
        }
    }

    pub fn complain(&mut self, complaint: ErrorReply) {
        self.steps.push(Step::Complain(complaint));
    }

    /// A numeric that ends or refuses, with its parameters.
    pub fn say(&mut self, code: &str, params: &[&str], text: &str) {
        self.complain(ErrorReply::numeric(code, params, text));
    }
}

/// Turns a registered client's line into steps.
pub(super) fn plan(message: &Message, plan: &mut Plan) {
    let Some(verb) = verbs::find(message.command) else {
        return plan.complain(unknown(message.command));
    };
    if message.params.len() < verb.needs {
        return plan.complain(need_more(verb.name));
    }
    let server = verb
        .server
        .and_then(|index| message.params.non_empty(index));
    if let Some(asked) = server.filter(|asked| !is_this_server(asked, plan.settings)) {
        return match verb.answer {
            Handler::Door(_) => plan.steps.push(Step::IfHere(asked.into())),
            _ => plan.say(n::ERR_NOSUCHSERVER, &[asked], "No such server"),
        };
    }
    match verb.answer {
        Handler::Core(core) => core(message, plan),
        Handler::Door(_) => plan.steps.push(Step::Local),
        // What is gathered line by line is taken before it comes here; without the capability
        // there is no such command.
        Handler::Gathered => plan.complain(unknown(message.command)),
    }
}

/// Answers a line that came back in its place.
pub(super) fn local(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    match verbs::find(message.command).map(|verb| &verb.answer) {
        Some(Handler::Door(answer)) => answer(door, cx, message),
        // STATS, the one verb that both answer.
        Some(Handler::Core(_)) => stats::uptime(door, cx, message),
        _ => {}
    }
}

/// Answers a line of a client that is not registered.
pub(super) fn early(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    debug_assert_eq!(door.stage, Stage::New);
    let Some(verb) = verbs::find(message.command) else {
        return door.complain(cx, unknown(message.command));
    };
    let Some(answer) = verb.early else {
        return door.not_registered(cx);
    };
    if message.params.len() < verb.needs {
        return door.complain(cx, need_more(verb.name));
    }
    answer(door, cx, message);
}

/// Whether this server is meant, by its name or a mask over it.
pub(super) fn is_this_server(asked: &str, settings: &DoorSettings) -> bool {
    mask::matches(asked, settings.server_name())
}

/// That a text was longer than it may be.
pub(super) fn cut_short(command: &str, most: usize, what: &str) -> ErrorReply {
    let command = command.to_ascii_uppercase();
    let text = format!("The {what} was cut: it may have {most} bytes");
    ErrorReply::warn(&command, "TEXT_TOO_LONG", &[], &text)
}

fn unknown(command: &str) -> ErrorReply {
    ErrorReply::numeric(
        n::ERR_UNKNOWNCOMMAND,
        &[text::cut(command, 50)],
        "Unknown command",
    )
}

pub(super) fn bad_nick(nick: &str, why: NickError) -> ErrorReply {
    let reason = match why {
        NickError::Empty => {
            return ErrorReply::numeric(n::ERR_NONICKNAMEGIVEN, &[], "No nickname given");
        }
        NickError::TooLong => "Erroneous nickname: it is too long",
        NickError::BadStart => "Erroneous nickname: it may not begin with a digit or a hyphen",
        NickError::BadCharacter => {
            "Erroneous nickname: it may hold letters, digits and -_[]\\`^{}| only"
        }
        NickError::Reserved => "Erroneous nickname: it is kept for the server itself",
    };
    ErrorReply::numeric(n::ERR_ERRONEUSNICKNAME, &[text::cut(nick, 64)], reason)
}

/// The parts of a comma-separated list, without empty ones and repetitions.
fn split_list(list: &str) -> impl Iterator<Item = &str> {
    distinct(list.split(','), |part| part).into_iter()
}

/// Items whose names are not empty, each name once.
fn distinct<T>(items: impl Iterator<Item = T>, name: impl Fn(&T) -> &str) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items
        .filter(|item| !name(item).is_empty() && seen.insert(name(item).to_ascii_lowercase()))
        .collect()
}
