//! Server end of the admin socket.

use parlour_core::reply::AdminReply;
use std::fs::Permissions;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use parlour_core::event::Addressee;
use parlour_core::request::{
    AdminCommand, AdminQuestion, BanRequest, NewAccount, NewPassword, Origin,
};
use parlour_core::state::BanAction;
use parlour_core::{Body, Change, Name, Question, Reply, Request as CoreRequest, Secret};
use parlour_doors::{irc, time};
use parlour_store::{DataDir, Reader, StoreError, backup_uploads};
use serde_json::json;

use super::protocol::{AdminAnswer, AdminRequest, socket};
use super::{hooks, sentences};
use crate::channel_feed::ChannelFeed;
use crate::console::Console;
use crate::web_backend::WebBackend;

/// Size limit of a request in bytes.
const REQUEST_BYTES: u64 = 64 * 1024;
/// Limit of requests served at once.
const AT_ONCE: usize = 16;
/// Time limit for the client to send its request, and to read each part of the answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time limit for the core's reply.
const CORE_PATIENCE: Duration = Duration::from_secs(20);

/// Admin socket; its file is removed when this is dropped.
pub(crate) struct Admin {
    path: PathBuf,
    stopped: Arc<AtomicBool>,
}

impl Admin {
    /// Opens the socket and serves its requests. If the path of the data directory is too long for
    /// a socket, logs that and returns `None`; everything else works.
    pub fn start(data: &Arc<DataDir>, backend: &WebBackend) -> Option<Admin> {
        let path = socket(data.path());
        match listen(&path) {
            Ok(listener) => {
                let stopped = Arc::new(AtomicBool::new(false));
                let (console, feed) = (backend.console.clone(), backend.feed.clone());
                let data = data.clone();
                let is_over = stopped.clone();
                let accepting = std::thread::Builder::new()
                    .name("admin".into())
                    .spawn(move || accept(&listener, &data, (&console, &feed), &is_over));
                if let Err(error) = accepting {
                    tracing::warn!("`parlour admin` does not work: {error}");
                    return None;
                }
                Some(Admin { path, stopped })
            }
            Err(error) => {
                tracing::warn!(
                    "`parlour admin` does not work: {} cannot be made: {error}",
                    path.display()
                );
                None
            }
        }
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        // Wakes the accepting thread, which then sees `stopped`.
        let _ = UnixStream::connect(&self.path);
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Binds the socket; only the owner may use it.
fn listen(path: &Path) -> std::io::Result<UnixListener> {
    // A socket left over is of a crashed server: the lock on the directory is ours.
    let _ = std::fs::remove_file(path);
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Accepts connections until `is_over`, and serves each on a thread of its own.
fn accept(
    listener: &UnixListener,
    data: &Arc<DataDir>,
    (console, feed): (&Arc<Console>, &Arc<ChannelFeed>),
    is_over: &AtomicBool,
) {
    let busy = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        if is_over.load(Ordering::Acquire) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if busy.fetch_add(1, Ordering::AcqRel) >= AT_ONCE {
            busy.fetch_sub(1, Ordering::AcqRel);
            let why = AdminAnswer::Failed("too many requests at once; try again".into());
            let line = serde_json::to_string(&why).unwrap_or_default();
            let _ = writeln!(&stream, "{line}");
            continue;
        }
        let (data, console, done) = (data.clone(), console.clone(), busy.clone());
        let feed = feed.clone();
        let serving = std::thread::Builder::new()
            .name("admin request".into())
            .spawn(move || {
                // Counted down by its drop: also when serving panics.
                let _serving = Serving(done);
                // A client that has disconnected needs no answer.
                let _ = serve(stream, &data, &console, &feed);
            });
        if serving.is_err() {
            busy.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// Request that counts among those at once until it is dropped.
struct Serving(Arc<AtomicUsize>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Reads one request and writes its answer.
fn serve(
    stream: UnixStream,
    data: &DataDir,
    console: &Console,
    feed: &ChannelFeed,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = Vec::new();
    // A longer request is cut off, and then fails to parse.
    BufReader::new((&stream).take(REQUEST_BYTES)).read_until(b'\n', &mut line)?;
    let mut out = BufWriter::new(&stream);
    let mut say = |answer: &AdminAnswer| -> Result<(), String> {
        let line = serde_json::to_string(answer).map_err(|error| error.to_string())?;
        writeln!(out, "{line}").map_err(|error| error.to_string())
    };
    let last = match serde_json::from_slice(&line) {
        Ok(request) => match answer(request, data, (console, feed), &mut say) {
            Ok(last) => last,
            Err(why) => AdminAnswer::Failed(why),
        },
        Err(error) => AdminAnswer::Failed(format!("that is no request: {error}")),
    };
    let _ = say(&last);
    out.flush()
}

/// Writer of answer lines to the client.
pub(super) type Say<'s> = dyn FnMut(&AdminAnswer) -> Result<(), String> + 's;

/// Handles a request. Returns the last line of the answer.
fn answer(
    request: AdminRequest,
    data: &DataDir,
    (console, feed): (&Console, &ChannelFeed),
    say: &mut Say<'_>,
) -> Result<AdminAnswer, String> {
    let unreadable = |error: StoreError| error.to_string();
    match request {
        AdminRequest::AccountExport { name } => export(&name, data, console, say),
        AdminRequest::Audit { limit } => {
            let reader = Reader::open(data).map_err(unreadable)?;
            for noted in reader.audit(limit).map_err(unreadable)? {
                say(&sentences::audit(&noted))?;
            }
            Ok(AdminAnswer::Done(String::new()))
        }
        AdminRequest::Backup { file } => {
            let reader = Reader::open(data).map_err(unreadable)?;
            reader.backup(&file).map_err(unreadable)?;
            let uploads = backup_uploads(data, &file).map_err(unreadable)?;
            note(console, "backup", &file.display().to_string())?;
            let also = uploads.map_or_else(String::new, |folder| {
                format!(" The uploaded files are in {}.", folder.display())
            });
            Ok(AdminAnswer::Done(format!(
                "{} is a copy of the database as it is now.{also}",
                file.display()
            )))
        }
        AdminRequest::Cluster => cluster(console, say),
        AdminRequest::Drain { seconds } => {
            console.drain();
            // Load balancers look at /readyz every few seconds, and tell nobody.
            std::thread::sleep(Duration::from_secs(seconds));
            stop(console, "drain");
            Ok(AdminAnswer::Done(
                "The server is stopping; its users may come back on another one.".into(),
            ))
        }
        AdminRequest::Stop => {
            stop(console, "stop");
            Ok(AdminAnswer::Done("The server is stopping.".into()))
        }
        AdminRequest::HookAdd {
            name,
            channel,
            read,
        } => hooks::add(console, (name, channel, read), say),
        AdminRequest::HookList => hooks::list(console, say),
        AdminRequest::HookRemove { name } => hooks::remove(console, feed, name),
        other @ (AdminRequest::AccountAdd { .. }
        | AdminRequest::AccountList
        | AdminRequest::AccountReset { .. }
        | AdminRequest::AccountErase { .. }
        | AdminRequest::ChannelList
        | AdminRequest::ChannelDrop { .. }
        | AdminRequest::ChannelMode { .. }
        | AdminRequest::ChannelKick { .. }
        | AdminRequest::BanAdd { .. }
        | AdminRequest::BanList
        | AdminRequest::BanRemove { .. }
        | AdminRequest::Who
        | AdminRequest::Say { .. }) => {
            let reply = ask(console, to_core_request(other)?)?;
            let mut answers = sentences::answers(&reply);
            let last = answers.pop();
            for answer in &answers {
                say(answer)?;
            }
            Ok(last.unwrap_or(AdminAnswer::Done(String::new())))
        }
    }
}

/// Converts a request to the core's.
fn to_core_request(request: AdminRequest) -> Result<CoreRequest, String> {
    let change = CoreRequest::Do;
    let ask = |question| CoreRequest::Ask(Question::Admin(question));
    let name = |text: String| Name::from(text);
    Ok(match request {
        AdminRequest::AccountAdd {
            name: account,
            password,
        } => change(Change::CreateAccount(Box::new(NewAccount {
            name: Some(name(account.clone())),
            nick: Some(name(account).into()),
            for_another: true,
            mail: None,
            code: None,
            password: Some(Secret::new(&password)),
            verifier: None,
            origin: here(),
        }))),
        AdminRequest::AccountReset {
            name: account,
            password,
        } => {
            let password = NewPassword {
                current: None,
                password: Some(Secret::new(&password)),
                verifier: None,
                origin: here(),
            };
            let command = AdminCommand::ResetPassword(name(account).into(), Box::new(password));
            change(Change::Admin(command))
        }
        AdminRequest::AccountErase { name: account } => change(Change::Admin(
            AdminCommand::EraseAccount(name(account).into()),
        )),
        AdminRequest::ChannelDrop { name: channel } => change(Change::Admin(
            AdminCommand::DropChannel(name(channel).into()),
        )),
        other @ (AdminRequest::ChannelMode { .. }
        | AdminRequest::ChannelKick { .. }
        | AdminRequest::BanAdd { .. }) => change(moderation_change(other)?),
        AdminRequest::BanRemove { target } => change(Change::Unban(name(target))),
        AdminRequest::Say { target, text } => {
            if text.trim().is_empty() {
                return Err("there is nothing to say".into());
            }
            let command = AdminCommand::Say(name(target), name(one_line(&text)?).into());
            change(Change::Admin(command))
        }
        AdminRequest::AccountList => ask(AdminQuestion::Accounts),
        AdminRequest::ChannelList => ask(AdminQuestion::Channels),
        AdminRequest::Who => ask(AdminQuestion::Users),
        AdminRequest::BanList => CoreRequest::Ask(Question::Bans),
        AdminRequest::AccountExport { .. }
        | AdminRequest::Audit { .. }
        | AdminRequest::Backup { .. }
        | AdminRequest::HookAdd { .. }
        | AdminRequest::HookList
        | AdminRequest::HookRemove { .. }
        | AdminRequest::Cluster
        | AdminRequest::Drain { .. }
        | AdminRequest::Stop => return Err("that is not for the core".into()),
    })
}

/// Converts a request of moderation, in a channel or on the whole server.
fn moderation_change(request: AdminRequest) -> Result<Change, String> {
    Ok(match request {
        AdminRequest::ChannelMode {
            name: channel,
            modes,
        } => {
            let words: Vec<&str> = modes.iter().map(String::as_str).collect();
            let (messages, values) = words.split_first().ok_or("name some modes, as +o bob")?;
            let changes = irc::read_modes(&channel, messages, values)?;
            Change::Admin(AdminCommand::Mode(channel.into(), changes))
        }
        AdminRequest::ChannelKick {
            name: channel,
            nick,
            reason,
        } => Change::Admin(AdminCommand::Kick {
            channel: channel.into(),
            nick: nick.into(),
            reason: one_line(&reason)?.into(),
        }),
        AdminRequest::BanAdd {
            target,
            mute,
            duration,
            reason,
        } => Change::Ban(BanRequest {
            target: one_line(&target)?.into(),
            action: if mute {
                BanAction::Mute
            } else {
                BanAction::Refuse
            },
            duration,
            reason: one_line(&reason)?.into(),
        }),
        AdminRequest::AccountAdd { .. }
        | AdminRequest::AccountList
        | AdminRequest::AccountReset { .. }
        | AdminRequest::AccountErase { .. }
        | AdminRequest::AccountExport { .. }
        | AdminRequest::ChannelList
        | AdminRequest::ChannelDrop { .. }
        | AdminRequest::BanList
        | AdminRequest::BanRemove { .. }
        | AdminRequest::Who
        | AdminRequest::Say { .. }
        | AdminRequest::Audit { .. }
        | AdminRequest::Backup { .. }
        | AdminRequest::HookAdd { .. }
        | AdminRequest::HookList
        | AdminRequest::HookRemove { .. }
        | AdminRequest::Cluster
        | AdminRequest::Drain { .. }
        | AdminRequest::Stop => return Err("that keeps no order".into()),
    })
}

/// Origin of secrets that arrive over the socket: this machine.
fn here() -> Origin {
    Origin {
        address: "127.0.0.1".into(),
        secure: true,
    }
}

/// Checks that a text fits into one line of a message.
fn one_line(text: &str) -> Result<String, String> {
    if text.contains(['\r', '\n', '\0']) {
        return Err("a text has one line".into());
    }
    if text.len() > parlour_core::limits::TEXT_BYTES {
        let most = parlour_core::limits::TEXT_BYTES;
        return Err(format!("a text has at most {most} bytes"));
    }
    Ok(text.to_owned())
}

/// Sends a request to the core and waits for its reply, which comes only after the commit.
pub(super) fn ask(console: &Console, request: CoreRequest) -> Result<Reply, String> {
    console
        .ask(request)
        .recv_timeout(CORE_PATIENCE)
        .map_err(|_| "the server does not answer: maybe its disk is full; its log says more".into())
}

/// Shows the nodes of the cluster. It is answered without the stream, which may be away.
fn cluster(console: &Console, say: &mut Say<'_>) -> Result<AdminAnswer, String> {
    let status = console
        .cluster()
        .recv_timeout(CORE_PATIENCE)
        .map_err(|_| "the server does not answer; its log says more".to_owned())?
        .ok_or("this server is on its own: it was started without --cluster")?;
    for node in &status.nodes {
        say(&sentences::node(node))?;
    }
    Ok(AdminAnswer::Done(sentences::cluster(&status)))
}

/// Stops the server, and appends an entry to the audit log.
fn stop(console: &Console, action: &str) {
    // Must also work while nothing can be committed: the reply to the audit entry is not awaited.
    let note = AdminCommand::Note(action.into(), "".into());
    let _ = console.ask(CoreRequest::Do(Change::Admin(note)));
    console.stop_server();
}

/// Appends an entry to the audit log.
fn note(console: &Console, action: &str, about: &str) -> Result<(), String> {
    let note = AdminCommand::Note(action.into(), about.into());
    ask(console, CoreRequest::Do(Change::Admin(note))).map(|_| ())
}

/// Exports an account: its data, then all of its messages.
fn export(
    name: &str,
    data: &DataDir,
    console: &Console,
    say: &mut Say<'_>,
) -> Result<AdminAnswer, String> {
    let question = Question::Admin(AdminQuestion::Account(name.into()));
    let account = match ask(console, CoreRequest::Ask(question))? {
        Reply::Admin(AdminReply::Accounts(mut found)) if found.len() == 1 => found.remove(0),
        Reply::Refused(_)
        | Reply::Passed
        | Reply::Session(_)
        | Reply::Channel(_)
        | Reply::User(_)
        | Reply::History(_)
        | Reply::Metadata(_)
        | Reply::Account(_)
        | Reply::Ownership(_)
        | Reply::Admin(_) => return Err(format!("There is no account {name}.")),
    };
    // Before the first row: no export goes unrecorded, not even one that breaks off.
    note(console, "export", &account.name)?;
    let fields = json!({
        "account": &*account.name,
        "created": time::format(account.created.0),
        "always_on": account.always_on,
        "certificates": account.certificates,
    });
    row(fields, say)?;
    let reader = Reader::open(data).map_err(|error| error.to_string())?;
    let mut count = 0;
    reader
        .messages_of(&account.name, account.created, |event| {
            count += 1;
            let Body::Message { to, text, .. } = &event.body else {
                return Ok(());
            };
            let target: &str = match to {
                Addressee::Channel(place, _) => &place.name,
                Addressee::User(nick) => nick,
            };
            let fields = json!({
                "time": time::format(event.id.time().0),
                "msgid": event.id.to_string(),
                "nick": &*event.from.nick,
                "target": target,
                "text": &**text,
            });
            row(fields, say).map_err(ExportError)
        })
        .map_err(|ExportError(why)| why)?;
    Ok(AdminAnswer::Done(format!("{count} messages.")))
}

/// Error that ends an export.
struct ExportError(String);

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        ExportError(error.to_string())
    }
}

/// Sends a JSON object as a row.
pub(super) fn row(fields: serde_json::Value, say: &mut Say<'_>) -> Result<(), String> {
    match fields {
        serde_json::Value::Object(fields) => say(&AdminAnswer::Row(fields)),
        _ => Ok(()),
    }
}
