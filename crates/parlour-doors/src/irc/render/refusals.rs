//! Refusals as numerics and standard replies, a table for each kind of error.

use irc_wire::numerics as n;
use parlour_core::Refusal;
use parlour_core::error::{
    AcceptError, AccountError, AuthError, BanError, ChannelError, HistoryError, JoinError,
    MessageError, MetadataError, ModeError, NameError, OwnershipError, RedactError, SendError,
};
use parlour_core::history::Selector;

use super::moderation::{banned, muted};
use crate::error_text;
use crate::irc::error_reply::{ErrorReply, bad_nick, nick_reserved};
use crate::irc::modes::list_letter;

const INSECURE_PASSWORD: &str =
    "Passwords are not taken over a connection that others can read; use TLS";
const TOO_MANY_PASSWORDS: &str = "Too many wrong passwords; try again in a minute";
const PASSWORDS_BUSY: &str = "Too many passwords are being checked; try again in a moment";

/// Returns the text for a registration refused because of a password; none for other refusals.
pub(in crate::irc) fn password_refusal(refusal: &Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::Auth(AuthError::WrongPassword) => Some("Password incorrect"),
        Refusal::Auth(AuthError::InsecurePassword) => Some(INSECURE_PASSWORD),
        Refusal::Auth(AuthError::TooManyPasswords) => Some(TOO_MANY_PASSWORDS),
        Refusal::Auth(AuthError::PasswordsBusy) => Some(PASSWORDS_BUSY),
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
        | Refusal::NoPrivileges
        | Refusal::CutOff
        | Refusal::Unconfirmed => None,
    }
}

/// Returns the numeric or standard reply for a refusal.
pub(super) fn complaint(refusal: &Refusal) -> ErrorReply {
    match refusal {
        Refusal::AlreadyRegistered => {
            ErrorReply::numeric(n::ERR_ALREADYREGISTERED, &[], "You may not reregister")
        }
        Refusal::NoPrivileges => ErrorReply::numeric(
            n::ERR_NOPRIVILEGES,
            &[],
            "Permission Denied- You're not an IRC operator with that privilege",
        ),
        Refusal::CutOff => ErrorReply::fail("*", "CUT_OFF", &[], error_text::CUT_OFF),
        Refusal::Unconfirmed => ErrorReply::fail("*", "UNCONFIRMED", &[], error_text::UNCONFIRMED),
        Refusal::Name(error) => name(error),
        Refusal::Channel(error) => channel(error),
        Refusal::Join(error) => join(error),
        Refusal::Mode(error) => mode(error),
        Refusal::Message(error) => message(error),
        Refusal::Auth(error) => auth(error),
        Refusal::Account(AccountError::NoSuchAccount(name)) => ErrorReply::fail(
            "UBAN",
            "NO_SUCH_ACCOUNT",
            &[name],
            "There is no account of that name; for a nick, write nick!*@*",
        ),
        Refusal::Account(_) | Refusal::Hook(_) => other(refusal),
        Refusal::Ownership(error) => ownership(error),
        Refusal::Ban(error) => ban(error),
        Refusal::History(error) => history(error),
        Refusal::Redact(error) => redact(error),
        Refusal::Metadata(error) => metadata(error),
        Refusal::Accept(error) => accept(error),
    }
}

/// Returns the reply for a refusal that only services give a text of its own.
fn other(refusal: &Refusal) -> ErrorReply {
    ErrorReply::numeric(n::ERR_UNKNOWNERROR, &["*"], &error_text::describe(refusal))
}

/// Form of a metadata key.
pub(super) const KEY_FORM: &str = "A key is up to 40 small letters, digits and _./- only";

