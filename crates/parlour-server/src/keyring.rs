//! The thread that works with secrets: what takes long on purpose, and what needs chance.

use std::path::Path;

use parlour_core::login::{Outcome, Secrets};
use parlour_core::state::Verifier;
use parlour_core::{Input, Secret, Ticket};

use crate::core_thread::ForCore;
use crate::mailbox::Mailbox;
use crate::password::{self, Checker};
use crate::{ServerError, scram};

/// For the keyring.
pub(crate) enum ForKeyring {
    /// Do this.
    Work(Ticket, Secrets),
    /// There is nothing more to do.
    Stop,
}

/// Letters that may wait; at some forty milliseconds each at worst, the last of them waits two or
/// three seconds. What is more is refused at once.
pub(crate) const WAITING: usize = 64;

/// The thread's own things.
pub(crate) struct Keyring {
    /// What passwords for names without an account are held against, so that they take as long.
    nobody: Secret,
    /// What the salts of names without an account are made of.
    salts: scram::Salts,
    checker: Checker,
}

impl Keyring {
    /// Takes what has to stay the same over restarts from the data directory; made at the first
    /// start.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn open(data: &Path) -> Result<Keyring, ServerError> {
        Ok(Keyring {
            nobody: Secret::new(password::NOBODY),
            salts: scram::Salts::open(data)?,
            checker: Checker::default(),
        })
    }

    /// Works until there is nothing more to do.
    pub fn run(mut self, inbox: &Mailbox<ForKeyring>, core: &Mailbox<ForCore>) {
        let mut letters = Vec::new();
        loop {
            inbox.take_one(&mut letters);
            for letter in letters.drain(..) {
                let ForKeyring::Work(ticket, secrets) = letter else {
                    return;
                };
                let outcome = self.work(secrets);
                core.post_unbounded(ForCore::Input(Input::Secrets(ticket, outcome)));
            }
        }
    }

    /// What a new password is held against, and a code that nobody can guess.
    fn hashed(&mut self, password: &Secret) -> Result<(Verifier, Secret), String> {
        Ok((self.checker.verifier(password.reveal())?, scram::code()?))
    }

    fn work(&mut self, secrets: Secrets) -> Outcome {
        match secrets {
            Secrets::Compare { given, wanted } => {
                let known = wanted.is_some();
                let wanted = wanted.unwrap_or_else(|| self.nobody.clone());
                // Compared in any case.
                if self.checker.is_right(given.reveal(), wanted.reveal()) && known {
                    Outcome::Right(None)
                } else {
                    Outcome::Wrong
                }
            }
            Secrets::Hash(given) => match self.hashed(&given) {
                Ok((verifier, code)) => Outcome::Hashed(verifier, code),
                Err(error) => {
                    tracing::error!("a password could not be hashed: {error}");
                    Outcome::Busy
                }
            },
            Secrets::Challenge { name, known } => match self.salts.challenge(&name, known) {
                Some(challenge) => Outcome::Challenge(challenge),
                None => Outcome::Busy,
            },
            Secrets::Scram {
                keys,
                messages,
                proof,
            } => match scram::check(keys.as_ref(), &messages, &proof) {
                Some(signature) => Outcome::Right(Some(signature.into())),
                None => Outcome::Wrong,
            },
        }
    }
}
