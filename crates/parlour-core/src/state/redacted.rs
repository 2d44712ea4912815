//! What was taken back a moment ago: a look-up that was under way may still have found it.

use alloc::collections::{BTreeSet, VecDeque};

use crate::{MsgId, limits};

/// The last [`limits::RECENT_REDACTIONS`] of them.
#[derive(Debug, Default)]
pub(crate) struct Redacted {
    order: VecDeque<MsgId>,
    ids: BTreeSet<MsgId>,
}

impl Redacted {
    pub(crate) fn note(&mut self, id: MsgId) {
        if self.order.len() == limits::RECENT_REDACTIONS
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        if self.ids.insert(id) {
            self.order.push_back(id);
        }
    }

    pub(crate) fn has(&self, id: MsgId) -> bool {
        self.ids.contains(&id)
    }
}
