//! One room with members who listen and senders who speak.

use clap::Args;

use crate::BenchError;
use crate::clock::{MILLISECOND, SECOND};
use crate::connection::Plan;
use crate::engine::{Engine, Protocol};
use crate::workload::SetupArgs;

/// Room of a workload.
#[derive(Clone, Debug, Args)]
pub struct RoomArgs {
    /// Members who listen; by default 1000, or 100 of pyChat.
    #[arg(long)]
    pub members: Option<usize>,
    /// Members who speak.
    #[arg(long, default_value_t = 4)]
    pub senders: usize,
    /// Name of the room.
    #[arg(long, default_value = "#fan")]
    pub channel: String,
    /// Set if senders get their own messages; by default as the protocol has it.
    #[arg(long)]
    pub echo: Option<bool>,
    #[command(flatten)]
    pub setup: SetupArgs,
}

/// Room that is ready: connections 0 to `members` listen, the `senders` behind them speak.
pub(super) struct Room {
    pub members: usize,
    pub senders: usize,
    /// True if senders get their own messages.
    pub echo: bool,
}

impl RoomArgs {
    /// Opens the room.
    pub(super) fn open(&self, engine: &mut Engine) -> Result<Room, BenchError> {
        let is_irc = engine.target.protocol == Protocol::Irc;
        let members = self.members.unwrap_or(if is_irc { 1000 } else { 100 });
        let plan = |nick: String| match is_irc {
            true => Plan {
                nick,
                channel: Some(self.channel.clone()),
                prefix: format!("PRIVMSG {} :", self.channel).into_bytes(),
            },
            false => Plan {
                nick,
                ..Plan::default()
            },
        };
        // pyChat loses messages while a join changes its dictionary: one at a time there.
        let at_once = self.setup.setup_concurrency;
        let at_once = at_once.unwrap_or(if is_irc { 50 } else { 1 });
        for (letter, count) in [('m', members), ('s', self.senders)] {
            let plans = (0..count).map(|number| plan(format!("{letter}{number:05}")));
            engine.connect_all(plans.collect(), at_once, self.setup.setup_limit)?;
        }
        engine.settle(300 * MILLISECOND, 20 * SECOND);
        Ok(Room {
            members,
            senders: self.senders,
            echo: self.echo.unwrap_or(!is_irc),
        })
    }
}

impl Room {
    /// Returns the deliveries that so many messages make.
    pub fn deliveries(&self, messages: u64) -> u64 {
        let listeners = self.members + self.senders - usize::from(!self.echo);
        messages * listeners as u64
    }
}
