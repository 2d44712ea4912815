//! Refusals as sentences, the same wherever a door or a service has none of its own.

use irc_wire::{text, time};
use parlour_core::error::{
    AcceptError, AccountError, AuthError, BanError, ChannelError, HistoryError, HookError,
    JoinError, MessageError, MetadataError, ModeError, NameError, OwnershipError, RedactError,
};
use parlour_core::{Refusal, Time};

/// Most bytes of a name that somebody typed in a sentence.
const NAME_BYTES: usize = 64;

/// Announcement when the store cannot be written.
pub(crate) const STORE_UNWRITABLE: &str =
    "The server cannot write to its disk now. What you say waits until it can; nothing is lost.";

/// Refusal of a node that is cut off.
pub(crate) const CUT_OFF: &str =
    "This server is cut off from the others and can change nothing; try again in a moment";

/// Announcement when a node has been cut off for a while.
pub(crate) const CUT_OFF_FOR_NOW: &str = "This server is cut off from the others. Until it reaches them again, it shows what it has and takes nothing new.";

/// Announcement when it is not any more.
pub(crate) const NOT_CUT_OFF_ANY_MORE: &str = "This server reaches the others again.";

/// Answer to a change that was on its way when a node was cut off.
pub(crate) const UNCONFIRMED: &str =
    "This server has lost the others while that was on its way: it shows later if it counts";

/// Returns the sentence for a refusal, without a full stop.
pub fn describe(refusal: &Refusal) -> String {
    match refusal {
        Refusal::AlreadyRegistered => "You have a nickname already".into(),
        Refusal::NoPrivileges => "Only server operators with that privilege may do that".into(),
        Refusal::CutOff => CUT_OFF.into(),
        Refusal::Unconfirmed => UNCONFIRMED.into(),
        Refusal::Name(error) => name(error),
        Refusal::Channel(error) => channel(error),
        Refusal::Join(error) => join(error),
        Refusal::Mode(error) => mode(error),
        Refusal::Message(error) => message(error),
        Refusal::Auth(error) => auth(error),
        Refusal::Account(error) => account(error),
        Refusal::Ownership(error) => ownership(error),
        Refusal::Ban(error) => ban(error),
        Refusal::Hook(error) => hook(error),
        Refusal::History(error) => history(error),
        Refusal::Redact(error) => redact(error),
        Refusal::Metadata(error) => metadata(error),
        Refusal::Accept(error) => accept(error),
    }
}

fn cut(name: &str) -> &str {
    text::cut(name, NAME_BYTES)
}

/// Returns a sentence with the end of a ban and its reason.
pub fn with_reason_and_end(what: &str, reason: &str, until: Option<Time>) -> String {
    let mut text = what.to_owned();
    if let Some(until) = until {
        text.push_str(&format!(" until {}", time::format(until.0)));
    }
    if !reason.is_empty() {
        text.push_str(&format!(": {reason}"));
    }
    text
}

fn name(error: &NameError) -> String {
    match error {
        NameError::NickInUse(nick) => format!("The nickname {} is in use", cut(nick)),
        NameError::BadNick(nick, _) => format!("{} cannot be a nickname", cut(nick)),
        NameError::NickReserved(nick) => format!("{} belongs to an account", cut(nick)),
        NameError::NoSuchNick(nick) => format!("Nobody goes by {}", cut(nick)),
        NameError::NoSuchServer(name) => format!("There is no server {}", cut(name)),
        NameError::BannedNick(channel) => {
            format!("Your nickname cannot change while you are banned in {channel}")
        }
        NameError::NickAlwaysOn(nick) => format!(
            "{nick} stays here without a connection (ALWAYS-ON); connect with SASL and you are {nick}"
        ),
        NameError::NotYourNick(nick) => format!("{nick} is not your account's nick"),
        NameError::BadRealName => "A real name is one line of at most 150 bytes".into(),
    }
}

fn channel(error: &ChannelError) -> String {
    match error {
        ChannelError::NoSuchChannel(name) => format!("There is no channel {}", cut(name)),
        ChannelError::BadChannelName(name) => format!("{} cannot be a channel", cut(name)),
        ChannelError::NotOnChannel(name) => format!("You are not in {name}"),
        ChannelError::UserNotOnChannel(nick, name) => format!("{nick} is not in {name}"),
        ChannelError::AlreadyOnChannel(nick, name) => format!("{nick} is in {name} already"),
        ChannelError::OpNeeded(name) => format!("Only an operator of {name} may do that"),
        ChannelError::CannotRename(old, new) => format!("{old} cannot be renamed to {new}"),
        ChannelError::RenameInUse(_, new) => format!("There is a channel {new} already"),
    }
}

