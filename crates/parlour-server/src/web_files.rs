//! Uploaded files behind the HTTP service: who may upload, what is made of a file, where it is.

use std::fs::{File, OpenOptions};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use parlour_core::login::{Login, Origin, Proof};
use parlour_core::names::Casemapping;
use parlour_core::reply::AdminReply;
use parlour_core::request::AdminCommand;
use parlour_core::{Change, Reply, Request, Secret, Time};
use parlour_doors::error_text::describe;
use parlour_store::{StoreError, Upload};
use parlour_web::percent::encode;
use parlour_web::{Answered, Arrived, Begun, Credentials, Files, Served, UploadRefusal, Uploader};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::clock;
use crate::cluster::SharedFiles;
use crate::config::sections::UploadsSection;
use crate::console::Console;
use crate::file_tokens::FileTokens;
use crate::hook_token;
use crate::upload_reservations::{NoRoom, OnItsWay, Reservations, Room, beside};
use crate::upload_worker::{SharedUploads, lock};

/// Bytes of a megabyte.
const MEGABYTE: u64 = 1_000_000;
/// Time for the password of an upload to be checked.
const LOGIN_PATIENCE: Duration = Duration::from_secs(20);
/// Passwords that are checked at once.
const LOGINS: usize = 16;
/// Pictures that are encoded at once.
const PICTURES: usize = 1;
/// Time for a picture to be encoded.
const PICTURE_TIME: Duration = Duration::from_secs(30);
/// Files that are copied from other nodes at once.
const COPIES: usize = 8;
/// Time that such a copy waits for others.
const COPY_PATIENCE: Duration = Duration::from_secs(5);
/// Time that a picture waits for others.
const PICTURE_PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a picture beyond which it is kept as a plain file.
const PICTURE_MAX: u64 = 30 * MEGABYTE;
/// Media types that are served as they are: none that a browser runs.
const SERVED: [&str; 14] = [
    "application/pdf",
    "application/zip",
    "audio/flac",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "image/avif",
    "text/plain",
    "video/mp4",
    "video/ogg",
    "video/quicktime",
    "video/webm",
];
/// Media type of everything else.
const BYTES: &str = "application/octet-stream";

/// Uploaded files of the server.
pub(crate) struct WebFiles {
    uploads: Option<SharedUploads>,
    settings: UploadsSection,
    tokens: FileTokens,
    console: Arc<Console>,
    casemapping: Casemapping,
    logins: Arc<Semaphore>,
    pictures: Arc<Semaphore>,
    /// Copies from other nodes at once, for those who ask for files.
    copies: Arc<Semaphore>,
    reservations: Reservations,
    /// Files of the other nodes, if this is one of several.
    shared: Option<SharedFiles>,
}

impl WebFiles {
    /// Creates the service; without a store, no files are taken.
    pub fn new(
        (uploads, shared): (Option<SharedUploads>, Option<SharedFiles>),
        settings: UploadsSection,
        tokens: FileTokens,
        console: Arc<Console>,
        casemapping: Casemapping,
    ) -> WebFiles {
        WebFiles {
            uploads,
            settings,
            tokens,
            console,
            casemapping,
            logins: Arc::new(Semaphore::new(LOGINS)),
            pictures: Arc::new(Semaphore::new(PICTURES)),
            copies: Arc::new(Semaphore::new(COPIES)),
            reservations: Reservations::default(),
            shared,
        }
    }

    fn uploader(&self, owner: String) -> Uploader {
        let megabytes = match owner.starts_with("guest:") {
            true => self.settings.guest_quota_mb,
            false => self.settings.quota_mb,
        };
        Uploader {
            owner,
            quota: megabytes * MEGABYTE,
        }
    }

    /// Returns a function from the name of a hook to the uploader that it is.
    pub fn hook_uploader(&self) -> impl FnOnce(&str) -> Uploader + Send + 'static {
        let quota = self.settings.quota_mb * MEGABYTE;
        move |name| Uploader {
            owner: format!("hook:{name}"),
            quota,
        }
    }

    /// Returns whether files of a type are taken.
    fn takes(&self, kind: &str) -> bool {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(beginning) => kind.starts_with(beginning),
            None => kind.eq_ignore_ascii_case(pattern),
        };
        self.settings.types.iter().any(fits)
    }
}

