//! Tasks: parking a session until one is done, and what follows from its result.

use crate::error::{AccountError, AuthError, HistoryError, RedactError};
use crate::reply::{AccountReply, HistoryReply};
use alloc::boxed::Box;

use super::session::{Continuation, Pending};
use super::{Core, Parked, place, secrets};
use crate::history::HistoryResult;
use crate::login::{Proof, SecretsResult, SecretsTask};
use crate::names::Folded;
use crate::request::AdminCommand;
use crate::{
    Body, Cause, Change, Effects, MailResult, Name, Refusal, Reply, Task, Ticket, Time, rules,
};

impl Core {
    /// Resumes a request with the result of a history query.
    pub(super) fn history_done(
        &mut self,
        now: Time,
        parked: Parked,
        answer: HistoryResult,
        out: &mut Effects,
    ) {
        let reply = match (&parked.waiting, answer) {
            (Continuation::History(_, target), Ok(messages)) => {
                let messages = messages.into_iter();
                // A redaction may have been applied while the query was running.
                let messages = messages.filter(|said| !self.replica.redacted.has(said.id));
                let messages = messages.map(|said| said.with_channel_name(target));
                Reply::History(HistoryReply::History(target.clone(), messages.collect()))
            }
            (Continuation::History(selector, target), Err(_)) => Reply::Refused(Refusal::History(
                HistoryError::HistoryFailed(*selector, target.clone()),
            )),
            (Continuation::Redaction(redaction), answer) => {
                let found = answer
                    .unwrap_or_default()
                    .into_iter()
                    .find(|event| {
                        // The query around an id may return its neighbour instead.
                        event.id == redaction.message && matches!(event.body, Body::Message { .. })
                    })
                    .ok_or_else(|| Refusal::Redact(RedactError::NoSuchMessage(redaction.clone())));
                match found {
                    Ok(event) => {
                        let change = Change::Redact(redaction.clone(), Box::new((*event).clone()));
                        return self.propose(now, parked.cause, parked.done, change, out);
                    }
                    Err(refusal) => Reply::Refused(refusal),
                }
            }
            (
                Continuation::Secrets { .. }
                | Continuation::Challenge
                | Continuation::Rehash
                | Continuation::Replay(..)
                | Continuation::Search
                | Continuation::Mail(_)
                | Continuation::Conversations(..),
                _,
            ) => return,
        };
        self.finish(now, parked.cause, parked.done, reply, out);
    }

    /// Resumes a request with the result of a secrets task.
    pub(super) fn secrets_done(
        &mut self,
        now: Time,
        parked: Parked,
        outcome: SecretsResult,
        out: &mut Effects,
    ) {
        let Parked {
            cause,
            done,
            waiting,
        } = parked;
        let (mut change, from, account) = match (waiting, outcome.clone()) {
            (
                Continuation::Secrets {
                    change,
                    from,
                    account,
                },
                _,
            ) => (change, from, account),
            (Continuation::Challenge, SecretsResult::Challenge(challenge)) => {
                return self.finish(
                    now,
                    cause,
                    done,
                    Reply::Account(AccountReply::Challenge(challenge)),
                    out,
                );
            }
            _ => {
                let busy = Reply::Refused(Refusal::Auth(AuthError::PasswordsBusy));
                return self.finish(now, cause, done, busy, out);
            }
        };
        let refusal = match outcome {
            // A password checked while the limit was exceeded meanwhile counts for nothing, even if
            // right.
            SecretsResult::Right(_) if secrets::is_locked_out(self, &from, account.as_ref()) => {
                Refusal::Auth(AuthError::TooManyPasswords)
            }
            // The secret was taken out of the change: `wanted` would find nothing more to check.
            SecretsResult::Right(signature) => {
                if let Change::Login(login) = &mut change
                    && let Proof::Given { signature: own, .. } = &mut login.proof
                {
                    *own = signature;
                }
                if matches!(change, Change::SetPassword(_)) {
                    // The current password was right; `propose` now hashes the new one.
                    return self.propose(now, cause, done, change, out);
                }
                return self.submit(cause, done, change, out);
            }
            SecretsResult::Hashed(verifier, chance) => {
                let mut mail = Ok(None);
                if let Change::CreateAccount(new) = &mut change {
                    new.verifier = Some(verifier);
                    if !new.for_another {
                        let from = &new.origin.address;
                        self.auth_throttle.note_account(self.now.instant, from);
                    }
                    let (replica, now) = (&self.replica, self.now);
                    mail = rules::account::mail(replica, now, cause.session, new, chance);
                } else if let Change::SetPassword(password)
                | Change::Admin(AdminCommand::ResetPassword(_, password)) = &mut change
                {
                    password.verifier = Some(verifier);
                }
                match mail {
                    Ok(None) => return self.submit(cause, done, change, out),
                    Ok(Some(task)) => {
                        self.park(cause, done, Continuation::Mail(change), task, out);
                        return;
                    }
                    Err(refusal) => refusal,
                }
            }
            SecretsResult::Wrong => self.wrong_password(&change, &from, account.as_ref()),
            SecretsResult::Busy | SecretsResult::Challenge(_) => {
                Refusal::Auth(AuthError::PasswordsBusy)
            }
        };
        self.finish(now, cause, done, Reply::Refused(refusal), out);
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

    /// Resumes account registration with the result of sending the mail.
    pub(super) fn mail_done(
        &mut self,
        now: Time,
        parked: Parked,
        sent: MailResult,
        out: &mut Effects,
    ) {
        let Continuation::Mail(change) = parked.waiting else {
            return;
        };
        let refusal = match sent {
            MailResult::Sent => return self.submit(parked.cause, parked.done, change, out),
            MailResult::Refused => Refusal::Account(AccountError::MailRefused),
            MailResult::Unavailable => Refusal::Account(AccountError::MailUnavailable),
        };
        let failed = Reply::Refused(refusal);
        self.finish(now, parked.cause, parked.done, failed, out);
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
            waiting,
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
    pub(super) fn unpark(&mut self, ticket: Ticket) -> Option<Parked> {
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
                waiting,
            }),
            // The session waits for something else by now: put its state back.
            other @ (Pending::None | Pending::Journal) => {
                session.pending = other;
                None
            }
        }
    }
}
