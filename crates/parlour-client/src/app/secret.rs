//! Passwords: dialogs that do not echo them, and masks over typed ones, so that no password is
//! shown or saved.

use super::mode::Mode;
use super::password_form::{PasswordForm, Purpose};
use super::{App, Hidden, HostCommand};
use crate::NetworkId;
use crate::commands;
use crate::engine::Login;
use crate::model::BufferKind;

/// Mask in place of a password.
pub(crate) const HIDDEN: &str = "•••";
/// Services that take passwords.
const SERVICES: [&str; 8] = [
    "nickserv", "chanserv", "userserv", "authserv", "operserv", "q", "x", "ns",
];
/// Service commands that carry a password.
const VERBS: [&str; 12] = [
    "identify",
    "id",
    "login",
    "auth",
    "register",
    "passwd",
    "password",
    "set",
    "ghost",
    "recover",
    "release",
    "saregister",
];
/// IRC commands that carry a password, or may.
const LINES: [&str; 8] = [
    "pass",
    "oper",
    "authenticate",
    "register",
    "nickserv",
    "ns",
    "privmsg",
    "webirc",
];

impl App {
    /// Opens a password dialog.
    pub(crate) fn ask_secret(&mut self, purpose: Purpose) {
        if self.is_online() {
            self.mode = Mode::Secret(PasswordForm::new(purpose));
        }
    }

    /// Handles a complete answer.
    pub(super) fn answer_secret(&mut self, mut form: PasswordForm) {
        if !form.next() {
            self.mode = Mode::Secret(form);
            return;
        }
        self.mode = Mode::Compose;
        let net = self.net();
        if !self.is_online() {
            return;
        }
        let mut answers = form.answers;
        let password = answers.pop().unwrap_or_default();
        match form.purpose {
            Purpose::Login(account) => self.log_in(net, account, password),
            Purpose::Register(account, mail) => self.register(net, account, mail, password),
            Purpose::Change => {
                let current = answers.into_iter().next().unwrap_or_default();
                if current.contains(' ') || password.contains(' ') {
                    let text = "A password with spaces cannot be changed here: NickServ takes words. Ask whoever runs the server.";
                    return self.report_error(text);
                }
                let text = format!("PASSWD {current} {password} {password}");
                self.nets[net].session.tell_nickserv(&text);
                if let Some(account) = self.model.networks[net].account.clone() {
                    // The new password is stored once the server has accepted a login with it.
                    self.log_in(net, account.to_string(), password);
                }
            }
        }
    }

    fn log_in(&mut self, net: NetworkId, account: String, password: String) {
        let login = Login {
            account,
            password,
            register: false,
        };
        let state = &mut self.nets[net];
        if !state.session.log_in(login.clone()) {
            let text = format!("IDENTIFY {} {}", login.account, login.password);
            state.session.tell_nickserv(&text);
        }
        state.unsaved_login = Some(login);
    }

    fn register(
        &mut self,
        net: NetworkId,
        account: String,
        mail: Option<String>,
        password: String,
    ) {
        let mail = mail.as_deref().unwrap_or("*");
        let state = &mut self.nets[net];
        if !state.session.register_account(&account, mail, &password) {
            let text = format!("REGISTER {password} {mail}");
            let text = text.trim_end_matches(" *");
            state.session.tell_nickserv(text);
        }
        state.unsaved_login = Some(Login {
            account,
            password,
            register: false,
        });
    }

    /// Tells the user something about a network: in the shown buffer, or in the first channel there
    /// that they will be in.
    pub(crate) fn tell_first(&mut self, net: NetworkId, text: &str) {
        let mut rooms = self.model.buffers.iter().filter(|b| b.network == net);
        if rooms.any(|b| b.kind != BufferKind::Server && b.joined && !b.rejoining) {
            return self.report(text, false);
        }
        self.model.networks[net].notes.push(text.to_owned());
    }

    /// Handles a successful login: stores the password that was accepted.
    pub(super) fn accepted(&mut self, net: NetworkId, account: &str) {
        let casemap = self.model.networks[net].casemap;
        let is_it = |login: &mut Login| casemap.same(&login.account, account);
        // Only for the same account: a login by other means says nothing about this password.
        let Some(login) = self.nets[net].unsaved_login.take_if(is_it) else {
            return;
        };
        let (account, password) = (login.account.clone(), login.password.clone());
        self.nets[net].want_login(login);
        self.command(HostCommand::KeepPassword {
            net,
            account,
            password: Hidden(password),
        });
    }
}

