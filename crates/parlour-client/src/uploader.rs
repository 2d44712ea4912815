//! Upload of one file over HTTP (draft/FILEHOST, soju.im/FILEHOST).

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::stream::try_unfold;
use http_body_util::{BodyExt, Limited, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::client::conn::http1;
use hyper::header::{
    AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HOST, LOCATION, USER_AGENT,
};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};
use url::{Position, Url};

use crate::app::UploadOrder;
use crate::connect::{Trust, connect};
use crate::proxy::Proxy;
use crate::{Address, SafeText, Security, links};

/// Path at which parlour takes uploads.
const HERE: &str = "/uploads";
/// Bytes that are read at once.
const PIECE: usize = 64 * 1024;
/// Time without any progress after which an upload is given up; the server may take as long to
/// answer, since it looks at what it got.
const STALL: Duration = Duration::from_secs(60);
/// Bytes of an answer that are read.
const ANSWER: usize = 4 * 1024;

/// Way by which files reach the server of a network.
#[derive(Clone)]
pub(crate) struct UploadRoute {
    pub address: Address,
    pub trust: Trust,
    pub proxy: Option<Proxy>,
}

/// Place that may take the file.
struct Target {
    address: Address,
    trust: Trust,
    url: Url,
}

/// Failure of an upload at one place.
enum Failure {
    /// Nothing there takes uploads: another place may.
    Elsewhere(String),
    /// The upload itself failed or was refused.
    Final(String),
}

/// Uploads a file; `progress` is told of each percent. Returns the link to the file.
///
/// # Errors
/// The file cannot be read, no server takes it, or the connection was lost.
pub(crate) async fn upload(
    order: &UploadOrder,
    route: &UploadRoute,
    progress: impl Fn(u8) + Send + Sync + 'static,
) -> Result<String, String> {
    let progress: Arc<dyn Fn(u8) + Send + Sync> = Arc::new(progress);
    let mut why = "the address that the server announced cannot be used".to_owned();
    for target in targets(order, route) {
        // Opened for each attempt, so that each begins at the start.
        let file = open(&order.file).await?;
        match attempt(order, route, &target, file, progress.clone()).await {
            Ok(url) => return Ok(url),
            Err(Failure::Elsewhere(reason)) => why = reason,
            Err(Failure::Final(reason)) => return Err(reason),
        }
    }
    Err(why)
}

/// Returns the places to try, best first.
fn targets(order: &UploadOrder, route: &UploadRoute) -> Vec<Target> {
    let mut targets = Vec::new();
    if order.is_here {
        let scheme = if order.encrypted { "https" } else { "http" };
        let security = match order.encrypted {
            true => Security::Tls,
            false => Security::Plain,
        };
        if let Ok(url) = format!("{scheme}://{}{HERE}", route.address).parse() {
            targets.push(Target {
                address: Address {
                    security,
                    ..route.address.clone()
                },
                trust: route.trust.clone(),
                url,
            });
        }
    }
    targets.extend(announced(order, route));
    targets
}

/// Returns the place that the server announced, if it can be used.
fn announced(order: &UploadOrder, route: &UploadRoute) -> Option<Target> {
    let url: Url = order.address.parse().ok()?;
    let security = match url.scheme() {
        "https" => Security::Tls,
        "http" if !order.encrypted => Security::Plain,
        _ => return None,
    };
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    let address = Address {
        host,
        port: url.port_or_known_default()?,
        security,
        rooms: Vec::new(),
    };
    // What proves who the user or the server is holds for that server alone.
    let is_same = address.to_string() == route.address.to_string();
    let trust = match is_same {
        true => route.trust.clone(),
        // Nobody would see that its certificate is new.
        false => Trust {
            known_only: true,
            ..route.trust.pins.clone().into()
        },
    };
    Some(Target {
        address,
        trust,
        url,
    })
}

/// Opens a file for reading. Returns its size as well.
async fn open(path: &Path) -> Result<(File, u64), String> {
    let path = path.to_owned();
    let opened = spawn_blocking(move || {
        let fault = |error: std::io::Error| format!("it cannot be read: {error}");
        // Before it is opened: a pipe would be waited for.
        let metadata = std::fs::metadata(&path).map_err(fault)?;
        if !metadata.is_file() {
            return Err("it is not a file".to_owned());
        }
        if metadata.len() == 0 {
            return Err("it is empty".to_owned());
        }
        Ok((File::open(&path).map_err(fault)?, metadata.len()))
    });
    opened.await.map_err(|error| error.to_string())?
}

/// Tries one place.
async fn attempt(
    order: &UploadOrder,
    route: &UploadRoute,
    target: &Target,
    (file, size): (File, u64),
    progress: Arc<dyn Fn(u8) + Send + Sync>,
) -> Result<String, Failure> {
    let connected = connect(&target.address, &target.trust, route.proxy.as_ref()).await;
    let connected = connected.map_err(|error| Failure::Elsewhere(error.to_string()))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(connected.stream))
        .await
        .map_err(|error| Failure::Elsewhere(error.to_string()))?;
    // Ends with this set.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let sent = Arc::new(AtomicU64::new(0));
    let body = body(file, size, sent.clone(), progress);
    let name = order.file.file_name().unwrap_or_default().to_string_lossy();
    let kind = mime_guess::from_path(&order.file).first_or_octet_stream();
    let url = &target.url;
    let request = Request::post(&url[Position::BeforePath..Position::AfterQuery])
        .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
        .header(USER_AGENT, "parlour")
        .header(AUTHORIZATION, &order.authorization.0)
        .header(CONTENT_TYPE, kind.as_ref())
        .header(CONTENT_LENGTH, size)
        .header(CONTENT_DISPOSITION, disposition(&name))
        .body(StreamBody::new(body))
        .map_err(|error| Failure::Final(error.to_string()))?;
    let answer = tokio::select! {
        answer = sender.send_request(request) => answer,
        () = stalled(&sent) => return Err(Failure::Final("the server did not go on".into())),
    };
    let answer =
        answer.map_err(|error| Failure::Final(format!("the connection was lost: {error}")))?;
    outcome(answer, &target.url).await
}