fn join(error: &JoinError) -> String {
    match error {
        JoinError::Banned(name) => format!("You are banned from {name}"),
        JoinError::InviteOnly(name) => format!("{name} is invite-only"),
        JoinError::WrongKey(name) => format!("{name} needs its key"),
        JoinError::Full(name) => format!("{name} is full"),
        JoinError::TooManyChannels(_) => "You are in too many channels".into(),
        JoinError::RegisteredOnly(name) => format!("{name} is for users with an account"),
        JoinError::KnockInside(name) => format!("You are in {name} already"),
        JoinError::ChannelOpen(name) => format!("{name} is open"),
        JoinError::KnockedAlready(_) => "Too many knocks; wait a minute".into(),
        JoinError::CannotKnock(name) => format!("You cannot knock on {name}"),
    }
}

fn mode(error: &ModeError) -> String {
    match error {
        ModeError::ListFull(name, ..) => format!("That list of {name} is full"),
        ModeError::BadKey(_) => "A key is one word of at most 32 bytes, without commas".into(),
        ModeError::NotYourModes => "You can see and change your own modes only".into(),
        ModeError::BadForward(..) => {
            "Only a channel that is there and is another one can be forwarded to".into()
        }
        ModeError::BadMask(..) => "An extended ban needs something behind its colon".into(),
    }
}

fn message(error: &MessageError) -> String {
    match error {
        MessageError::CannotSend(name, _) => format!("You cannot send to {name}"),
        MessageError::NeedsAccount(nick) => {
            format!("{nick} takes private messages only from users with an account")
        }
        MessageError::NoCtcp(nick) => format!("{nick} takes no CTCP"),
        MessageError::Muted(_, reason, until) => {
            with_reason_and_end("You are muted on this server", reason, *until)
        }
        MessageError::BadRelayNick(_, nick) => format!("{} cannot be relayed as", cut(nick)),
        MessageError::MayNotRelay(name) => format!("Only operators of {name} relay into it"),
    }
}

fn auth(error: &AuthError) -> String {
    match error {
        AuthError::WrongPassword => "Password incorrect".into(),
        AuthError::InsecurePassword => {
            "Passwords are not taken over a connection that others can read; use TLS".into()
        }
        AuthError::TooManyPasswords => "Too many wrong passwords; try again in a minute".into(),
        AuthError::PasswordsBusy => "Too much at once; try again in a moment".into(),
        AuthError::LoginFailed => "Password incorrect, or there is no such account".into(),
        AuthError::NotLoggedIn => "You're not logged in".into(),
        AuthError::LoggedInAlready(name) => format!("You're logged in as {name} already"),
        AuthError::Suspended(reason, until) => {
            with_reason_and_end("That account is suspended", reason, *until)
        }
        AuthError::NoOperHost => "There is no such operator, or not from your host".into(),
        AuthError::OperHasSeveralSessions => {
            "You are here by several connections; an operator is here by one".into()
        }
        AuthError::TooManySessions => {
            "You have too many connections already; close one first".into()
        }
    }
}

fn account(error: &AccountError) -> String {
    match error {
        AccountError::NeedNick => "Say which nick you want first".into(),
        AccountError::AccountExists(name) => {
            format!("{name} is registered already, or somebody goes by it")
        }
        AccountError::BadAccountName(name) => format!("{name} cannot be an account's name"),
        AccountError::AccountMustBeNick(_) => {
            "Here an account is called as its owner's nick".into()
        }
        AccountError::RegistrationClosed(_) => {
            "Accounts cannot be registered here; ask an operator".into()
        }
        AccountError::ConnectFirst(_) => "Complete your connection first, then register".into(),
        AccountError::WeakPassword(least) => {
            format!("A password needs at least {least} characters")
        }
        AccountError::BadPassword => "A password has at most 600 bytes, none of them NUL".into(),
        AccountError::NoSuchAccount(name) => format!("There is no account {}", cut(name)),
        AccountError::CertificateTaken => {
            "That certificate stands for an account already, or yours has enough".into()
        }
        AccountError::NoCertificate => "That certificate does not stand for your account".into(),
        AccountError::BadMail(_) => {
            "Accounts need a mail address here: REGISTER password you@example.org".into()
        }
        AccountError::MailRefused => "No mail is taken for that address; check it".into(),
        AccountError::MailUnavailable => {
            "No mail can be sent at the moment; try again later".into()
        }
        AccountError::WrongCode(_) => {
            "That is not the code, or it is too late; register again".into()
        }
        AccountError::NotPossible(_) => "This server does not let you".into(),
        AccountError::NeedsMulticlient => "MULTICLIENT is off; switch it on first".into(),
    }
}

