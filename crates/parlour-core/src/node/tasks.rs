//! Tasks: parking a session until one is done, and what follows from its result.

use alloc::boxed::Box;

use super::session::{Continuation, Pending};
use super::{Core, place, secrets};
use crate::error::{AccountError, AuthError, HistoryError, RedactError};
use crate::history::{HistoryResult, Selector};
use crate::login::{Proof, SecretsResult, SecretsTask};
use crate::names::Folded;
use crate::replica::Replica;
use crate::reply::{AccountReply, AdminReply, HistoryReply};
use crate::request::{AdminCommand, Redaction};
use crate::{
    Body, Cause, Change, Effects, MailResult, Name, Refusal, Reply, Task, TaskResult, Ticket, Time,
    questions, rules,
};

/// Request whose task is done.
struct Parked {
    cause: Cause,
    done: bool,
    waiting: Continuation,
}

/// Continuation of a request after its task.
enum Next {
    /// The reply that ends the request.
    Reply(Reply),
    /// The change, whose secrets may have to be worked on once more.
    Propose(Change),
    /// The change, as it is.
    Submit(Change),
    /// Another task.
    Park(Continuation, Task),
}

impl From<Refusal> for Next {
    fn from(refusal: Refusal) -> Next {
        Next::Reply(Reply::Refused(refusal))
    }
}

impl Core {
    /// Resumes the request that waits for a task.
    pub(super) fn task_done(
        &mut self,
        now: Time,
        ticket: Ticket,
        result: TaskResult,
        out: &mut Effects,
    ) {
        // The slot is freed even if the session is gone: the task is over either way.
        if matches!(result, TaskResult::Secrets(_)) {
            self.auth_throttle.end(ticket);
        }
        let Some(Parked {
            cause,
            done,
            waiting,
        }) = self.unpark(ticket)
        else {
            return;
        };
        match self.continue_with(cause, waiting, result) {
            Next::Reply(reply) => self.finish(now, cause, done, reply, out),
            Next::Propose(change) => self.propose(now, cause, done, change, out),
            Next::Submit(change) => {
                // Counted once nothing outside stands in its way any more, such as a mail server
                // that is down.
                if let Change::CreateAccount(new) = &change
                    && !new.for_another
                {
                    let from = &new.origin.address;
                    self.auth_throttle.note_account(self.now.instant, from);
                }
                self.submit(cause, done, change, out);
            }
            Next::Park(waiting, task) => {
                self.park(cause, done, waiting, task, out);
            }
        }
    }

    fn continue_with(&mut self, cause: Cause, waiting: Continuation, result: TaskResult) -> Next {
        let replica = &self.replica;
        match (waiting, result) {
            (Continuation::History(selector, target), TaskResult::History(found)) => {
                Next::Reply(history(replica, selector, target, found))
            }
            (Continuation::Redaction(redaction), TaskResult::History(found)) => {
                found_to_delete(redaction, found)
            }
            (Continuation::Conversations(own, limit, newest), TaskResult::Conversations(found)) => {
                let Ok(found) = found else {
                    return Refusal::from(HistoryError::ConversationsFailed).into();
                };
                let most = (limit, newest);
                Next::Reply(questions::conversations::answer(replica, &own, most, found))
            }
            (Continuation::Replay(own, besides), TaskResult::Replay(found)) => {
                let Ok(found) = found else {
                    return Refusal::from(HistoryError::ReplayFailed).into();
                };
                Next::Reply(questions::replay::answer(replica, &own, &besides, found))
            }
            (Continuation::Search, TaskResult::Search(found)) => {
                let Ok(found) = found else {
                    return Refusal::from(HistoryError::SearchFailed).into();
                };
                Next::Reply(questions::search::answer(replica, found))
            }
            (Continuation::Challenge, TaskResult::Secrets(SecretsResult::Challenge(challenge))) => {
                Next::Reply(AccountReply::Challenge(challenge).into())
            }
            (
                Continuation::Secrets {
                    change,
                    from,
                    account,
                },
                TaskResult::Secrets(outcome),
            ) => self.secrets_done(cause, change, (from, account), outcome),
            (Continuation::Mail(change), TaskResult::Mail(sent)) => match sent {
                MailResult::Sent => Next::Submit(change),
                MailResult::Refused => Refusal::from(AccountError::MailRefused).into(),
                MailResult::Unavailable => Refusal::from(AccountError::MailUnavailable).into(),
            },
            (Continuation::Rehash, TaskResult::Rehash(outcome)) => {
                Next::Reply(AdminReply::Rehashed(outcome).into())
            }
            // Of a challenge, anything else; a result of another kind than its task is a worker's
            // fault, and must not keep the session waiting.
            _ => Refusal::from(AuthError::PasswordsBusy).into(),
        }
    }

