//! NickServ: accounts, for clients without account-registration or SASL.

use irc_wire::time;
use parlour_core::login::{Login, Proof};
use parlour_core::reply::AccountReply;
use parlour_core::request::{NewAccount, NewPassword, Preference};
use parlour_core::{Change, Name, Question, Reply, Secret};

use super::{Requester, ServiceCommand};
use crate::context::Context;
use crate::irc::door::IrcDoor;
use crate::irc::plan::Step;
use crate::irc::service::Service;

/// Commands, by name.
#[rustfmt::skip]
pub(super) const COMMANDS: &[ServiceCommand] = &[
    ServiceCommand { name: "CERT", syntax: "ADD [fingerprint] | DEL fingerprint | LIST", help: "certificates that log into your account", needs: 1, most: 2, plan: cert },
    ServiceCommand { name: "DROP", syntax: "account", help: "deletes your account; give its name to confirm", needs: 1, most: 1, plan: drop },
    ServiceCommand { name: "GHOST", syntax: "nick", help: "disconnects whoever else uses your account's nick", needs: 1, most: 1, plan: recover },
    ServiceCommand { name: "IDENTIFY", syntax: "[account] password", help: "logs you in", needs: 1, most: 2, plan: identify },
    ServiceCommand { name: "INFO", syntax: "[account]", help: "shows information about an account", needs: 0, most: 1, plan: info },
    ServiceCommand { name: "LOGOUT", syntax: "", help: "logs you out", needs: 0, most: 0, plan: |_, _| Step::Do(Change::Logout) },
    ServiceCommand { name: "PASSWD", syntax: "current new", help: "changes your password", needs: 2, most: 3, plan: set_password },
    ServiceCommand { name: "RECOVER", syntax: "nick", help: "as GHOST", needs: 1, most: 1, plan: recover },
    ServiceCommand { name: "REGISTER", syntax: "password [mail]", help: "registers your nick as an account", needs: 1, most: 2, plan: register },
    ServiceCommand { name: "SAREGISTER", syntax: "account password", help: "registers an account for somebody else; for server operators", needs: 2, most: 2, plan: register_for },
    ServiceCommand { name: "SET", syntax: "ALWAYS-ON on|off | MULTICLIENT on|off | PASSWORD current new", help: "whether you stay online when your last connection ends; whether several connections may be you; as PASSWD", needs: 2, most: 4, plan: set },
    ServiceCommand { name: "VERIFY", syntax: "account code", help: "completes a registration with the code that was sent to you", needs: 2, most: 2, plan: |_, words| Step::Do(Change::Verify(words[0].into(), Secret::new(words[1]))) },
];

fn register(who: &Requester<'_>, words: &[&str]) -> Step {
    Step::Do(Change::CreateAccount(Box::new(NewAccount {
        name: None,
        nick: Some(who.nick.into()),
        for_another: false,
        mail: words.get(1).map(|mail| (*mail).into()),
        code: None,
        password: Some(Secret::new(words[0])),
        verifier: None,
        origin: who.origin.clone(),
    })))
}

fn register_for(who: &Requester<'_>, words: &[&str]) -> Step {
    Step::Do(Change::CreateAccount(Box::new(NewAccount {
        name: Some(words[0].into()),
        nick: Some(who.nick.into()),
        for_another: true,
        mail: None,
        code: None,
        password: Some(Secret::new(words[1])),
        verifier: None,
        origin: who.origin.clone(),
    })))
}

fn identify(who: &Requester<'_>, words: &[&str]) -> Step {
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

/// Plans PASSWD. The new password may be given twice, as other networks require.
fn set_password(who: &Requester<'_>, words: &[&str]) -> Step {
    let (current, new) = match words {
        [current, new] => (*current, *new),
        [current, new, again] if new == again => (*current, *new),
        [_, _, _] => {
            return Service::NickServ.tell(vec!["The new password was typed differently".into()]);
        }
        _ => {
            let text = "Use PASSWD followed by your current password and the new one";
            return Service::NickServ.tell(vec![text.into()]);
        }
    };
    Step::Do(Change::SetPassword(Box::new(NewPassword {
        current: Some(Secret::new(current)),
        password: Some(Secret::new(new)),
        verifier: None,
        origin: who.origin.clone(),
    })))
}

fn set(who: &Requester<'_>, words: &[&str]) -> Step {
    let preference = match words[0].to_ascii_uppercase().as_str() {
        "PASSWORD" => return set_password(who, &words[1..]),
        "ALWAYS-ON" => Preference::AlwaysOn,
        "MULTICLIENT" => Preference::Multiclient,
        _ => {
            let text = "There are SET ALWAYS-ON, SET MULTICLIENT and SET PASSWORD";
            return Service::NickServ.tell(vec![text.into()]);
        }
    };
    match words[1].to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" => Step::Do(Change::SetPreference(preference, true)),
        "off" | "false" | "no" => Step::Do(Change::SetPreference(preference, false)),
        _ => Service::NickServ.tell(vec!["It is either on or off".into()]),
    }
}

fn recover(_: &Requester<'_>, words: &[&str]) -> Step {
    Step::Do(Change::Recover(words[0].into()))
}

fn drop(_: &Requester<'_>, words: &[&str]) -> Step {
    Step::Do(Change::DropAccount(words[0].into()))
}

