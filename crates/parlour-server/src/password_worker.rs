//! Password worker: the thread for secrets, whose work is slow on purpose or needs randomness.

use std::path::Path;

use parlour_core::login::{SecretsResult, SecretsTask};
use parlour_core::state::Verifier;
use parlour_core::{Secret, TaskResult, limits};

use crate::fair_queue::FairQueue;
use crate::mailbox::Mailbox;
use crate::messages::{CoreMsg, PasswordMsg};
use crate::password::{self, Checker};
use crate::{ServerError, scram};

/// Capacity of the mailbox: the tasks that the core lets wait at once.
pub(crate) const WAITING: usize = limits::SECRETS_WAITING + limits::SECRET_PLACES;

/// State of the thread.
pub(crate) struct PasswordWorker {
    /// Hash that passwords for unknown accounts are compared with, so that they take as long.
    nobody: Secret,
    /// Source of the salts for unknown accounts.
    salts: scram::Salts,
    checker: Checker,
}

impl PasswordWorker {
    /// Reads the key that must survive restarts from the data directory; creates it at the first
    /// start.
    ///
    /// # Errors
    /// The key cannot be read or written.
    pub fn open(data: &Path) -> Result<PasswordWorker, ServerError> {
        Ok(PasswordWorker {
            nobody: Secret::new(password::DUMMY_HASH),
            salts: scram::Salts::open(data)?,
            checker: Checker::default(),
        })
    }

    /// Works until it is stopped.
    pub fn run(mut self, inbox: &Mailbox<PasswordMsg>, core: &Mailbox<CoreMsg>) {
        let mut messages = Vec::new();
        let mut turns = FairQueue::default();
        loop {
            // New tasks are queued before the next one is chosen, so that turns stay fair.
            if turns.is_empty() {
                inbox.take(&mut messages);
            } else {
                inbox.take_now(&mut messages);
            }
            for message in messages.drain(..) {
                match message {
                    PasswordMsg::Work {
                        ticket,
                        secrets,
                        place,
                    } => turns.push(place, (ticket, secrets)),
                    PasswordMsg::Stop => return,
                }
            }
            if let Some((ticket, secrets)) = turns.pop() {
                let outcome = self.work(secrets);
                core.post_anyway(CoreMsg::Done(ticket, TaskResult::Secrets(outcome)));
            }
        }
    }

    /// Returns the verifier of a new password, and a random confirmation code.
    fn hashed(&mut self, password: &Secret) -> Result<(Verifier, Secret), String> {
        Ok((self.checker.verifier(password.reveal())?, scram::code()?))
    }

    /// Does a task.
    fn work(&mut self, secrets: SecretsTask) -> SecretsResult {
        match secrets {
            SecretsTask::Compare { given, wanted } => {
                let known = wanted.is_some();
                let wanted = wanted.unwrap_or_else(|| self.nobody.clone());
                // Compared even for an unknown account, so that the time does not reveal it.
                if self.checker.is_right(given.reveal(), wanted.reveal()) && known {
                    SecretsResult::Right(None)
                } else {
                    SecretsResult::Wrong
                }
            }
            SecretsTask::Hash(given) => match self.hashed(&given) {
                Ok((verifier, code)) => SecretsResult::Hashed(verifier, code),
                Err(error) => {
                    tracing::error!("a password could not be hashed: {error}");
                    SecretsResult::Busy
                }
            },
            SecretsTask::Challenge { name, known } => match self.salts.challenge(&name, known) {
                Some(challenge) => SecretsResult::Challenge(challenge),
                None => SecretsResult::Busy,
            },
            SecretsTask::Scram {
                keys,
                messages,
                proof,
            } => match scram::check(keys.as_ref(), &messages, &proof) {
                Some(signature) => SecretsResult::Right(Some(signature.into())),
                None => SecretsResult::Wrong,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use parlour_core::Ticket;

    use super::*;

    #[test]
    fn a_place_that_asks_once_is_not_behind_one_that_asks_often() {
        let dir = tempfile::tempdir().unwrap();
        let inbox = Mailbox::new(WAITING, None);
        let core = Mailbox::new(WAITING, None);
        let ask = |ticket, place: &str| {
            inbox.post_anyway(PasswordMsg::Work {
                ticket: Ticket(ticket),
                secrets: SecretsTask::Challenge {
                    name: "bob".into(),
                    known: None,
                },
                place: place.into(),
            });
        };
        (0..50).for_each(|n| ask(n, "192.0.2.1"));
        (50..100).for_each(|n| ask(n, "192.0.2.2"));
        ask(100, "192.0.2.3");
        let mut answered = Vec::new();
        std::thread::scope(|scope| {
            scope.spawn(|| PasswordWorker::open(dir.path()).unwrap().run(&inbox, &core));
            while answered.len() < 101 {
                core.take(&mut answered);
            }
            inbox.post_anyway(PasswordMsg::Stop);
        });
        let asked_once = answered.iter().position(|message| {
            matches!(message, CoreMsg::Done(ticket, TaskResult::Secrets(_)) if *ticket == Ticket(100))
        });
        assert!(asked_once.unwrap() < 3, "{asked_once:?}");
    }
}
