//! Questions of sessions: answered at once from the replica, or by a task.

use crate::error::{AuthError, NameError, RedactError};
use alloc::vec::Vec;

use super::{Continuation, Core};
use crate::history::{Point, Selector};
use crate::login::SecretsTask;
use crate::replica::Replica;
use crate::request::HistoryQuestion;
use crate::state::{Privilege, User};
use crate::{Cause, Effect, Effects, Name, Question, Refusal, Reply, Task, Time, questions, rules};

/// Answers a question and returns true, or parks the session until a task has the answer.
#[expect(
    clippy::too_many_lines,
    reason = "a table with one row for each question"
)]
pub(super) fn ask(
    core: &mut Core,
    now: Time,
    cause: Cause,
    done: bool,
    question: Question,
    out: &mut Effects,
) -> bool {
    // These come first: they may be asked by a session without a user, or by the console.
    if let Question::Echo(bytes) = question {
        out.out.push(Effect::Reply(cause, Reply::Echoed(bytes)));
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
            Ok(_) => Reply::Bans(core.replica.bans.all(now).cloned().collect()),
            Err(refusal) => Reply::Refused(refusal),
        };
        out.out.push(Effect::Reply(cause, reply));
        return true;
    }
    let Core {
        replica, interests, ..
    } = core;
    let interest = interests.of(cause.session);
    let Some(asker) = replica.user_of(cause.session) else {
        return true;
    };
    let answer = match question {
        Question::Echo(_)
        | Question::ScramChallenge { .. }
        | Question::Bans
        | Question::Admin(_) => return true,
        Question::EchoIfOnline(nick, bytes) => match replica.user_by_nick(&nick) {
            Ok(_) => Ok(Reply::Echoed(bytes)),
            Err(_) => Err(Refusal::Name(NameError::NoSuchServer(nick))),
        },
        Question::History(_)
        | Question::Conversations(..)
        | Question::Replay(_)
        | Question::Search(_)
        | Question::Redact(_)
        | Question::Rehash => match outside(replica, asker, question) {
            // Later calls of the session queue until the task is done, so that answers keep their
            // order.
            Ok((waiting, task)) => {
                core.park(cause, done, waiting, task, out);
                return false;
            }
            Err(refusal) => Err(refusal),
        },
        Question::Names(named) => Ok(questions::names::names(replica, asker, named)),
        Question::List(filter) => Ok(questions::list::list(replica, now, asker, &filter)),
        Question::Who(question) => Ok(questions::who::who(replica, now, asker, question)),
        Question::Whois(nick) => questions::whois::whois(replica, now, asker, &nick),
        Question::Whowas(nick, count) => Ok(questions::whois::whowas(replica, asker, &nick, count)),
        Question::Ison(nicks) => Ok(questions::users::ison(replica, &nicks)),
        Question::Userhost(nicks) => Ok(questions::users::userhost(replica, &nicks)),
        Question::Counts => Ok(questions::users::counts(replica)),
        Question::Online => Ok(questions::users::online(replica, asker)),
        Question::Topic(channel) => questions::modes::topic(replica, asker, &channel),
        Question::Modes(channel) => questions::modes::modes(replica, asker, &channel),
        Question::ModeList(channel, kind) => questions::modes::list(replica, asker, &channel, kind),
        Question::UserModes(nick) => questions::modes::user_modes(replica, asker, &nick),
        Question::Invitations => Ok(questions::invitations(replica, asker)),
        Question::Monitored(question) => {
            Ok(questions::users::monitored(replica, interest, question))
        }
        Question::ReadMarker(target) => Ok(questions::read_marker(
            replica,
            &asker.profile,
            &target,
            true,
        )),
        Question::Accepted => Ok(questions::users::accepted(replica, asker)),
        Question::Metadata(target, question) => {
            questions::metadata::ask(replica, interest, asker, &target, &question)
        }
        Question::Subscriptions => Ok(questions::users::subscriptions(interest)),
        Question::Account(name) => questions::account(replica, cause.session, name),
        Question::Ownership(name) => questions::ownership(replica, asker, &name),
        Question::Backlog(besides) => return backlog(core, cause, done, besides, out),
        Question::Opers => Ok(questions::users::opers(replica, asker)),
    };
    let reply = answer.unwrap_or_else(|refusal: Refusal| Reply::Refused(refusal));
    out.out.push(Effect::Reply(cause, reply));
    true
}

/// Returns the continuation and the task of a question that is answered outside the core.
fn outside(
    replica: &Replica,
    asker: &User,
    question: Question,
) -> Result<(Continuation, Task), Refusal> {
    match question {
        Question::Redact(redaction) => {
            let wanted = HistoryQuestion {
                target: redaction.target.clone(),
                selector: Selector::Around(Point::Id(redaction.message)),
                limit: 1,
                events: true,
            };
            let query = questions::history::plan(replica, asker, &wanted)
                .or_else(|refusal| {
                    questions::history::plan_any(replica, asker, &wanted).ok_or(refusal)
                })
                .map_err(|_| {
                    Refusal::Redact(RedactError::NoRedactTarget(redaction.target.clone()))
                })?;
            Ok((Continuation::Redaction(redaction), Task::History(query)))
        }
        Question::Replay(question) => {
            let query = questions::replay::plan(replica, asker, &question);
            let waiting = Continuation::Replay(query.party.clone(), Vec::new());
            Ok((waiting, Task::Replay(query)))
        }
        Question::Search(question) => {
            let query = questions::search::plan(replica, asker, &question)?;
            Ok((Continuation::Search, Task::Search(query)))
        }
        Question::Conversations(between, limit) => {
            let (query, limit, newest) =
                questions::conversations::plan(replica, asker, between, limit);
            let waiting = Continuation::Conversations(query.party.clone(), limit, newest);
            Ok((waiting, Task::Conversations(query)))
        }
        Question::History(question) => {
            let query = questions::history::plan(replica, asker, &question)?;
            let target = replica
                .channel_by_name(&question.target)
                .map_or(question.target, |channel| channel.name.clone());
            Ok((
                Continuation::History(question.selector, target),
                Task::History(query),
            ))
        }
        _ => {
            rules::oper::may(asker, Privilege::Rehash)?;
            Ok((Continuation::Rehash, Task::Rehash))
        }
    }
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
        let nothing = Reply::Replay(Vec::new());
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
    account: &Name,
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
fn scram_challenge(replica: &Replica, name: &Name) -> SecretsTask {
    let name = replica.nick_key(name);
    let account = replica.accounts.get(&name);
    let scram = account.and_then(|a| a.verifier.as_ref()).map(|v| &v.scram);
    SecretsTask::Challenge {
        name: name.as_str().into(),
        known: scram.map(|scram| (scram.salt.clone(), scram.iterations)),
    }
}
