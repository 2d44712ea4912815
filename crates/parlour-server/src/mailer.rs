//! Mailer: the thread that sends confirmation codes by mail.

use std::sync::Arc;
use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox as Address, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Message, SmtpTransport, Transport};
use parlour_core::{MailResult, Secret, TaskResult};
use ring::rand::{SecureRandom, SystemRandom};

use crate::config::Config;
use crate::config::values::MailSecurity;
use crate::mailbox::Mailbox;
use crate::messages::{CoreMsg, MailMsg};
use crate::{ServerError, clock};

/// Mails that may be queued; further ones are refused at once.
pub(crate) const WAITING: usize = 64;
/// Status codes of a mail server that refuse the recipient's address (RFC 5321 §4.2.3).
const ABOUT_THE_ADDRESS: [u16; 4] = [550, 551, 553, 556];
/// Time limit for each reply of the mail server.
const PATIENCE: Duration = Duration::from_secs(15);

/// Sender of mails through the configured server.
pub(crate) struct Mailer {
    transport: SmtpTransport,
    from: Address,
    /// Name of the chat network, for the text.
    network: String,
}

impl Config {
    /// Builds the mailer; `None` if mail is not configured.
    ///
    /// # Errors
    /// The configuration has a fault: its key, and why.
    pub(crate) fn mailer(&self) -> Result<Option<Mailer>, ServerError> {
        let mail = &self.mail;
        if mail.server.is_empty() {
            return Ok(None);
        }
        let wrong = |text: &str| ServerError::Config(text.to_owned());
        let parts = mail.server.rsplit_once(':');
        let (host, port) = parts
            .and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)))
            .ok_or_else(|| wrong("mail.server: a host and a port, as mail.example:587"))?;
        let from: Address = mail
            .from
            .parse()
            .map_err(|_| wrong("mail.from: an address, as chat@example.org"))?;
        let tls = || {
            TlsParameters::new(host.to_owned())
                .map_err(|error| wrong(&format!("mail.server: {error}")))
        };
        let tls = match mail.security {
            MailSecurity::Starttls => Tls::Required(tls()?),
            MailSecurity::Tls => Tls::Wrapper(tls()?),
            MailSecurity::Off => Tls::None,
        };
        let mut builder = SmtpTransport::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .timeout(Some(PATIENCE));
        if !mail.user.is_empty() {
            let password = mail.password.secret();
            if password.reveal().starts_with("$argon2") {
                let text = "mail.password: the password itself; the mail server cannot use a hash";
                return Err(wrong(text));
            }
            builder = builder.credentials(Credentials::new(
                mail.user.clone(),
                password.reveal().to_owned(),
            ));
        }
        Ok(Some(Mailer {
            transport: builder.build(),
            from,
            network: self.server.network.clone(),
        }))
    }
}

/// Starts the mailer's thread. It ends when it is stopped, but a stopping server does not wait for
/// it.
pub(crate) fn start(
    mailer: Option<Mailer>,
    inbox: Arc<Mailbox<MailMsg>>,
    core: Arc<Mailbox<CoreMsg>>,
) -> std::io::Result<()> {
    let run = move || {
        let mut messages = Vec::new();
        loop {
            // One at a time, so that the queued ones still count against the mailbox's limit.
            inbox.take_one(&mut messages);
            for message in messages.drain(..) {
                let MailMsg::Send {
                    ticket,
                    to,
                    account,
                    code,
                } = message
                else {
                    return;
                };
                let sent = mailer.as_ref();
                let sent = sent.map(|mailer| mailer.send(&to, &account, &code));
                let sent = sent.unwrap_or(MailResult::Unavailable);
                core.post_anyway(CoreMsg::Done(ticket, TaskResult::Mail(sent)));
            }
        }
    };
    std::thread::Builder::new()
        .name("mailer".into())
        .spawn(run)
        .map(|_| ())
}

impl Mailer {
    /// Sends a code. If the mail server refuses the mail, the reason is logged, without the code.
    fn send(&self, to: &str, account: &str, code: &Secret) -> MailResult {
        // Fails for a malformed address, which no mail can be sent to.
        let message = match self.message(to, account, code) {
            Ok(message) => message,
            Err(error) => {
                tracing::warn!("a mail for a new account could not be written: {error}");
                return MailResult::Refused;
            }
        };
        match self.transport.send(&message) {
            Ok(_) => MailResult::Sent,
            Err(error) => {
                tracing::warn!("a mail for a new account could not be sent: {error}");
                match error.status().map(u16::from) {
                    Some(status) if ABOUT_THE_ADDRESS.contains(&status) => MailResult::Refused,
                    _ => MailResult::Unavailable,
                }
            }
        }
    }

    /// Composes the mail.
    fn message(
        &self,
        to: &str,
        account: &str,
        code: &Secret,
    ) -> Result<Message, Box<dyn std::error::Error>> {
        let network = &self.network;
        let body = format!(
            "Somebody, probably you, wants to register the account {account} on {network}.\n\n\
             The code is {code}. In an IRC client:\n\n    /quote VERIFY {account} {code}\n\n\
             If it was not you, do nothing: without the code there is no account.\n",
            code = code.reveal()
        );
        let now = std::time::UNIX_EPOCH + Duration::from_millis(clock::time().0);
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Address::new(None, to.parse()?))
            .date(now)
            .message_id(Some(self.message_id()?))
            .subject(format!("Your account {account} on {network}"))
            .singlepart(SinglePart::plain(body))?;
        // Asks autoresponders not to reply (RFC 3834 §5).
        message.headers_mut().insert_raw(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".into(),
        ));
        Ok(message)
    }

    /// Returns a unique message id (RFC 5322 §3.6.4), in the sender's domain.
    fn message_id(&self) -> Result<String, Box<dyn std::error::Error>> {
        let mut chance = [0; 16];
        let filled = SystemRandom::new().fill(&mut chance);
        filled.map_err(|_| "the system gives no randomness")?;
        let chance = u128::from_be_bytes(chance);
        Ok(format!("<{chance:032x}@{}>", self.from.email.domain()))
    }
}
