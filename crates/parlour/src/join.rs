//! `parlour`, `parlour join`: the terminal client, set up from its configuration and the command
//! line.

use std::env;
use std::io::{self, IsTerminal};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use parlour_client::config::{self, Config};
use parlour_client::connect::Trust;
use parlour_client::engine::Login;
use parlour_client::first_run::{self, FirstRunAnswers};
use parlour_client::options::{ClientOptions, NetworkConfig};
use parlour_client::secrets::Secrets;
use parlour_client::state::State;
use parlour_client::tui;
use parlour_client::{Address, plain};

use crate::args::Join;
use crate::client::{finish, identity, pins};
use crate::paths;

/// Server that is joined when none is named.
const HERE: &str = "localhost:25000";
/// Time limit for reaching a server at the first run.
const REACHED_WITHIN: Duration = Duration::from_secs(5);
/// Room that is joined when none is named.
const LOBBY: &str = "#lobby";

/// Runs the terminal client. Exit code 0 when its user has quit, 1 if it could not run.
pub fn join(arguments: Join) -> ExitCode {
    let file = arguments.config.clone();
    if let Some(file) = file.as_ref().filter(|file| !file.exists()) {
        return finish(Err(format!("there is no {}", file.display())));
    }
    let file = file.or_else(|| Some(paths::config()?.join("client.toml")));
    if arguments.config_path {
        let shown = file.map(|file| file.display().to_string());
        println!("{}", shown.unwrap_or_else(|| "there is none".into()));
        return ExitCode::SUCCESS;
    }
    finish(run(arguments, file))
}

/// Gathers the options of the client and runs it, full-screen or line by line.
fn run(mut arguments: Join, file: Option<PathBuf>) -> Result<(), String> {
    if let Some(server) = &mut arguments.server {
        let rooms = std::mem::take(&mut server.rooms);
        arguments.channel.extend(rooms);
    }
    let on_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    // A terminal that cannot move its cursor cannot show the full-screen client.
    let is_dumb = env::var("TERM").is_ok_and(|term| term == "dumb" || term.is_empty());
    let plain_mode = arguments.plain || !on_terminal || is_dumb;
    let mut remarks = Vec::new();
    let is_new = file.as_ref().is_some_and(|file| !file.exists());
    let asked = is_new && on_terminal && arguments.server.is_none();
    let first = match asked {
        true => first_run(file.as_deref(), &mut remarks)?,
        false => None,
    };
    // After the first run, which may just have written the file.
    let config = match &file {
        Some(file) => Config::load(file)?,
        None => Config::default(),
    };
    let options = ClientOptions {
        settings: config.settings()?,
        networks: networks(&arguments, &config, first.as_ref())?,
        secrets: file.as_deref().map(secrets),
        config: file.clone(),
        // In a pipe, each run starts afresh and leaves nothing behind.
        state: if on_terminal {
            state(&mut remarks)
        } else {
            None
        },
        remarks,
        reload: Box::new(move || match &file {
            Some(file) => Config::load(file)?.settings(),
            None => Config::default().settings(),
        }),
    };
    let ran = if plain_mode {
        plain::run(options)
    } else {
        tui::run(options)
    };
    ran.map_err(|error| error.to_string())
}

/// Asks the three questions of the first run, and writes the configuration file from the answers.
/// Returns the password if one was typed; adds remarks for the user.
fn first_run(
    file: Option<&Path>,
    remarks: &mut Vec<String>,
) -> Result<Option<TypedPassword>, String> {
    let Some(file) = file else {
        return Ok(None);
    };
    let nick = identity(None).nick;
    let Some(FirstRunAnswers {
        server,
        nick,
        password,
        make,
    }) = first_run::ask(HERE, &nick, reach).map_err(|error| error.to_string())?
    else {
        return Err("nothing was written; parlour HOST joins a server without questions".into());
    };
    remarks.push(format!(
        "Welcome, {nick}. What you type is said in the room; /help lists the commands."
    ));
    let account = password.as_ref().map(|_| nick.as_str());
    let text = config::written_for(&server.to_string(), &nick, account);
    let written = file
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(file, text));
    written.map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    remarks.push(format!("Your configuration is {}.", file.display()));
    Ok(password.map(|password| TypedPassword { password, make }))
}

/// Password typed at the first run. It is stored once the server has accepted it.
struct TypedPassword {
    password: String,
    /// True if the account is to be registered.
    make: bool,
}

/// Checks that a server accepts TCP connections.
fn reach(address: &Address) -> Result<(), String> {
    let shown = address.to_string();
    let found = (address.host.as_str(), address.port).to_socket_addrs();
    let found = found.map_err(|error| format!("{shown} cannot be found: {error}"))?;
    let mut last = format!("{shown} cannot be found");
    for one in found {
        match TcpStream::connect_timeout(&one, REACHED_WITHIN) {
            Ok(_) => return Ok(()),
            Err(error) => last = format!("{shown} cannot be reached: {error}"),
        }
    }
    Err(last)
}

/// Returns the password store beside the configuration file.
fn secrets(file: &Path) -> Secrets {
    Secrets::new(file.parent().unwrap_or(Path::new(".")))
}

