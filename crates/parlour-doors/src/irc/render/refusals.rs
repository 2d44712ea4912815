//! Refusals as numerics.

use irc_wire::numerics as n;
use parlour_core::Refusal;
use parlour_core::reply::SendError;

use crate::irc::account::nick_reserved;
use crate::irc::commands::bad_nick;
use crate::irc::commands::chathistory::subcommand;
use crate::irc::error_reply::ErrorReply;
use crate::irc::modes::list_letter;

const INSECURE_PASSWORD: &str =
    "Passwords are not taken over a connection that others can read; use TLS";
const TOO_MANY_PASSWORDS: &str = "Too many wrong passwords; try again in a minute";
const PASSWORDS_BUSY: &str = "Too many passwords are being checked; try again in a moment";

/// Returns the text for a registration refused because of a password; none for other refusals.
pub(in crate::irc) fn password_refusal(refusal: &Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::WrongPassword => Some("Password incorrect"),
        Refusal::InsecurePassword => Some(INSECURE_PASSWORD),
        Refusal::TooManyPasswords => Some(TOO_MANY_PASSWORDS),
        Refusal::PasswordsBusy => Some(PASSWORDS_BUSY),
        _ => None,
    }
}

/// Returns the numeric or standard reply for a refusal.
pub(super) fn complaint(refusal: &Refusal) -> ErrorReply {
    use Refusal as R;
    let numeric = |code: &str, params: &[&str], text: &str| ErrorReply::numeric(code, params, text);
    match refusal {
        R::NickInUse(nick) => numeric(n::ERR_NICKNAMEINUSE, &[nick], "Nickname is already in use"),
        R::BadNick(nick, why) => bad_nick(nick, *why),
        R::NickReserved(nick) => nick_reserved(nick),
        R::BannedNick(channel) => numeric(
            n::ERR_BANNICKCHANGE,
            &[channel],
            "Cannot change nickname while banned on channel",
        ),
        R::NotFounder(name) => numeric(
            n::ERR_CHANOPRIVSNEEDED,
            &[name],
            "Only the founder of the channel may do that",
        ),
        R::NoSuchNick(nick) => numeric(n::ERR_NOSUCHNICK, &[nick], "No such nick"),
        R::NoSuchServer(name) => numeric(n::ERR_NOSUCHSERVER, &[name], "No such server"),
        R::NoSuchChannel(name) => numeric(n::ERR_NOSUCHCHANNEL, &[name], "No such channel"),
        R::BadChannelName(name) => numeric(n::ERR_NOSUCHCHANNEL, &[name], "Invalid channel name"),
        R::NotOnChannel(name) => {
            numeric(n::ERR_NOTONCHANNEL, &[name], "You're not on that channel")
        }
        R::UserNotOnChannel(nick, name) => numeric(
            n::ERR_USERNOTINCHANNEL,
            &[nick, name],
            "They aren't on that channel",
        ),
        R::AlreadyOnChannel(nick, name) => {
            numeric(n::ERR_USERONCHANNEL, &[nick, name], "is already on channel")
        }
        R::CannotSend(name, fault) => cannot_send(name, *fault),
        R::OpNeeded(name) => numeric(
            n::ERR_CHANOPRIVSNEEDED,
            &[name],
            "You're not a channel operator",
        ),
        R::Banned(name) => numeric(n::ERR_BANNEDFROMCHAN, &[name], "Cannot join channel (+b)"),
        R::InviteOnly(name) => numeric(n::ERR_INVITEONLYCHAN, &[name], "Cannot join channel (+i)"),
        R::WrongKey(name) => numeric(n::ERR_BADCHANNELKEY, &[name], "Cannot join channel (+k)"),
        R::Full(name) => numeric(n::ERR_CHANNELISFULL, &[name], "Cannot join channel (+l)"),
        R::TooManyChannels(name) => numeric(
            n::ERR_TOOMANYCHANNELS,
            &[name],
            "You have joined too many channels",
        ),
        R::ListFull(name, kind, _) => {
            let letter = list_letter(*kind).to_string();
            numeric(n::ERR_BANLISTFULL, &[name, &letter], "Channel list is full")
        }
        R::BadKey(name) => numeric(
            n::ERR_INVALIDMODEPARAM,
            &[name, "k", "*"],
            "A key is one word of at most 32 bytes, without commas",
        ),
        R::NotYourModes => numeric(
            n::ERR_USERSDONTMATCH,
            &[],
            "Cannot see or change modes of other users",
        ),
        R::AlreadyRegistered => numeric(n::ERR_ALREADYREGISTERED, &[], "You may not reregister"),
        R::TooManyMarkers(target) => ErrorReply::fail(
            "MARKREAD",
            "INTERNAL_ERROR",
            &[target],
            "The read timestamp could not be set: there are too many already",
        ),
        R::NoHistory(..)
        | R::HistoryFailed(..)
        | R::ConversationsFailed
        | R::ReplayFailed
        | R::NoSearch(_)
        | R::NothingToSearch
        | R::TooManyTerms
        | R::SearchFailed => history(refusal),
        other => non_rfc(other),
    }
}

