//! Host services: files, other programs and the terminal's clipboard.

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::task::{JoinHandle, JoinSet};

use crate::NetworkId;
use crate::app::{App, HostCommand, UploadOrder};
use crate::connect::Trust;
use crate::engine::Identity;
use crate::model::Alert;
use crate::options::{NetworkConfig, Reload};
use crate::pins::{Pin, Pins};
use crate::secrets::Secrets;
use crate::settings::{Settings, Tell};
use crate::state::State;
use crate::uploader::UploadRoute;
use crate::uploads::{RunningUploads, UploadEvent};
use crate::{Address, SafeText, dropped_path, saved_settings, shell};

/// Maximum text for the terminal's clipboard in bytes.
const CLIPBOARD: usize = 64 * 1024;

/// Maximum number of concurrent shell commands.
const RUNNING: usize = 4;

/// Result of a shell command.
pub(crate) struct ShellResult {
    pub net: NetworkId,
    pub buffer: String,
    pub say: bool,
    pub output: Result<String, String>,
}

impl ShellResult {
    /// Delivers the result to the buffer it was requested in.
    pub fn tell(self, app: &mut App) {
        app.executed(self.net, &self.buffer, self.say, self.output);
    }
}

/// Result of a task outside the client.
pub(crate) enum HostResult {
    /// Text from the user's editor.
    Edited(Result<String, String>),
    /// Finished shell command.
    Executed(ShellResult),
    /// Progress or end of an upload.
    Upload(UploadEvent),
    /// Pasted path of a file that there is.
    Pasted(String),
}

/// Access to everything outside the client.
pub(crate) struct HostServices {
    state: Option<State>,
    reload: Reload,
    trust: Trust,
    secrets: Option<Secrets>,
    editor: Option<JoinHandle<Result<String, String>>>,
    /// Configuration file.
    config: Option<PathBuf>,
    /// Running shell commands.
    running: JoinSet<ShellResult>,
    uploads: RunningUploads,
    /// Looks at files whose paths were pasted: a file system may hang.
    looks: JoinSet<Option<String>>,
    /// Set once the user knows that drafts cannot be saved.
    complained: bool,
}

impl HostServices {
    pub fn new(
        trust: Option<Trust>,
        state: Option<State>,
        reload: Box<dyn Fn() -> Result<Settings, String>>,
        secrets: Option<Secrets>,
        config: Option<PathBuf>,
    ) -> HostServices {
        HostServices {
            state,
            reload,
            trust: trust.unwrap_or_else(|| Pins::new(None).into()),
            secrets,
            editor: None,
            config,
            running: JoinSet::new(),
            uploads: RunningUploads::new(),
            looks: JoinSet::new(),
            complained: false,
        }
    }

    /// Saves drafts and other state.
    ///
    /// # Errors
    /// The state cannot be written; reported once until a save succeeds.
    pub fn save(&mut self, app: &App) -> Result<(), String> {
        let Some(state) = &self.state else {
            return Ok(());
        };
        match state.save(&app.saved_state()) {
            Ok(()) => self.complained = false,
            Err(_) if self.complained => {}
            Err(error) => {
                self.complained = true;
                return Err(format!(
                    "Drafts and what waits to be sent cannot be kept: {error}. They are here as long as the client is."
                ));
            }
        }
        Ok(())
    }

    /// Returns the configuration of a network the user has just named, with the nick of the current
    /// one.
    pub fn network(&self, place: &str, app: &App) -> Result<NetworkConfig, String> {
        let address: Address = place.parse().map_err(|error| format!("{place}: {error}"))?;
        let nick = app.model.nick().to_string();
        Ok(NetworkConfig {
            address,
            identity: Identity {
                realname: nick.clone(),
                nick,
                login: None,
            },
            rooms: Vec::new(),
            asked: true,
            keep: false,
            trust: Trust {
                certificate: None,
                ..self.trust.clone()
            },
            commands: Vec::new(),
            proxy: None,
        })
    }

