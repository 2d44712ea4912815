//! Hooks: tokens by which programs outside post into one channel, or follow it.

use alloc::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Time;
use crate::names::{ChannelName, Folded, Nick};

/// SHA-256 of a hook's token. The token itself is shown once, when it is made, and stored nowhere.
pub type HookKey = [u8; 32];

/// Right that a hook gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HookRight {
    /// Posting messages under the hook's name.
    Post,
    /// Reading the channel's messages.
    Read,
}

/// Hook of one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Name, under which its messages appear.
    pub name: Nick,
    /// Channel.
    pub channel: ChannelName,
    /// Right that it gives.
    pub right: HookRight,
    /// Hash of its token.
    pub key: HookKey,
    /// Time it was made.
    pub created: Time,
}

/// All hooks, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hooks(BTreeMap<Folded, Hook>);

impl Hooks {
    /// Returns the hook of a token.
    pub fn by_key(&self, key: &HookKey) -> Option<&Hook> {
        self.0.values().find(|hook| hook.key == *key)
    }

    /// Returns whether a name is one of a hook.
    pub fn has(&self, name: &Folded) -> bool {
        self.0.contains_key(name)
    }

    /// Adds a hook under its folded name.
    pub fn put(&mut self, name: Folded, hook: Hook) {
        self.0.insert(name, hook);
    }

    /// Removes a hook, and returns it.
    pub fn remove(&mut self, name: &Folded) -> Option<Hook> {
        self.0.remove(name)
    }

    /// Returns all hooks, by name.
    pub fn all(&self) -> impl Iterator<Item = &Hook> {
        self.0.values()
    }

    /// Returns all hooks, to change them.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Hook> {
        self.0.values_mut()
    }

    /// Returns the number of hooks.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}
