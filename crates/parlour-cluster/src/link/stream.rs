//! Stream of the cluster: created with settings under which nothing is lost, and checked for them.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, Info, RetentionPolicy, StorageType, Stream,
};
use async_nats::jetstream::{Context, ErrorCode};

use super::{ANSWER, LinkError, Names, failed};

/// Time in which the stream knows the ids of messages, so that one that is published again is stored once.
/// The order of entries knows those of batches for ever; this saves the bytes.
const DUPLICATES: Duration = Duration::from_secs(120);

/// Pause before a stream is looked for again.
const AGAIN: Duration = Duration::from_millis(200);
/// Key of the stream's metadata by which one knows it from others of its name, before and after it.
const ORIGIN: &str = "parlour-origin";

/// Opens the stream, or creates it.
pub(super) async fn open(
    context: &Context,
    names: &Names,
    replicas: usize,
    may_create: bool,
) -> Result<Stream, LinkError> {
    let stream = match find(context, names).await {
        Err(LinkError::Missing(_)) if may_create => {
            let created = context.create_stream(wanted(names, replicas)).await;
            match created {
                Ok(created) => created,
                // Another node was first, or else it cannot be created.
                Err(why) => find_soon(context, names)
                    .await
                    .ok_or_else(|| unopened(why))?,
            }
        }
        found => found?,
    };
    check(&stream.cached_info().config, names, replicas)?;
    Ok(stream)
}

/// Returns the settings of a new stream.
fn wanted(names: &Names, replicas: usize) -> Config {
    // The keys of each are random.
    let origin = RandomState::new().build_hasher().finish();
    Config {
        name: names.stream.clone(),
        subjects: vec![names.subject.clone()],
        description: Some("Journal of a parlour cluster".into()),
        storage: StorageType::File,
        retention: RetentionPolicy::Limits,
        // Never the old ones: a full stream refuses, and the node says so.
        discard: DiscardPolicy::New,
        num_replicas: replicas,
        duplicate_window: DUPLICATES,
        deny_delete: true,
        metadata: [(ORIGIN.to_owned(), format!("{origin:016x}"))].into(),
        ..Config::default()
    }
}

/// Opens the stream, if there is one.
async fn find(context: &Context, names: &Names) -> Result<Stream, LinkError> {
    context
        .get_stream(&names.stream)
        .await
        .map_err(|error| match error.kind() {
            GetStreamErrorKind::JetStream(said)
                if said.error_code() == ErrorCode::STREAM_NOT_FOUND =>
            {
                LinkError::Missing(names.stream.clone())
            }
            // Also while JetStream has no leader.
            GetStreamErrorKind::JetStream(_)
            | GetStreamErrorKind::EmptyName
            | GetStreamErrorKind::Request
            | GetStreamErrorKind::InvalidStreamName => unopened(error),
        })
}

/// Opens a stream that another node has just created, and that may have no leader yet.
async fn find_soon(context: &Context, names: &Names) -> Option<Stream> {
    let until = Instant::now() + ANSWER;
    loop {
        match find(context, names).await {
            Ok(stream) => return Some(stream),
            Err(_) if Instant::now() > until => return None,
            // JetStream tells nobody that a stream has a leader now: it is asked again.
            Err(_) => tokio::time::sleep(AGAIN).await,
        }
    }
}

fn unopened(source: impl Into<async_nats::Error>) -> LinkError {
    failed("the stream cannot be opened", source)
}

/// Returns the origin of a stream: of one that an administrator has made, the time of that.
pub(super) fn origin(info: &Info) -> String {
    match info.config.metadata.get(ORIGIN) {
        Some(origin) => origin.clone(),
        None => info.created.unix_timestamp_nanos().to_string(),
    }
}

/// Checks the settings of a stream that was there.
fn check(found: &Config, names: &Names, replicas: usize) -> Result<(), LinkError> {
    let faults = [
        (found.subjects != [names.subject.clone()], "other subjects"),
        (
            !matches!(found.storage, StorageType::File),
            "its messages in memory, where a crash loses them",
        ),
        (
            !matches!(found.retention, RetentionPolicy::Limits),
            "a retention policy that deletes messages once they are read",
        ),
        (
            found.max_age > Duration::ZERO
                || found.max_messages > 0
                || found.max_messages_per_subject > 0,
            "a limit by which it deletes messages that nodes still need",
        ),
        (
            found.max_bytes > 0 && !matches!(found.discard, DiscardPolicy::New),
            "a limit of bytes beyond which it deletes old messages",
        ),
        (found.no_ack, "no acknowledgements"),
        (found.max_message_size > 0, "a limit of bytes for a message"),
    ];
    check_copies(found, replicas)?;
    match faults.into_iter().find(|(is_there, _)| *is_there) {
        None => Ok(()),
        Some((_, what)) => Err(LinkError::Unsafe {
            stream: names.stream.clone(),
            what: what.to_owned(),
        }),
    }
}

/// Checks that a stream has as many copies as are wanted.
pub(super) fn check_copies(found: &Config, replicas: usize) -> Result<(), LinkError> {
    if found.num_replicas >= replicas {
        return Ok(());
    }
    Err(LinkError::Unsafe {
        stream: found.name.clone(),
        what: format!(
            "{} copies, and {replicas} are wanted (replicas in [cluster])",
            found.num_replicas
        ),
    })
}
