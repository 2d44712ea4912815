//! Entries of a channel's list modes.

use crate::names::Mask;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::channel_modes::ListKind;
use crate::{Name, Time};

/// Entries of a channel's list modes.
pub type Lists = BTreeMap<ListKind, Vec<ListedMask>>;

/// Entry of a list mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedMask {
    /// Mask.
    pub mask: Mask,
    /// Setter, as `nick!user@host`.
    pub by: Name,
    /// Time it was set.
    pub at: Time,
}
