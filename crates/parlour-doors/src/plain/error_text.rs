//! Text of refusals: sentences that say what to do.

use irc_wire::time;
use parlour_core::error::{
    AccountError, AuthError, BanError, ChannelError, HistoryError, JoinError, MessageError,
    ModeError, NameError, SendError,
};
use parlour_core::names::NickError;
use parlour_core::{Refusal, Time};

use crate::error_text::describe;

/// Returns the sentence for an invalid nickname.
pub(super) fn bad_nick(why: NickError) -> &'static str {
    match why {
        NickError::Empty => "A nickname needs at least one letter.",
        NickError::TooLong => "That nickname is too long; try a shorter one.",
        NickError::BadStart => "A nickname cannot begin with a digit or a hyphen; try another.",
        NickError::BadCharacter => {
            "A nickname holds letters, digits and -_[]\\`^{}| only, no spaces; try another."
        }
        NickError::Reserved => "That nickname is kept for the server itself; try another.",
    }
}

/// Returns the sentence for a refusal.
pub(super) fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::AlreadyRegistered => "You have a nickname already; /nick changes it.".into(),
        Refusal::Name(error) => name(error),
        Refusal::Channel(error) => channel(error),
        Refusal::Join(error) => join(error),
        Refusal::Mode(error) => mode(error),
        Refusal::Message(error) => message(error),
        Refusal::Auth(error) => auth(error),
        Refusal::Account(error) => account(error),
        Refusal::Ban(error) => ban(error),
        Refusal::History(error) => history(error),
        Refusal::NoPrivileges
        | Refusal::CutOff
        | Refusal::Unconfirmed
        | Refusal::Ownership(_)
        | Refusal::Hook(_)
        | Refusal::Redact(_)
        | Refusal::Metadata(_)
        | Refusal::Accept(_) => sentence(refusal),
    }
}

fn name(error: &NameError) -> String {
    match error {
        NameError::NickInUse(nick) => {
            format!("The nickname {nick} is taken; try another.")
        }
        NameError::BadNick(_, why) => bad_nick(*why).into(),
        NameError::NickReserved(nick) => format!(
            "The nickname {nick} belongs to an account. Give its password, or press Enter for another nickname."
        ),
        NameError::NoSuchNick(nick) => format!(
            "Nobody here is called {}. /online tells who is here.",
            safe(nick)
        ),
        NameError::BannedNick(channel) => {
            format!("You may not change your nickname while you are banned in {channel}.")
        }
        NameError::NoSuchServer(_)
        | NameError::NickAlwaysOn(_)
        | NameError::NotYourNick(_)
        | NameError::BadRealName => sentence(&error.clone().into()),
    }
}

fn channel(error: &ChannelError) -> String {
    match error {
        ChannelError::NoSuchChannel(name) => {
            format!("There is no room {}. /rooms lists them.", safe(name))
        }
        ChannelError::BadChannelName(name) => {
            format!(
                "{} cannot be a room: it is # and a name of at most 63 bytes without spaces and commas.",
                safe(name)
            )
        }
        ChannelError::NotOnChannel(name) => format!("You are not in {name}."),
        ChannelError::UserNotOnChannel(nick, name) => {
            format!("{nick} is not in {name}.")
        }
        ChannelError::AlreadyOnChannel(nick, name) => {
            format!("{nick} is in {name} already.")
        }
        ChannelError::OpNeeded(name) => {
            format!("Only an operator of {name} may do that.")
        }
        ChannelError::CannotRename(..) | ChannelError::RenameInUse(..) => {
            sentence(&error.clone().into())
        }
    }
}

fn join(error: &JoinError) -> String {
    match error {
        JoinError::Banned(name) => format!("You are banned from {name}."),
        JoinError::InviteOnly(name) => format!("{name} is for those who are invited."),
        JoinError::WrongKey(name) => format!("{name} needs its key: /join {name} key"),
        JoinError::Full(name) => format!("{name} is full."),
        JoinError::TooManyChannels(_) => "You are in too many rooms; /part one first.".into(),
        JoinError::RegisteredOnly(name) => format!("{name} is for those with an account."),
        JoinError::KnockInside(_)
        | JoinError::ChannelOpen(_)
        | JoinError::KnockedAlready(_)
        | JoinError::CannotKnock(_) => sentence(&error.clone().into()),
    }
}

fn mode(error: &ModeError) -> String {
    match error {
        ModeError::ListFull(name, _, _) => format!("That list of {name} is full."),
        ModeError::BadKey(_) => "A key is one word without commas.".into(),
        ModeError::NotYourModes => "You can change your own modes only.".into(),
        ModeError::BadForward(..) | ModeError::BadMask(..) => sentence(&error.clone().into()),
    }
}

fn message(error: &MessageError) -> String {
    match error {
        MessageError::CannotSend(name, fault) => cannot_send(name, fault),
        MessageError::NeedsAccount(nick) => {
            format!("{nick} takes messages only from those with an account.")
        }
        MessageError::NoCtcp(nick) => format!("{nick} takes no CTCP."),
        MessageError::Muted(_, reason, until) => {
            ban_text("You are muted on this server", reason, *until)
        }
        MessageError::BadRelayNick(..) | MessageError::MayNotRelay(_) => {
            sentence(&error.clone().into())
        }
    }
}