/// Returns the reply for a refused history request or search (draft/chathistory, soju.im/search).
fn history(refusal: &Refusal) -> ErrorReply {
    use Refusal as R;
    let unreadable = |sub: &str, target: &str| {
        ErrorReply::fail(
            "CHATHISTORY",
            "MESSAGE_ERROR",
            &[sub, target],
            "Messages could not be retrieved: the store could not be read",
        )
    };
    match refusal {
        R::NoHistory(selector, target) => ErrorReply::fail(
            "CHATHISTORY",
            "INVALID_TARGET",
            &[subcommand(selector), target],
            "Messages could not be retrieved: there is no such target, or it is not yours to read",
        ),
        R::HistoryFailed(selector, target) => unreadable(subcommand(selector), target),
        R::NoSearch(name) => ErrorReply::fail(
            "SEARCH",
            "INVALID_PARAMS",
            &["in", name],
            "There is no such channel or nick, or it is not yours to read",
        ),
        R::NothingToSearch => ErrorReply::fail(
            "SEARCH",
            "INVALID_PARAMS",
            &["text"],
            "There is no word in it that could be found",
        ),
        R::TooManyTerms => ErrorReply::fail(
            "SEARCH",
            "INVALID_PARAMS",
            &["text"],
            "That are too many words: at most 20 at once",
        ),
        R::SearchFailed => ErrorReply::fail(
            "SEARCH",
            "INTERNAL_ERROR",
            &[],
            "The search could not be run, or took too long; ask for less",
        ),
        R::ReplayFailed => ErrorReply::numeric(
            n::ERR_UNKNOWNERROR,
            &["PLAY"],
            "Messages could not be retrieved: the store could not be read",
        ),
        _ => unreadable("TARGETS", "*"),
    }
}

/// Returns the reply for refusals that the RFCs do not know.
fn non_rfc(refusal: &Refusal) -> ErrorReply {
    use Refusal as R;
    let numeric = |code: &str, params: &[&str], text: &str| ErrorReply::numeric(code, params, text);
    match refusal {
        R::ServerBanned(..)
        | R::Muted(..)
        | R::BadBan(_)
        | R::NoSuchBan(_)
        | R::BansFull
        | R::NoSuchAccount(_) => super::moderation::refusal(refusal),
        R::WrongPassword => numeric(n::ERR_PASSWDMISMATCH, &[], "Password incorrect"),
        R::InsecurePassword => numeric(n::ERR_PASSWDMISMATCH, &[], INSECURE_PASSWORD),
        R::TooManyPasswords => numeric(n::ERR_PASSWDMISMATCH, &[], TOO_MANY_PASSWORDS),
        R::PasswordsBusy => numeric(n::ERR_PASSWDMISMATCH, &[], PASSWORDS_BUSY),
        R::OperHasSeveralSessions => numeric(
            n::ERR_NOOPERHOST,
            &[],
            "You are here by several connections; an operator is here by one",
        ),
        R::NoOperHost => numeric(n::ERR_NOOPERHOST, &[], "No O-lines for your host"),
        R::NoPrivileges => numeric(
            n::ERR_NOPRIVILEGES,
            &[],
            "Permission Denied- You're not an IRC operator with that privilege",
        ),
        R::RegisteredOnly(name) => numeric(
            n::ERR_NEEDREGGEDNICK,
            &[name],
            "Cannot join channel (+R): only users with an account do",
        ),
        R::NeedsAccount(nick) => numeric(
            n::ERR_NEEDREGGEDNICK,
            &[nick],
            "takes private messages only from users with an account (+R)",
        ),
        R::NoCtcp(nick) => numeric(n::ERR_CANNOTSENDTOUSER, &[nick], "takes no CTCP (+T)"),
        R::KnockInside(name) => numeric(
            n::ERR_KNOCKONCHAN,
            &[name],
            "You are on that channel already.",
        ),
        R::ChannelOpen(name) => numeric(n::ERR_CHANOPEN, &[name], "Channel is open."),
        R::KnockedAlready(name) => numeric(
            n::ERR_TOOMANYKNOCK,
            &[name],
            "Too many KNOCKs; wait a minute (user).",
        ),
        R::CannotKnock(name) => numeric(
            n::ERR_CANNOTKNOCK,
            &[name],
            "Cannot knock on this channel: you are banned",
        ),
        R::AcceptedAlready(nick) => numeric(
            n::ERR_ACCEPTEXIST,
            &[nick],
            "is already on your accept list",
        ),
        R::NotAccepted(nick) => numeric(n::ERR_ACCEPTNOT, &[nick], "is not on your accept list"),
        R::AcceptFull => numeric(n::ERR_ACCEPTFULL, &[], "Accept list is full"),
        R::BadForward(name, target) => numeric(
            n::ERR_INVALIDMODEPARAM,
            &[name, "f", target],
            "Only a channel that is there and is another one can be forwarded to",
        ),
        R::BadMask(name, kind, mask) => numeric(
            n::ERR_INVALIDMODEPARAM,
            &[name, &list_letter(*kind).to_string(), mask],
            "An extended ban needs something behind its colon",
        ),
        other => standard(other),
    }
}

