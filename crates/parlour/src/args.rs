//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use parlour_client::Address;
use parlour_server::config::address::ListenAddress;

/// A self-hosted chat server and its terminal client in one program.
///
/// `parlour serve` runs a server for a team, a class or a club. People join it with netcat, with any
/// IRC client, or with `parlour join HOST`; all that is said is kept and can be searched.
///
/// `parlour` alone joins a server with the terminal client, on parlour's own servers as on any
/// other IRC network. `parlour send`, `tail`, `history` and `search` are for scripts.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// Command; without one, the terminal client joins localhost:25000.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of the terminal client.
    #[command(flatten)]
    pub join: Join,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Join a server with the terminal client.
    Join(Join),
    /// Run a server.
    Serve(Serve),
    /// Say something: text, or one message per line of stdin; exits 0 once all is acknowledged.
    Send(Send),
    /// Follow a room as plain lines or JSON lines.
    Tail(Tail),
    /// Show the last messages of a room, or of a conversation.
    History(History),
    /// Find messages that hold all the words; by default wherever you may read.
    Search(Search),
    /// List the server's rooms: name, people, topic.
    Ls(Ls),
    /// Write all messages of a room or a conversation that you may read.
    Export(Export),
    /// Administer the server that runs on a data directory; needs no password.
    Admin(Admin),
    /// Load a server and measure it: parlour, or any other IRC server on this machine.
    Bench(parlour_bench::Bench),
    /// Make a hash of a password on standard input, for the configuration.
    HashPassword,
    /// Encode an uploaded picture anew; the server runs this.
    #[command(hide = true)]
    ConvertPicture {
        /// The picture.
        from: PathBuf,
        /// Path of the new one.
        to: PathBuf,
        /// Path of a small one.
        thumb: PathBuf,
    },
    /// Write a shell's completions.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual page.
    Man,
    /// Check a configuration file.
    CheckConfig {
        /// The file.
        file: PathBuf,
    },
}

/// `parlour join`
#[derive(Debug, Args)]
pub struct Join {
    /// The server: HOST, HOST:PORT, irc://HOST:PORT or ircs://HOST. Without it, the networks of the
    /// configuration; without one, localhost:25000.
    #[arg(value_name = "URL|HOST[:PORT]")]
    pub server: Option<Address>,
    /// The nick; by default the login name.
    #[arg(long, value_name = "N", value_parser = nick)]
    pub nick: Option<String>,
    /// The room to go into; may be given several times. Default: #lobby.
    #[arg(long, value_name = "#C", value_parser = place)]
    pub channel: Vec<String>,
    /// The account to log into; its password is in the environment variable PARLOUR_PASSWORD, in
    /// the keyring, or asked for.
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Lines only, for screen readers and terminals that can do no more. Also what runs where there
    /// is no terminal.
    #[arg(long)]
    pub plain: bool,
    /// The configuration file. Default: client.toml in the user's configuration directory.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Tells where the configuration file is.
    #[arg(long)]
    pub config_path: bool,
}

/// `parlour serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// The configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Listener: an address and a port, or `unix:/run/parlour.sock`; may be given several
    /// times. Default: `[::]:25000`, IPv4 as well.
    #[arg(long, value_name = "ADDR")]
    pub listen: Vec<ListenAddress>,
    /// Data directory, for everything the server writes. Default: parlour in the user's data directory.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Serve as one of several nodes, over NATS JetStream: addresses of its servers, separated by commas.
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    pub cluster: Vec<String>,
    /// The name of this node, which no other one has.
    #[arg(long, value_name = "NAME")]
    pub node: Option<String>,
}

/// `parlour send`
#[derive(Debug, Args)]
pub struct Send {
    /// A room or a nick.
    pub target: String,
    /// The text; without it, or with -, each line of stdin is a message.
    pub text: Option<String>,
    /// Make one message of all of stdin.
    #[arg(long, conflicts_with = "text")]
    pub multiline: bool,
    /// Take another nick that is like it, if it is taken; without this, that is an error.
    #[arg(long)]
    pub nick_fallback: bool,
    /// As whom, and where.
    #[command(flatten)]
    pub who: Sender,
}

/// `parlour tail`
#[derive(Debug, Args)]
pub struct Tail {
    /// A room or a nick.
    #[arg(default_value = "#lobby")]
    pub target: String,
    /// JSON, one object a line.
    #[arg(long)]
    pub json: bool,
    /// Take another nick that is like it, if it is taken; without this, that is an error.
    #[arg(long)]
    pub nick_fallback: bool,
    /// As whom, and where. The nick is by default the login name and a number.
    #[command(flatten)]
    pub who: Sender,
}

