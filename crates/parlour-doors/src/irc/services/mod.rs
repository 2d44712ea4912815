//! Services NickServ and ChanServ: text commands for clients that know no others, turned into the
//! same requests.

mod chanserv;
mod nickserv;

use super::service::Service;
use irc_wire::{Line, Message, text};
use parlour_core::request::Origin;
use parlour_core::{Name, Refusal, Reply};

use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::plan::{Plan, Step};
use crate::irc::request_source::RequestSource;

/// Command of a service.
struct ServiceCommand {
    name: &'static str,
    syntax: &'static str,
    help: &'static str,
    /// Minimum number of parameters.
    needs: usize,
    /// Maximum number of parameters.
    most: usize,
    plan: fn(&Requester<'_>, &[&str]) -> Step,
}

/// Requester of a command.
struct Requester<'a> {
    nick: &'a str,
    origin: Origin,
    certificate: Option<Name>,
}

impl Service {
    fn commands(self) -> &'static [ServiceCommand] {
        match self {
            Service::NickServ => nickserv::COMMANDS,
            Service::ChanServ => chanserv::COMMANDS,
        }
    }

    /// Plans a message sent to the service.
    pub fn said(self, words: &str, plan: &mut Plan) {
        let words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
        let (name, words) = words
            .split_first()
            .map_or(("HELP", &[][..]), |(name, words)| (*name, words));
        let known = self
            .commands()
            .iter()
            .find(|command| command.name.eq_ignore_ascii_case(name));
        let step = match known {
            None if name.eq_ignore_ascii_case("HELP") => self.help(),
            None => self.tell(vec![format!(
                "There is no command {}; HELP lists them",
                text::cut(name, 40)
            )]),
            Some(command) if !(command.needs..=command.most).contains(&words.len()) => {
                self.tell(vec![format!("Usage: {} {}", command.name, command.syntax)])
            }
            Some(command) => {
                let who = Requester {
                    nick: plan.nick,
                    origin: plan.origin.clone(),
                    certificate: plan.certificate.clone(),
                };
                (command.plan)(&who, words)
            }
        };
        // Also for lines of the service itself: their echo removes the entry again.
        plan.asked = Some(RequestSource::Service(self));
        plan.steps.push(step);
    }

    /// Returns the step that answers with these lines.
    fn tell(self, lines: Vec<String>) -> Step {
        Step::Service(self, lines)
    }

    fn help(self) -> Step {
        let lines = self.commands().iter().map(|command| {
            let usage = format!("{} {}", command.name, command.syntax);
            format!("{}: {}", usage.trim_end(), command.help)
        });
        self.tell(lines.collect())
    }

    /// Sends lines to the client as notices.
    pub fn speak(self, door: &IrcDoor, cx: &mut Context, lines: &[String]) {
        let source = format!("{0}!{0}@{1}", self.name(), cx.settings.server_name());
        for line in lines {
            Line::new(&mut cx.out)
                .from(&source, "NOTICE")
                .word(door.shown_nick())
                .trailing(line)
                .end();
        }
    }

    /// Answers with the text of a reply of the core.
    pub fn answered(self, door: &mut IrcDoor, cx: &mut Context, reply: &Reply) {
        let lines = match (self, reply) {
            (_, Reply::Refused(refusal)) => vec![refused(refusal)],
            (Service::NickServ, reply) => nickserv::lines(reply),
            (Service::ChanServ, reply) => chanserv::lines(reply),
        };
        self.speak(door, cx, &lines);
        if self == Service::NickServ {
            nickserv::follow(door, cx, reply);
        }
    }
}

/// Plans NS and NICKSERV: the text is sent to NickServ.
pub(super) fn nickserv(message: &Message, plan: &mut Plan) {
    Service::NickServ.said(&message.params.as_slice().join(" "), plan);
}

/// Plans CS and CHANSERV: the text is sent to ChanServ.
pub(super) fn chanserv(message: &Message, plan: &mut Plan) {
    Service::ChanServ.said(&message.params.as_slice().join(" "), plan);
}

/// Returns the text of a refusal, the same for both services.
pub(super) fn refused(refusal: &Refusal) -> String {
    crate::error_text::describe(refusal)
}