impl Files for WebFiles {
    fn limit(&self) -> Option<u64> {
        self.uploads
            .as_ref()
            .map(|_| self.settings.max_mb * MEGABYTE)
    }

    fn authorize(
        &self,
        credentials: Credentials,
        from: Option<IpAddr>,
        is_secure: bool,
    ) -> Answered<Result<Uploader, UploadRefusal>> {
        let owner = match credentials {
            Credentials::Token(token) => {
                let owner = self.tokens.owner(&token, clock::time().0);
                let refused = || {
                    let words = "The token is not right, or its ten minutes are over.";
                    UploadRefusal::NotAllowed(words.into())
                };
                return ready(owner.map(|owner| self.uploader(owner)).ok_or_else(refused));
            }
            Credentials::Password(account, password) => (account, password),
        };
        let (account, password) = owner;
        let address = from.map_or_else(String::new, |from| from.to_canonical().to_string());
        let login = Login {
            account: Some(account.into()),
            acting_as: None,
            proof: Proof::Password(Secret::new(&password)),
            origin: Origin {
                address: address.into(),
                secure: is_secure,
            },
        };
        let (console, logins, casemapping) =
            (self.console.clone(), self.logins.clone(), self.casemapping);
        let quota = self.settings.quota_mb * MEGABYTE;
        Box::pin(async move {
            let Ok(_permit) = logins.acquire().await else {
                return Err(UploadRefusal::Unavailable);
            };
            let command = AdminCommand::CheckPassword(Box::new(login));
            let reply = console.ask_async(Request::Do(Change::Admin(command)));
            match tokio::time::timeout(LOGIN_PATIENCE, reply).await {
                Ok(Ok(Reply::Admin(AdminReply::PasswordRight(name)))) => Ok(Uploader {
                    owner: format!("account:{}", casemapping.fold(&name).as_str()),
                    quota,
                }),
                Ok(Ok(Reply::Refused(refusal))) => Err(UploadRefusal::NotAllowed(format!(
                    "{}.",
                    describe(&refusal)
                ))),
                _ => Err(UploadRefusal::Unavailable),
            }
        })
    }

    fn begin(
        &self,
        uploader: Uploader,
        size: Option<u64>,
    ) -> Answered<Result<Begun, UploadRefusal>> {
        let Some(uploads) = self.uploads.clone() else {
            return ready(Err(UploadRefusal::Off));
        };
        let total = self.settings.total_mb * MEGABYTE;
        let most = self.settings.max_mb * MEGABYTE;
        let reservations = self.reservations.clone();
        blocking(move || {
            let id = hook_token::generate().map_err(|_| UploadRefusal::Unavailable)?;
            let (usage, part) = {
                let uploads = lock(&uploads);
                (uploads.usage(&uploader.owner), uploads.part(&id))
            };
            let (own, all) = usage.map_err(|error| unkept(&error))?;
            let room = Room {
                own: uploader.quota.saturating_sub(own),
                all: total.saturating_sub(all),
            };
            let reserved = reservations.reserve(&uploader.owner, size, (most, room));
            let guard = OnItsWay::new(
                part.clone(),
                reserved.map_err(|why| no_room(why, &uploader))?,
            );
            let mut options = OpenOptions::new();
            let opened = options.write(true).create_new(true).mode(0o600).open(&part);
            let file = opened.map_err(|error| {
                tracing::error!("an upload cannot be begun: {error}");
                UploadRefusal::Unavailable
            })?;
            Ok(Begun {
                part,
                file,
                guard: Box::new(guard),
            })
        })
    }

