//! SASL authentication (IRCv3 sasl 3.1 and 3.2): PLAIN (RFC 4616), EXTERNAL (RFC 4422 appendix A)
//! and SCRAM-SHA-256 (RFC 5802, RFC 7677).

use super::sasl_exchange::{ClientFirst, Exchange, MECHANISMS, Mechanism, Scram, mechanisms};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use irc_wire::{Line, numerics as n};
use parlour_core::error::AuthError;
use parlour_core::login::{Challenge, Login, Proof};
use parlour_core::names::AccountName;
use parlour_core::reply::AccountReply;
use parlour_core::{Change, Name, Question, Refusal, Reply, Request, Secret};

use crate::context::Context;
use crate::irc::door::{IrcDoor, Stage};
use crate::irc::request_source::RequestSource;

/// Bytes of base64 in one AUTHENTICATE.
const CHUNK: usize = 400;
/// Bytes of base64 in one message, at most: a password of 600 bytes with two long names is 1 KiB.
const MESSAGE_BYTES: usize = 4_000;
/// Prefixes of a GS2 header without channel binding (RFC 5802 §7, gs2-header).
const GS2_NONE: [&str; 2] = ["n,", "y,"];

/// Aborts the exchange in progress, if any.
pub(super) fn abandon(door: &mut IrcDoor, cx: &mut Context) {
    if door.sasl.take().is_some() {
        aborted(door, cx);
    }
}

fn aborted(door: &IrcDoor, cx: &mut Context) {
    let text = "SASL authentication aborted";
    numeric(door, cx, n::ERR_SASLABORTED, text);
}

/// Handles an AUTHENTICATE.
pub(super) fn authenticate(door: &mut IrcDoor, cx: &mut Context, given: &str) {
    if given == "*" {
        door.sasl = None;
        return aborted(door, cx);
    }
    let Some(exchange) = &mut door.sasl else {
        return begin(door, cx, given);
    };
    if given.len() > CHUNK {
        door.sasl = None;
        return numeric(door, cx, n::ERR_SASLTOOLONG, "SASL message too long");
    }
    if exchange.gathered.len() + given.len() > MESSAGE_BYTES {
        let text = "SASL authentication failed: the message is too long in all";
        return fail(door, cx, text);
    }
    if given != "+" {
        exchange.gathered.push_str(given);
    }
    // A full chunk is followed by another; `+` is the empty last one.
    if given.len() == CHUNK {
        return;
    }
    let message = BASE64.decode(std::mem::take(&mut exchange.gathered));
    let message = message.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match message.map(|message| take(door, cx, &message)) {
        Some(Some(())) => {}
        _ => fail(
            door,
            cx,
            "SASL authentication failed: that message cannot be read",
        ),
    }
}

fn begin(door: &mut IrcDoor, cx: &mut Context, given: &str) {
    let offered = mechanisms(cx.settings, door.peer(cx.peer));
    let known = MECHANISMS.iter().find(|(_, name)| {
        name.eq_ignore_ascii_case(given) && offered.split(',').any(|offered| offered == *name)
    });
    let Some((mechanism, _)) = known else {
        let server = cx.settings.server_name();
        let line = Line::new(&mut cx.out).from(server, n::RPL_SASLMECHS);
        line.word(door.requested_nick())
            .word(&offered)
            .trailing("are available SASL mechanisms")
            .end();
        return fail(
            door,
            cx,
            "SASL authentication failed: choose one of these mechanisms",
        );
    };
    door.sasl = Some(Box::new(Exchange {
        mechanism: *mechanism,
        gathered: String::new(),
        scram: Scram::Beginning,
    }));
    say(cx, "");
}

/// Writes a message of the server, in as many AUTHENTICATE lines as it needs.
fn say(cx: &mut Context, message: &str) {
    let encoded = BASE64.encode(message);
    let mut rest = encoded.as_str();
    loop {
        let (chunk, more) = rest.split_at(rest.len().min(CHUNK));
        let shown = if chunk.is_empty() { "+" } else { chunk };
        let line = Line::new(&mut cx.out).command("AUTHENTICATE");
        line.word(shown).end();
        // A full last chunk is followed by an empty one, written as `+`.
        if chunk.len() < CHUNK {
            return;
        }
        rest = more;
    }
}