fn auth(error: &AuthError) -> String {
    match error {
        AuthError::WrongPassword => "That is not the password.".into(),
        AuthError::InsecurePassword => {
            "Passwords are not taken over a connection that others can read; use TLS.".into()
        }
        AuthError::TooManyPasswords => "Too many wrong passwords; try again in a minute.".into(),
        AuthError::PasswordsBusy => {
            "Too many passwords are being checked just now; try again in a moment.".into()
        }
        AuthError::LoginFailed => "Wrong account or password.".into(),
        AuthError::NotLoggedIn => "You are not logged in. /login does that.".into(),
        AuthError::LoggedInAlready(name) => {
            format!("You are logged in as {name} already.")
        }
        AuthError::Suspended(reason, until) => {
            ban_text("That account is suspended", reason, *until)
        }
        AuthError::TooManySessions => {
            "You have too many connections already; close one first.".into()
        }
        AuthError::NoOperHost | AuthError::OperHasSeveralSessions => {
            sentence(&error.clone().into())
        }
    }
}

fn account(error: &AccountError) -> String {
    match error {
        AccountError::AccountExists(name) => {
            format!("The account {name} is somebody else's.")
        }
        AccountError::BadAccountName(name) => format!("{name} cannot be an account."),
        AccountError::RegistrationClosed(_) => "Nobody can register here; ask an operator.".into(),
        AccountError::WeakPassword(least) => {
            format!("A password needs at least {least} characters.")
        }
        AccountError::BadPassword => "A password has at most 600 bytes, none of them NUL.".into(),
        AccountError::BadMail(_) => {
            "Accounts need a mail address here: /register you@example.org password".into()
        }
        AccountError::MailRefused => "No mail is taken for that address; check it.".into(),
        AccountError::MailUnavailable => {
            "No mail can be sent at the moment; try again later.".into()
        }
        AccountError::WrongCode(_) => {
            "That is not the code, or it is too late; register again.".into()
        }
        AccountError::NeedNick
        | AccountError::AccountMustBeNick(_)
        | AccountError::ConnectFirst(_)
        | AccountError::NoSuchAccount(_)
        | AccountError::CertificateTaken
        | AccountError::NoCertificate
        | AccountError::NotPossible(_)
        | AccountError::NeedsMulticlient => sentence(&error.clone().into()),
    }
}

fn ban(error: &BanError) -> String {
    match error {
        BanError::ServerBanned(reason, until) => {
            ban_text("You are banned from this server", reason, *until)
        }
        BanError::BadBan(_) | BanError::NoSuchBan(_) | BanError::BansFull => {
            sentence(&error.clone().into())
        }
    }
}

fn history(error: &HistoryError) -> String {
    match error {
        HistoryError::NoHistory(_, name) => {
            format!("You may not read what was said in {}.", safe(name))
        }
        HistoryError::HistoryFailed(..)
        | HistoryError::ConversationsFailed
        | HistoryError::ReplayFailed => "The history could not be read just now; try again.".into(),
        HistoryError::NoSearch(name) => {
            format!("There is nothing called {} that you may read.", safe(name))
        }
        HistoryError::TooManyTerms => "Those are too many words: search for 20 at most.".into(),
        HistoryError::NothingToSearch => "There is no word in it to search for.".into(),
        HistoryError::SearchFailed => {
            "The search took too long, or could not be run; look for less.".into()
        }
        HistoryError::TooManyMarkers(_) => sentence(&error.clone().into()),
    }
}

fn cannot_send(name: &str, fault: &SendError) -> String {
    let why = match fault {
        SendError::Outside => "only those in it may speak".into(),
        SendError::Moderated => "it is moderated, and you have no voice".into(),
        SendError::Banned => "you are banned".into(),
        SendError::Ctcp => "it takes no CTCP".into(),
        SendError::Unregistered => "only those with an account may speak".into(),
        SendError::Slow(ms) => {
            let seconds = ms.div_ceil(1000);
            format!("it is slow, and you may speak again in {seconds} s")
        }
    };
    format!("That was not sent to {name}: {why}.")
}

fn ban_text(what: &str, reason: &str, until: Option<Time>) -> String {
    let until = until.map(|until| format!(" until {}", time::format(until.0)));
    let reason = irc_wire::terminal::neutralise(reason);
    let colon = if reason.is_empty() { "" } else { ": " };
    format!("{what}{}{colon}{reason}.", until.unwrap_or_default())
}

fn safe(text: &str) -> String {
    irc_wire::terminal::neutralise(irc_wire::text::cut(text, 64)).into_owned()
}

/// Returns the sentence that all doors have for a refusal.
fn sentence(refusal: &Refusal) -> String {
    let text = describe(refusal);
    format!("{}.", irc_wire::terminal::neutralise(&text))
}
