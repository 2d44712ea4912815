//! NickServ, for clients that know no other way to have an account: the same requests by words.

use irc_wire::{Line, Message, text, time};
use parlour_core::login::{Login, Proof};
use parlour_core::request::{NewAccount, NewPassword, Origin};
use parlour_core::{Change, Name, Question, Refusal, Reply, Secret};

use super::IrcDoor;
use super::commands::{Plan, Step};
use crate::turn::Turn;

/// Its name.
pub(super) const NICKSERV: &str = "NickServ";

/// One of its commands.
struct Command {
    name: &'static str,
    syntax: &'static str,
    help: &'static str,
    /// Words that it needs at least, and takes at most.
    needs: usize,
    most: usize,
    plan: fn(&Who<'_>, &[&str]) -> Step,
}

/// Who speaks to it.
struct Who<'a> {
    nick: &'a str,
    origin: Origin,
    certificate: Option<Name>,
}

/// Every command.
#[rustfmt::skip]
const COMMANDS: &[Command] = &[
    Command { name: "CERT", syntax: "ADD [fingerprint] | DEL fingerprint | LIST", help: "certificates that stand for your account", needs: 1, most: 2, plan: cert },
    Command { name: "DROP", syntax: "account", help: "ends your account; its name says that you mean it", needs: 1, most: 1, plan: drop },
    Command { name: "GHOST", syntax: "nick", help: "ends whoever else goes by your account's nick", needs: 1, most: 1, plan: recover },
    Command { name: "HELP", syntax: "", help: "shows this", needs: 0, most: 9, plan: help },
    Command { name: "IDENTIFY", syntax: "[account] password", help: "logs you in", needs: 1, most: 2, plan: identify },
    Command { name: "INFO", syntax: "[account]", help: "tells about an account", needs: 0, most: 1, plan: info },
    Command { name: "LOGOUT", syntax: "", help: "logs you out", needs: 0, most: 0, plan: |_, _| Step::Do(Change::Logout) },
    Command { name: "PASSWD", syntax: "password", help: "gives your account another password", needs: 1, most: 1, plan: set_password },
    Command { name: "RECOVER", syntax: "nick", help: "as GHOST", needs: 1, most: 1, plan: recover },
    Command { name: "REGISTER", syntax: "password", help: "makes an account of your nick", needs: 1, most: 1, plan: register },
    Command { name: "SAREGISTER", syntax: "account password", help: "makes an account for somebody else; for operators of the network", needs: 2, most: 2, plan: register_for },
    Command { name: "SET", syntax: "PASSWORD password", help: "as PASSWD", needs: 2, most: 2, plan: set },
];

/// Whether a message to this target is for NickServ.
pub(super) fn is_nickserv(target: &str) -> bool {
    target.eq_ignore_ascii_case(NICKSERV)
}

/// NS and NICKSERV: what follows is said to it.
pub(super) fn command(message: &Message, plan: &mut Plan) {
    let words: Vec<&str> = message
        .params
        .as_slice()
        .iter()
        .flat_map(|p| p.split(' '))
        .collect();
    take(&words, plan);
}

/// Takes what was said to it.
pub(super) fn said(words: &str, plan: &mut Plan) {
    take(&words.split(' ').collect::<Vec<_>>(), plan);
}

fn take(words: &[&str], plan: &mut Plan) {
    let words: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !word.is_empty())
        .collect();
    plan.asked = Some(super::account::Asked::NickServ);
    let (name, words) = words
        .split_first()
        .map_or(("HELP", &[][..]), |(n, w)| (*n, w));
    let known = COMMANDS
        .iter()
        .find(|command| command.name.eq_ignore_ascii_case(name));
    let step = match known {
        None => tell(vec![format!(
            "There is no command {}; HELP lists them",
            text::cut(name, 40)
        )]),
        Some(command) if !(command.needs..=command.most).contains(&words.len()) => {
            tell(vec![format!(
                "It goes like this: {} {}",
                command.name, command.syntax
            )])
        }
        Some(command) => {
            let who = Who {
                nick: plan.nick,
                origin: plan.origin.clone(),
                certificate: plan.certificate.clone(),
            };
            (command.plan)(&who, words)
        }
    };
    plan.steps.push(step);
}

/// Lines that NickServ says in their place.
fn tell(lines: Vec<String>) -> Step {
    Step::Service(lines)
}

fn help(_: &Who<'_>, _: &[&str]) -> Step {
    let lines = COMMANDS.iter().map(|command| {
        let usage = format!("{} {}", command.name, command.syntax);
        format!("{}: {}", usage.trim_end(), command.help)
    });
    tell(lines.collect())
}

fn register(who: &Who<'_>, words: &[&str]) -> Step {
    Step::Do(Change::CreateAccount(Box::new(NewAccount {
        name: None,
        nick: Some(who.nick.into()),
        for_another: false,
        password: Some(Secret::new(words[0])),
        verifier: None,
        origin: who.origin.clone(),
    })))
}

fn register_for(who: &Who<'_>, words: &[&str]) -> Step {
    Step::Do(Change::CreateAccount(Box::new(NewAccount {
        name: Some(words[0].into()),
        nick: Some(who.nick.into()),
        for_another: true,
        password: Some(Secret::new(words[1])),
        verifier: None,
        origin: who.origin.clone(),
    })))
}

fn identify(who: &Who<'_>, words: &[&str]) -> Step {
    let (account, password) = match words {
        [account, password, ..] => (*account, *password),
        _ => (who.nick, words[0]),
    };
    Step::Do(Change::Login(Box::new(Login {
        account: Some(account.into()),
        acting_as: None,
        proof: Proof::Password(Secret::new(password)),
        origin: who.origin.clone(),
    })))
}

