//! The thread that sends mail.

use std::sync::Arc;
use std::time::Duration;

use lettre::message::Mailbox as Address;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Message, SmtpTransport, Transport};
use parlour_core::{Input, Name, Secret, Ticket};

use crate::config::Config;
use crate::config::values::MailSecurity;
use crate::core_thread::ForCore;
use crate::mailbox::Mailbox;
use crate::{ServerError, clock};

/// For the mailer.
pub(crate) enum ForMailer {
    /// Send this.
    Send {
        /// Who waits for it.
        ticket: Ticket,
        /// The address.
        to: Name,
        /// The account that it is about.
        account: Name,
        /// The code that is to come back.
        code: Secret,
    },
    /// There is nothing more to send.
    Stop,
}

/// Mails that may wait; what is more is refused at once.
pub(crate) const WAITING: usize = 64;
/// How long a mail server may take for one of its answers.
const PATIENCE: Duration = Duration::from_secs(15);

/// Who sends mail.
pub(crate) struct Mailer {
    transport: SmtpTransport,
    from: Address,
    /// The network that it is about.
    network: String,
}

impl Config {
    /// Who sends mail, if anybody does.
    ///
    /// # Errors
    /// What is configured cannot be: which key, and why.
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

/// Begins to send mail. The thread ends when there is nothing more to send; nobody waits for a mail
/// server at the end.
pub(crate) fn start(
    mailer: Option<Mailer>,
    inbox: Arc<Mailbox<ForMailer>>,
    core: Arc<Mailbox<ForCore>>,
) -> std::io::Result<()> {
    let run = move || {
        let mut letters = Vec::new();
        loop {
            inbox.take_one(&mut letters);
            for letter in letters.drain(..) {
                let ForMailer::Send {
                    ticket,
                    to,
                    account,
                    code,
                } = letter
                else {
                    return;
                };
                let sent = mailer
                    .as_ref()
                    .is_some_and(|mailer| mailer.send(&to, &account, &code));
                core.post_unbounded(ForCore::Input(Input::Mailed(ticket, sent)));
            }
        }
    };
    std::thread::Builder::new()
        .name("mailer".into())
        .spawn(run)
        .map(|_| ())
}

impl Mailer {
    /// Sends a code; whether the mail server has taken it. The log says why not, without the code.
    fn send(&self, to: &str, account: &str, code: &Secret) -> bool {
        match self.try_send(to, account, code) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!("a mail for a new account could not be sent: {error}");
                false
            }
        }
    }

    fn try_send(
        &self,
        to: &str,
        account: &str,
        code: &Secret,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let network = &self.network;
        let body = format!(
            "Somebody, probably you, wants to register the account {account} on {network}.\n\n\
             The code is {code}. In an IRC client:\n\n    /quote VERIFY {account} {code}\n\n\
             If it was not you, do nothing: without the code there is no account.\n",
            code = code.reveal()
        );
        let now = std::time::UNIX_EPOCH + Duration::from_millis(clock::time().0);
        let message = Message::builder()
            .from(self.from.clone())
            .to(Address::new(None, to.parse()?))
            .date(now)
            .subject(format!("Your account {account} on {network}"))
            .body(body)?;
        self.transport.send(&message)?;
        Ok(())
    }
}