/// Returns a typed line with its password masked; `None` if it has no password.
pub(crate) fn masked(line: &str, to_service: bool) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    let is = |known: &[&str], word: &str| known.iter().any(|one| word.eq_ignore_ascii_case(one));
    if let Some(command) = first
        .strip_prefix('/')
        // `//` begins text.
        .filter(|rest| !rest.starts_with('/'))
    {
        // As it is run: by an alias, or by the beginning of its name.
        let command = command.to_lowercase();
        let name = commands::table::find(&command).map_or(&*command, |known| known.name);
        return match name {
            "msg" | "query" | "dm" | "notice" | "squery" => {
                let (target, said) = rest.split_first()?;
                let shown = masked_words(said)?;
                is(&SERVICES, target.split('@').next()?)
                    .then(|| format!("{first} {target} {shown}"))
            }
            "ns" | "nickserv" => masked_words(rest).map(|shown| format!("{first} {shown}")),
            "oper" => (rest.len() > 1).then(|| format!("{first} {} {HIDDEN}", rest[0])),
            "quote" | "raw" => {
                let verb = rest.first()?;
                let hides = is(&LINES, verb) && rest.len() > 1;
                let is_talk = is(&["privmsg"], verb);
                let to_service = rest.get(1).is_some_and(|target| is(&SERVICES, target));
                (hides && (!is_talk || to_service)).then(|| format!("{first} {verb} {HIDDEN}"))
            }
            _ => None,
        };
    }
    masked_words(&words).filter(|_| to_service)
}

/// Returns words to a service with their password masked.
fn masked_words(words: &[&str]) -> Option<String> {
    let (verb, rest) = words.split_first()?;
    let bare = verb.trim_start_matches(':').to_lowercase();
    let hides = VERBS.contains(&bare.as_str()) && !rest.is_empty();
    // Of the settings, only the password is a secret.
    let is_setting = bare == "set" && !rest.first()?.eq_ignore_ascii_case("password");
    (hides && !is_setting).then(|| format!("{verb} {HIDDEN}"))
}

/// Returns whether a nick is a service that takes passwords.
pub(crate) fn is_service(nick: &str) -> bool {
    SERVICES
        .iter()
        .any(|known| nick.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_hidden_wherever_they_are_typed() {
        for (line, shown) in [
            (
                "/msg NickServ IDENTIFY bob s3cret",
                Some("/msg NickServ IDENTIFY •••"),
            ),
            (
                "/msg nickserv@services register s3cret a@b",
                Some("/msg nickserv@services register •••"),
            ),
            ("/ns identify s3cret", Some("/ns identify •••")),
            ("/quo PASS s3cret", Some("/quo PASS •••")),
            (
                "/notic NickServ IDENTIFY s3cret",
                Some("/notic NickServ IDENTIFY •••"),
            ),
            ("/quote PASS s3cret", Some("/quote PASS •••")),
            ("/quote NS PASSWD old s3cret", Some("/quote NS •••")),
            (
                "/quote PRIVMSG NickServ :IDENTIFY s3cret",
                Some("/quote PRIVMSG •••"),
            ),
            ("/oper root s3cret", Some("/oper root •••")),
            (
                "/msg NickServ SET PASSWORD s3cret",
                Some("/msg NickServ SET •••"),
            ),
            ("/msg NickServ SET ALWAYS-ON on", None),
            ("/msg NickServ INFO bob", None),
            ("/msg bob identify yourself", None),
            ("/quote PRIVMSG bob :hi", None),
            ("//ns identify x", None),
            ("identify yourself", None),
        ] {
            assert_eq!(masked(line, false).as_deref(), shown, "{line}");
        }
        assert_eq!(
            masked("identify s3cret", true).as_deref(),
            Some("identify •••")
        );
        assert_eq!(masked("help", true), None);
    }

    #[test]
    fn a_new_password_is_asked_twice() {
        let mut form = PasswordForm::new(Purpose::Register("bob".into(), None));
        form.push("tres");
        assert_eq!(form.shown(), "••••");
        assert!(!form.next());
        form.push("two");
        assert!(!form.next() && form.wrong.is_some());
        assert_eq!(form.question(), "New password for bob");
        form.push("tres");
        assert!(!form.next());
        form.push("tres");
        assert!(form.next());
        assert!(!format!("{form:?}").contains("tres"));
    }
}
