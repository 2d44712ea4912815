//! Recently deleted messages, which a query running at the time may still have found.

use serde::{Deserialize, Serialize};

use alloc::collections::{BTreeSet, VecDeque};

use crate::{MsgId, limits};

/// Last [`limits::RECENT_REDACTIONS`] redactions, in order and by id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Redacted {
    order: VecDeque<MsgId>,
    ids: BTreeSet<MsgId>,
}

impl Redacted {
    pub(crate) fn note(&mut self, id: MsgId) {
        if self.ids.contains(&id) {
            return;
        }
        if self.order.len() == limits::RECENT_REDACTIONS
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        // Both collections hold the same ids: the queue for age, the set for look-up.
        self.ids.insert(id);
        self.order.push_back(id);
    }

    pub(crate) fn has(&self, id: MsgId) -> bool {
        self.ids.contains(&id)
    }
}