/// Returns the reply for a refused nick or real name.
fn name(error: &NameError) -> ErrorReply {
    match error {
        NameError::NickInUse(nick) => {
            ErrorReply::numeric(n::ERR_NICKNAMEINUSE, &[nick], "Nickname is already in use")
        }
        NameError::BadNick(nick, why) => bad_nick(nick, *why),
        NameError::NickReserved(nick) => nick_reserved(nick),
        NameError::NoSuchNick(nick) => {
            ErrorReply::numeric(n::ERR_NOSUCHNICK, &[nick], "No such nick")
        }
        NameError::NoSuchServer(name) => {
            ErrorReply::numeric(n::ERR_NOSUCHSERVER, &[name], "No such server")
        }
        NameError::BannedNick(channel) => ErrorReply::numeric(
            n::ERR_BANNICKCHANGE,
            &[channel],
            "Cannot change nickname while banned on channel",
        ),
        NameError::BadRealName => ErrorReply::fail(
            "SETNAME",
            "INVALID_REALNAME",
            &[],
            "A real name is one line of at most 150 bytes",
        ),
        NameError::NickAlwaysOn(_) | NameError::NotYourNick(_) => other(&error.clone().into()),
    }
}

/// Returns the reply for a refused command on a channel.
fn channel(error: &ChannelError) -> ErrorReply {
    match error {
        ChannelError::NoSuchChannel(name) => {
            ErrorReply::numeric(n::ERR_NOSUCHCHANNEL, &[name], "No such channel")
        }
        ChannelError::BadChannelName(name) => {
            ErrorReply::numeric(n::ERR_NOSUCHCHANNEL, &[name], "Invalid channel name")
        }
        ChannelError::NotOnChannel(name) => {
            ErrorReply::numeric(n::ERR_NOTONCHANNEL, &[name], "You're not on that channel")
        }
        ChannelError::UserNotOnChannel(nick, name) => ErrorReply::numeric(
            n::ERR_USERNOTINCHANNEL,
            &[nick, name],
            "They aren't on that channel",
        ),
        ChannelError::AlreadyOnChannel(nick, name) => {
            ErrorReply::numeric(n::ERR_USERONCHANNEL, &[nick, name], "is already on channel")
        }
        ChannelError::OpNeeded(name) => ErrorReply::numeric(
            n::ERR_CHANOPRIVSNEEDED,
            &[name],
            "You're not a channel operator",
        ),
        ChannelError::CannotRename(old, new) => ErrorReply::fail(
            "RENAME",
            "CANNOT_RENAME",
            &[old, new],
            "The channel cannot be given that name",
        ),
        ChannelError::RenameInUse(old, new) => ErrorReply::fail(
            "RENAME",
            "CHANNEL_NAME_IN_USE",
            &[old, new],
            "Another channel has that name",
        ),
    }
}

/// Returns the reply for a refused JOIN or KNOCK.
fn join(error: &JoinError) -> ErrorReply {
    match error {
        JoinError::Banned(name) => {
            ErrorReply::numeric(n::ERR_BANNEDFROMCHAN, &[name], "Cannot join channel (+b)")
        }
        JoinError::InviteOnly(name) => {
            ErrorReply::numeric(n::ERR_INVITEONLYCHAN, &[name], "Cannot join channel (+i)")
        }
        JoinError::WrongKey(name) => {
            ErrorReply::numeric(n::ERR_BADCHANNELKEY, &[name], "Cannot join channel (+k)")
        }
        JoinError::Full(name) => {
            ErrorReply::numeric(n::ERR_CHANNELISFULL, &[name], "Cannot join channel (+l)")
        }
        JoinError::TooManyChannels(name) => ErrorReply::numeric(
            n::ERR_TOOMANYCHANNELS,
            &[name],
            "You have joined too many channels",
        ),
        JoinError::RegisteredOnly(name) => ErrorReply::numeric(
            n::ERR_NEEDREGGEDNICK,
            &[name],
            "Cannot join channel (+R): only users with an account do",
        ),
        JoinError::KnockInside(name) => ErrorReply::numeric(
            n::ERR_KNOCKONCHAN,
            &[name],
            "You are on that channel already.",
        ),
        JoinError::ChannelOpen(name) => {
            ErrorReply::numeric(n::ERR_CHANOPEN, &[name], "Channel is open.")
        }
        JoinError::KnockedAlready(name) => ErrorReply::numeric(
            n::ERR_TOOMANYKNOCK,
            &[name],
            "Too many KNOCKs; wait a minute (user).",
        ),
        JoinError::CannotKnock(name) => ErrorReply::numeric(
            n::ERR_CANNOTKNOCK,
            &[name],
            "Cannot knock on this channel: you are banned",
        ),
    }
}

