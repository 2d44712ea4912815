//! Refusals as numerics.

use irc_wire::numerics as n;
use parlour_core::Refusal;
use parlour_core::reply::SendFault;

use crate::irc::commands::bad_nick;
use crate::irc::complaint::Complaint;
use crate::irc::modes::list_letter;

/// The numeric or standard reply for a refusal.
pub(super) fn complaint(refusal: &Refusal) -> Complaint {
    use Refusal as R;
    let numeric = |code: &str, params: &[&str], text: &str| Complaint::numeric(code, params, text);
    match refusal {
        R::NickInUse(nick) => numeric(n::ERR_NICKNAMEINUSE, &[nick], "Nickname is already in use"),
        R::BadNick(nick, why) => bad_nick(nick, *why),
        R::NoSuchNick(nick) => numeric(n::ERR_NOSUCHNICK, &[nick], "No such nick"),
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
        R::CannotSend(name, fault) => {
            let why = match fault {
                SendFault::Outside => "Cannot send to channel: you are not in it (+n)",
                SendFault::Moderated => "Cannot send to channel: it is moderated (+m)",
                SendFault::Banned => "Cannot send to channel: you are banned (+b)",
                SendFault::Ctcp => "Cannot send to channel: it takes no CTCP (+C)",
            };
            numeric(n::ERR_CANNOTSENDTOCHAN, &[name], why)
        }
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
        R::BadKey(name) => numeric(n::ERR_INVALIDKEY, &[name], "Key is not well-formed"),
        R::NotYourModes => numeric(
            n::ERR_USERSDONTMATCH,
            &[],
            "Cannot see or change modes of other users",
        ),
        R::AlreadyRegistered => numeric(n::ERR_ALREADYREGISTERED, &[], "You may not reregister"),
        R::NoHistory(target) => Complaint::fail(
            "CHATHISTORY",
            "INVALID_TARGET",
            &[target],
            "Messages could not be retrieved: there is no such target, or it is not yours to read",
        ),
        R::HistoryFailed(target) => Complaint::fail(
            "CHATHISTORY",
            "MESSAGE_ERROR",
            &[target],
            "Messages could not be retrieved: the store could not be read",
        ),
    }
}