    /// Runs a command; returns bytes for the terminal.
    pub fn command(&mut self, app: &mut App, command: HostCommand) -> Vec<u8> {
        let done = match command {
            HostCommand::Copy(text) => return copy(&text),
            HostCommand::Notify(alert) => return notify(app, &alert),
            HostCommand::Open(url) => open(&url),
            HostCommand::Export(file, text) => export(&file, &text),
            HostCommand::Trust(server) => self.list_or_forget_pins(app, server.as_deref()),
            HostCommand::TrustNew(net, server, pin) => self.trust_new(app, net, &server, &pin),
            HostCommand::KeepPassword {
                net,
                account,
                password,
            } => {
                let kept = self.keep_password(app.key_of(net), &account, &password.0);
                kept.map(|told| {
                    told.into_iter().for_each(|text| app.tell_first(net, &text));
                    None
                })
            }
            HostCommand::SaveSettings(values) => self.save_settings(&values),
            HostCommand::Exec {
                command,
                net,
                buffer,
                say,
            } => self.exec(command, net, buffer, say),
            HostCommand::CancelUploads => {
                self.uploads.cancel();
                Ok(None)
            }
            HostCommand::LookForFile(pasted) => {
                self.looks.spawn_blocking(move || {
                    let is_file = dropped_path::parse(&pasted).is_file();
                    is_file.then_some(pasted)
                });
                Ok(None)
            }
            HostCommand::Reload => (self.reload)().map(|settings| {
                app.set_settings(settings);
                Some("The configuration was read again; networks that were added are joined at the next start.".to_owned())
            }),
            HostCommand::Quit | HostCommand::Suspend | HostCommand::Redraw | HostCommand::Edit(_) | HostCommand::Mouse(_) | HostCommand::Reconnect(_) | HostCommand::Hold(_) | HostCommand::Leave(_) | HostCommand::Connect(..) | HostCommand::Upload(_) => return Vec::new(),
        };
        match done {
            Ok(Some(text)) => app.report(&text, false),
            Ok(None) => {}
            Err(error) => app.report(&error, true),
        }
        Vec::new()
    }

    fn save_settings(&self, values: &[(String, String)]) -> Result<Option<String>, String> {
        let file = self.config.as_ref();
        let file = file.ok_or("There is no place for a configuration file.")?;
        saved_settings::write(file, values)?;
        let keys: Vec<&str> = values.iter().map(|(key, _)| key.as_str()).collect();
        let (keys, file) = (keys.join(", "), file.display());
        Ok(Some(format!("{keys}: kept in {file}.")))
    }

    /// Starts a shell command.
    fn exec(
        &mut self,
        command: String,
        net: NetworkId,
        buffer: String,
        say: bool,
    ) -> Result<Option<String>, String> {
        if self.running.len() >= RUNNING {
            return Err(format!("{RUNNING} commands are running already."));
        }
        self.running.spawn(async move {
            let output = shell::run(&command).await;
            ShellResult {
                net,
                buffer,
                say,
                output,
            }
        });
        Ok(None)
    }

    /// Starts an upload.
    pub fn upload(&mut self, order: UploadOrder, route: UploadRoute) {
        self.uploads.start(order, route);
    }

    /// Waits for the next finished task; pending while there is none.
    pub async fn done(&mut self) -> HostResult {
        tokio::select! {
            edited = edited(&mut self.editor) => {
                self.editor = None;
                HostResult::Edited(edited)
            }
            event = self.uploads.next() => HostResult::Upload(event),
            Some(Ok(Some(pasted))) = self.looks.join_next() => HostResult::Pasted(pasted),
            // An empty set returns `None` at once, which disables the arm; `edited` keeps the
            // caller waiting.
            Some(Ok(executed)) = self.running.join_next() => HostResult::Executed(executed),
            else => std::future::pending().await,
        }
    }

    /// Stores a password that the server has accepted.
    fn keep_password(
        &self,
        server: &str,
        account: &str,
        password: &str,
    ) -> Result<Option<String>, String> {
        let Some(secrets) = &self.secrets else {
            return Ok(None);
        };
        let place = secrets.keep(server, account, password)?;
        Ok(Some(format!(
            "Your password is kept {place}. With account = \"{account}\" in the configuration you are logged in from the start."
        )))
    }

    /// Pins the certificate a server shows now in place of the old one.
    fn trust_new(
        &self,
        app: &mut App,
        net: NetworkId,
        server: &str,
        pin: &Pin,
    ) -> Result<Option<String>, String> {
        let pins = &self.trust.pins;
        let fault = |error: io::Error| format!("The known servers cannot be written: {error}");
        pins.forget(server).map_err(fault)?;
        pins.pin(server, pin).map_err(fault)?;
        app.reconnect_to(net);
        Ok(Some(format!(
            "The new certificate of {server} is trusted from now on."
        )))
    }

    fn list_or_forget_pins(
        &self,
        app: &mut App,
        forget: Option<&str>,
    ) -> Result<Option<String>, String> {
        let pins = &self.trust.pins;
        let fault = |error: io::Error| format!("The known servers cannot be read: {error}");
        if let Some(server) = forget {
            return match pins.forget(server).map_err(fault)? {
                true => {
                    app.reconnect_where_stopped(server);
                    Ok(Some(format!(
                        "{server} is not known any more: its next certificate is trusted at first sight."
                    )))
                }
                false => Err(format!(
                    "{server} is not known; /trust shows those that are."
                )),
            };
        }
        let all = pins.all().map_err(fault)?;
        if all.is_empty() {
            return Ok(Some("No certificate is pinned.".into()));
        }
        let lines = all
            .iter()
            .map(|(server, pin)| format!("{server}  SHA-256 {pin}"));
        Ok(Some(lines.collect::<Vec<_>>().join("\n")))
    }

    /// Starts the user's editor with a text.
    pub fn edit(&mut self, text: String) {
        self.editor = Some(tokio::task::spawn_blocking(move || edit(&text)));
    }