fn info(_: &Requester<'_>, words: &[&str]) -> Step {
    Step::Ask(Question::Account(words.first().map(|word| (*word).into())))
}

fn cert(who: &Requester<'_>, words: &[&str]) -> Step {
    // Fingerprints may be written with colons, as OpenSSL shows them.
    let given = words
        .get(1)
        .map(|word| word.replace(':', "").to_ascii_lowercase());
    let fingerprint = given.map(Name::from);
    match words[0].to_ascii_uppercase().as_str() {
        "LIST" => Step::Ask(Question::Account(None)),
        // Without a fingerprint, the certificate of this connection is added.
        "ADD" => match fingerprint.or_else(|| who.certificate.clone()) {
            Some(fingerprint) if is_fingerprint(&fingerprint) => {
                Step::Do(Change::Certificate(fingerprint, true))
            }
            Some(_) => {
                Service::NickServ.tell(vec!["A fingerprint is SHA-256 in hexadecimal".into()])
            }
            None => Service::NickServ.tell(vec![
                "This connection shows no certificate; name its SHA-256 fingerprint".into(),
            ]),
        },
        "DEL" => match fingerprint {
            Some(fingerprint) => Step::Do(Change::Certificate(fingerprint, false)),
            None => Service::NickServ.tell(vec!["Usage: CERT DEL fingerprint".into()]),
        },
        _ => Service::NickServ.tell(vec!["There are CERT ADD, CERT DEL and CERT LIST".into()]),
    }
}

/// Returns whether a text is a SHA-256 fingerprint in hexadecimal.
fn is_fingerprint(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Returns the text of a reply of the core.
pub(super) fn lines(reply: &Reply) -> Vec<String> {
    match reply {
        Reply::Account(AccountReply::VerificationRequired(name)) => vec![format!(
            "A code was sent to you by mail; VERIFY {name} and the code makes the account"
        )],
        Reply::Account(AccountReply::AccountCreated(_, false)) => vec!["Account created".into()],
        Reply::Account(AccountReply::AccountCreated(name, true)) => vec![format!("Account {name} created")],
        Reply::Account(AccountReply::LoggedIn { account, .. }) => vec![format!("You're now logged in as {account}")],
        Reply::Account(AccountReply::LoggedOut) => vec!["You're logged out".into()],
        Reply::Account(AccountReply::PasswordSet(_)) => vec!["Your password is changed".into()],
        Reply::Account(AccountReply::PreferenceSet(Preference::AlwaysOn, true)) => vec![
            "You stay here from now on when your last connection ends, also when the server starts again".into(),
        ],
        Reply::Account(AccountReply::PreferenceSet(Preference::AlwaysOn, false)) => {
            vec!["You are gone when your last connection ends".into()]
        }
        Reply::Account(AccountReply::PreferenceSet(Preference::Multiclient, true)) => {
            vec!["Several connections may be you".into()]
        }
        Reply::Account(AccountReply::PreferenceSet(Preference::Multiclient, false)) => {
            vec!["One connection at a time is you, and you do not stay without one".into()]
        }
        Reply::Account(AccountReply::CertificateSet(_, true)) => {
            vec!["The certificate stands for your account now".into()]
        }
        Reply::Account(AccountReply::CertificateSet(_, false)) => {
            vec!["The certificate stands for your account no more".into()]
        }
        Reply::Account(AccountReply::AccountDropped(name)) => vec![format!("The account {name} was deleted")],
        Reply::Account(AccountReply::Recovered(nick)) => vec![format!("{nick} is free; NICK {nick} gives it to you")],
        Reply::Account(AccountReply::Account {
            name,
            created,
            certificates,
            preferences,
        }) => {
            let since = time::format(created.0);
            let mut lines = vec![format!("Account {name}, registered {since}")];
            if let Some((always_on, multiclient)) = preferences {
                let on = |on: &bool| if *on { "on" } else { "off" };
                lines.push(format!(
                    "ALWAYS-ON is {}, MULTICLIENT is {}",
                    on(always_on),
                    on(multiclient)
                ));
            }
            for fingerprint in certificates.iter().flatten() {
                lines.push(format!("Certificate {fingerprint}"));
            }
            lines
        }
        Reply::Refused(_) | Reply::Passed | Reply::Session(_) | Reply::Channel(_) | Reply::User(_) | Reply::History(_) | Reply::Metadata(_) | Reply::Account(_) | Reply::Ownership(_) | Reply::Admin(_) => Vec::new(),
    }
}

/// Writes the numerics that accompany a login or logout.
pub(super) fn follow(door: &IrcDoor, cx: &mut Context, reply: &Reply) {
    if matches!(
        reply,
        Reply::Account(AccountReply::LoggedOut) | Reply::Account(AccountReply::AccountDropped(_))
    ) {
        door.logged_out(cx);
    }
    // An account created for somebody else (`true`) logs nobody in.
    if let (
        Reply::Account(AccountReply::LoggedIn { account, .. })
        | Reply::Account(AccountReply::AccountCreated(account, false)),
        Some(profile),
    ) = (reply, &door.profile)
    {
        let source = profile.source.clone();
        door.logged_in(cx, account, Some(&source));
    }
}
