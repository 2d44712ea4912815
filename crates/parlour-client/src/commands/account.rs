//! Accounts: registration, login, logout and password change, without showing passwords.

use super::usage;
use crate::app::App;
use crate::app::password_form::Purpose;

pub(super) fn login(app: &mut App, account: &str) {
    if account.contains(char::is_whitespace) {
        return app.report_error("The password is asked for: /login, or /login account.");
    }
    let account = match account {
        "" => app.model.nick().to_string(),
        account => account.to_owned(),
    };
    app.ask_secret(Purpose::Login(account));
}

pub(super) fn register(app: &mut App, arguments: &str) {
    let mut words = arguments.split_whitespace();
    let mail = words.next().map(str::to_owned);
    if words.next().is_some() || mail.as_deref().is_some_and(|mail| !mail.contains('@')) {
        return app.report_error(
            "Usage: /register, or /register you@example.org where the server asks for a mail address. The password is asked for.",
        );
    }
    if mail.is_none() && app.session().wants_mail() {
        return app.report_error("This server wants a mail address: /register you@example.org");
    }
    let nick = app.model.nick().to_string();
    app.ask_secret(Purpose::Register(nick, mail));
}

pub(super) fn verify(app: &mut App, code: &str) {
    if code.is_empty() || code.contains(char::is_whitespace) {
        return usage(app, "verify");
    }
    let net = app.net();
    let account = app.nets[net].unkept_account().map(str::to_owned);
    // The account being registered; the nick may have changed since.
    let account = account.unwrap_or_else(|| app.model.nick().to_string());
    app.request(|session| session.verify_account(&account, code));
}

pub(super) fn logout(app: &mut App, _: &str) {
    if app.model.network().account.is_none() {
        return app.report_error("You are not logged in.");
    }
    app.request(|session| session.tell_nickserv("LOGOUT"));
}

pub(super) fn passwd(app: &mut App, arguments: &str) {
    if !arguments.is_empty() {
        return app.report_error("The passwords are asked for: /passwd alone.");
    }
    if app.model.network().account.is_none() {
        return app.report_error("You are not logged in; /login first.");
    }
    app.ask_secret(Purpose::Change);
}
