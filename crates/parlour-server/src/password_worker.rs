//! The thread that works with secrets: what takes long on purpose, and what needs chance.

use std::path::Path;

use parlour_core::login::{SecretsResult, SecretsTask};
use parlour_core::state::Verifier;
use parlour_core::{Input, Name, Secret, Ticket, limits};

use crate::core_thread::CoreMsg;
use crate::fair_queue::FairQueue;
use crate::mailbox::Mailbox;
use crate::password::{self, Checker};
use crate::{ServerError, scram};

/// For the keyring.
pub(crate) enum PasswordMsg {
    /// Do this, when its place has its turn.
    Work {
        ticket: Ticket,
        secrets: SecretsTask,
        place: Name,
    },
    /// There is nothing more to do.
    Stop,
}

/// Letters that may wait for the thread: what the core lets wait at once.
pub(crate) const WAITING: usize = limits::SECRETS_WAITING + limits::SECRET_PLACES;

/// The thread's own things.
pub(crate) struct PasswordWorker {
    /// What passwords for names without an account are held against, so that they take as long.
    nobody: Secret,
    /// What the salts of names without an account are made of.
    salts: scram::Salts,
    checker: Checker,
}

impl PasswordWorker {
    /// Takes what has to stay the same over restarts from the data directory; made at the first
    /// start.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn open(data: &Path) -> Result<PasswordWorker, ServerError> {
        Ok(PasswordWorker {
            nobody: Secret::new(password::NOBODY),
            salts: scram::Salts::open(data)?,
            checker: Checker::default(),
        })
    }

    /// Works until there is nothing more to do.
    pub fn run(mut self, inbox: &Mailbox<PasswordMsg>, core: &Mailbox<CoreMsg>) {
        let mut messages = Vec::new();
        let mut turns = FairQueue::default();
        loop {
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
                core.post_unbounded(CoreMsg::Input(Input::Secrets(ticket, outcome)));
            }
        }
    }

    /// What a new password is held against, and a code that nobody can guess.
    fn hashed(&mut self, password: &Secret) -> Result<(Verifier, Secret), String> {
        Ok((self.checker.verifier(password.reveal())?, scram::code()?))
    }

    fn work(&mut self, secrets: SecretsTask) -> SecretsResult {
        match secrets {
            SecretsTask::Compare { given, wanted } => {
                let known = wanted.is_some();
                let wanted = wanted.unwrap_or_else(|| self.nobody.clone());
                // Compared in any case.
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
    use super::*;

    #[test]
    fn a_place_that_asks_once_is_not_behind_one_that_asks_often() {
        let dir = tempfile::tempdir().unwrap();
        let inbox = Mailbox::new(WAITING, None);
        let core = Mailbox::new(WAITING, None);
        let ask = |ticket, place: &str| {
            inbox.post_unbounded(PasswordMsg::Work {
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
            inbox.post_unbounded(PasswordMsg::Stop);
        });
        let asked_once = answered.iter().position(|message| {
            matches!(message, CoreMsg::Input(Input::Secrets(ticket, _)) if *ticket == Ticket(100))
        });
        assert!(asked_once.unwrap() < 3, "{asked_once:?}");
    }
}
