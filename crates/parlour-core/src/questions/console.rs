//! Admin questions of the server's own console.

use crate::error::AccountError;
use crate::reply::AdminReply;
use alloc::vec;

use crate::replica::Replica;
use crate::reply::{AccountRow, ChannelRow, UserRow};
use crate::request::AdminQuestion;
use crate::rules::console;
use crate::state::Account;
use crate::{Refusal, Reply, SessionId, Time, rules};

pub(crate) fn ask(
    replica: &Replica,
    now: Time,
    session: SessionId,
    question: AdminQuestion,
) -> Result<Reply, Refusal> {
    console::require_console(session)?;
    let row = |account: &Account| AccountRow {
        name: account.name.clone(),
        created: account.created,
        always_on: account.always_on,
        certificates: account.certificates.len(),
        suspended: replica.bans.of_account(&account.folded, now).is_some(),
    };
    Ok(match question {
        AdminQuestion::Account(name) => {
            let found = replica.accounts.get(&replica.nick_key(&name));
            let account = found.ok_or(Refusal::Account(AccountError::NoSuchAccount(name)))?;
            Reply::Admin(AdminReply::Accounts(vec![row(account)]))
        }
        AdminQuestion::Accounts => Reply::Admin(AdminReply::Accounts(
            replica.accounts.all().map(row).collect(),
        )),
        AdminQuestion::Channels => {
            let rows = replica.channels.values().map(|channel| ChannelRow {
                name: channel.name.clone(),
                members: channel.members.len(),
                founder: channel
                    .registered
                    .as_ref()
                    .map(|owned| replica.account_name(&owned.founder)),
                topic: channel.topic.as_ref().map(|topic| topic.text.clone()),
            });
            Reply::Admin(AdminReply::Channels(rows.collect()))
        }
        AdminQuestion::Hooks => {
            let hooks = replica.hooks.all().cloned().collect();
            Reply::Admin(AdminReply::Hooks(hooks))
        }
        AdminQuestion::Hook(key, right) => {
            let hook = rules::hook::with_right(replica, &key, right)?;
            let channel = replica.any_channel(&hook.channel)?;
            Reply::Admin(AdminReply::HookView(hook.clone(), channel.history_from))
        }
        AdminQuestion::Users => {
            let rows = replica.users.values().map(|user| UserRow {
                nick: user.profile.nick.clone(),
                account: user.profile.account.clone(),
                address: user.profile.address.clone(),
                sessions: user.sessions.len(),
                since: user.signon,
                idle: now.seconds().saturating_sub(user.active.seconds()),
                oper: user.oper.is_some(),
            });
            Reply::Admin(AdminReply::Users(rows.collect()))
        }
    })
}
