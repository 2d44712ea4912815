//! Questions and their answers, one file per verb.

mod console;
pub(crate) mod conversations;
pub(crate) mod history;
mod list;
pub(crate) mod metadata;
mod modes;
pub(crate) mod names;
pub(crate) mod replay;
pub(crate) mod search;
mod users;
mod who;
mod whois;

use crate::history::{Point, Selector};
use crate::login::SecretsTask;
use crate::request::HistoryQuestion;
use crate::state::{Continuation, Privilege, Profile, User};
use crate::{
    Cause, Core, Effect, Effects, Name, Question, Refusal, Reply, SessionId, Task, Time, UserId,
    rules,
};

/// Answers a question and returns true, or parks the session until a task has the answer.
pub(crate) fn ask(
    core: &mut Core,
    now: Time,
    cause: Cause,
    user: Option<UserId>,
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
        let reply = console::ask(core, now, cause.session, asked);
        let reply = reply.unwrap_or_else(Reply::Refused);
        out.out.push(Effect::Reply(cause, reply));
        return true;
    }
    if let Question::Bans = question {
        let reply = match rules::ban::may_ban(core, cause.session) {
            Ok(_) => Reply::Bans(core.bans.all(now).cloned().collect()),
            Err(refusal) => Reply::Refused(refusal),
        };
        out.out.push(Effect::Reply(cause, reply));
        return true;
    }
    let Some(asker) = user.and_then(|id| core.users.get(&id)) else {
        return true;
    };
    let answer = match question {
        Question::Echo(_)
        | Question::ScramChallenge { .. }
        | Question::Bans
        | Question::Admin(_) => return true,
        Question::EchoIfOnline(nick, bytes) => match core.user_by_nick(&nick) {
            Ok(_) => Ok(Reply::Echoed(bytes)),
            Err(_) => Err(Refusal::NoSuchServer(nick)),
        },
        Question::History(_)
        | Question::Conversations(..)
        | Question::Replay(_)
        | Question::Search(_)
        | Question::Redact(_)
        | Question::Rehash => match outside(core, asker, question) {
            // Later calls of the session queue until the task is done, so that answers keep their
            // order.
            Ok((waiting, task)) => {
                core.park(cause, done, waiting, task, out);
                return false;
            }
            Err(refusal) => Err(refusal),
        },
        Question::Names(named) => Ok(names::names(core, asker, named)),
        Question::List(filter) => Ok(list::list(core, now, asker, &filter)),
        Question::Who(question) => Ok(who::who(core, now, asker, question)),
        Question::Whois(nick) => whois::whois(core, now, asker, &nick),
        Question::Whowas(nick, count) => Ok(whois::whowas(core, asker, &nick, count)),
        Question::Ison(nicks) => Ok(users::ison(core, &nicks)),
        Question::Userhost(nicks) => Ok(users::userhost(core, &nicks)),
        Question::Counts => Ok(users::counts(core)),
        Question::Online => Ok(users::online(core, asker)),
        Question::Topic(channel) => modes::topic(core, asker, &channel),
        Question::Modes(channel) => modes::modes(core, asker, &channel),
        Question::ModeList(channel, kind) => modes::list(core, asker, &channel, kind),
        Question::UserModes(nick) => modes::user_modes(core, asker, &nick),
        Question::Invitations => Ok(invitations(core, asker)),
        Question::Monitored(question) => Ok(users::monitored(core, cause.session, question)),
        Question::ReadMarker(target) => Ok(read_marker(core, &asker.profile, &target, true)),
        Question::Accepted => Ok(users::accepted(core, asker)),
        Question::Metadata(target, question) => {
            metadata::ask(core, cause.session, asker, &target, &question)
        }
        Question::Subscriptions => Ok(users::subscriptions(core, cause.session)),
        Question::Account(name) => account(core, cause.session, name),
        Question::Ownership(name) => ownership(core, asker, &name),
        Question::Backlog(besides) => return replay::backlog(core, cause, done, besides, out),
        Question::Opers => Ok(users::opers(core, asker)),
    };
    let reply = answer.unwrap_or_else(|refusal: Refusal| Reply::Refused(refusal));
    out.out.push(Effect::Reply(cause, reply));
    true
}