    /// Continues with a change whose secrets were worked on.
    fn secrets_done(
        &mut self,
        cause: Cause,
        mut change: Change,
        (from, account): (Name, Option<Folded>),
        outcome: SecretsResult,
    ) -> Next {
        match outcome {
            // A password checked while the limit was exceeded meanwhile counts for nothing, even if
            // right.
            SecretsResult::Right(_) if secrets::is_locked_out(self, &from, account.as_ref()) => {
                Refusal::from(AuthError::TooManyPasswords).into()
            }
            // The secret was taken out of the change: the next check would find nothing more.
            SecretsResult::Right(signature) => {
                if let Change::Login(login) = &mut change
                    && let Proof::Given { signature: own, .. } = &mut login.proof
                {
                    *own = signature;
                }
                if let Change::Admin(AdminCommand::CheckPassword(login)) = &change {
                    return match rules::account::is_usable(&self.replica, self.now.time, login) {
                        Ok(name) => Next::Reply(AdminReply::PasswordRight(name).into()),
                        Err(refusal) => refusal.into(),
                    };
                }
                if matches!(change, Change::SetPassword(_)) {
                    // The current password was right; the next round hashes the new one.
                    return Next::Propose(change);
                }
                Next::Submit(change)
            }
            SecretsResult::Hashed(verifier, chance) => {
                let mut mail = Ok(None);
                if let Change::CreateAccount(new) = &mut change {
                    new.verifier = Some(verifier);
                    let (replica, now) = (&self.replica, self.now);
                    mail = rules::account::mail(replica, now, cause.session, new, chance);
                } else if let Change::SetPassword(password)
                | Change::Admin(AdminCommand::ResetPassword(_, password)) = &mut change
                {
                    password.verifier = Some(verifier);
                }
                match mail {
                    Ok(None) => Next::Submit(change),
                    Ok(Some(task)) => Next::Park(Continuation::Mail(change), task),
                    Err(refusal) => refusal.into(),
                }
            }
            SecretsResult::Wrong => self.wrong_password(&change, &from, account.as_ref()).into(),
            SecretsResult::Busy | SecretsResult::Challenge(_) => {
                Refusal::from(AuthError::PasswordsBusy).into()
            }
        }
    }

    /// Counts a wrong password, by address and by account, so that neither many accounts nor many
    /// addresses help; returns the refusal.
    fn wrong_password(
        &mut self,
        change: &Change,
        from: &Name,
        account: Option<&Folded>,
    ) -> Refusal {
        let now = self.now.instant;
        self.auth_throttle.note(now, from);
        if let Some(account) = account {
            let known = secrets::is_known(&self.replica, from, account);
            self.auth_throttle.note_for(now, account, from, known);
        }
        if matches!(change, Change::Login(_)) {
            Refusal::Auth(AuthError::LoginFailed)
        } else {
            Refusal::Auth(AuthError::WrongPassword)
        }
    }

    /// Parks a session until a task is done and returns its ticket; none if the session is gone.
    pub(crate) fn park(
        &mut self,
        cause: Cause,
        done: bool,
        waiting: Continuation,
        task: Task,
        out: &mut Effects,
    ) -> Option<Ticket> {
        let session = self.sessions.get_mut(&cause.session)?;
        session.pending = Pending::Outside {
            call: cause.call,
            done,
            waiting: Box::new(waiting),
        };
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.tickets.insert(ticket, cause.session);
        out.tasks.push((ticket, task));
        Some(ticket)
    }

    /// Parks a session until secrets sent from `from` are checked or hashed.
    pub(crate) fn park_secrets(
        &mut self,
        cause: Cause,
        done: bool,
        waiting: Continuation,
        from: &Name,
        secrets: SecretsTask,
        out: &mut Effects,
    ) {
        let task = Task::Secrets {
            secrets,
            place: place(from),
        };
        if let Some(ticket) = self.park(cause, done, waiting, task, out) {
            self.auth_throttle.begin(ticket, from);
        }
    }

    /// Returns the request that waits for a ticket, if its session is still there.
    fn unpark(&mut self, ticket: Ticket) -> Option<Parked> {
        // Tickets are never reused, so a late result cannot reach another request.
        let id = self.tickets.remove(&ticket)?;
        let session = self.sessions.get_mut(&id)?;
        match core::mem::take(&mut session.pending) {
            Pending::Outside {
                call,
                done,
                waiting,
            } => Some(Parked {
                cause: Cause { session: id, call },
                done,
                waiting: *waiting,
            }),
            // The session waits for something else by now: put its state back.
            other @ (Pending::None | Pending::Journal) => {
                session.pending = other;
                None
            }
        }
    }
}

/// Returns the reply with the messages of a history query.
fn history(replica: &Replica, selector: Selector, target: Name, found: HistoryResult) -> Reply {
    let Ok(messages) = found else {
        return Reply::Refused(HistoryError::HistoryFailed(selector, target).into());
    };
    // A redaction may have been applied while the query was running.
    let there = messages.into_iter().filter(|m| !replica.redacted.has(m.id));
    let messages = there.map(|message| message.with_channel_name(&target));
    let messages = messages.collect();
    HistoryReply::History(target, messages).into()
}

/// Continues a deletion with the message that was looked up.
fn found_to_delete(redaction: Redaction, found: HistoryResult) -> Next {
    let found = found.unwrap_or_default().into_iter().find(|event| {
        // The query around an id may return its neighbour instead.
        event.id == redaction.message && matches!(event.body, Body::Message { .. })
    });
    match found {
        Some(event) => Next::Propose(Change::Redact(redaction, Box::new((*event).clone()))),
        None => Refusal::from(RedactError::NoSuchMessage(redaction)).into(),
    }
}