/// Returns the reply for a refused mode change.
fn mode(error: &ModeError) -> ErrorReply {
    match error {
        ModeError::ListFull(name, kind, _) => {
            let letter = list_letter(*kind).to_string();
            ErrorReply::numeric(n::ERR_BANLISTFULL, &[name, &letter], "Channel list is full")
        }
        ModeError::BadKey(name) => ErrorReply::numeric(
            n::ERR_INVALIDMODEPARAM,
            &[name, "k", "*"],
            "A key is one word of at most 32 bytes, without commas",
        ),
        ModeError::NotYourModes => ErrorReply::numeric(
            n::ERR_USERSDONTMATCH,
            &[],
            "Cannot see or change modes of other users",
        ),
        ModeError::BadForward(name, target) => ErrorReply::numeric(
            n::ERR_INVALIDMODEPARAM,
            &[name, "f", target],
            "Only a channel that is there and is another one can be forwarded to",
        ),
        ModeError::BadMask(name, kind, mask) => ErrorReply::numeric(
            n::ERR_INVALIDMODEPARAM,
            &[name, &list_letter(*kind).to_string(), mask],
            "An extended ban needs something behind its colon",
        ),
    }
}

/// Returns the reply for a refused message.
fn message(error: &MessageError) -> ErrorReply {
    match error {
        MessageError::CannotSend(name, fault) => cannot_send(name, fault),
        MessageError::NeedsAccount(nick) => ErrorReply::numeric(
            n::ERR_NEEDREGGEDNICK,
            &[nick],
            "takes private messages only from users with an account (+R)",
        ),
        MessageError::NoCtcp(nick) => {
            ErrorReply::numeric(n::ERR_CANNOTSENDTOUSER, &[nick], "takes no CTCP (+T)")
        }
        MessageError::Muted(target, reason, until) => {
            let code = match target.starts_with('#') {
                true => n::ERR_CANNOTSENDTOCHAN,
                false => n::ERR_CANNOTSENDTOUSER,
            };
            ErrorReply::numeric(code, &[target], &muted(reason, *until))
        }
        MessageError::BadRelayNick(..) => ErrorReply::fail(
            "RELAYMSG",
            "INVALID_NICK",
            &[],
            "The name is two words with a / between them, of at most 64 bytes, without any of \
             !+%@&#$:'\"?*,. or space, and does not begin with a hyphen",
        ),
        MessageError::MayNotRelay(_) => ErrorReply::fail(
            "RELAYMSG",
            "PRIVS_NEEDED",
            &[],
            "Only operators of the channel relay into it",
        ),
    }
}

/// Returns the reply for a refused login or password.
fn auth(error: &AuthError) -> ErrorReply {
    match error {
        AuthError::WrongPassword => {
            ErrorReply::numeric(n::ERR_PASSWDMISMATCH, &[], "Password incorrect")
        }
        AuthError::InsecurePassword => {
            ErrorReply::numeric(n::ERR_PASSWDMISMATCH, &[], INSECURE_PASSWORD)
        }
        AuthError::TooManyPasswords => {
            ErrorReply::numeric(n::ERR_PASSWDMISMATCH, &[], TOO_MANY_PASSWORDS)
        }
        AuthError::PasswordsBusy => ErrorReply::numeric(n::ERR_PASSWDMISMATCH, &[], PASSWORDS_BUSY),
        AuthError::NoOperHost => {
            ErrorReply::numeric(n::ERR_NOOPERHOST, &[], "No O-lines for your host")
        }
        AuthError::OperHasSeveralSessions => ErrorReply::numeric(
            n::ERR_NOOPERHOST,
            &[],
            "You are here by several connections; an operator is here by one",
        ),
        AuthError::LoginFailed
        | AuthError::NotLoggedIn
        | AuthError::LoggedInAlready(_)
        | AuthError::Suspended(..)
        | AuthError::TooManySessions => other(&error.clone().into()),
    }
}

