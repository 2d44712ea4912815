//! MONITOR (IRCv3 monitor): notification of nicks that come online and go offline.

use irc_wire::Message;
use parlour_core::names::Nick;
use parlour_core::request::{MonitorChange, MonitorQuestion};
use parlour_core::{Question, SessionChange};

use crate::irc::error_reply::need_more;
use crate::irc::plan::{Plan, split_list};

pub(in crate::irc) fn plan(message: &Message, plan: &mut Plan) {
    let list = || -> Option<Vec<Nick>> {
        let given = message.params.non_empty(1)?;
        Some(split_list(given).map(Into::into).collect())
    };
    match message.params.get(0).unwrap_or_default() {
        "+" => match list() {
            Some(nicks) => plan.set(SessionChange::Monitor(MonitorChange::Add(nicks))),
            None => plan.complain(need_more("MONITOR")),
        },
        "-" => match list() {
            Some(nicks) => plan.set(SessionChange::Monitor(MonitorChange::Remove(nicks))),
            None => plan.complain(need_more("MONITOR")),
        },
        "C" | "c" => plan.set(SessionChange::Monitor(MonitorChange::Clear)),
        "L" | "l" => plan.ask(Question::Monitored(MonitorQuestion::List)),
        "S" | "s" => plan.ask(Question::Monitored(MonitorQuestion::Status)),
        _ => plan.complain(need_more("MONITOR")),
    }
}
