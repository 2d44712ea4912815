//! The chat behind the HTTP service.

use std::sync::Arc;
use std::time::Duration;

use parlour_core::error::{ChannelError, HookError};
use parlour_core::event::Addressee;
use parlour_core::hidden::{Hidden, LogReader};
use parlour_core::history::{HistoryQuery, Log, Range};
use parlour_core::names::Casemapping;
use parlour_core::reply::AdminReply;
use parlour_core::request::{AdminCommand, AdminQuestion, HookCommand, HookMessage, MessageKind};
use parlour_core::state::{Hook, HookKey, HookRight, Ranks};
use parlour_core::{Body, Change, Event, MsgId, Question, Refusal, Reply, Request, UserId};
use parlour_doors::error_text::describe;
use parlour_doors::time;
use parlour_store::{DataDir, Reader};
use parlour_web::{Answered, Backend, Feed, FeedItem, Files, Follow, HookRefusal, Uploader};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::channel_feed::ChannelFeed;
use crate::console::Console;
use crate::hook_token;
use crate::metrics::Metrics;
use crate::web_files::WebFiles;

/// Time limit for the core's reply: a commit may wait for the disk.
const CORE_PATIENCE: Duration = Duration::from_secs(20);
/// Time limit for the core to answer that it is there.
const READY_PATIENCE: Duration = Duration::from_secs(2);
/// Items of a feed that may wait for its reader.
const FEED_WAITING: usize = 64;
/// Messages of one page, while a feed is resumed.
const PAGE: usize = 500;

/// The chat, for the HTTP service.
pub(crate) struct WebBackend {
    /// Session of the administrator.
    pub console: Arc<Console>,
    /// Session of hooks and their readers.
    hooks: Arc<Console>,
    pub feed: Arc<ChannelFeed>,
    pub metrics: Arc<Metrics>,
    data: Arc<DataDir>,
    casemapping: Casemapping,
    files: WebFiles,
}

impl WebBackend {
    /// Creates the backend.
    pub fn new(
        (console, hooks): (Arc<Console>, Arc<Console>),
        data: &Arc<DataDir>,
        casemapping: Casemapping,
        metrics: Arc<Metrics>,
        files: WebFiles,
    ) -> WebBackend {
        WebBackend {
            console,
            hooks,
            feed: Arc::new(ChannelFeed::new(casemapping)),
            data: data.clone(),
            casemapping,
            metrics,
            files,
        }
    }

    /// Sends a request to the core, and waits for its reply.
    async fn ask(console: &Console, request: Request) -> Result<Reply, HookRefusal> {
        let reply = console.ask_async(request);
        match tokio::time::timeout(CORE_PATIENCE, reply).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(_)) | Err(_) => Err(HookRefusal::Unavailable),
        }
    }
}

impl Backend for WebBackend {
    fn post(&self, token: String, text: String) -> Answered<Result<String, HookRefusal>> {
        let console = self.hooks.clone();
        Box::pin(async move {
            let message = HookMessage {
                key: hook_token::key(&token),
                text: text.into(),
            };
            let change = Change::Admin(AdminCommand::Hook(HookCommand::Post(message)));
            match WebBackend::ask(&console, Request::Do(change)).await? {
                Reply::Admin(AdminReply::HookPosted(id)) => Ok(id.to_string()),
                Reply::Refused(refusal) => Err(refused(&refusal)),
                other => Err(unexpected(&other)),
            }
        })
    }

    fn hook_uploader(&self, token: String) -> Answered<Result<Uploader, HookRefusal>> {
        let console = self.hooks.clone();
        let uploader = self.files.hook_uploader();
        Box::pin(async move {
            let key = hook_token::key(&token);
            let (hook, _) = hook_of(&console, key, HookRight::Post).await?;
            Ok(uploader(&hook.name))
        })
    }

    fn follow(&self, follow: Follow) -> Answered<Result<Feed, HookRefusal>> {
        let (console, feed) = (self.hooks.clone(), self.feed.clone());
        let (data, casemapping) = (self.data.clone(), self.casemapping);
        Box::pin(async move {
            let key = hook_token::key(&follow.token);
            let (hook, from) = hook_of(&console, key, HookRight::Read).await?;
            let channel = hook.channel.to_string();
            let is_asked = |asked: &String| casemapping.fold(asked) == casemapping.fold(&channel);
            if !follow.channel.as_ref().is_none_or(is_asked) {
                return Err(HookRefusal::NoSuchToken);
            }
            // Before the history is read: what is said meanwhile is in both, and passed on once.
            let live = feed.follow(&channel, key).ok_or(HookRefusal::Unavailable)?;
            let after = follow.after.as_deref().and_then(MsgId::parse);
            let past = Past {
                data,
                log: Log::Channel(casemapping.fold(&channel)),
                from,
            };
            let (out, items) = mpsc::channel(FEED_WAITING);
            tokio::task::spawn_local(run_feed(past, after, live, out));
            Ok(items)
        })
    }

    fn files(&self) -> &dyn Files {
        &self.files
    }

    fn is_ready(&self) -> Answered<bool> {
        let console = self.hooks.clone();
        let is_ready = self.metrics.is_ready();
        Box::pin(async move {
            // The core answers in turn, so that one that hangs is not ready.
            let question = Request::Ask(Question::Admin(AdminQuestion::Hooks));
            let reply = tokio::time::timeout(READY_PATIENCE, console.ask_async(question)).await;
            is_ready && matches!(reply, Ok(Ok(_)))
        })
    }

