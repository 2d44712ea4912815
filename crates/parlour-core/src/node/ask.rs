//! Questions of sessions: answered at once from the replica, or by a task.

use crate::error::{AuthError, NameError, RedactError};
use crate::names::AccountName;
use crate::reply::{AdminReply, HistoryReply};
use alloc::vec::Vec;

use super::{Continuation, Core};
use crate::history::{Point, Selector};
use crate::interests::Interest;
use crate::login::SecretsTask;
use crate::replica::Replica;
use crate::request::{HistoryQuestion, Redaction};
use crate::state::{Privilege, User};
use crate::{
    Cause, Effect, Effects, Name, Question, Refusal, Reply, SessionId, Task, Time, questions, rules,
};

/// Answers a question and returns true, or parks the session until a task has the answer.
pub(super) fn ask(
    core: &mut Core,
    now: Time,
    cause: Cause,
    done: bool,
    question: Question,
    out: &mut Effects,
) -> bool {
    // These come first: they may be asked by a session without a user, or by the console.
    if question == Question::Barrier {
        out.out.push(Effect::Reply(cause, Reply::Passed));
        return true;
    }
    if let Question::ScramChallenge { account, from } = question {
        return begin_scram(core, cause, done, &account, &from, out);
    }
    if let Question::Admin(asked) = question {
        let reply = questions::console::ask(&core.replica, now, cause.session, asked);
        let reply = reply.unwrap_or_else(Reply::Refused);
        out.out.push(Effect::Reply(cause, reply));
        return true;
    }
    if let Question::Bans = question {
        let reply = match rules::ban::may_ban(&core.replica, cause.session) {
            Ok(_) => Reply::Admin(AdminReply::Bans(
                core.replica.bans.all(now).cloned().collect(),
            )),
            Err(refusal) => Reply::Refused(refusal),
        };
        out.out.push(Effect::Reply(cause, reply));
        return true;
    }
    if let Question::Backlog(besides) = question {
        return backlog(core, cause, done, besides, out);
    }
    let Core {
        replica, interests, ..
    } = core;
    let Some(asker) = replica.user_of(cause.session) else {
        return true;
    };
    let interest = interests.of(cause.session);
    let reply = match answer(replica, interest, now, cause.session, asker, question) {
        Ok(Answer::Reply(reply)) => reply,
        // Later calls of the session queue until the task is done, so that answers keep their
        // order.
        Ok(Answer::Task(waiting, task)) => {
            core.park(cause, done, waiting, task, out);
            return false;
        }
        Err(refusal) => Reply::Refused(refusal),
    };
    out.out.push(Effect::Reply(cause, reply));
    true
}

/// Answers a question of a user.
fn answer(
    replica: &Replica,
    interest: Option<&Interest>,
    now: Time,
    session: SessionId,
    asker: &User,
    question: Question,
) -> Result<Answer, Refusal> {
    match question {
        // Answered by the caller: they need no user, or the node's own state.
        Question::Barrier
        | Question::ScramChallenge { .. }
        | Question::Bans
        | Question::Backlog(_)
        | Question::Admin(_) => Err(Refusal::NoPrivileges),
        Question::BarrierIfOnline(nick) => match replica.user_by_nick(&nick) {
            Ok(_) => Ok(Answer::Reply(Reply::Passed)),
            Err(_) => Err(Refusal::Name(NameError::NoSuchServer(nick.into()))),
        },
        Question::History(question) => outside(history(replica, asker, question)),
        Question::Conversations(between, limit) => {
            let (query, limit, newest) =
                questions::conversations::plan(replica, asker, between, limit);
            let waiting = Continuation::Conversations(query.party.clone(), limit, newest);
            outside(Ok((waiting, Task::Conversations(query))))
        }
        Question::Replay(question) => {
            let query = questions::replay::plan(replica, asker, &question);
            let waiting = Continuation::Replay(query.party.clone(), Vec::new());
            outside(Ok((waiting, Task::Replay(query))))
        }
        Question::Search(question) => {
            let query = questions::search::plan(replica, asker, &question);
            outside(query.map(|query| (Continuation::Search, Task::Search(query))))
        }
        Question::Redact(redaction) => outside(redact(replica, asker, redaction)),
        Question::Rehash => {
            let may = rules::oper::may(asker, Privilege::Rehash);
            outside(may.map(|()| (Continuation::Rehash, Task::Rehash)))
        }
        Question::Names(named) => Ok(Answer::Reply(questions::names::names(
            replica, asker, named,
        ))),
        Question::List(filter) => Ok(Answer::Reply(questions::list::list(
            replica, now, asker, &filter,
        ))),
        Question::Who(question) => Ok(Answer::Reply(questions::who::who(
            replica, now, asker, question,
        ))),
        Question::Whois(nick) => {
            questions::whois::whois(replica, now, asker, &nick).map(Answer::Reply)
        }
        Question::Whowas(nick, count) => Ok(Answer::Reply(questions::whois::whowas(
            replica, asker, &nick, count,
        ))),
        Question::Ison(nicks) => Ok(Answer::Reply(questions::users::ison(replica, &nicks))),
        Question::Userhost(nicks) => Ok(Answer::Reply(questions::users::userhost(replica, &nicks))),
        Question::Counts => Ok(Answer::Reply(questions::users::counts(replica))),
        Question::Online => Ok(Answer::Reply(questions::users::online(replica, asker))),
        Question::Topic(channel) => {
            questions::modes::topic(replica, asker, &channel).map(Answer::Reply)
        }
        Question::Modes(channel) => {
            questions::modes::modes(replica, asker, &channel).map(Answer::Reply)
        }
        Question::ModeList(channel, kind) => {
            questions::modes::list(replica, asker, &channel, kind).map(Answer::Reply)
        }
        Question::UserModes(nick) => {
            questions::modes::user_modes(replica, asker, &nick).map(Answer::Reply)
        }
        Question::Invitations => Ok(Answer::Reply(questions::invitations(replica, asker))),
        Question::Monitored(question) => Ok(Answer::Reply(questions::users::monitored(
            replica, interest, question,
        ))),
        Question::ReadMarker(target) => {
            let marker = questions::read_marker(replica, &asker.profile, &target, true);
            Ok(Answer::Reply(marker))
        }
        Question::Accepted => Ok(Answer::Reply(questions::users::accepted(replica, asker))),
        Question::Metadata(target, question) => {
            questions::metadata::ask(replica, interest, asker, &target, &question)
                .map(Answer::Reply)
        }
        Question::Subscriptions => Ok(Answer::Reply(questions::users::subscriptions(interest))),
        Question::Account(name) => questions::account(replica, session, name).map(Answer::Reply),
        Question::Ownership(name) => questions::ownership(replica, asker, &name).map(Answer::Reply),
        Question::Opers => Ok(Answer::Reply(questions::users::opers(replica, asker))),
    }
}