/// Returns the reply for a refused command on a registered channel.
fn ownership(error: &OwnershipError) -> ErrorReply {
    match error {
        OwnershipError::NotFounder(name) => ErrorReply::numeric(
            n::ERR_CHANOPRIVSNEEDED,
            &[name],
            "Only the founder of the channel may do that",
        ),
        OwnershipError::ChannelsClosed
        | OwnershipError::CannotOwn(_)
        | OwnershipError::ChannelAlreadyRegistered(_)
        | OwnershipError::ChannelNotRegistered(_)
        | OwnershipError::TooManyOwned
        | OwnershipError::AccessFull(_)
        | OwnershipError::RankAlready(..)
        | OwnershipError::IsFounder(..) => other(&error.clone().into()),
    }
}

/// Returns the reply for a refused UBAN, or a banned user.
fn ban(error: &BanError) -> ErrorReply {
    match error {
        BanError::ServerBanned(reason, until) => {
            ErrorReply::numeric(n::ERR_YOUREBANNEDCREEP, &[], &banned(reason, *until))
        }
        BanError::BadBan(target) => ErrorReply::fail(
            "UBAN",
            "INVALID_TARGET",
            &[target],
            "That means nobody, or too many: name an account, an address, a network of at least /8, or a mask",
        ),
        BanError::NoSuchBan(target) => {
            ErrorReply::fail("UBAN", "NO_SUCH_BAN", &[target], "There is no such ban")
        }
        BanError::BansFull => ErrorReply::fail(
            "UBAN",
            "TOO_MANY",
            &[],
            "There are as many bans as there may be",
        ),
    }
}

/// Returns the reply for a refused history request or search (draft/chathistory, soju.im/search).
fn history(error: &HistoryError) -> ErrorReply {
    let unreadable = |sub: &str, target: &str| {
        ErrorReply::fail(
            "CHATHISTORY",
            "MESSAGE_ERROR",
            &[sub, target],
            "Messages could not be retrieved: the store could not be read",
        )
    };
    match error {
        HistoryError::NoHistory(selector, target) => ErrorReply::fail(
            "CHATHISTORY",
            "INVALID_TARGET",
            &[subcommand(selector), target],
            "Messages could not be retrieved: there is no such target, or it is not yours to read",
        ),
        HistoryError::HistoryFailed(selector, target) => unreadable(subcommand(selector), target),
        HistoryError::TooManyMarkers(target) => ErrorReply::fail(
            "MARKREAD",
            "INTERNAL_ERROR",
            &[target],
            "The read timestamp could not be set: there are too many already",
        ),
        HistoryError::ConversationsFailed => unreadable("TARGETS", "*"),
        HistoryError::ReplayFailed => ErrorReply::numeric(
            n::ERR_UNKNOWNERROR,
            &["PLAY"],
            "Messages could not be retrieved: the store could not be read",
        ),
        HistoryError::NoSearch(name) => ErrorReply::fail(
            "SEARCH",
            "INVALID_PARAMS",
            &["in", name],
            "There is no such channel or nick, or it is not yours to read",
        ),
        HistoryError::TooManyTerms => ErrorReply::fail(
            "SEARCH",
            "INVALID_PARAMS",
            &["text"],
            "That are too many words: at most 20 at once",
        ),
        HistoryError::NothingToSearch => ErrorReply::fail(
            "SEARCH",
            "INVALID_PARAMS",
            &["text"],
            "There is no word in it that could be found",
        ),
        HistoryError::SearchFailed => ErrorReply::fail(
            "SEARCH",
            "INTERNAL_ERROR",
            &[],
            "The search could not be run, or took too long; ask for less",
        ),
    }
}