/// Opens the state that survives the client, such as drafts. Returns `None` if there is no place
/// for it, or another client has locked it.
fn state(remarks: &mut Vec<String>) -> Option<State> {
    let directory = paths::state()?;
    match State::take(&directory) {
        Ok(Some(state)) => Some(state),
        Ok(None) => {
            remarks.push("Another parlour runs: it keeps the drafts, this one keeps none.".into());
            None
        }
        Err(error) => {
            let place = directory.display();
            remarks.push(format!("Drafts cannot be kept in {place}: {error}."));
            None
        }
    }
}

/// Returns the networks to join: that of the command line, else those of the configuration, else
/// this machine.
fn networks(
    arguments: &Join,
    config: &Config,
    first: Option<&TypedPassword>,
) -> Result<Vec<NetworkConfig>, String> {
    let rooms = |given: &[String]| match given {
        [] => vec![LOBBY.to_owned()],
        given => given.to_vec(),
    };
    let named = arguments.server.clone();
    let found: Vec<NetworkConfig> = config
        .network
        .iter()
        .map(|network| of_config(arguments, network, first))
        .collect::<Result<_, _>>()?;
    let Some(address) = named else {
        if !found.is_empty() {
            return Ok(found);
        }
        let address: Address = HERE.parse()?;
        return Ok(vec![of_arguments(
            arguments,
            address,
            rooms(&arguments.channel),
        )?]);
    };
    // A configured server is joined with its configuration, but in the rooms named on the command
    // line.
    let known = found.into_iter().find(|network| network.address == address);
    Ok(vec![match known {
        Some(mut network) => {
            if !arguments.channel.is_empty() || network.rooms.is_empty() {
                network.rooms = rooms(&arguments.channel);
                network.asked = !arguments.channel.is_empty();
            }
            network
        }
        None => of_arguments(arguments, address, rooms(&arguments.channel))?,
    }])
}

/// Builds a network from the command line alone.
fn of_arguments(
    arguments: &Join,
    address: Address,
    rooms: Vec<String>,
) -> Result<NetworkConfig, String> {
    let mut identity = identity(arguments.nick.clone());
    let mut keep = false;
    if let Some(account) = &arguments.account {
        let (login, typed) = login(&address, account, false, None)?;
        (identity.login, keep) = (Some(login), typed);
    }
    Ok(NetworkConfig {
        address,
        identity,
        rooms,
        asked: !arguments.channel.is_empty(),
        keep,
        trust: pins().into(),
        commands: Vec::new(),
        proxy: None,
    })
}

/// Builds a network from its section of the configuration; the command line takes precedence.
fn of_config(
    arguments: &Join,
    network: &config::NetworkSection,
    first: Option<&TypedPassword>,
) -> Result<NetworkConfig, String> {
    let address: Address = network.server.parse()?;
    let nick = arguments.nick.clone().or_else(|| network.nick.clone());
    let mut identity = identity(nick);
    if let Some(realname) = &network.realname {
        identity.realname.clone_from(realname);
    }
    let account = arguments.account.as_ref().or(network.account.as_ref());
    let mut keep = false;
    if let Some(account) = account {
        let certified = network.certificate.is_some();
        let (login, typed) = login(&address, account, certified, first)?;
        (identity.login, keep) = (Some(login), typed);
    }
    Ok(NetworkConfig {
        address,
        identity,
        rooms: network.channels.clone(),
        asked: false,
        keep,
        trust: Trust {
            certificate: network.certificate.clone(),
            ..pins().into()
        },
        commands: network.commands.clone(),
        proxy: network.proxy.clone(),
    })
}

/// Returns the account with its password: from the environment, from the password store, or asked
/// for now. The flag is true if the password was typed and is to be stored once the server has
/// accepted it.
fn login(
    address: &Address,
    account: &str,
    certified: bool,
    first: Option<&TypedPassword>,
) -> Result<(Login, bool), String> {
    if let Some(first) = first {
        let login = Login {
            account: account.to_owned(),
            password: first.password.clone(),
            register: first.make,
        };
        return Ok((login, true));
    }
    let known = match env::var("PARLOUR_PASSWORD") {
        Ok(password) => Some(password),
        Err(_) => match paths::config() {
            Some(directory) => Secrets::new(&directory).find(&address.to_string(), account)?,
            None => None,
        },
    };
    let (password, typed) = match known {
        Some(password) => (password, false),
        // The client certificate authenticates the user (SASL EXTERNAL).
        None if certified => (String::new(), false),
        None if io::stdin().is_terminal() => (ask_password(address, account)?, true),
        None => {
            return Err(format!(
                "the password of {account} at {address} is not known: set PARLOUR_PASSWORD"
            ));
        }
    };
    let login = Login {
        account: account.to_owned(),
        password,
        register: false,
    };
    Ok((login, typed))
}

/// Asks for a password on the terminal.
fn ask_password(address: &Address, account: &str) -> Result<String, String> {
    let question = format!("Password of {account} at {address}: ");
    let password = first_run::password(&question).map_err(|error| error.to_string())?;
    let password = password.filter(|password| !password.is_empty());
    password.ok_or_else(|| "without the password there is no login".into())
}