fn set_password(who: &Who<'_>, words: &[&str]) -> Step {
    Step::Do(Change::SetPassword(Box::new(NewPassword {
        password: Some(Secret::new(words[0])),
        verifier: None,
        origin: who.origin.clone(),
    })))
}

fn set(who: &Who<'_>, words: &[&str]) -> Step {
    if words[0].eq_ignore_ascii_case("PASSWORD") {
        set_password(who, &words[1..])
    } else {
        tell(vec!["It goes like this: SET PASSWORD password".into()])
    }
}

fn recover(_: &Who<'_>, words: &[&str]) -> Step {
    Step::Do(Change::Recover(words[0].into()))
}

fn drop(_: &Who<'_>, words: &[&str]) -> Step {
    Step::Do(Change::DropAccount(words[0].into()))
}

fn info(_: &Who<'_>, words: &[&str]) -> Step {
    Step::Ask(Question::Account(words.first().map(|word| (*word).into())))
}

fn cert(who: &Who<'_>, words: &[&str]) -> Step {
    let given = words
        .get(1)
        .map(|word| word.replace(':', "").to_ascii_lowercase());
    let fingerprint = given.map(Name::from);
    match words[0].to_ascii_uppercase().as_str() {
        "LIST" => Step::Ask(Question::Account(None)),
        "ADD" => match fingerprint.or_else(|| who.certificate.clone()) {
            Some(fingerprint) if is_fingerprint(&fingerprint) => {
                Step::Do(Change::Certificate(fingerprint, true))
            }
            Some(_) => tell(vec!["A fingerprint is SHA-256 in hexadecimal".into()]),
            None => tell(vec![
                "This connection shows no certificate; name its SHA-256 fingerprint".into(),
            ]),
        },
        "DEL" => match fingerprint {
            Some(fingerprint) => Step::Do(Change::Certificate(fingerprint, false)),
            None => tell(vec!["It goes like this: CERT DEL fingerprint".into()]),
        },
        _ => tell(vec!["There are CERT ADD, CERT DEL and CERT LIST".into()]),
    }
}

fn is_fingerprint(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// What it says to an answer of the core.
pub(super) fn answered(door: &mut IrcDoor, turn: &mut Turn, reply: &Reply) {
    let lines = match reply {
        Reply::AccountMade(_, false) => vec!["Account created".into()],
        Reply::AccountMade(name, true) => vec![format!("Account {name} created")],
        Reply::LoggedIn { account, .. } => vec![format!("You're now logged in as {account}")],
        Reply::LoggedOut => vec!["You're logged out".into()],
        Reply::PasswordSet(_) => vec!["Your password is changed".into()],
        Reply::CertificateSet(_, true) => {
            vec!["The certificate stands for your account now".into()]
        }
        Reply::CertificateSet(_, false) => {
            vec!["The certificate stands for your account no more".into()]
        }
        Reply::AccountDropped(name) => vec![format!("The account {name} is no more")],
        Reply::Recovered(nick) => vec![format!("{nick} is free; NICK {nick} gives it to you")],
        Reply::Account {
            name,
            created,
            certificates,
        } => {
            let since = time::format(created.0);
            let mut lines = vec![format!("Account {name}, registered {since}")];
            for fingerprint in certificates.iter().flatten() {
                lines.push(format!("Certificate {fingerprint}"));
            }
            lines
        }
        Reply::Refused(refusal) => vec![refused(refusal)],
        _ => return,
    };
    speak(door, turn, &lines);
    if let Reply::LoggedOut = reply {
        door.logged_out(turn);
    }
    if let (Reply::LoggedIn { account, .. } | Reply::AccountMade(account, false), Some(profile)) =
        (reply, &door.profile)
    {
        let source = profile.source.clone();
        door.logged_in(turn, account, Some(&source));
    }
}

/// Says lines as NickServ.
pub(super) fn speak(door: &IrcDoor, turn: &mut Turn, lines: &[String]) {
    let source = format!("{NICKSERV}!{NICKSERV}@{}", turn.settings.server_name());
    for line in lines {
        Line::new(&mut turn.out)
            .from(&source, "NOTICE")
            .word(door.shown_nick())
            .trailing(line)
            .end();
    }
}

fn refused(refusal: &Refusal) -> String {
    use Refusal as R;
    match refusal {
        R::LoginFailed => "Password incorrect, or there is no such account".into(),
        R::NotLoggedIn => "You're not logged in".into(),
        R::LoggedInAlready(name) => format!("You're logged in as {name} already"),
        R::AccountExists(name) => format!("{name} is registered already, or somebody goes by it"),
        R::BadAccountName(name) => format!("{name} cannot be an account's name"),
        R::WeakPassword => "A password has at least 4 characters".into(),
        R::BadPassword => "A password has at most 600 bytes, none of them NUL".into(),
        R::InsecurePassword => {
            "Passwords are not taken over a connection that others can read; use TLS".into()
        }
        R::TooManyPasswords => "Too many wrong passwords; try again in a minute".into(),
        R::PasswordsBusy => "Too much at once; try again in a moment".into(),
        R::RegistrationClosed(_) => "Accounts cannot be registered here; ask an operator".into(),
        R::NoSuchAccount(name) => format!("There is no account {}", text::cut(name, 64)),
        R::NoSuchNick(nick) => format!("Nobody goes by {}", text::cut(nick, 64)),
        R::NotYourNick(nick) => format!("{nick} is not your account's nick"),
        R::CertificateTaken => {
            "That certificate stands for an account already, or yours has enough".into()
        }
        R::NoCertificate => "That certificate does not stand for your account".into(),
        R::NoPrivileges => "Only operators of the network with that privilege may".into(),
        _ => "That could not be done".into(),
    }
}
