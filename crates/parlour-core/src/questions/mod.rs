//! What a question is answered with, one file a verb.

pub(crate) mod history;
mod list;
mod modes;
pub(crate) mod names;
mod users;
mod who;
mod whois;

use crate::{Cause, Core, Effect, Effects, Question, Refusal, Reply, Time, UserId};

/// Answers, or parks the session until the answer comes from outside: then false.
pub(crate) fn ask(
    core: &mut Core,
    now: Time,
    cause: Cause,
    user: Option<UserId>,
    done: bool,
    question: Question,
    out: &mut Effects,
) -> bool {
    if let Question::Relay(bytes) = question {
        out.out.push(Effect::Reply(cause, Reply::Relayed(bytes)));
        return true;
    }
    let Some(asker) = user.and_then(|id| core.users.get(&id)) else {
        return true;
    };
    let answer = match question {
        Question::Relay(_) => return true,
        Question::History(question) => match history::plan(core, asker, &question) {
            Ok((log, ranges)) => {
                let ticket = core.park(cause, done, question.target);
                out.queries.push(crate::history::Query {
                    ticket,
                    log,
                    ranges,
                    words: question.words,
                });
                return false;
            }
            Err(refusal) => Err(refusal),
        },
        Question::Names(channel) => Ok(names::names(core, asker, &channel)),
        Question::List(filter) => Ok(list::list(core, now, asker, &filter)),
        Question::Who(mask) => Ok(who::who(core, asker, &mask)),
        Question::Whois(nick) => whois::whois(core, now, asker, &nick),
        Question::Whowas(nick, count) => Ok(whois::whowas(core, &nick, count)),
        Question::Ison(nicks) => Ok(users::ison(core, &nicks)),
        Question::Userhost(nicks) => Ok(users::userhost(core, &nicks)),
        Question::Counts => Ok(users::counts(core)),
        Question::Online => Ok(users::online(core)),
        Question::Topic(channel) => modes::topic(core, asker, &channel),
        Question::Modes(channel) => modes::modes(core, asker, &channel),
        Question::ModeList(channel, kind) => modes::list(core, asker, &channel, kind),
        Question::UserModes(nick) => modes::user_modes(asker, &nick),
        Question::Invitations => Ok(invitations(core, asker)),
    };
    let reply = answer.unwrap_or_else(|refusal: Refusal| Reply::Refused(refusal));
    out.out.push(Effect::Reply(cause, reply));
    true
}

fn invitations(core: &Core, asker: &crate::state::User) -> Reply {
    let names = asker.invited.iter().filter(|known| {
        core.channels
            .get(&known.channel)
            .is_some_and(|channel| asker.is_invited(channel))
    });
    Reply::Invitations(names.map(|known| known.name.clone()).collect())
}