/// Returns the reply for a refused deletion (draft/message-redaction).
fn redact(error: &RedactError) -> ErrorReply {
    match error {
        RedactError::NoSuchMessage(r) => ErrorReply::fail(
            "REDACT",
            "UNKNOWN_MSGID",
            &[&r.target, &r.named],
            "There is no such message here",
        ),
        RedactError::NotYourMessage(r) => ErrorReply::fail(
            "REDACT",
            "REDACT_FORBIDDEN",
            &[&r.target, &r.named],
            "You may delete your own messages only",
        ),
        RedactError::TooOld(r, window) => ErrorReply::fail(
            "REDACT",
            "REDACT_WINDOW_EXPIRED",
            &[&r.target, &r.named, &(window / 1000).to_string()],
            "The message is too old to be taken back",
        ),
        RedactError::NoRedactTarget(target) => ErrorReply::fail(
            "REDACT",
            "INVALID_TARGET",
            &[target],
            "You cannot delete messages there",
        ),
    }
}

/// Returns the reply for a refused METADATA command (draft/metadata-2).
fn metadata(error: &MetadataError) -> ErrorReply {
    match error {
        MetadataError::NoMetadataTarget(target) => ErrorReply::fail(
            "METADATA",
            "INVALID_TARGET",
            &[target],
            "There is no such target, or it is not yours to look at",
        ),
        MetadataError::NoMetadataRight(target, key) => ErrorReply::fail(
            "METADATA",
            "KEY_NO_PERMISSION",
            &[target, key],
            "You may not set this",
        ),
        MetadataError::BadMetadataKey(key) => {
            ErrorReply::fail("METADATA", "INVALID_KEY", &[key], KEY_FORM)
        }
        MetadataError::BadSubscription(key) => {
            ErrorReply::warn("METADATA", "INVALID_KEY", &[key], KEY_FORM)
        }
        MetadataError::BadMetadataValue(key) => {
            ErrorReply::fail("METADATA", "INVALID_VALUE", &[key], "The value is too long")
        }
        MetadataError::MetadataFull(target, most) => ErrorReply::fail(
            "METADATA",
            "LIMIT_REACHED",
            &["SET", target, &most.to_string()],
            "No more keys can be set",
        ),
        MetadataError::TooManySubscriptions(key, most) => ErrorReply::fail(
            "METADATA",
            "LIMIT_REACHED",
            &["SUB", key, &most.to_string()],
            "No more keys can be subscribed to",
        ),
    }
}

/// Returns the reply for a refused ACCEPT.
fn accept(error: &AcceptError) -> ErrorReply {
    match error {
        AcceptError::AcceptedAlready(nick) => ErrorReply::numeric(
            n::ERR_ACCEPTEXIST,
            &[nick],
            "is already on your accept list",
        ),
        AcceptError::NotAccepted(nick) => {
            ErrorReply::numeric(n::ERR_ACCEPTNOT, &[nick], "is not on your accept list")
        }
        AcceptError::AcceptFull => {
            ErrorReply::numeric(n::ERR_ACCEPTFULL, &[], "Accept list is full")
        }
    }
}

/// Returns the reply for a message that a channel refuses.
fn cannot_send(name: &str, fault: &SendError) -> ErrorReply {
    let why = match fault {
        SendError::Outside => "you are not in it (+n)".into(),
        SendError::Moderated => "it is moderated (+m)".into(),
        SendError::Banned => "you are banned (+b)".into(),
        SendError::Ctcp => "it takes no CTCP (+C)".into(),
        SendError::Unregistered => "only users with an account speak (+M)".into(),
        SendError::Slow(ms) => {
            let seconds = ms.div_ceil(1000);
            format!("it is slow (+W); you may speak again in {seconds} s")
        }
    };
    let text = format!("Cannot send to channel: {why}");
    ErrorReply::numeric(n::ERR_CANNOTSENDTOCHAN, &[name], &text)
}

/// Returns the subcommand of a selector, for the refusal of its request.
fn subcommand(selector: &Selector) -> &'static str {
    match selector {
        Selector::Latest(_) => "LATEST",
        Selector::Before(_) => "BEFORE",
        Selector::After(_) => "AFTER",
        Selector::Around(_) => "AROUND",
        Selector::Between(..) => "BETWEEN",
    }
}
