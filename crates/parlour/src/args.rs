//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// One port, every door, nothing lost: a chat server and its terminal client.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None)]
pub struct Arguments {
    /// What to do; without it, the terminal client joins localhost:25000.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a server.
    Serve(Serve),
}

/// `parlour serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// The configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where to listen; may be given several times. Default: [::]:25000, IPv4 as well.
    #[arg(long, value_name = "ADDR")]
    pub listen: Vec<SocketAddr>,
    /// Where everything the server writes is kept. Default: parlour in the user's data directory.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}