/// Returns the file as the body of a request; `sent` counts its bytes.
fn body(
    file: File,
    size: u64,
    sent: Arc<AtomicU64>,
    progress: Arc<dyn Fn(u8) + Send + Sync>,
) -> impl futures_util::Stream<Item = std::io::Result<Frame<Bytes>>> + Send {
    // What is written to the file meanwhile does not belong to the body.
    try_unfold((file, size, 0_u8), move |(mut file, left, told)| {
        let (sent, progress) = (sent.clone(), progress.clone());
        async move {
            if left == 0 {
                return Ok(None);
            }
            let wanted = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let read = spawn_blocking(move || {
                let mut piece = vec![0; wanted];
                let count = file.read(&mut piece)?;
                piece.truncate(count);
                Ok::<_, std::io::Error>((file, piece))
            });
            let (file, piece) = read.await.map_err(std::io::Error::other)??;
            if piece.is_empty() {
                return Err(std::io::Error::other("the file became shorter"));
            }
            let left = left - piece.len() as u64;
            sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
            let percent = u8::try_from((size - left).saturating_mul(100) / size).unwrap_or(100);
            if percent > told {
                progress(percent);
            }
            let frame = Frame::data(Bytes::from(piece));
            Ok(Some((frame, (file, left, percent))))
        }
    })
}

/// Waits until an upload has made no progress for [`STALL`]: the count is looked at that often, since
/// the body is read by the HTTP library and tells nobody when it waits.
async fn stalled(sent: &AtomicU64) {
    let mut before = None;
    loop {
        let now = sent.load(Ordering::Relaxed);
        if before == Some(now) {
            return;
        }
        before = Some(now);
        sleep(STALL).await;
    }
}

/// Returns the link in an answer.
async fn outcome(answer: Response<Incoming>, url: &Url) -> Result<String, Failure> {
    let status = answer.status();
    if status == StatusCode::CREATED {
        let location = answer.headers().get(LOCATION);
        let location = location.and_then(|value| value.to_str().ok());
        let link = location.and_then(|location| url.join(location).ok());
        return match link.map(String::from).filter(|link| is_link(link)) {
            Some(link) => Ok(link),
            None => Err(Failure::Final("the server has given no link to it".into())),
        };
    }
    let body = timeout(STALL, Limited::new(answer.into_body(), ANSWER).collect()).await;
    let body = body.map(|body| body.map(|body| body.to_bytes()));
    let body = body.ok().and_then(Result::ok).unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    let said = SafeText::new(text.lines().next().unwrap_or_default());
    let why = match said.as_str().trim() {
        "" => format!("the server refuses it ({status})"),
        said if said.starts_with('<') => format!("the server refuses it ({status})"),
        said => said.trim_end_matches('.').to_owned(),
    };
    Err(match status {
        StatusCode::NOT_FOUND
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::MISDIRECTED_REQUEST
        | StatusCode::UPGRADE_REQUIRED => Failure::Elsewhere(why),
        _ => Failure::Final(why),
    })
}

/// Returns whether a text is one link, as clients find them.
fn is_link(text: &str) -> bool {
    links::find(text).next() == Some(0..text.len())
}

/// Returns the Content-Disposition of a file name (RFC 6266).
fn disposition(name: &str) -> String {
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    format!("attachment; filename*=UTF-8''{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NetworkId;
    use crate::app::{Hidden, UploadId};
    use crate::pins::Pins;

    #[test]
    fn files_go_to_the_server_itself_and_elsewhere_only_to_who_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let mut trust: Trust = Pins::new(Some(dir.path().join("pins"))).into();
        trust.certificate = Some("mine.pem".into());
        let route = UploadRoute {
            address: "chat.org:25000".parse().unwrap(),
            trust,
            proxy: None,
        };
        let order = |address: &str, is_here, encrypted| UploadOrder {
            id: UploadId(1),
            net: NetworkId::new(0),
            file: "a".into(),
            address: address.into(),
            is_here,
            encrypted,
            authorization: Hidden(String::new()),
        };
        let shown = |order: &UploadOrder| -> Vec<(String, bool, bool)> {
            let targets = targets(order, &route).into_iter();
            let told = targets.map(|target| {
                let trust = target.trust;
                (
                    target.url.into(),
                    trust.known_only,
                    trust.certificate.is_some(),
                )
            });
            told.collect()
        };
        assert_eq!(
            shown(&order("https://files.org/up?key=1", true, true)),
            [
                ("https://chat.org:25000/uploads".into(), false, true),
                ("https://files.org/up?key=1".into(), true, false)
            ]
        );
        assert_eq!(
            shown(&order("https://chat.org:25000/up", false, true)),
            [("https://chat.org:25000/up".into(), false, true)]
        );
        assert!(shown(&order("http://chat.org:25000/up", false, true)).is_empty());
        assert!(shown(&order("ftp://chat.org/up", false, false)).is_empty());
    }

    #[test]
    fn names_survive_the_way() {
        assert_eq!(
            disposition("grün \"a\".txt"),
            "attachment; filename*=UTF-8''gr%C3%BCn%20%22a%22%2Etxt"
        );
        assert!(is_link("https://x.org/files/a/b%20c.txt"));
        assert!(!is_link("https://x.org/ and more"));
        assert!(!is_link("javascript:alert(1)"));
    }
}