fn ownership(error: &OwnershipError) -> String {
    match error {
        OwnershipError::ChannelsClosed => {
            "Channels cannot be registered here; ask an operator".into()
        }
        OwnershipError::CannotOwn(name) => format!("{name} is everybody's"),
        OwnershipError::ChannelAlreadyRegistered(name) => format!("{name} is registered already"),
        OwnershipError::ChannelNotRegistered(name) => format!("{name} is not registered"),
        OwnershipError::TooManyOwned => "That account has as many channels as it may have".into(),
        OwnershipError::NotFounder(name) => format!("Only the founder of {name} may do that"),
        OwnershipError::AccessFull(name) => format!("No more accounts can have flags in {name}"),
        OwnershipError::RankAlready(nick, name) => {
            format!("{nick} has that rank in {name} already")
        }
        OwnershipError::IsFounder(account, name) => format!("{account} is the founder of {name}"),
    }
}

fn ban(error: &BanError) -> String {
    match error {
        BanError::ServerBanned(reason, until) => {
            with_reason_and_end("You are banned from this server", reason, *until)
        }
        BanError::BadBan(target) => format!(
            "{} means nobody, or too many: name an account, an address, a network of at least /8, or a mask",
            cut(target)
        ),
        BanError::NoSuchBan(target) => format!("{} is not banned", cut(target)),
        BanError::BansFull => "There are as many bans as there may be".into(),
    }
}

fn hook(error: &HookError) -> String {
    match error {
        HookError::BadName(name) => format!("{} cannot be the name of a hook", cut(name)),
        HookError::NameTaken(name) => {
            format!("{} is the name of a user, an account or a hook", cut(name))
        }
        HookError::TooMany => "There are as many hooks as there may be".into(),
        HookError::NoSuchHook(name) => format!("There is no hook {}", cut(name)),
        HookError::NoSuchToken => "No hook has this token".into(),
    }
}

fn history(error: &HistoryError) -> String {
    match error {
        HistoryError::NoHistory(_, name) => {
            format!("There is no history of {} that you may read", cut(name))
        }
        HistoryError::HistoryFailed(..)
        | HistoryError::ConversationsFailed
        | HistoryError::ReplayFailed => "Messages could not be read; try again".into(),
        HistoryError::TooManyMarkers(_) => "There are too many read markers already".into(),
        HistoryError::NoSearch(name) => {
            format!("There is nothing called {} that you may read", cut(name))
        }
        HistoryError::TooManyTerms => "Those are too many words: at most 20 at once".into(),
        HistoryError::NothingToSearch => "There is no word in it that could be found".into(),
        HistoryError::SearchFailed => "The search could not be run, or took too long".into(),
    }
}

fn redact(error: &RedactError) -> String {
    match error {
        RedactError::NoSuchMessage(_) => "There is no such message".into(),
        RedactError::NotYourMessage(_) => "You may delete your own messages only".into(),
        RedactError::TooOld(..) => "The message is too old to be deleted".into(),
        RedactError::NoRedactTarget(target) => {
            format!("You cannot delete messages in {}", cut(target))
        }
    }
}

fn metadata(error: &MetadataError) -> String {
    match error {
        MetadataError::NoMetadataTarget(target) => {
            format!("There is no {}, or it is not yours to look at", cut(target))
        }
        MetadataError::NoMetadataRight(target, _) => {
            format!("You may not set metadata of {}", cut(target))
        }
        MetadataError::BadMetadataKey(key) | MetadataError::BadSubscription(key) => {
            format!("{} cannot be a metadata key", cut(key))
        }
        MetadataError::BadMetadataValue(key) => format!("The value of {key} is too long"),
        MetadataError::MetadataFull(target, most) => {
            format!("{target} has {most} metadata keys, the most there can be")
        }
        MetadataError::TooManySubscriptions(_, most) => {
            format!("You subscribe to {most} metadata keys, the most there can be")
        }
    }
}

fn accept(error: &AcceptError) -> String {
    match error {
        AcceptError::AcceptedAlready(nick) => format!("{nick} is on your accept list already"),
        AcceptError::NotAccepted(nick) => format!("{nick} is not on your accept list"),
        AcceptError::AcceptFull => "Your accept list is full".into(),
    }
}
