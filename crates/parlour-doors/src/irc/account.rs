//! Accounts at the irc door: pending account requests and the answers to them.

use super::request_source::RequestSource;
use crate::dialect::Dialect;
use crate::error_text::{CUT_OFF, STORE_UNWRITABLE, UNCONFIRMED};
use irc_wire::{Line, numerics as n};
use parlour_core::error::{AccountError, AuthError, BanError};
use parlour_core::reply::AccountReply;
use parlour_core::request::Origin;
use parlour_core::{CallId, Change, Refusal, Reply, Request};

use super::error_reply::ErrorReply;
use super::sasl;
use crate::connections::Peer;
use crate::context::Context;
use crate::irc::door::IrcDoor;

impl IrcDoor {
    /// Returns the other end of the connection: the client named by a gateway (WEBIRC), if any.
    pub(super) fn peer<'p>(&'p self, connected: &'p Peer) -> &'p Peer {
        self.gateway_peer.as_deref().unwrap_or(connected)
    }

    /// Returns the origin of this client's secrets, for the rate limit of authentication.
    pub(super) fn origin(&self, connected: &Peer) -> Origin {
        let peer = self.peer(connected);
        Origin {
            address: peer.shown.clone(),
            secure: peer.secure,
        }
    }

    /// Requests an account change, and reads no further line before it is answered.
    pub(super) fn request_account_change(
        &mut self,
        cx: &mut Context,
        asked: RequestSource,
        change: Change,
    ) {
        let call = self.await_answer(asked);
        // `done` is requested even without a label: a label may still be opened for this call.
        cx.call(call, true, Request::Do(change));
        // The answer is held back until the disk can be written again: the client is told why.
        if cx.store_unwritable {
            self.announce(cx, STORE_UNWRITABLE);
        }
    }

    /// Returns a new call whose answer is awaited before the next line is read.
    pub(super) fn await_answer(&mut self, asked: RequestSource) -> CallId {
        let call = self.next_call();
        self.awaited_call = Some(call);
        self.asked.push((call, asked));
        // From now on the core may hold a session for this connection, which must be closed with
        // it.
        self.may_have_session = true;
        call
    }

    /// Answers a pending account request. Returns false if the reply belongs to something else, or
    /// is still to be rendered in the usual way.
    pub(super) fn answered(&mut self, cx: &mut Context, call: CallId, reply: &Reply) -> bool {
        let Some(at) = self.asked.iter().position(|(asked, _)| *asked == call) else {
            // Without a pending request, a login or a new account has no form to be answered in.
            return matches!(
                reply,
                Reply::Account(AccountReply::LoggedIn { .. })
                    | Reply::Account(AccountReply::AccountCreated(..))
            );
        };
        if *reply == Reply::Passed && self.placed.is_own(call) {
            // The echo of the client's own message comes first; the request stays pending.
            return false;
        }
        let (_, asked) = self.asked.remove(at);
        // Lines of the service itself: the request never reached the core's accounts.
        if *reply == Reply::Passed {
            return false;
        }
        match asked {
            RequestSource::Sasl => sasl::answered(self, cx, reply),
            RequestSource::Pass => handle_pass_reply(self, cx, reply),
            RequestSource::Register => registered(self, cx, "REGISTER", reply),
            RequestSource::Verify => registered(self, cx, "VERIFY", reply),
            RequestSource::Service(service) => service.answered(self, cx, reply),
            RequestSource::Playback => match reply {
                // A refusal is written as for any other question.
                Reply::Refused(_) => return false,
                Reply::Passed
                | Reply::Session(_)
                | Reply::Channel(_)
                | Reply::User(_)
                | Reply::History(_)
                | Reply::Metadata(_)
                | Reply::Account(_)
                | Reply::Ownership(_)
                | Reply::Admin(_) => super::commands::playback::list(self, cx, reply),
            },
        }
        true
    }
}

/// Continues the registration after PASS logged in, or closes the connection if it did not.
fn handle_pass_reply(door: &mut IrcDoor, cx: &mut Context, reply: &Reply) {
    match reply {
        Reply::Account(AccountReply::LoggedIn { account, source }) => {
            door.logged_in(cx, account, source.as_ref());
            door.try_register(cx);
        }
        Reply::Refused(refusal) => {
            // Continuing without the account asked for would register the client as somebody else.
            let why = super::services::refused(refusal);
            let complaint = ErrorReply::numeric(n::ERR_PASSWDMISMATCH, &[], &why);
            complaint.write(&mut cx.out, cx.settings.server_name(), "*");
            door.error(cx, &why);
            cx.close = Some("PASS did not log in".into());
        }
        Reply::Passed
        | Reply::Session(_)
        | Reply::Channel(_)
        | Reply::User(_)
        | Reply::History(_)
        | Reply::Metadata(_)
        | Reply::Account(_)
        | Reply::Ownership(_)
        | Reply::Admin(_) => {}
    }
}