    fn keep(&self, arrived: Arrived) -> Answered<Result<String, UploadRefusal>> {
        let Some(uploads) = self.uploads.clone() else {
            return ready(Err(UploadRefusal::Off));
        };
        if !self.takes(&arrived.kind) {
            let words = format!("Files of the type {} are not taken here.", arrived.kind);
            return ready(Err(UploadRefusal::Type(words)));
        }
        let total = self.settings.total_mb * MEGABYTE;
        let pictures = self.pictures.clone();
        let shared = self.shared.clone();
        Box::pin(async move {
            let Arrived {
                uploader,
                part,
                name,
                kind,
                size,
            } = arrived;
            let picture = match is_picture(&part) && size <= PICTURE_MAX {
                true => {
                    let permit = tokio::time::timeout(PICTURE_PATIENCE, pictures.acquire()).await;
                    let Ok(Ok(_permit)) = permit else {
                        let words = "Too many pictures are being uploaded; try again in a minute.";
                        return Err(UploadRefusal::Busy(words.into()));
                    };
                    convert(&part).await
                }
                false => None,
            };
            blocking(move || {
                let id = hook_token::generate().map_err(|_| UploadRefusal::Unavailable)?;
                let mut upload = Upload {
                    id,
                    name,
                    kind: served_kind(&kind),
                    size,
                    width: 0,
                    height: 0,
                    owner: uploader.owner.clone(),
                    created: Time(clock::time().0),
                    message: None,
                };
                let (mut file, mut thumb) = (part.clone(), None);
                if let Some(Converted {
                    kind,
                    ending,
                    width,
                    height,
                }) = picture
                {
                    (file, thumb) = (beside(&part, "out"), Some(beside(&part, "thumb")));
                    upload.name = with_ending(&upload.name, &ending);
                    (upload.kind, upload.width, upload.height) = (kind, width, height);
                    upload.size = std::fs::metadata(&file).map_or(0, |about| about.len());
                }
                let room = || {
                    let usage = lock(&uploads).usage(&uploader.owner);
                    has_room(usage, &uploader, upload.size, total)
                };
                room()?;
                let stored = shared.as_ref().map_or(Ok(()), |shared| {
                    let stored = shared.store(&upload, &file, thumb.as_deref());
                    stored.map_err(|error| {
                        tracing::error!("an upload cannot be kept: {error}");
                        UploadRefusal::Unavailable
                    })
                });
                // Others may have taken the room meanwhile.
                let kept = stored.and_then(|()| room()).and_then(|()| {
                    let kept = lock(&uploads).keep(&upload, &file, thumb.as_deref(), true);
                    kept.map_err(|error| unkept(&error))
                });
                if let (Err(_), Some(shared)) = (&kept, &shared) {
                    shared.delete([upload.id.clone()]);
                }
                kept.map(|()| address(&upload))
            })
            .await
        })
    }

    fn open(&self, id: String, small: bool) -> Answered<Option<Served>> {
        let Some(uploads) = self.uploads.clone() else {
            return ready(None);
        };
        let shared = self.shared.clone();
        let copies = self.copies.clone();
        Box::pin(async move {
            let known = local(uploads.clone(), id.clone(), small).await;
            let (None, Some(shared)) = (&known, shared) else {
                return known;
            };
            // Everybody may ask for what is nowhere: that waits, and for a while only.
            let permit = tokio::time::timeout(COPY_PATIENCE, copies.acquire()).await;
            let _permit = permit.ok()?.ok()?;
            let (all, wanted) = (uploads.clone(), id.clone());
            spawn_blocking(move || shared.copy(&all, &wanted))
                .await
                .ok()?;
            local(uploads, id, small).await
        })
    }
}

/// Opens a file that this node has.
fn local(uploads: SharedUploads, id: String, small: bool) -> Answered<Option<Served>> {
    blocking(move || {
        let uploads = lock(&uploads);
        let upload = uploads.find(&id).ok().flatten()?;
        let is_picture = upload.width > 0;
        // Of what is no picture there is no small one: `thumb` is its name.
        let small = small && is_picture;
        let path = match small {
            true => uploads.thumb(&id),
            false => uploads.file(&id),
        };
        let file = File::open(&path).ok()?;
        let size = file.metadata().ok()?.len();
        // The small picture is of the one or of the other kind: its first byte tells.
        let kind = match small {
            true => small_kind(&file),
            false => upload.kind,
        };
        Some(Served {
            path,
            size,
            kind,
            name: upload.name,
            is_picture,
        })
    })
}

/// Returns the media type of a small picture.
fn small_kind(file: &File) -> String {
    use std::os::unix::fs::FileExt as _;
    let mut first = [0];
    let is_jpeg = file.read_at(&mut first, 0).is_ok() && first[0] == 0xff;
    if is_jpeg { "image/jpeg" } else { "image/png" }.to_owned()
}

