//! Sentences about what happens on a network: the model says what happened, this says it to the
//! user.

use std::fmt;

/// Fact that is told in a line of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice<'e> {
    /// Registration with this nick.
    Registered(&'e str),
    /// Login to an account.
    LoggedIn(&'e str),
    /// Logout.
    LoggedOut,
    /// Registration of an account.
    AccountRegistered(&'e str),
    /// Refusal of a request about the account.
    LoginRefused(&'e str),
    /// Refusal of a login that ends the connection.
    LoginFailed(&'e str),
    /// Refusal of a nick that ends the connection.
    NickFailed(&'e str),
    /// Nick that is taken, and the one that is tried instead.
    NickTaken {
        /// Nick that the user wants.
        wanted: &'e str,
        /// Nick for now.
        trying: &'e str,
        /// Reason.
        why: &'e str,
    },
    /// New nick of the user.
    OwnNick(&'e str),
    /// Refusal of a join.
    JoinRefused {
        /// Channel.
        channel: &'e str,
        /// Reason.
        why: &'e str,
    },
    /// End of the connection, as the server gives it.
    Closing(&'e str),
    /// Users that are online.
    Online(&'e [String]),
    /// Away message of a user.
    PeerAway {
        /// Nick of the user.
        nick: &'e str,
        /// Away message.
        text: &'e str,
    },
    /// Invitation of the user into a channel.
    Invited {
        /// Nick of the inviter.
        by: &'e str,
        /// Channel.
        channel: &'e str,
    },
    /// End of the user's own membership; the reason may be empty.
    Left {
        /// Channel.
        channel: &'e str,
        /// Reason.
        why: &'e str,
    },
    /// New name of a channel.
    ChannelRenamed {
        /// Name before.
        old: &'e str,
        /// Name now.
        new: &'e str,
    },
    /// New topic.
    Topic {
        /// Nick of the one who set it.
        by: &'e str,
        /// Topic, as shown.
        topic: &'e str,
    },
    /// Changed modes.
    Modes {
        /// Nick of the one who changed them.
        by: &'e str,
        /// Modes and their parameters.
        modes: &'e str,
    },
    /// Invitation of somebody else.
    OtherInvited {
        /// Nick of the inviter.
        by: &'e str,
        /// Nick of the invited user.
        nick: &'e str,
    },
    /// Kick of a member.
    Kicked {
        /// Nick of the member.
        nick: &'e str,
        /// Nick of the one who kicked, and the reason.
        words: &'e str,
    },
}

impl fmt::Display for Notice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Registered(nick) => write!(f, "You are {nick}."),
            Notice::LoggedIn(account) => {
                write!(f, "You are logged into the account {account}.")
            }
            Notice::LoggedOut => f.write_str("You are logged out."),
            Notice::AccountRegistered(account) => {
                write!(f, "The account {account} was made, and is yours.")
            }
            Notice::LoginRefused(why) => write!(f, "That did not work: {why}."),
            Notice::LoginFailed(why) => write!(f, "The login failed: {why}."),
            Notice::NickFailed(why) => write!(
                f,
                "The server refuses your nick: {why}. /nick NAME tries another."
            ),
            Notice::NickTaken {
                wanted,
                trying,
                why,
            } => write!(
                f,
                "The nick {wanted} is taken ({why}); you are {trying} for now. If it is yours, /login {wanted} and then /nick {wanted}; else /nick NAME takes another. You get {wanted} when it is free."
            ),
            Notice::OwnNick(nick) => write!(f, "You are {nick} now."),
            Notice::JoinRefused { channel, why } => write!(f, "{channel}: {why}"),
            Notice::Closing(why) => write!(f, "The server closes: {why}"),
            Notice::Online(nicks) => write!(f, "{} online: {}", nicks.len(), nicks.join(", ")),
            Notice::PeerAway { nick, text } => write!(f, "{nick} is away: {text}"),
            Notice::Invited { by, channel } => {
                write!(
                    f,
                    "{by} invites you to {channel}: /join {channel} goes there."
                )
            }
            Notice::Left { channel, why: "" } => {
                write!(f, "You left. /join {channel} rejoins it.")
            }
            Notice::Left { channel, why } => {
                write!(f, "You left ({why}). /join {channel} rejoins it.")
            }
            Notice::ChannelRenamed { old, new } => write!(f, "{old} is called {new} now"),
            Notice::Topic { by, topic } => write!(f, "! {by} set the topic: {topic}"),
            Notice::Modes { by, modes } => write!(f, "! {by} set {modes}"),
            Notice::OtherInvited { by, nick } => write!(f, "! {by} invites {nick}"),
            Notice::Kicked { nick, words } => write!(f, "! {nick} was {words}"),
        }
    }
}
