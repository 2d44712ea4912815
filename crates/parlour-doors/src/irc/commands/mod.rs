//! Commands, one file each: parsing of a line, and its conversion into steps.

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
use parlour_core::{Change, Name, Question, SessionChange, mask};

use super::account::RequestSource;
use super::caps::{Cap, Caps};
use super::error_reply::ErrorReply;
use super::services::Service;
use super::verbs::{self, Handler};
use super::{IrcDoor, Stage, need_more};
use crate::DoorSettings;
use crate::context::Context;

/// Step of a command, executed in order.
pub(super) enum Step {
    /// Nothing but its place.
    Nothing,
    /// Change for the core.
    Do(Change),
    /// Change of what the session is told.
    Set(SessionChange),
    /// Question for the core.
    Ask(Question),
    /// Error or notice, written when its turn has come.
    Error(ErrorReply),
    /// Answer of the door itself to the line, when its turn has come.
    Local,
    /// As `Local`, if a user with this nick is online, which means that this server is addressed.
    LocalIfOnline(Name),
    /// Lines of a service, written when their turn has come.
    Service(Service, Vec<String>),
    /// Echo of a message to a service, written when its turn has come.
    Echo { target: String, text: String },
}

/// Plan of a line: the steps so far, and the context they are made from.
pub(super) struct Plan<'s> {
    pub steps: Vec<Step>,
    pub settings: &'s DoorSettings,
    /// Capabilities of the client.
    pub caps: Caps,
    /// Nick of the client.
    pub nick: &'s str,
    /// Origin of the client's secrets.
    pub origin: Origin,
    /// Fingerprint of its certificate, if any.
    pub certificate: Option<Name>,
    /// Set if the steps are account requests, whose answers have a form of their own.
    pub asked: Option<RequestSource>,
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

    /// Returns the limits in force.
    pub fn limits(&self) -> &'s Limits {
        &self.settings.chat.limits
    }

    /// Returns a reason, cut to its limit with a warning; empty without one.
    pub fn reason(&mut self, message: &Message, index: usize) -> Name {
        let given = message.params.get(index).unwrap_or_default();
        self.fit(message, given, self.limits().reason, "text")
    }

    /// Returns a text cut to `most` bytes, with a warning if it was longer. `what` names it.
    pub fn fit(&mut self, message: &Message, given: &str, most: usize, what: &str) -> Name {
        if given.len() > most {
            self.complain(cut_short(message.command, most, what));
        }
        text::cut(given, most).into()
    }

    /// Returns the targets of a command, up to the limit; refuses the rest.
    pub fn targets<'m>(&mut self, list: &'m str) -> Vec<&'m str> {
        let most = self.limits().targets;
        // One more than the limit shows that there are too many.
        let mut all: Vec<&str> = split_list(list).take(most + 1).collect();
        if all.len() > most {
            all.truncate(most);
            let shown = [text::cut(list, 100)];
            self.say(n::ERR_TOOMANYTARGETS, &shown, "Too many targets");
        }
        all
    }

    /// Adds a change.
    pub fn change(&mut self, change: Change) {
        self.steps.push(Step::Do(change));
    }

    /// Adds a change of what the session is told.
    pub fn set(&mut self, change: SessionChange) {
        self.steps.push(Step::Set(change));
    }

    /// Adds a question.
    pub fn ask(&mut self, question: Question) {
        self.steps.push(Step::Ask(question));
    }

    /// Echoes a message to a service or `*playback`, if the client has `echo-message`.
    pub fn echo(&mut self, target: &str, words: &str) {
        if self.caps.has(Cap::EchoMessage) {
            self.steps.push(Step::Echo {
                target: target.to_owned(),
                text: words.to_owned(),
            });
        }
    }

    /// Adds an error or a warning.
    pub fn complain(&mut self, complaint: ErrorReply) {
        self.steps.push(Step::Error(complaint));
    }

    /// Adds a numeric with its parameters.
    pub fn say(&mut self, code: &str, params: &[&str], text: &str) {
        self.complain(ErrorReply::numeric(code, params, text));
    }
}

/// Turns a line of a registered client into steps.
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
            // A nick may stand for its server, and only the core knows whether it is online.
            Handler::Door(_) => plan.steps.push(Step::LocalIfOnline(asked.into())),
            Handler::Core(_) | Handler::Gathered => {
                plan.say(n::ERR_NOSUCHSERVER, &[asked], "No such server")
            }
        };
    }
    match verb.answer {
        Handler::Core(core) => core(message, plan),
        Handler::Door(_) => plan.steps.push(Step::Local),
        // With `draft/multiline`, `batch::take` handles the line before it comes here; without it,
        // the command does not exist.
        Handler::Gathered => plan.complain(unknown(message.command)),
    }
}

/// Answers a line that the core has returned in order.
pub(super) fn local(door: &mut IrcDoor, cx: &mut Context, message: &Message) {
    match verbs::find(message.command).map(|verb| &verb.answer) {
        Some(Handler::Door(answer)) => answer(door, cx, message),
        // Only STATS is answered by both the core and the door.
        Some(Handler::Core(_)) => stats::uptime(door, cx, message),
        _ => {}
    }
}

/// Answers a line of a client that is not registered yet.
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

/// Returns whether this server is addressed, by its name or by a mask that matches it.
pub(super) fn is_this_server(asked: &str, settings: &DoorSettings) -> bool {
    mask::matches(asked, settings.server_name())
}

/// Returns the warning about a text that was cut.
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

/// Returns the refusal of an invalid nick.
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

/// Returns the parts of a comma-separated list, without empty parts and repetitions.
fn split_list(list: &str) -> impl Iterator<Item = &str> {
    distinct(list.split(','), |part| part).into_iter()
}

/// Returns the items whose names are not empty, each name once.
fn distinct<T>(items: impl Iterator<Item = T>, name: impl Fn(&T) -> &str) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items
        .filter(|item| !name(item).is_empty() && seen.insert(name(item).to_ascii_lowercase()))
        .collect()
}
