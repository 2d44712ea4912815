//! Workloads: what is done to the server, and what is measured of it.

mod beat;
mod churn;
mod connect;
mod dm;
mod fanout;
mod idle;
mod mixed;
mod paced;
mod room;
mod rooms;

pub use connect::ConnectArgs;
pub use dm::DmArgs;
pub use fanout::FanoutArgs;
pub use idle::IdleArgs;
pub use mixed::MixedArgs;
pub use paced::{ChurnArgs, PacedArgs};
pub use rooms::RoomsArgs;
