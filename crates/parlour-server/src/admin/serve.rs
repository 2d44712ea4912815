//! The server's end of the socket.

use std::fs::Permissions;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use parlour_core::event::Addressee;
use parlour_core::request::{
    AdminCommand, AdminQuestion, BanRequest, NewAccount, NewPassword, Origin,
};
use parlour_core::state::BanAction;
use parlour_core::{Body, Change, Name, Question, Reply, Request as CoreRequest, Secret};
use parlour_doors::{irc, time};
use parlour_store::{DataDir, Reader, StoreError};
use serde_json::json;

use super::{AdminAnswer, AdminRequest, sentences, socket};
use crate::core_thread::CoreMsg;
use crate::mailbox::Mailbox;

/// Bytes of a request.
const REQUEST_BYTES: u64 = 64 * 1024;
/// Requests at once.
const AT_ONCE: usize = 16;
/// How long the other end may take to say what it wants, or to read what it gets.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the core may take.
const CORE_PATIENCE: Duration = Duration::from_secs(20);

/// The socket; it is gone when this is.
pub(crate) struct Admin {
    path: PathBuf,
    stopped: Arc<AtomicBool>,
}

impl Admin {
    /// Opens the socket and answers what comes. A data directory whose path is too long for a
    /// socket has none: the log says so, and all else works.
    pub fn start(data: &Arc<DataDir>, core: &Arc<Mailbox<CoreMsg>>) -> Option<Admin> {
        let path = socket(data.path());
        match listen(&path) {
            Ok(listener) => {
                let stopped = Arc::new(AtomicBool::new(false));
                let (data, core, is_over) = (data.clone(), core.clone(), stopped.clone());
                let accepting = std::thread::Builder::new()
                    .name("admin".into())
                    .spawn(move || accept(&listener, &data, &core, &is_over));
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
        // Whoever accepts looks up once more, and sees it.
        let _ = UnixStream::connect(&self.path);
        let _ = std::fs::remove_file(&self.path);
    }
}

fn listen(path: &Path) -> std::io::Result<UnixListener> {
    // One that is left over is of a server that has crashed: the directory is ours.
    let _ = std::fs::remove_file(path);
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

fn accept(
    listener: &UnixListener,
    data: &Arc<DataDir>,
    core: &Arc<Mailbox<CoreMsg>>,
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
        let (data, core, done) = (data.clone(), core.clone(), busy.clone());
        let serving = std::thread::Builder::new()
            .name("admin request".into())
            .spawn(move || {
                // Whoever has gone reads no answer.
                let _ = serve(stream, &data, &core);
                done.fetch_sub(1, Ordering::AcqRel);
            });
        if serving.is_err() {
            busy.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

fn serve(stream: UnixStream, data: &DataDir, core: &Mailbox<CoreMsg>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = Vec::new();
    BufReader::new((&stream).take(REQUEST_BYTES)).read_until(b'\n', &mut line)?;
    let mut out = BufWriter::new(&stream);
    let mut say = |answer: &AdminAnswer| -> Result<(), String> {
        let line = serde_json::to_string(answer).map_err(|error| error.to_string())?;
        writeln!(out, "{line}").map_err(|error| error.to_string())
    };
    let last = match serde_json::from_slice(&line) {
        Ok(request) => match answer(request, data, core, &mut say) {
            Ok(last) => last,
            Err(why) => AdminAnswer::Failed(why),
        },
        Err(error) => AdminAnswer::Failed(format!("that is no request: {error}")),
    };
    let _ = say(&last);
    out.flush()
}

type Say<'s> = dyn FnMut(&AdminAnswer) -> Result<(), String> + 's;

/// Does what is asked for; the last answer.
fn answer(
    request: AdminRequest,
    data: &DataDir,
    core: &Mailbox<CoreMsg>,
    say: &mut Say<'_>,
) -> Result<AdminAnswer, String> {
    let unreadable = |error: StoreError| error.to_string();
    match request {
        AdminRequest::AccountExport { name } => export(&name, data, core, say),
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
            note(core, "backup", &file.display().to_string())?;
            Ok(AdminAnswer::Done(format!(
                "{} is a copy of the database as it is now.",
                file.display()
            )))
        }
        AdminRequest::Stop => {
            // Also where nothing can be kept now: its answer is not waited for.
            let (answer, _) = mpsc::channel();
            let note = AdminCommand::Note("stop", "".into());
            let note = CoreRequest::Do(Change::Admin(note));
            core.post_unbounded(CoreMsg::Console(note, answer));
            core.post_unbounded(CoreMsg::Stop("The server is stopping".into()));
            Ok(AdminAnswer::Done("The server is stopping.".into()))
        }
        other => {
            let reply = ask(core, of_core(other)?)?;
            let mut answers = sentences::answers(&reply);
            let last = answers.pop();
            for answer in &answers {
                say(answer)?;
            }
            Ok(last.unwrap_or(AdminAnswer::Done(String::new())))
        }
    }
}

/// What the core is asked.
fn of_core(request: AdminRequest) -> Result<CoreRequest, String> {
    let change = CoreRequest::Do;
    let ask = |question| CoreRequest::Ask(Question::Admin(question));
    let name = |text: String| Name::from(text);
    Ok(match request {
        AdminRequest::AccountAdd {
            name: account,
            password,
        } => change(Change::CreateAccount(Box::new(NewAccount {
            name: Some(name(account.clone())),
            nick: Some(name(account)),
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
            let command = AdminCommand::ResetPassword(name(account), Box::new(password));
            change(Change::Admin(command))
        }
        AdminRequest::AccountErase { name: account } => {
            change(Change::Admin(AdminCommand::EraseAccount(name(account))))
        }
        AdminRequest::ChannelDrop { name: channel } => {
            change(Change::Admin(AdminCommand::DropChannel(name(channel))))
        }
        other @ (AdminRequest::ChannelMode { .. }
        | AdminRequest::ChannelKick { .. }
        | AdminRequest::BanAdd { .. }) => change(order(other)?),
        AdminRequest::BanRemove { target } => change(Change::Unban(name(target))),
        AdminRequest::Say { target, text } => {
            if text.trim().is_empty() {
                return Err("there is nothing to say".into());
            }
            let command = AdminCommand::Say(name(target), name(one_line(&text)?));
            change(Change::Admin(command))
        }
        AdminRequest::AccountList => ask(AdminQuestion::Accounts),
        AdminRequest::ChannelList => ask(AdminQuestion::Channels),
        AdminRequest::Who => ask(AdminQuestion::Users),
        AdminRequest::BanList => CoreRequest::Ask(Question::Bans),
        AdminRequest::AccountExport { .. }
        | AdminRequest::Audit { .. }
        | AdminRequest::Backup { .. }
        | AdminRequest::Stop => return Err("that is not for the core".into()),
    })
}

/// What keeps order: in a channel, or on the whole server.
fn order(request: AdminRequest) -> Result<Change, String> {
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
                BanAction::KeepOut
            },
            duration,
            reason: one_line(&reason)?.into(),
        }),
        _ => return Err("that keeps no order".into()),
    })
}

/// Secrets over the socket come from this machine.
fn here() -> Origin {
    Origin {
        address: "127.0.0.1".into(),
        secure: true,
    }
}

/// Text that fits into a line of a message.
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

/// Asks the core and waits for its answer, which is kept by then.
fn ask(core: &Mailbox<CoreMsg>, request: CoreRequest) -> Result<Reply, String> {
    let (answer, answered) = mpsc::channel();
    core.post_unbounded(CoreMsg::Console(request, answer));
    answered
        .recv_timeout(CORE_PATIENCE)
        .map_err(|_| "the server does not answer: maybe its disk is full; its log says more".into())
}

fn note(core: &Mailbox<CoreMsg>, action: &'static str, about: &str) -> Result<(), String> {
    let note = AdminCommand::Note(action, about.into());
    ask(core, CoreRequest::Do(Change::Admin(note))).map(|_| ())
}

/// What is known about an account, and all that was said in it.
fn export(
    name: &str,
    data: &DataDir,
    core: &Mailbox<CoreMsg>,
    say: &mut Say<'_>,
) -> Result<AdminAnswer, String> {
    let listed = CoreRequest::Ask(Question::Admin(AdminQuestion::Accounts));
    let Reply::Accounts(accounts) = ask(core, listed)? else {
        return Err("the accounts cannot be listed".into());
    };
    let known = accounts.iter().find(|a| a.name.eq_ignore_ascii_case(name));
    let account = known.ok_or_else(|| format!("There is no account {name}."))?;
    note(core, "export", &account.name)?;
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
            let target = match to {
                Addressee::Channel(place, _) => &place.name,
                Addressee::User(nick) => nick,
            };
            let fields = json!({
                "time": time::format(event.id.time().0),
                "msgid": event.id.to_string(),
                "nick": &*event.from.nick,
                "target": &**target,
                "text": &**text,
            });
            row(fields, say).map_err(Broken)
        })
        .map_err(|Broken(why)| why)?;
    Ok(AdminAnswer::Done(format!("{count} messages.")))
}

/// Why an export cannot go on.
struct Broken(String);

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Broken(error.to_string())
    }
}

fn row(fields: serde_json::Value, say: &mut Say<'_>) -> Result<(), String> {
    match fields {
        serde_json::Value::Object(fields) => say(&AdminAnswer::Row(fields)),
        _ => Ok(()),
    }
}