/// Handles a whole message of the client. Returns none if it cannot be parsed.
fn take(door: &mut IrcDoor, cx: &mut Context, message: &str) -> Option<()> {
    let exchange = door.sasl.as_mut()?;
    match exchange.mechanism {
        Mechanism::Plain => {
            let mut parts = message.splitn(3, '\0');
            let (acting_as, account) = (parts.next()?, parts.next()?);
            let password = parts.next().filter(|password| !password.contains('\0'))?;
            let login = Login {
                account: Some(account.into()).filter(|_| !account.is_empty()),
                acting_as: Some(acting_as.into()).filter(|_| !acting_as.is_empty()),
                proof: Proof::Password(Secret::new(password)),
                origin: door.origin(cx.peer),
            };
            // The authentication identity must not be empty (RFC 4616).
            login.account.as_ref()?;
            log_in(door, cx, login);
        }
        Mechanism::External => {
            let certificate = door.peer(cx.peer).certificate.clone()?;
            let login = Login {
                account: None,
                acting_as: Some(message.into()).filter(|_| !message.is_empty()),
                proof: Proof::Certificate(certificate),
                origin: door.origin(cx.peer),
            };
            log_in(door, cx, login);
        }
        Mechanism::Scram => scram(door, cx, message)?,
    }
    Some(())
}

fn log_in(door: &mut IrcDoor, cx: &mut Context, login: Login) {
    door.request_account_change(cx, RequestSource::Sasl, Change::Login(Box::new(login)));
}

/// Handles a message of a SCRAM exchange.
fn scram(door: &mut IrcDoor, cx: &mut Context, message: &str) -> Option<()> {
    let exchange = door.sasl.as_mut()?;
    match std::mem::replace(&mut exchange.scram, Scram::Beginning) {
        Scram::Beginning => {
            let first = client_first(message)?;
            let account: Name = first.account.as_str().into();
            exchange.scram = Scram::Asked(first);
            let call = door.await_answer(RequestSource::Sasl);
            let from = door.origin(cx.peer).address;
            let question = Question::ScramChallenge {
                account: account.into(),
                from,
            };
            cx.call(call, true, Request::Ask(question));
        }
        Scram::Challenged { first, server } => {
            let (without_proof, proof) = message.rsplit_once(",p=")?;
            let mut fields = without_proof.split(',');
            let binding = fields.next()?.strip_prefix("c=")?;
            let nonce = fields.next()?.strip_prefix("r=")?;
            let bound = BASE64.decode(binding).ok()?;
            let sent = server.strip_prefix("r=")?.split(',').next()?;
            // Binding and nonce must be those of this exchange (RFC 5802 §5.1).
            if bound != first.gs2.as_bytes() || nonce != sent {
                return None;
            }
            let login = Login {
                account: Some(first.account.as_str().into()),
                acting_as: first.acting_as.as_deref().map(Into::into),
                proof: Proof::Scram {
                    messages: format!("{},{server},{without_proof}", first.bare).into(),
                    proof: proof.into(),
                },
                origin: door.origin(cx.peer),
            };
            // The state is `Beginning` and reading is paused until the core answers.
            log_in(door, cx, login);
        }
        // The client is logged in only after it has accepted the signature of the server.
        Scram::Signed if message.is_empty() => {
            door.request_account_change(cx, RequestSource::Sasl, Change::FinishLogin);
        }
        Scram::Signed | Scram::Asked(_) => return None,
    }
    Some(())
}

/// Parses `n,a=…,n=user,r=nonce` (RFC 5802 §7, client-first-message).
fn client_first(message: &str) -> Option<ClientFirst> {
    let kind = GS2_NONE.iter().find(|kind| message.starts_with(*kind))?;
    let (acting_as, bare) = message[kind.len()..].split_once(',')?;
    let acting_as = match acting_as.strip_prefix("a=") {
        Some(name) => Some(name_of(name)?),
        None if acting_as.is_empty() => None,
        None => return None,
    };
    let mut fields = bare.split(',');
    let account = name_of(fields.next()?.strip_prefix("n=")?)?;
    let nonce = fields.next()?.strip_prefix("r=")?;
    (!nonce.is_empty() && !account.is_empty()).then(|| ClientFirst {
        gs2: message[..message.len() - bare.len()].to_owned(),
        bare: bare.to_owned(),
        account,
        acting_as,
        nonce: nonce.to_owned(),
    })
}

/// Unescapes a name (RFC 5802 §5.1).
fn name_of(escaped: &str) -> Option<String> {
    // NUL stands in for an escaped `=` while bare ones are looked for.
    let name = escaped.replace("=2C", ",").replace("=3D", "\0");
    (!name.contains('=')).then(|| name.replace('\0', "="))
}