/// Returns the reply for refusals that are standard replies (FAIL).
fn standard(refusal: &Refusal) -> ErrorReply {
    use Refusal as R;
    let fail = |command: &str, code: &str, context: &[&str], text: &str| {
        ErrorReply::fail(command, code, context, text)
    };
    match refusal {
        R::CannotRename(old, new) => fail(
            "RENAME",
            "CANNOT_RENAME",
            &[old, new],
            "The channel cannot be given that name",
        ),
        R::RenameInUse(old, new) => fail(
            "RENAME",
            "CHANNEL_NAME_IN_USE",
            &[old, new],
            "Another channel has that name",
        ),
        R::NoSuchMessage(r) => fail(
            "REDACT",
            "UNKNOWN_MSGID",
            &[&r.target, &r.named],
            "There is no such message here",
        ),
        R::NotYourMessage(r) => fail(
            "REDACT",
            "REDACT_FORBIDDEN",
            &[&r.target, &r.named],
            "You may delete your own messages only",
        ),
        R::TooOld(r, window) => fail(
            "REDACT",
            "REDACT_WINDOW_EXPIRED",
            &[&r.target, &r.named, &(window / 1000).to_string()],
            "The message is too old to be taken back",
        ),
        R::NoRedactTarget(target) => fail(
            "REDACT",
            "INVALID_TARGET",
            &[target],
            "You cannot delete messages there",
        ),
        R::BadRealName => fail(
            "SETNAME",
            "INVALID_REALNAME",
            &[],
            "A real name is one line of at most 150 bytes",
        ),
        R::BadRelayNick(..) => fail(
            "RELAYMSG",
            "INVALID_NICK",
            &[],
            "The name is two words with a / between them, of at most 64 bytes, without any of \
             !+%@&#$:'\"?*,. or space, and does not begin with a hyphen",
        ),
        R::MayNotRelay(_) => fail(
            "RELAYMSG",
            "PRIVS_NEEDED",
            &[],
            "Only operators of the channel relay into it",
        ),
        other => of_metadata(other),
    }
}

/// Form of a metadata key.
pub(super) const KEY_FORM: &str = "A key is up to 40 small letters, digits and _./- only";

/// Returns the reply for a refused METADATA command.
fn of_metadata(refusal: &Refusal) -> ErrorReply {
    use Refusal as R;
    let fail = |code: &str, context: &[&str], text: &str| {
        ErrorReply::fail("METADATA", code, context, text)
    };
    match refusal {
        R::NoMetadataRight(target, key) => {
            fail("KEY_NO_PERMISSION", &[target, key], "You may not set this")
        }
        R::BadMetadataKey(key) => fail("INVALID_KEY", &[key], KEY_FORM),
        R::BadSubscription(key) => ErrorReply::warn("METADATA", "INVALID_KEY", &[key], KEY_FORM),
        R::BadMetadataValue(key) => fail("INVALID_VALUE", &[key], "The value is too long"),
        R::MetadataFull(target, most) => fail(
            "LIMIT_REACHED",
            &["SET", target, &most.to_string()],
            "No more keys can be set",
        ),
        R::TooManySubscriptions(key, most) => fail(
            "LIMIT_REACHED",
            &["SUB", key, &most.to_string()],
            "No more keys can be subscribed to",
        ),
        R::NoMetadataTarget(target) => fail(
            "INVALID_TARGET",
            &[target],
            "There is no such target, or it is not yours to look at",
        ),
        // All other refusals are handled above.
        _ => ErrorReply::numeric(n::ERR_UNKNOWNERROR, &["*"], "That could not be done"),
    }
}

/// Returns the reply for a message that a channel refuses.
fn cannot_send(name: &str, fault: SendError) -> ErrorReply {
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
