//! Actions: what a change does, one file per verb. Each asks the rules, changes the replica, and
//! tells others.

mod accept;
mod account;
pub(crate) mod always_on;
mod audience;
mod away;
mod ban;
pub(crate) mod channel_events;
mod console;
mod context;
pub(crate) mod dispatch;
mod hook;
mod host;
mod invite;
mod join;
mod kick;
mod kill;
mod knock;
pub(crate) mod markread;
mod message;
mod metadata;
mod mode;
mod nick;
pub(crate) mod oper;
mod part;
mod push;
mod quit;
mod realname;
mod redact;
mod register;
mod registered;
mod relay;
mod rename;
mod switch;
mod topic;
mod user_modes;
mod wallops;
