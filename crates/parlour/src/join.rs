//! `parlour`, `parlour join`: the terminal client, from its configuration or the command line.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use parlour_client::config::{self, Config};
use parlour_client::connect::Trust;
use parlour_client::engine::Login;
use parlour_client::first_run::{self, Answers};
use parlour_client::secrets::Secrets;
use parlour_client::state::State;
use parlour_client::tui::{self, Network, Options};
use parlour_client::{Address, plain};

use crate::args::Join;
use crate::client::{finish, identity, pins};
use crate::paths;

/// The server that is meant when none is named.
const HERE: &str = "localhost:25000";
/// The room that is gone into when none is named.
const LOBBY: &str = "#lobby";

/// The terminal client. Exit code 0 when its user has left, 1 if it could not run.
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

fn run(arguments: Join, file: Option<PathBuf>) -> Result<(), String> {
    let on_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let plain_mode = arguments.plain || !on_terminal;
    let mut remarks = Vec::new();
    let is_new = file.as_ref().is_some_and(|file| !file.exists());
    let asked = is_new && on_terminal && arguments.server.is_none();
    if asked {
        remarks.extend(first_run(file.as_deref())?);
    }
    let config = match &file {
        Some(file) => Config::load(file)?,
        None => Config::default(),
    };
    let options = Options {
        settings: config.settings()?,
        networks: networks(&arguments, &config, asked)?,
        // What comes out of a pipe begins anew each time, and leaves nothing behind.
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

/// Asks the three questions of the first run, and writes the file that they are kept in; what there
/// is to know of it.
fn first_run(file: Option<&Path>) -> Result<Vec<String>, String> {
    let Some(file) = file else {
        return Ok(Vec::new());
    };
    let nick = identity(None).nick;
    let Some(Answers {
        server,
        nick,
        password,
    }) = first_run::ask(HERE, &nick).map_err(|error| error.to_string())?
    else {
        return Err("nothing was written; parlour HOST joins a server without questions".into());
    };
    let mut remarks = vec![format!(
        "Welcome, {nick}. What you type is said in the room; /help tells all that can be typed."
    )];
    let account = password.as_ref().map(|_| nick.as_str());
    if let Some(password) = &password {
        let place = secrets(file).keep(&server.to_string(), &nick, password)?;
        remarks.push(format!("Your password is kept {place}."));
    }
    let text = config::written_for(&server.to_string(), &nick, account);
    let written = file
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(file, text));
    written.map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    remarks.push(format!("Your configuration is {}.", file.display()));
    Ok(remarks)
}

fn secrets(file: &Path) -> Secrets {
    Secrets::new(file.parent().unwrap_or(Path::new(".")))
}

/// What outlives the client; without a place for it, or where another client has it, nothing does.
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

/// The networks of the command line, else of the configuration, else this machine.
fn networks(arguments: &Join, config: &Config, is_new: bool) -> Result<Vec<Network>, String> {
    let rooms = |given: &[String]| match given {
        [] => vec![LOBBY.to_owned()],
        given => given.to_vec(),
    };
    let named = arguments.server.clone();
    let found: Vec<Network> = config
        .network
        .iter()
        .map(|network| of_config(arguments, network, is_new))
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
    // A server of the configuration is joined as that says, in the rooms that are named now.
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

fn of_arguments(arguments: &Join, address: Address, rooms: Vec<String>) -> Result<Network, String> {
    let mut identity = identity(arguments.nick.clone());
    if let Some(account) = &arguments.account {
        identity.login = Some(login(&address, account, false, false)?);
    }
    Ok(Network {
        address,
        identity,
        rooms,
        asked: !arguments.channel.is_empty(),
        trust: pins().into(),
    })
}

fn of_config(arguments: &Join, network: &config::Network, is_new: bool) -> Result<Network, String> {
    let address: Address = network.server.parse()?;
    let nick = arguments.nick.clone().or_else(|| network.nick.clone());
    let mut identity = identity(nick);
    if let Some(realname) = &network.realname {
        identity.realname.clone_from(realname);
    }
    let account = arguments.account.as_ref().or(network.account.as_ref());
    if let Some(account) = account {
        let certified = network.certificate.is_some();
        identity.login = Some(login(&address, account, certified, is_new)?);
    }
    Ok(Network {
        address,
        identity,
        rooms: network.channels.clone(),
        asked: false,
        trust: Trust {
            pins: pins(),
            certificate: network.certificate.clone(),
        },
    })
}

/// The account with its password: from the environment, from where it is kept, or asked for now.
fn login(
    address: &Address,
    account: &str,
    certified: bool,
    register: bool,
) -> Result<Login, String> {
    let known = match env::var("PARLOUR_PASSWORD") {
        Ok(password) => Some(password),
        Err(_) => match paths::config() {
            Some(directory) => Secrets::new(&directory).find(&address.to_string(), account)?,
            None => None,
        },
    };
    let password = match known {
        Some(password) => password,
        // The certificate says who it is.
        None if certified => String::new(),
        None if io::stdin().is_terminal() => ask_password(address, account)?,
        None => {
            return Err(format!(
                "the password of {account} at {address} is not known: set PARLOUR_PASSWORD"
            ));
        }
    };
    Ok(Login {
        account: account.to_owned(),
        password,
        register,
    })
}

fn ask_password(address: &Address, account: &str) -> Result<String, String> {
    let question = format!("Password of {account} at {address}: ");
    let password = first_run::password(&question).map_err(|error| error.to_string())?;
    let password = password.filter(|password| !password.is_empty());
    let password = password.ok_or("without the password there is no login")?;
    if let Some(directory) = paths::config() {
        let place = Secrets::new(&directory).keep(&address.to_string(), account, &password)?;
        println!("It is kept {place}.");
    }
    Ok(password)
}