    /// Returns whether the user's editor has the terminal.
    pub fn is_editing(&self) -> bool {
        self.editor.is_some()
    }
}

/// Waits for the edited text; pending while there is no editor.
async fn edited(editor: &mut Option<JoinHandle<Result<String, String>>>) -> Result<String, String> {
    let Some(editor) = editor else {
        return std::future::pending().await;
    };
    editor.await.unwrap_or_else(|error| Err(error.to_string()))
}

/// Runs the user's editor on a text and returns the result.
fn edit(text: &str) -> Result<String, String> {
    let named = ["VISUAL", "EDITOR"].iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        Some(value).filter(|value| !value.trim().is_empty())
    });
    let editor = named.unwrap_or_else(|| "vi".into());
    let file = std::env::temp_dir().join(format!("parlour-{}.txt", std::process::id()));
    let fault = |error: io::Error| format!("{editor} cannot be used: {error}");
    let mut open = OpenOptions::new()
        .read(true)
        .write(true)
        // `create_new` does not follow a symbolic link planted in the temporary directory.
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    // A closure, so that the file is removed on each way out.
    let edited = (|| {
        open.write_all(text.as_bytes()).map_err(fault)?;
        // `$EDITOR` may contain arguments.
        let mut words = editor.split_whitespace();
        let status = Command::new(words.next().unwrap_or("vi"))
            .args(words)
            .arg(&file)
            .status()
            .map_err(fault)?;
        if !status.success() {
            return Err(format!(
                "{editor} ended with {status}; the text is as it was."
            ));
        }
        let mut edited = String::new();
        open.seek(SeekFrom::Start(0)).map_err(fault)?;
        // Some editors replace the file: read it by name, not by the open descriptor.
        match std::fs::read_to_string(&file) {
            Ok(text) => edited = text,
            Err(_) => {
                open.read_to_string(&mut edited).map_err(fault)?;
            }
        }
        Ok(edited)
    })();
    let _ = std::fs::remove_file(&file);
    edited
}

/// Returns the sequence that copies a text to the terminal's clipboard (OSC 52).
fn copy(text: &str) -> Vec<u8> {
    let text = irc_wire::text::cut(text, CLIPBOARD);
    format!("\x1b]52;c;{}\x1b\\", STANDARD.encode(text)).into_bytes()
}

/// Returns the sequence that notifies the user through the terminal.
fn notify(app: &App, alert: &Alert) -> Vec<u8> {
    if app.model.focused {
        return Vec::new();
    }
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let text = format!("{}: {}", alert.title, alert.body);
    let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    // A semicolon would end the field.
    let text = text.replace(';', ",");
    let multiplexed = !var("TMUX").is_empty() || !var("STY").is_empty();
    let term = var("TERM");
    match app.settings.tell {
        Tell::Off => Vec::new(),
        Tell::Auto if multiplexed => b"\x07".to_vec(),
        Tell::Auto if !var("KITTY_WINDOW_ID").is_empty() => {
            format!("\x1b]99;;{text}\x1b\\").into_bytes()
        }
        Tell::Auto if term.starts_with("foot") || term.starts_with("rxvt") => {
            format!("\x1b]777;notify;parlour;{text}\x1b\\").into_bytes()
        }
        Tell::Auto
            if matches!(
                var("TERM_PROGRAM").as_str(),
                "iTerm.app" | "WezTerm" | "ghostty"
            ) =>
        {
            format!("\x1b]9;{text}\x1b\\").into_bytes()
        }
        Tell::Auto | Tell::Bell => b"\x07".to_vec(),
    }
}

/// Opens a link with the system's handler.
fn open(url: &str) -> Result<Option<String>, String> {
    let url = crate::links::safe(url);
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let child = Command::new(opener)
        .arg(&url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match child {
        Ok(mut child) => {
            // The child is waited for, so that it does not stay a zombie.
            std::thread::spawn(move || child.wait());
            Ok(None)
        }
        Err(error) => Err(format!(
            "{opener} cannot be started ({error}); y copies the message."
        )),
    }
}

/// Writes a new file; an existing one is not overwritten.
fn export(file: &Path, text: &str) -> Result<Option<String>, String> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .and_then(|mut out| out.write_all(text.as_bytes()));
    match written {
        Ok(()) => Ok(Some(format!(
            "What is here is in {} now; parlour export writes all that the server has.",
            file.display()
        ))),
        Err(error) => Err(format!("{} cannot be written: {error}", file.display())),
    }
}

/// Returns the window title: the current buffer and the number of mentions.
pub(crate) fn title(app: &App) -> String {
    let mentions: usize = app.model.buffers.iter().map(|buffer| buffer.mentions).sum();
    let name = &app.model.buffer().name;
    let text = if mentions > 0 {
        format!("({mentions}) {name} - parlour")
    } else {
        format!("{name} - parlour")
    };
    SafeText::new(&text).to_string()
}
