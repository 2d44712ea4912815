//! Queries over several logs: a party's conversations, and replay (backlog) of many logs at once.

use std::ops::ControlFlow;

use parlour_core::hidden::{Hidden, MessageHead};
use parlour_core::history::{
    ConversationsQuery, HistoryQuery, Log, LogPart, Party, Range, ReplayQuery,
};
use parlour_core::{MsgId, UserId};
use rusqlite::Connection;

use crate::log_names::{party_name, private_log};
use crate::reader::{ANSWER_BYTES, NOTICE, Reader, shown_bytes, signed};
use crate::{StoreError, log_blocks, modes};

impl Reader {
    /// Returns the logs that a query selects with the id of each one's newest visible message,
    /// oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn conversations(
        &self,
        wanted: &ConversationsQuery,
    ) -> Result<Vec<(Log, MsgId)>, StoreError> {
        self.tail.wait()?;
        let private = private_logs(&self.connection, "", &wanted.party)?.into_iter();
        let nothing = &Hidden::default();
        let mut logs: Vec<_> = private
            .map(|log| (log, MsgId::default(), nothing))
            .collect();
        let channels = wanted.channels.iter();
        logs.extend(channels.map(|view| {
            let log = Log::Channel(view.channel.clone());
            (log, view.from, &view.hidden)
        }));
        let mut found = Vec::new();
        for (log, from, hidden) in logs {
            let last = self.newest_visible(&log, from, hidden)?;
            let last = last.filter(|&last| last > wanted.after && last < wanted.before);
            found.extend(last.map(|last| (log, last)));
        }
        found.sort_by_key(|(_, last)| *last);
        Ok(found)
    }

    /// Returns the newest message of a log after `from` that is not hidden from the requester.
    fn newest_visible(
        &self,
        log: &Log,
        from: MsgId,
        hidden: &Hidden,
    ) -> Result<Option<MsgId>, StoreError> {
        let Some(log) = self.log_row_id(log)? else {
            return Ok(None);
        };
        let mut head = self.connection.prepare_cached(
            "SELECT rank, user, account FROM message WHERE id = ?1 AND kind <= ?2",
        )?;
        let mut last = None;
        log_blocks::walk(
            &self.connection,
            log,
            (signed(from), i64::MAX),
            true,
            |id| {
                let mut rows = head.query([id, NOTICE])?;
                let Some(row) = rows.next()? else {
                    return Ok(ControlFlow::Continue(()));
                };
                let rank: Option<String> = row.get(0)?;
                let account: Option<String> = row.get(2)?;
                let message = MessageHead {
                    id: MsgId(id as u64),
                    rank: rank.and_then(|shown| modes::rank(&shown)),
                    user: UserId(row.get::<_, i64>(1)? as u64),
                    account: account.as_deref(),
                };
                if hidden.hides(message) {
                    return Ok(ControlFlow::Continue(()));
                }
                last = Some(MsgId(id as u64));
                Ok(ControlFlow::Break(()))
            },
        )?;
        Ok(last)
    }

    /// Returns the messages of several logs, each log separately; logs without any are left out.
    /// Together they are about as large as one answer.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn replay(&self, wanted: &ReplayQuery) -> Result<Vec<LogPart>, StoreError> {
        self.tail.wait()?;
        let mut queries: Vec<(HistoryQuery, Range)> = Vec::new();
        let range = |from: MsgId, before| Range {
            after: wanted.after.max(from),
            before,
            newest: true,
            limit: wanted.limit,
        };
        let query = |log, hidden| HistoryQuery {
            log,
            ranges: Vec::new(),
            events: false,
            hidden,
        };
        for view in &wanted.channels {
            let log = Log::Channel(view.channel.clone());
            let range = range(view.from, wanted.before);
            queries.push((query(log, view.hidden.clone()), range));
        }
        let private = match &wanted.with {
            None => private_logs(&self.connection, "", &wanted.party)?,
            Some(with) => {
                let with = with.iter().cloned();
                with.map(|other| Log::private(wanted.party.clone(), other))
                    .collect()
            }
        };
        for log in private {
            let range = range(MsgId::default(), wanted.private_before);
            queries.push((query(log, Hidden::default()), range));
        }
        let (mut left, mut room) = (queries.len(), ANSWER_BYTES);
        let mut found = Vec::new();
        for (query, range) in queries {
            // Each log may take an equal share of the bytes left, so what small logs do not use
            // goes to the later ones.
            let share = room / left.max(1);
            left -= 1;
            let Some(log) = self.log_row_id(&query.log)? else {
                continue;
            };
            let run = self.messages_in_range(log, &range, &query, share)?;
            if run.is_empty() {
                continue;
            }
            let bytes: usize = run.iter().map(|event| shown_bytes(event)).sum();
            room = room.saturating_sub(bytes);
            found.push((query.log, run));
        }
        Ok(found)
    }
}

/// Returns the private logs of a party, from the schema `database` (`kept.`, or empty for the main
/// database).
pub(crate) fn private_logs(
    connection: &Connection,
    database: &str,
    party: &Party,
) -> Result<Vec<Log>, StoreError> {
    let mut of_party = connection.prepare_cached(&format!(
        "SELECT log.name FROM {database}correspondence JOIN {database}log
         ON correspondence.log = log.id WHERE correspondence.party = ?1"
    ))?;
    let mut names = of_party.query([party_name(party)])?;
    let mut logs = Vec::new();
    while let Some(row) = names.next()? {
        logs.extend(private_log(&row.get::<_, String>(0)?));
    }
    Ok(logs)
}
