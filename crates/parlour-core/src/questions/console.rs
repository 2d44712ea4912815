//! What whoever runs the server asks from its own machine.

use crate::reply::{AccountRow, ChannelRow, UserRow};
use crate::request::AdminQuestion;
use crate::rules::console;
use crate::{Core, Refusal, Reply, SessionId, Time};

pub(super) fn ask(
    core: &Core,
    now: Time,
    session: SessionId,
    question: AdminQuestion,
) -> Result<Reply, Refusal> {
    console::require_console(session)?;
    Ok(match question {
        AdminQuestion::Accounts => {
            let rows = core.accounts.all().map(|account| AccountRow {
                name: account.name.clone(),
                created: account.created,
                always_on: account.always_on,
                certificates: account.certificates.len(),
                suspended: core.bans.of_account(&account.folded, now).is_some(),
            });
            Reply::Accounts(rows.collect())
        }
        AdminQuestion::Channels => {
            let rows = core.channels.values().map(|channel| ChannelRow {
                name: channel.name.clone(),
                members: channel.members.len(),
                founder: channel
                    .registered
                    .as_ref()
                    .map(|owned| core.account_name(&owned.founder)),
                topic: channel.topic.as_ref().map(|topic| topic.text.clone()),
            });
            Reply::Channels(rows.collect())
        }
        AdminQuestion::Users => {
            let rows = core.users.values().map(|user| UserRow {
                nick: user.profile.nick.clone(),
                account: user.profile.account.clone(),
                address: user.profile.address.clone(),
                sessions: user.sessions.len(),
                since: user.signon,
                idle: now.seconds().saturating_sub(user.active.seconds()),
                oper: user.oper.is_some(),
            });
            Reply::Users(rows.collect())
        }
    })
}