/// Returns the continuation and the task of a question that is answered outside the core.
fn outside(core: &Core, asker: &User, question: Question) -> Result<(Continuation, Task), Refusal> {
    match question {
        Question::Redact(redaction) => {
            let wanted = HistoryQuestion {
                target: redaction.target.clone(),
                selector: Selector::Around(Point::Id(redaction.message)),
                limit: 1,
                events: true,
            };
            let query = history::plan(core, asker, &wanted)
                .or_else(|refusal| history::plan_any(core, asker, &wanted).ok_or(refusal))
                .map_err(|_| Refusal::NoRedactTarget(redaction.target.clone()))?;
            Ok((Continuation::Redaction(redaction), Task::History(query)))
        }
        Question::Replay(question) => {
            let (waiting, wanted) = replay::plan(core, asker, &question);
            Ok((waiting, Task::Replay(wanted)))
        }
        Question::Search(question) => {
            let (waiting, wanted) = search::plan(core, asker, &question)?;
            Ok((waiting, Task::Search(wanted)))
        }
        Question::Conversations(between, limit) => {
            let (waiting, wanted) = conversations::plan(core, asker, between, limit);
            Ok((waiting, Task::Conversations(wanted)))
        }
        Question::History(question) => {
            let query = history::plan(core, asker, &question)?;
            let target = core
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

/// Returns the read marker of a user for a target.
pub(crate) fn read_marker(core: &Core, user: &Profile, target: &Name, asked: bool) -> Reply {
    let key = crate::actions::markread::key(core, target);
    Reply::ReadMarker {
        target: target.clone(),
        at: core.markers.get(&core.party(user), &key),
        asked,
    }
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
        let busy = Reply::Refused(Refusal::PasswordsBusy);
        out.out.push(Effect::Reply(cause, busy));
        return true;
    }
    let secrets = scram_challenge(core, account);
    core.park_secrets(cause, done, Continuation::Challenge, from, secrets, out);
    false
}

/// Returns the task of a SCRAM challenge, which must look alike for names with and without an
/// account.
fn scram_challenge(core: &Core, name: &Name) -> SecretsTask {
    let name = core.nick_key(name);
    let account = core.accounts.get(&name);
    let scram = account.and_then(|a| a.verifier.as_ref()).map(|v| &v.scram);
    SecretsTask::Challenge {
        name: name.as_str().into(),
        known: scram.map(|scram| (scram.salt.clone(), scram.iterations)),
    }
}

/// Returns an account's data; certificates and preferences only to its owner.
fn account(core: &Core, session: SessionId, name: Option<Name>) -> Result<Reply, Refusal> {
    let own = core.login_of(session).cloned();
    let name = name.or_else(|| own.clone()).ok_or(Refusal::NotLoggedIn)?;
    let account = core.accounts.get(&core.nick_key(&name));
    let account = account.ok_or_else(|| Refusal::NoSuchAccount(name.clone()))?;
    let certificates = account.certificates.iter().cloned();
    let is_own = own.as_ref() == Some(&account.name);
    Ok(Reply::Account {
        name: account.name.clone(),
        created: account.created,
        certificates: is_own.then(|| certificates.collect()),
        preferences: is_own.then_some((account.always_on, account.multiclient)),
    })
}

/// Returns a channel's registration to a user who may know of the channel.
fn ownership(core: &Core, asker: &User, name: &Name) -> Result<Reply, Refusal> {
    let channel = core.any_channel(name)?;
    if !rules::registered::may_see(core, channel, asker) {
        return Err(Refusal::NoSuchChannel(name.clone()));
    }
    let owned = rules::registered::registered(channel)?;
    let sees_access = rules::registered::may_see_access(core, channel, asker);
    let access = owned.access.iter().filter(|_| sees_access);
    Ok(Reply::Ownership {
        channel: channel.name.clone(),
        founder: core.account_name(&owned.founder),
        since: owned.since,
        access: access
            .map(|(account, rights)| (core.account_name(account), *rights))
            .collect(),
    })
}

fn invitations(core: &Core, asker: &User) -> Reply {
    let channels = asker.invited.iter().filter_map(|known| {
        let channel = core.channels.get(&known.channel)?;
        asker.is_invited(channel).then(|| channel.name.clone())
    });
    Reply::Invitations(channels.collect())
}