/// Answer of a question.
enum Answer {
    /// At once.
    Reply(Reply),
    /// By a task, with what follows from its result.
    Task(Continuation, Task),
}

/// Returns the answer that a task gives.
fn outside(planned: Result<(Continuation, Task), Refusal>) -> Result<Answer, Refusal> {
    planned.map(|(waiting, task)| Answer::Task(waiting, task))
}

fn history(
    replica: &Replica,
    asker: &User,
    question: HistoryQuestion,
) -> Result<(Continuation, Task), Refusal> {
    let query = questions::history::plan(replica, asker, &question)?;
    let target = replica
        .channel_by_name(&question.target)
        .map_or(question.target, |channel| channel.name.clone().into());
    Ok((
        Continuation::History(question.selector, target),
        Task::History(query),
    ))
}

/// Plans the look-up of a message that is to be deleted.
fn redact(
    replica: &Replica,
    asker: &User,
    redaction: Redaction,
) -> Result<(Continuation, Task), Refusal> {
    let wanted = HistoryQuestion {
        target: redaction.target.clone(),
        selector: Selector::Around(Point::Id(redaction.message)),
        limit: 1,
        events: true,
    };
    let query = questions::history::plan(replica, asker, &wanted)
        .or_else(|refusal| questions::history::plan_any(replica, asker, &wanted).ok_or(refusal))
        .map_err(|_| RedactError::NoRedactTarget(redaction.target.clone()))?;
    Ok((Continuation::Redaction(redaction), Task::History(query)))
}

/// Looks up the backlog of a session, without these places; it is given once. Returns false if the
/// session is parked until then.
fn backlog(
    core: &mut Core,
    cause: Cause,
    done: bool,
    besides: Vec<Name>,
    out: &mut Effects,
) -> bool {
    let local = core.sessions.get_mut(&cause.session);
    // Taken out: a second question gets nothing.
    let missed = local.and_then(|local| local.backlog.take());
    let user = core.replica.user_of(cause.session);
    let (Some(missed), Some(user)) = (missed, user) else {
        let nothing = Reply::History(HistoryReply::Replay(Vec::new()));
        out.out.push(Effect::Reply(cause, nothing));
        return true;
    };
    let wanted = questions::replay::backlog(&core.replica, user, &missed);
    let waiting = Continuation::Replay(wanted.party.clone(), besides);
    core.park(cause, done, waiting, Task::Replay(wanted), out);
    false
}

/// Parks the session until the server's first SCRAM message is made; returns true if it is refused
/// at once.
fn begin_scram(
    core: &mut Core,
    cause: Cause,
    done: bool,
    account: &AccountName,
    from: &Name,
    out: &mut Effects,
) -> bool {
    if !core.auth_throttle.may_begin(from) {
        let busy = Reply::Refused(Refusal::Auth(AuthError::PasswordsBusy));
        out.out.push(Effect::Reply(cause, busy));
        return true;
    }
    let secrets = scram_challenge(&core.replica, account);
    core.park_secrets(cause, done, Continuation::Challenge, from, secrets, out);
    false
}

/// Returns the task of a SCRAM challenge, which must look alike for names with and without an
/// account.
fn scram_challenge(replica: &Replica, name: &AccountName) -> SecretsTask {
    let name = replica.nick_key(name);
    let account = replica.accounts.get(&name);
    let scram = account.and_then(|a| a.verifier.as_ref()).map(|v| &v.scram);
    SecretsTask::Challenge {
        name: name.as_str().into(),
        known: scram.map(|scram| (scram.salt.clone(), scram.iterations)),
    }
}