/// Answers REGISTER and VERIFY (draft/account-registration).
fn registered(door: &mut IrcDoor, cx: &mut Context, verb: &str, reply: &Reply) {
    let server = cx.settings.server_name();
    match reply {
        Reply::Account(AccountReply::AccountCreated(name, _)) => {
            let line = Line::new(&mut cx.out).from(server, verb);
            line.word("SUCCESS")
                .word(name)
                .trailing("Account created")
                .end();
            let source = door.profile.as_ref().map(|profile| profile.source.clone());
            door.logged_in(cx, name, source.as_ref());
        }
        Reply::Account(AccountReply::VerificationRequired(name)) => {
            let text = "A code was sent to you; VERIFY with it makes the account";
            let line = Line::new(&mut cx.out).from(server, verb);
            line.word("VERIFICATION_REQUIRED")
                .word(name)
                .trailing(text)
                .end();
        }
        Reply::Refused(refusal) => {
            let nick = door.shown_nick();
            refused(verb, refusal).write(&mut cx.out, server, nick);
        }
        Reply::Passed
        | Reply::Session(_)
        | Reply::Channel(_)
        | Reply::User(_)
        | Reply::History(_)
        | Reply::Metadata(_)
        | Reply::Account(_)
        | Reply::Ownership(_)
        | Reply::Admin(_) => {}
    }
}

/// Returns the refusal of an account registration, as FAIL REGISTER or FAIL VERIFY.
#[expect(clippy::too_many_lines, reason = "a table with one row for each error")]
fn refused(verb: &str, refusal: &Refusal) -> ErrorReply {
    use Refusal as R;
    let any = "*";
    let (code, account, text): (&str, &str, &str) = match refusal {
        R::Account(AccountError::NeedNick) => ("NEED_NICK", any, "Say which nick you want first"),
        R::Auth(AuthError::Suspended(reason, until)) => {
            let text = super::render::suspended(reason, *until);
            return ErrorReply::fail(verb, "TEMPORARILY_UNAVAILABLE", &["*"], &text);
        }
        R::Ban(BanError::ServerBanned(reason, until)) => {
            let text = super::render::banned(reason, *until);
            return ErrorReply::fail(verb, "TEMPORARILY_UNAVAILABLE", &["*"], &text);
        }
        R::Account(AccountError::BadMail(given)) => (
            "INVALID_EMAIL",
            given,
            "Accounts need a mail address here, and that is none",
        ),
        R::Account(AccountError::MailRefused) => (
            "UNACCEPTABLE_EMAIL",
            any,
            "No mail is taken for that address; check it",
        ),
        R::Account(AccountError::MailUnavailable) => (
            "TEMPORARILY_UNAVAILABLE",
            any,
            "No mail can be sent at the moment; try again later",
        ),
        R::Account(AccountError::WrongCode(name)) => (
            "INVALID_CODE",
            name,
            "That is not the code, or it is too late; register again",
        ),
        R::Account(AccountError::AccountExists(name)) => (
            "ACCOUNT_EXISTS",
            name,
            "That account exists, or somebody goes by that nick",
        ),
        R::Account(AccountError::BadAccountName(name)) => {
            ("BAD_ACCOUNT_NAME", name, "That cannot be an account's name")
        }
        R::Account(AccountError::AccountMustBeNick(name)) => (
            "ACCOUNT_NAME_MUST_BE_NICK",
            name,
            "Here an account is called as its owner's nick",
        ),
        R::Auth(AuthError::LoggedInAlready(name)) => {
            ("ALREADY_AUTHENTICATED", name, "You are logged in already")
        }
        R::Account(AccountError::WeakPassword(least)) => {
            let text = format!("A password needs at least {least} characters");
            return ErrorReply::fail(verb, "WEAK_PASSWORD", &["*"], &text);
        }
        R::Account(AccountError::BadPassword) => (
            "UNACCEPTABLE_PASSWORD",
            any,
            "A password has at most 600 bytes, none of them NUL",
        ),
        R::Auth(AuthError::InsecurePassword) => (
            "UNACCEPTABLE_PASSWORD",
            any,
            "Passwords are not taken over a connection that others can read; use TLS",
        ),
        R::Account(AccountError::ConnectFirst(name)) => (
            "COMPLETE_CONNECTION_REQUIRED",
            name,
            "Complete your connection first, then register",
        ),
        R::Account(AccountError::RegistrationClosed(name)) => (
            "TEMPORARILY_UNAVAILABLE",
            name,
            "Accounts cannot be registered here; ask an operator",
        ),
        R::Name(_)
        | R::Channel(_)
        | R::Join(_)
        | R::Mode(_)
        | R::Message(_)
        | R::Auth(_)
        | R::Account(_)
        | R::Ownership(_)
        | R::Ban(_)
        | R::Hook(_)
        | R::History(_)
        | R::Redact(_)
        | R::Metadata(_)
        | R::Accept(_)
        | R::AlreadyRegistered
        | R::NoPrivileges => (
            "TEMPORARILY_UNAVAILABLE",
            any,
            "Too much at once; try again in a minute",
        ),
        R::CutOff => ("TEMPORARILY_UNAVAILABLE", any, CUT_OFF),
        R::Unconfirmed => ("TEMPORARILY_UNAVAILABLE", any, UNCONFIRMED),
    };
    ErrorReply::fail(verb, code, &[account], text)
}