/// As whom a script speaks, and where.
#[derive(Debug, Args)]
pub struct Sender {
    /// The server.
    #[arg(long, value_name = "HOST:PORT", default_value = "localhost:25000")]
    pub server: Address,
    /// The nick; by default the account, or else the login name.
    #[arg(long, value_name = "N", value_parser = nick)]
    pub nick: Option<String>,
    /// The account to log into; its password is in the environment variable PARLOUR_PASSWORD, or
    /// in the file of --password-file.
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// A file whose first line is the password.
    #[arg(long, value_name = "FILE", requires = "account")]
    pub password_file: Option<PathBuf>,
    /// The SHA-256 fingerprint of the certificate, or of its key, that the server has to show.
    #[arg(long, value_name = "SHA256")]
    pub fingerprint: Option<String>,
}

/// As whom a script asks, and where.
#[derive(Debug, Args)]
pub struct Reader {
    /// As whom, and where.
    #[command(flatten)]
    pub who: Sender,
    /// JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

/// `parlour history`
#[derive(Debug, Args)]
pub struct History {
    /// A room or a nick.
    #[arg(value_parser = place)]
    pub target: String,
    /// Maximum number of messages.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: u64,
    /// As whom, and where.
    #[command(flatten)]
    pub asker: Reader,
}

/// `parlour ls`
#[derive(Debug, Args)]
pub struct Ls {
    /// As whom, and where.
    #[command(flatten)]
    pub asker: Reader,
}

/// `parlour export`
#[derive(Debug, Args)]
pub struct Export {
    /// A room or a nick.
    #[arg(value_parser = place)]
    pub target: String,
    /// Format: lines to be read, JSON (one object a line), or a page.
    #[arg(long, value_name = "FORM", default_value = "txt", value_parser = ["txt", "json", "html"])]
    pub format: String,
    /// As whom, and where.
    #[command(flatten)]
    pub asker: Reader,
}

/// `parlour search`
#[derive(Debug, Args)]
pub struct Search {
    /// The words; "several in quotes" follow each other, a * at the end leaves the end open.
    #[arg(required = true)]
    pub words: Vec<String>,
    /// Only in this room, or with this nick.
    #[arg(long = "in", value_name = "TARGET", value_parser = place)]
    pub within: Option<String>,
    /// Only what this nick said.
    #[arg(long, value_name = "NICK", value_parser = place)]
    pub from: Option<String>,
    /// Only from this day or moment on (UTC): 2026-01-31, or 2026-01-31T12:00:00.000Z.
    #[arg(long, value_name = "DATE")]
    pub after: Option<String>,
    /// Only up to this day or moment (UTC).
    #[arg(long, value_name = "DATE")]
    pub before: Option<String>,
    /// Maximum number of messages.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: u64,
    /// As whom, and where.
    #[command(flatten)]
    pub asker: Reader,
}

/// `parlour admin`
#[derive(Debug, Args)]
pub struct Admin {
    /// The server's data directory. Default: parlour in the user's data directory.
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// JSON, one object a line.
    #[arg(long, global = true)]
    pub json: bool,
    /// Command.
    #[command(subcommand)]
    pub what: AdminCommand,
}

/// Commands of an administrator.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Accounts.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Channels.
    #[command(subcommand)]
    Channel(ChannelCommand),
    /// Bans of the server.
    #[command(subcommand)]
    Ban(BanCommand),
    /// Tokens by which programs post into a channel, or follow it.
    #[command(subcommand)]
    Hook(HookCommand),
    /// Show who is here.
    Who,
    /// Send a message in the server's name: to a channel, to a nick, or ('*') to everybody.
    Say {
        /// Channel, nick or '*'.
        target: String,
        /// Text.
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Show the last actions of server operators.
    Audit {
        /// Number of entries.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// Write a consistent copy of the database while the server runs.
    Backup {
        /// Path of the copy, which must not exist yet.
        file: PathBuf,
    },
    /// Check whether the database of a data directory, or a copy of one, is whole.
    Check {
        /// The directory, or the file.
        dir: PathBuf,
    },
    /// Show the nodes of the cluster, how far each is, and whether this one reaches the stream.
    Cluster,
    /// Take the server out of service: /readyz says so, then it stops; everything is kept. In a cluster its users
    /// come back on other nodes.
    Drain {
        /// Seconds in which load balancers notice, before it stops.
        #[arg(long, value_name = "N", default_value_t = 10)]
        seconds: u64,
    },
    /// Stop the server; everything is kept.
    Stop,
}

/// Commands for accounts.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Make one; its password is the first line of standard input.
    Add {
        /// Its name.
        name: String,
    },
    /// Show all.
    List,
    /// Give one another password, the first line of standard input; its sessions end.
    Reset {
        /// Its name.
        name: String,
    },
    /// End one, and all that was said in it.
    Erase {
        /// Its name.
        name: String,
        /// Confirms the command.
        #[arg(long)]
        yes: bool,
    },
    /// Write what is known about one, and all that was said in it, as JSON lines.
    Export {
        /// Its name.
        name: String,
    },
}

/// Commands for channels.
#[derive(Debug, Subcommand)]
pub enum ChannelCommand {
    /// Show all.
    List,
    /// Take one from the account that it belongs to.
    Drop {
        /// Its name.
        name: String,
    },
    /// Make somebody its operator until they leave, also of the lobby.
    Op {
        /// Its name.
        name: String,
        /// Nick.
        nick: String,
    },
    /// Change its modes, as an operator of it would: +m, -o bob, +b 'bob!*@*'.
    Mode {
        /// Its name.
        name: String,
        /// The letters.
        #[arg(allow_hyphen_values = true)]
        modes: String,
        /// Their parameters, in order.
        values: Vec<String>,
    },
    /// Take somebody out of it.
    Kick {
        /// Its name.
        name: String,
        /// Nick.
        nick: String,
        /// Reason.
        reason: Vec<String>,
    },
}

/// Commands for hooks.
#[derive(Debug, Subcommand)]
pub enum HookCommand {
    /// Make one; its token is shown once.
    Add {
        /// Its name, under which its messages appear.
        name: String,
        /// The channel, such as '#builds'.
        channel: String,
        /// Let it read the channel (GET /events), instead of posting there.
        #[arg(long)]
        read: bool,
    },
    /// Show all, without their tokens.
    List,
    /// Remove one; its token is not accepted any more.
    Remove {
        /// Its name.
        name: String,
    },
}

/// Commands for bans.
#[derive(Debug, Subcommand)]
pub enum BanCommand {
    /// Keep somebody out, or only silent.
    Add {
        /// An account, an address, a network (192.0.2.0/24) or a mask (nick!user@host).
        target: String,
        /// For how long: 30m, 12h, 2d, 1w; until it is removed, if not given.
        #[arg(long = "for", value_name = "DURATION")]
        duration: Option<String>,
        /// Reason.
        #[arg(long, default_value = "")]
        reason: String,
        /// Let them be here, but say nothing to anybody but operators.
        #[arg(long)]
        mute: bool,
    },
    /// Show all.
    List,
    /// Let somebody in again.
    Remove {
        /// The ban's target.
        target: String,
    },
}

/// A nick that some server could take.
fn nick(text: &str) -> Result<String, String> {
    let cannot = |c: char| c.is_whitespace() || c.is_control() || ",:!@#".contains(c);
    if text.is_empty() || text.contains(cannot) {
        return Err("a nick has no spaces and none of , : ! @ #".into());
    }
    Ok(text.to_owned())
}

/// One room or nick.
fn place(text: &str) -> Result<String, String> {
    let cannot = |c: char| c.is_whitespace() || c.is_control() || c == ',';
    if text.is_empty() || text.contains(cannot) {
        return Err("name one room (#room) or one nick".into());
    }
    Ok(text.to_owned())
}

/// Returns the error for a mistyped command, which would be taken for a host.
pub fn misspelt(join: &Join) -> Option<String> {
    let server = join.server.as_ref()?;
    let typed = std::env::args().nth(1)?;
    if typed != server.host || typed.contains(['.', ':']) {
        return None;
    }
    let command = <Arguments as clap::CommandFactory>::command();
    let names: Vec<String> = command
        .get_subcommands()
        .map(|known| known.get_name().to_owned())
        .collect();
    let near = parlour_client::suggest::suggest(&typed, names.iter().map(String::as_str))?;
    Some(format!(
        "there is no command {typed}; did you mean parlour {near}? A server of that name is joined by parlour join {typed}"
    ))
}
