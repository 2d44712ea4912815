//! Password worker of the simulation: instant and deterministic, without any secrecy.

use parlour_core::Secret;
use parlour_core::login::{Challenge, SecretsResult, SecretsTask};
use parlour_core::state::{ScramKeys, Verifier};

/// Does a task of the password worker.
pub(crate) fn work(secrets: SecretsTask) -> SecretsResult {
    match secrets {
        SecretsTask::Compare { given, wanted } => {
            let hashed = |wanted: &Secret| {
                let wanted = wanted.reveal();
                wanted.strip_prefix("hash of ").unwrap_or(wanted) == given.reveal()
            };
            match wanted {
                Some(wanted) if hashed(&wanted) => SecretsResult::Right(None),
                _ => SecretsResult::Wrong,
            }
        }
        SecretsTask::Hash(password) => SecretsResult::Hashed(
            Verifier {
                hash: Secret::new(&format!("hash of {}", password.reveal())),
                scram: ScramKeys {
                    salt: "c2FsdA==".into(),
                    iterations: 4096,
                    stored_key: password.clone(),
                    server_key: password,
                },
            },
            Secret::new("123456"),
        ),
        SecretsTask::Challenge { known, .. } => {
            let (salt, iterations) = known.unwrap_or_else(|| ("ZmFrZQ==".into(), 4096));
            SecretsResult::Challenge(Challenge {
                nonce: "servernonce".into(),
                salt,
                iterations,
            })
        }
        // The proof is the password itself, so that scripts can be written by hand.
        SecretsTask::Scram { keys, proof, .. } => match keys {
            Some(keys) if keys.stored_key.reveal() == &*proof => {
                SecretsResult::Right(Some("c2lnbmF0dXJl".into()))
            }
            _ => SecretsResult::Wrong,
        },
    }
}