/// Handles the answer of the core.
pub(super) fn answered(door: &mut IrcDoor, cx: &mut Context, reply: &Reply) {
    match reply {
        Reply::Account(AccountReply::Challenge(challenge)) => challenged(door, cx, challenge),
        Reply::Account(AccountReply::Signed(signature)) => {
            if let Some(exchange) = &mut door.sasl {
                exchange.scram = Scram::Signed;
                say(cx, &format!("v={signature}"));
            }
        }
        Reply::Account(AccountReply::LoggedIn { account, source }) => {
            done(door, cx, account, source.as_ref())
        }
        Reply::Refused(refusal) => {
            let why = match refusal {
                Refusal::Auth(AuthError::InsecurePassword) => {
                    "SASL authentication failed: passwords are not taken over a connection that others can read; use TLS"
                }
                Refusal::Auth(AuthError::TooManyPasswords) => {
                    "SASL authentication failed: too many wrong passwords; try again in a minute"
                }
                Refusal::Auth(AuthError::PasswordsBusy) => {
                    "SASL authentication failed: too many passwords are being checked; try again in a moment"
                }
                Refusal::CutOff | Refusal::Unconfirmed => {
                    "SASL authentication failed: this server is cut off from the others; try again in a moment"
                }
                Refusal::Auth(AuthError::Suspended(reason, until)) => {
                    let why = super::render::suspended(reason, *until);
                    return fail(door, cx, &format!("SASL authentication failed: {why}"));
                }
                Refusal::Name(_)
                | Refusal::Channel(_)
                | Refusal::Join(_)
                | Refusal::Mode(_)
                | Refusal::Message(_)
                | Refusal::Auth(_)
                | Refusal::Account(_)
                | Refusal::Ownership(_)
                | Refusal::Ban(_)
                | Refusal::Hook(_)
                | Refusal::History(_)
                | Refusal::Redact(_)
                | Refusal::Metadata(_)
                | Refusal::Accept(_)
                | Refusal::AlreadyRegistered
                | Refusal::NoPrivileges => "SASL authentication failed",
            };
            fail(door, cx, why);
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

/// Sends the challenge that the core has answered with.
fn challenged(door: &mut IrcDoor, cx: &mut Context, challenge: &Challenge) {
    let Some(exchange) = &mut door.sasl else {
        return;
    };
    if let Scram::Asked(first) = std::mem::replace(&mut exchange.scram, Scram::Beginning) {
        let server = format!(
            "r={}{},s={},i={}",
            first.nonce, challenge.nonce, challenge.salt, challenge.iterations
        );
        say(cx, &server);
        exchange.scram = Scram::Challenged { first, server };
    }
}

fn done(door: &mut IrcDoor, cx: &mut Context, account: &AccountName, source: Option<&Name>) {
    // SASL replaces a login by PASS that is still pending.
    (door.sasl, door.introduction.login) = (None, None);
    door.logged_in(cx, account, source);
    numeric(
        door,
        cx,
        n::RPL_SASLSUCCESS,
        "SASL authentication successful",
    );
}

fn fail(door: &mut IrcDoor, cx: &mut Context, why: &str) {
    door.sasl = None;
    numeric(door, cx, n::ERR_SASLFAIL, why);
}

fn numeric(door: &IrcDoor, cx: &mut Context, code: &str, text: &str) {
    let line = Line::new(&mut cx.out).from(cx.settings.server_name(), code);
    line.word(door.requested_nick()).trailing(text).end();
}

impl IrcDoor {
    /// Returns the client's nick, or before registration the one it has requested.
    fn requested_nick(&self) -> &str {
        match (self.stage, &self.introduction.nick) {
            (Stage::New, Some(nick)) => nick,
            _ => self.shown_nick(),
        }
    }

    /// Writes that the user is logged out (901).
    pub(super) fn logged_out(&self, cx: &mut Context) {
        let nick = self.shown_nick();
        let source = self
            .profile
            .as_ref()
            .map_or(nick, |profile| &profile.source);
        let line = Line::new(&mut cx.out).from(cx.settings.server_name(), n::RPL_LOGGEDOUT);
        line.word(nick)
            .word(source)
            .trailing("You are now logged out")
            .end();
    }

    /// Writes that the user is logged in (900).
    pub(super) fn logged_in(&self, cx: &mut Context, account: &AccountName, source: Option<&Name>) {
        let nick = self.requested_nick();
        let unknown = format!("{nick}!*@{}", self.peer(cx.peer).host);
        let source = source.map_or(unknown.as_str(), |source| source);
        let text = format!("You are now logged in as {account}");
        let line = Line::new(&mut cx.out).from(cx.settings.server_name(), n::RPL_LOGGEDIN);
        line.word(nick)
            .word(source)
            .word(account)
            .trailing(&text)
            .end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_message_of_scram_is_read() {
        let first = client_first("n,a=a=2Cb,n=us=3Der,r=nonce,ext=1").unwrap();
        assert_eq!(first.gs2, "n,a=a=2Cb,");
        assert_eq!(first.bare, "n=us=3Der,r=nonce,ext=1");
        assert_eq!((&*first.account, &*first.nonce), ("us=er", "nonce"));
        assert_eq!(first.acting_as.as_deref(), Some("a,b"));
        for bad in [
            "",
            "n,,",
            "p=tls-unique,,n=u,r=x",
            "n,,n=,r=x",
            "n,,n=u,r=",
            "n,,n=u=2E,r=x",
            "n,x,n=u,r=x",
            "n,,r=x,n=u",
        ] {
            assert_eq!(client_first(bad), None, "{bad}");
        }
    }
}