/// Checks that an owner, and the server, have room for so many bytes.
fn has_room(
    usage: Result<(u64, u64), StoreError>,
    uploader: &Uploader,
    size: u64,
    total: u64,
) -> Result<(), UploadRefusal> {
    let (own, all) = usage.map_err(|error| unkept(&error))?;
    if own.saturating_add(size) > uploader.quota {
        return Err(no_room(NoRoom::Own, uploader));
    }
    if all.saturating_add(size) > total {
        return Err(no_room(NoRoom::All, uploader));
    }
    Ok(())
}

/// Returns the refusal of an upload that there is no room for.
fn no_room(why: NoRoom, uploader: &Uploader) -> UploadRefusal {
    match why {
        NoRoom::Own => {
            let megabytes = uploader.quota / MEGABYTE;
            let words = format!("Your files may have {megabytes} MB together; delete some.");
            UploadRefusal::Full(words)
        }
        NoRoom::All => UploadRefusal::Full("The server has no room for more files.".into()),
        NoRoom::AtOnce => {
            let words = "Too many of your files are on their way; wait until some have arrived.";
            UploadRefusal::Busy(words.into())
        }
    }
}

fn unkept(error: &StoreError) -> UploadRefusal {
    tracing::error!("an upload cannot be kept: {error}");
    UploadRefusal::Unavailable
}

/// Returns the path of an upload's address.
fn address(upload: &Upload) -> String {
    let size = match upload.width {
        0 => String::new(),
        width => format!(".{width}x{}", upload.height),
    };
    format!("/files/{}{size}/{}", upload.id, encode(&upload.name))
}

/// Returns the media type that a file is served as.
fn served_kind(kind: &str) -> String {
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match SERVED.contains(&&*kind) {
        true if kind == "text/plain" => "text/plain; charset=utf-8".into(),
        true => kind,
        false => BYTES.into(),
    }
}

/// Returns a name with the ending of what was made of the file.
fn with_ending(name: &str, ending: &str) -> String {
    let has = |known: &str| {
        let own = name.rsplit_once('.').map(|(_, own)| own);
        own.is_some_and(|own| own.eq_ignore_ascii_case(known))
    };
    if has(ending) || (ending == "jpg" && has("jpeg")) {
        return name.to_owned();
    }
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{stem}.{ending}")
}

/// Returns whether a file begins as a picture of a kind that is encoded anew.
fn is_picture(path: &Path) -> bool {
    let mut head = [0; 12];
    let read = File::open(path).and_then(|mut file| std::io::Read::read(&mut file, &mut head));
    read.is_ok()
        && (head.starts_with(b"\x89PNG\r\n\x1a\n")
            || head.starts_with(b"\xff\xd8\xff")
            || head.starts_with(b"GIF8")
            || (head.starts_with(b"RIFF") && head.ends_with(b"WEBP")))
}

/// Picture as the process that encodes pictures reports it.
struct Converted {
    kind: String,
    ending: String,
    width: u32,
    height: u32,
}

/// Encodes a picture anew in a process of its own, which is ended if it takes too long. `None` for
/// one that cannot be read, which is kept as a plain file.
async fn convert(part: &Path) -> Option<Converted> {
    let mut command = tokio::process::Command::new("/proc/self/exe");
    command
        .arg("convert-picture")
        .args([part, &beside(part, "out"), &beside(part, "thumb")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .env_clear()
        .kill_on_drop(true);
    let output = tokio::time::timeout(PICTURE_TIME, command.output())
        .await
        .ok()?
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let said = String::from_utf8(output.stdout).ok()?;
    let mut words = said.split_whitespace();
    Some(Converted {
        kind: words.next()?.to_owned(),
        ending: words.next()?.to_owned(),
        width: words.next()?.parse().ok()?,
        height: words.next()?.parse().ok()?,
    })
}

fn ready<T: Send + 'static>(value: T) -> Answered<T> {
    Box::pin(std::future::ready(value))
}

/// Runs something on a thread that may wait for the disk.
fn blocking<T: Send + 'static + Failed>(work: impl FnOnce() -> T + Send + 'static) -> Answered<T> {
    Box::pin(async move { spawn_blocking(work).await.unwrap_or_else(|_| T::failed()) })
}

/// Outcome of work that has panicked.
trait Failed {
    /// Returns it.
    fn failed() -> Self;
}

impl<T> Failed for Option<T> {
    fn failed() -> Self {
        None
    }
}

impl<T> Failed for Result<T, UploadRefusal> {
    fn failed() -> Self {
        Err(UploadRefusal::Unavailable)
    }
}
