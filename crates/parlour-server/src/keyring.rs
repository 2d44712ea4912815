//! The thread that compares passwords, which takes long on purpose.

use parlour_core::{Checked, Input, Secret, Ticket};

use crate::core_thread::ForCore;
use crate::mailbox::Mailbox;
use crate::password;

/// For the keyring.
pub(crate) enum ForKeyring {
    /// Hold a password against the one that is wanted.
    Compare {
        ticket: Ticket,
        given: Secret,
        wanted: Secret,
    },
    /// There is nothing more to do.
    Stop,
}

/// Passwords that may wait to be compared; at some twenty milliseconds each, the last of them
/// waits a second or two. What is more is refused at once.
pub(crate) const WAITING: usize = 64;

/// Works until there is nothing more to do.
pub(crate) fn run(inbox: &Mailbox<ForKeyring>, core: &Mailbox<ForCore>) {
    let mut letters = Vec::new();
    loop {
        inbox.take_one(&mut letters);
        for letter in letters.drain(..) {
            let ForKeyring::Compare {
                ticket,
                given,
                wanted,
            } = letter
            else {
                return;
            };
            let checked = if password::is_right(given.reveal(), wanted.reveal()) {
                Checked::Right
            } else {
                Checked::Wrong
            };
            core.post_unbounded(ForCore::Input(Input::Password(ticket, checked)));
        }
    }
}