    fn metrics(&self) -> Answered<String> {
        let metrics = self.metrics.clone();
        let data = self.data.clone();
        Box::pin(async move {
            let encoded = spawn_blocking(move || metrics.encode(&data)).await;
            encoded.unwrap_or_default()
        })
    }
}

/// Returns the hook of a token that gives a right, and the id before the first message of its channel
/// that may be read.
async fn hook_of(
    console: &Console,
    key: HookKey,
    right: HookRight,
) -> Result<(Hook, MsgId), HookRefusal> {
    let question = AdminQuestion::Hook(key, right);
    let question = Request::Ask(Question::Admin(question));
    match WebBackend::ask(console, question).await? {
        Reply::Admin(AdminReply::HookView(hook, from)) => Ok((hook, from)),
        Reply::Refused(refusal) => Err(refused(&refusal)),
        other => Err(unexpected(&other)),
    }
}

/// Converts a refusal of the core.
fn refused(refusal: &Refusal) -> HookRefusal {
    match refusal {
        Refusal::Hook(HookError::NoSuchToken) => HookRefusal::NoSuchToken,
        Refusal::Channel(ChannelError::NoSuchChannel(_)) => HookRefusal::NoSuchChannel,
        Refusal::CutOff => HookRefusal::CutOff(describe(refusal)),
        Refusal::Unconfirmed => HookRefusal::Unconfirmed(describe(refusal)),
        other => HookRefusal::Silenced(describe(other)),
    }
}

/// Logs a reply that the core does not give to such a request.
fn unexpected(reply: &Reply) -> HookRefusal {
    tracing::error!("a hook got an unexpected reply: {reply:?}");
    HookRefusal::Unavailable
}

/// History of a followed channel.
struct Past {
    data: Arc<DataDir>,
    log: Log,
    /// Id before the first readable one.
    from: MsgId,
}

impl Past {
    /// Reads the first messages after a place.
    async fn after(&self, after: MsgId) -> Option<Vec<Arc<Event>>> {
        let data = self.data.clone();
        let query = HistoryQuery {
            log: self.log.clone(),
            ranges: vec![Range {
                after: after.max(self.from),
                before: MsgId(u64::MAX),
                newest: false,
                limit: PAGE,
            }],
            events: false,
            // Whoever reads has no rank: what was said to some only is not for them.
            hidden: Hidden {
                spans: Vec::new(),
                reader: Some(LogReader {
                    ranks: Ranks::default(),
                    user: UserId(0),
                    account: None,
                }),
            },
        };
        let read = spawn_blocking(move || Reader::open(&data).and_then(|r| r.answer(&query)));
        match read.await {
            Ok(Ok(events)) => Some(events),
            Ok(Err(error)) => {
                tracing::error!("a feed cannot be resumed: {error}");
                None
            }
            Err(_) => None,
        }
    }
}

/// Passes on what was said since `after`, then what is said now, until either side ends.
async fn run_feed(
    past: Past,
    after: Option<MsgId>,
    mut live: mpsc::Receiver<Arc<Event>>,
    out: mpsc::Sender<FeedItem>,
) {
    let mut last = after.unwrap_or_default();
    if after.is_some() {
        loop {
            let Some(page) = past.after(last).await else {
                return;
            };
            let Some(newest) = page.last().map(|event| event.id) else {
                break;
            };
            for event in &page {
                if let Some(item) = item(event)
                    && out.send(item).await.is_err()
                {
                    return;
                }
            }
            last = newest;
        }
    }
    loop {
        let event = tokio::select! {
            event = live.recv() => event,
            () = out.closed() => return,
        };
        let Some(event) = event else { return };
        if event.id <= last {
            continue;
        }
        last = event.id;
        if let Some(item) = item(&event)
            && out.send(item).await.is_err()
        {
            return;
        }
    }
}

/// Converts an event to an item; `None` for one that readers are not told.
fn item(event: &Event) -> Option<FeedItem> {
    let time = time::format(event.id.time().0);
    let (kind, data) = match &event.body {
        Body::Message {
            kind,
            to: Addressee::Channel(place, _),
            text,
            ..
        } => {
            let kind = match kind {
                MessageKind::Message => "message",
                MessageKind::Notice => "notice",
                MessageKind::Tags => return None,
            };
            let data = json!({
                "time": time,
                "target": &*place.name,
                "from": &*event.from.nick,
                "account": event.from.account.as_deref(),
                "bot": event.from.bot,
                "kind": kind,
                "text": &**text,
                "msgid": event.id.to_string(),
            });
            ("message", data)
        }
        Body::Redacted {
            to: Addressee::Channel(place, _),
            message,
            ..
        } => {
            let data = json!({
                "time": time,
                "target": &*place.name,
                "from": &*event.from.nick,
                "msgid": message.to_string(),
            });
            ("delete", data)
        }
        // A hook follows one channel; these are of conversations, or not for readers.
        Body::Message {
            to: Addressee::User(_),
            ..
        }
        | Body::Redacted {
            to: Addressee::User(_),
            ..
        }
        | Body::Joined(_)
        | Body::Parted(..)
        | Body::Kicked { .. }
        | Body::Quit(_)
        | Body::Renamed(_)
        | Body::Topic(..)
        | Body::Modes(..)
        | Body::UserModes(_)
        | Body::Invited { .. }
        | Body::Away(_)
        | Body::Account(_)
        | Body::HostChanged(_)
        | Body::RealName(_)
        | Body::ChannelRenamed { .. }
        | Body::Wallops(_)
        | Body::Killed(..) => return None,
    };
    Some(FeedItem {
        id: event.id.to_string(),
        event: kind,
        data: data.to_string(),
    })
}
