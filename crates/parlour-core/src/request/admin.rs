//! Requests of the console: of the administrator, and of programs with a hook.

use serde::{Deserialize, Serialize};

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::account::NewPassword;
use crate::Name;
use crate::login::Login;
use crate::mode_change::ModeChange;
use crate::names::{AccountName, ChannelName, Nick, Text};
use crate::state::{HookKey, HookRight};

/// Command of the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdminCommand {
    /// Change of an account's password; ends its sessions.
    ResetPassword(AccountName, Box<NewPassword>),
    /// Removal of an account and of all messages sent from it.
    EraseAccount(AccountName),
    /// End of a channel's registration.
    DropChannel(ChannelName),
    /// Change of a channel's modes.
    Mode(ChannelName, Vec<ModeChange>),
    /// Kick of a user from a channel.
    Kick {
        /// Name of the channel.
        channel: ChannelName,
        /// Nick of the user.
        nick: Nick,
        /// Reason.
        reason: Text,
    },
    /// Message from the server to a channel, a nick or (`*`) all users.
    Say(Name, Text),
    /// Audit record of an action done outside the core: action and target.
    Note(Name, Name),
    /// Command about hooks.
    Hook(HookCommand),
    /// Removal of a push subscription, by its endpoint.
    DropPush(Name),
    /// Check of an account's password, without a login.
    CheckPassword(Box<Login>),
}

/// Question of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminQuestion {
    /// Account, by name.
    Account(AccountName),
    /// Accounts.
    Accounts,
    /// Channels.
    Channels,
    /// Users.
    Users,
    /// Hooks.
    Hooks,
    /// Hook that a token gives a right by.
    Hook(HookKey, HookRight),
}

/// Command about hooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HookCommand {
    /// New hook.
    Add(NewHook),
    /// Removal of a hook.
    Remove(Nick),
    /// Message from a hook.
    Post(HookMessage),
}

/// Hook to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewHook {
    /// Name.
    pub name: Nick,
    /// Name of its channel.
    pub channel: ChannelName,
    /// Right that it gives.
    pub right: HookRight,
    /// Hash of its token.
    pub key: HookKey,
}

/// Message from a hook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookMessage {
    /// Hash of the token.
    pub key: HookKey,
    /// Text; lines are separated by LF.
    pub text: Text,
}
