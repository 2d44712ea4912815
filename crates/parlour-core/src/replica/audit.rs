//! Audit records of privileged actions.

use super::Replica;
use crate::record::Audit;
use crate::replica::Outcome;
use crate::rules::console;
use crate::{MsgId, Name, Record, SessionId};

impl Replica {
    /// Records a privileged action of a session for the audit log.
    pub(crate) fn audit(
        &self,
        session: SessionId,
        action: &str,
        about: Name,
        detail: Name,
        at: MsgId,
        out: &mut Outcome<'_>,
    ) {
        let who = match self.user_of(session) {
            Some(user) => {
                let oper = user.oper.as_ref();
                let name = oper.map_or("", |oper| &oper.name);
                alloc::format!("{} {name}", user.profile.source)
                    .trim_end()
                    .into()
            }
            None => console::NAME.into(),
        };
        out.records.push(Record::Audit(Audit {
            at: at.time(),
            who,
            action: action.into(),
            about,
            detail,
        }));
    }
}
