//! Refusals as sentences of `parlour admin`.

use parlour_core::Refusal;
use parlour_core::error::{
    AccountError, AuthError, BanError, ChannelError, NameError, OwnershipError,
};
use parlour_doors::error_text::describe;

/// Returns a refusal as a sentence.
pub(super) fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Name(error) => name(error),
        Refusal::Channel(error) => channel(error),
        Refusal::Auth(error) => auth(error),
        Refusal::Account(error) => account(error),
        Refusal::Ownership(error) => ownership(error),
        Refusal::Ban(error) => ban(error),
        Refusal::AlreadyRegistered
        | Refusal::NoPrivileges
        | Refusal::CutOff
        | Refusal::Unconfirmed
        | Refusal::Join(_)
        | Refusal::Hook(_)
        | Refusal::Mode(_)
        | Refusal::Message(_)
        | Refusal::History(_)
        | Refusal::Redact(_)
        | Refusal::Metadata(_)
        | Refusal::Accept(_) => sentence(refusal),
    }
}

fn name(error: &NameError) -> String {
    match error {
        NameError::NoSuchNick(nick) => {
            format!("Nobody is called {nick}; who shows who is here.")
        }
        NameError::NickInUse(_)
        | NameError::BadNick(..)
        | NameError::NickReserved(_)
        | NameError::NoSuchServer(_)
        | NameError::BannedNick(_)
        | NameError::NickAlwaysOn(_)
        | NameError::NotYourNick(_)
        | NameError::BadRealName => sentence(&error.clone().into()),
    }
}

fn channel(error: &ChannelError) -> String {
    match error {
        ChannelError::NoSuchChannel(name) => {
            format!("There is no channel {name}; channel list shows them.")
        }
        ChannelError::UserNotOnChannel(nick, channel) => {
            format!("{nick} is not in {channel}.")
        }
        ChannelError::BadChannelName(_)
        | ChannelError::NotOnChannel(_)
        | ChannelError::AlreadyOnChannel(..)
        | ChannelError::OpNeeded(_)
        | ChannelError::CannotRename(..)
        | ChannelError::RenameInUse(..) => sentence(&error.clone().into()),
    }
}

fn auth(error: &AuthError) -> String {
    match error {
        AuthError::PasswordsBusy => {
            "Too many passwords are being hashed; try again in a moment.".into()
        }
        AuthError::Suspended(..) => {
            "An account of that name is suspended; remove the ban first.".into()
        }
        AuthError::WrongPassword
        | AuthError::InsecurePassword
        | AuthError::TooManyPasswords
        | AuthError::LoginFailed
        | AuthError::NotLoggedIn
        | AuthError::LoggedInAlready(_)
        | AuthError::NoOperHost
        | AuthError::OperHasSeveralSessions
        | AuthError::TooManySessions => sentence(&error.clone().into()),
    }
}

fn account(error: &AccountError) -> String {
    match error {
        AccountError::AccountExists(name) => format!(
            "{name} cannot be made: there is an account of that name or of one that looks like it."
        ),
        AccountError::BadAccountName(name) => {
            format!("{name} cannot be the name of an account.")
        }
        AccountError::WeakPassword(least) => {
            format!("A password needs at least {least} characters.")
        }
        AccountError::BadPassword => {
            "A password has at most 600 bytes, without NUL and line ends.".into()
        }
        AccountError::NoSuchAccount(name) => format!(
            "There is no account {name}. A ban of a nick is written {name}!*@*; account list shows the accounts."
        ),
        AccountError::NeedNick
        | AccountError::AccountMustBeNick(_)
        | AccountError::RegistrationClosed(_)
        | AccountError::ConnectFirst(_)
        | AccountError::CertificateTaken
        | AccountError::NoCertificate
        | AccountError::BadMail(_)
        | AccountError::MailRefused
        | AccountError::MailUnavailable
        | AccountError::WrongCode(_)
        | AccountError::NotPossible(_)
        | AccountError::NeedsMulticlient => sentence(&error.clone().into()),
    }
}

fn ownership(error: &OwnershipError) -> String {
    match error {
        OwnershipError::ChannelNotRegistered(name) => {
            format!("{name} belongs to no account.")
        }
        OwnershipError::ChannelsClosed
        | OwnershipError::CannotOwn(_)
        | OwnershipError::ChannelAlreadyRegistered(_)
        | OwnershipError::TooManyOwned
        | OwnershipError::NotFounder(_)
        | OwnershipError::AccessFull(_)
        | OwnershipError::RankAlready(..)
        | OwnershipError::IsFounder(..) => sentence(&error.clone().into()),
    }
}

fn ban(error: &BanError) -> String {
    match error {
        BanError::BadBan(target) => format!(
            "{target} means nobody, or too many: name an account, an address, a network of at least /8, or a mask like nick!*@*."
        ),
        BanError::NoSuchBan(target) => {
            format!("{target} is not banned; ban list shows who is.")
        }
        BanError::BansFull => "There are as many bans as there may be; remove some.".into(),
        BanError::ServerBanned(..) => sentence(&error.clone().into()),
    }
}

/// Returns the sentence that all doors have for a refusal.
fn sentence(refusal: &Refusal) -> String {
    format!("{}.", describe(refusal))
}
