//! Reception of an upload: who, how much, then piece by piece into a file.

use std::io::Write as _;
use std::pin::pin;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{
    AUTHORIZATION, CONNECTION, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION,
    ORIGIN, VARY, WWW_AUTHENTICATE,
};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use tokio::task::spawn_blocking;

use super::disposition::file_name;
use super::{Arrived, Begun, Credentials, Files, UploadRefusal, Uploader};
use crate::Site;
use crate::forwarded::Origin;
use crate::handshake::is_own_page;
use crate::response::{Answer, not_allowed, text};

/// Time for the next piece of an upload to arrive.
const PIECE_TIME: Duration = Duration::from_secs(30);
/// Bytes per second that an upload has to make on the average; a slower one would hold its place for
/// ever.
const LEAST_RATE: u64 = 4 * 1024;
/// Time that any upload may take.
const GRACE: Duration = Duration::from_secs(60);

/// Answers `/uploads`.
pub(crate) async fn receive(
    parts: &Parts,
    body: Incoming,
    site: &Site,
    files: &dyn Files,
    origin: Origin,
) -> Answer {
    let Some(most) = files.limit() else {
        return text(StatusCode::NOT_FOUND, "This server takes no files.\n");
    };
    // A page from elsewhere may upload only if it may connect: browsers send credentials by
    // themselves.
    if !is_own_page(parts, site) {
        return text(
            StatusCode::FORBIDDEN,
            "A page from elsewhere may not upload here.\n",
        );
    }
    let mut answer = match parts.method {
        Method::OPTIONS => options(),
        Method::POST => match post(parts, body, site, files, (origin, most)).await {
            Ok(answer) | Err(answer) => answer,
        },
        _ => not_allowed("OPTIONS, POST"),
    };
    allow_origin(&parts.headers, answer.headers_mut());
    answer
}

fn options() -> Answer {
    let mut answer = text(StatusCode::NO_CONTENT, "");
    let headers = answer.headers_mut();
    headers.insert("allow", HeaderValue::from_static("OPTIONS, POST"));
    headers.insert("accept-post", HeaderValue::from_static("*/*"));
    headers.insert(
        "access-control-allow-methods",
        HeaderValue::from_static("OPTIONS, POST"),
    );
    answer
}

/// Lets the page of a known origin read the response (CORS).
fn allow_origin(request: &HeaderMap, headers: &mut HeaderMap) {
    let Some(origin) = request.get(ORIGIN) else {
        return;
    };
    headers.insert("access-control-allow-origin", origin.clone());
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    for (name, value) in [
        ("access-control-allow-credentials", "true"),
        (
            "access-control-allow-headers",
            "Authorization, Content-Type, Content-Disposition",
        ),
        ("access-control-expose-headers", "Location"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

async fn post(
    parts: &Parts,
    body: Incoming,
    site: &Site,
    files: &dyn Files,
    (origin, most): (Origin, u64),
) -> Result<Answer, Answer> {
    let Some(credentials) = credentials(&parts.headers) else {
        let words = "Log in: Authorization with your account and password, or with a token.\n";
        let mut answer = text(StatusCode::UNAUTHORIZED, words);
        // A browser would ask for a password in a window of its own.
        if !parts.headers.contains_key(ORIGIN) {
            let basic = HeaderValue::from_static("Basic realm=\"uploads\", charset=\"UTF-8\"");
            answer.headers_mut().insert(WWW_AUTHENTICATE, basic);
        }
        return Err(answer);
    };
    let uploader = files
        .authorize(credentials, origin.address, origin.is_secure)
        .await;
    let uploader = uploader.map_err(|refusal| refused(&refusal))?;
    let kind = parts
        .headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or("application/octet-stream").to_owned();
    let named = (name_of(&parts.headers), kind);
    let path = take_file(body, files, uploader, named, most).await?;
    let mut answer = text(StatusCode::CREATED, "");
    let address = format!("{}{path}", site.public_url.as_deref().unwrap_or_default());
    let location = HeaderValue::from_str(&address);
    answer
        .headers_mut()
        .insert(LOCATION, location.map_err(|_| unavailable())?);
    Ok(answer)
}

/// Returns the file name that a request gives.
pub(crate) fn name_of(headers: &HeaderMap) -> String {
    let header = headers
        .get(CONTENT_DISPOSITION)
        .and_then(|header| header.to_str().ok());
    file_name(header.unwrap_or_default())
}

/// Takes a file and keeps it. Returns the path of its address.
///
/// # Errors
/// The response.
pub(crate) async fn take_file(
    body: Incoming,
    files: &dyn Files,
    uploader: Uploader,
    (name, kind): (String, String),
    most: u64,
) -> Result<String, Answer> {
    let announced = body.size_hint().lower();
    if announced > most {
        return Err(too_large(most));
    }
    let begun = files
        .begin(uploader.clone(), body.size_hint().exact())
        .await;
    let Begun { part, file, guard } = begun.map_err(|refusal| refused(&refusal))?;
    let size = write_to(body, file, most).await?;
    if size == 0 {
        return Err(text(StatusCode::BAD_REQUEST, "The file is empty.\n"));
    }
    let arrived = Arrived {
        uploader,
        part,
        name,
        kind,
        size,
    };
    let kept = files.keep(arrived).await;
    drop(guard);
    kept.map_err(|refusal| refused(&refusal))
}

/// Writes a body to a file, piece by piece. Returns its bytes.
async fn write_to<B>(body: B, mut file: std::fs::File, most: u64) -> Result<u64, Answer>
where
    B: Body<Data = Bytes>,
{
    let mut body = pin!(body);
    let began = tokio::time::Instant::now();
    let mut size = 0_u64;
    loop {
        let frame = match tokio::time::timeout(PIECE_TIME, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => return Ok(size),
            Ok(Some(Err(_))) => {
                let words = "The upload broke off before its end.\n";
                return Err(text(StatusCode::BAD_REQUEST, words));
            }
            Err(_) => return Err(too_slow()),
        };
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        size += piece.len() as u64;
        if size > most {
            return Err(too_large(most));
        }
        let allowed = GRACE + Duration::from_secs(size / LEAST_RATE);
        if began.elapsed() > allowed {
            return Err(too_slow());
        }
        // The disk may be slow: nobody else has to wait for it.
        let written = spawn_blocking(move || file.write_all(&piece).map(|()| file)).await;
        file = match written {
            Ok(Ok(file)) => file,
            Ok(Err(error)) => {
                tracing::error!("an upload cannot be written: {error}");
                return Err(unavailable());
            }
            Err(_) => return Err(unavailable()),
        };
    }
}

/// Returns the credentials of a request.
fn credentials(headers: &HeaderMap) -> Option<Credentials> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Credentials::Token(rest.trim().to_owned()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = BASE64.decode(rest.trim()).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (account, password) = decoded.split_once(':')?;
    Some(Credentials::Password(
        account.to_owned(),
        password.to_owned(),
    ))
}

/// Builds the response to a refused upload.
pub(super) fn refused(refusal: &UploadRefusal) -> Answer {
    match refusal {
        UploadRefusal::Off => text(StatusCode::NOT_FOUND, "This server takes no files.\n"),
        UploadRefusal::NotAllowed(why) => text(StatusCode::FORBIDDEN, format!("{why}\n")),
        UploadRefusal::Busy(why) => text(StatusCode::TOO_MANY_REQUESTS, format!("{why}\n")),
        UploadRefusal::Full(why) => text(StatusCode::INSUFFICIENT_STORAGE, format!("{why}\n")),
        UploadRefusal::Type(why) => text(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("{why}\n")),
        UploadRefusal::Unavailable => unavailable(),
    }
}

fn unavailable() -> Answer {
    let words = "The file could not be kept; try again later.\n";
    text(StatusCode::SERVICE_UNAVAILABLE, words)
}

fn too_slow() -> Answer {
    let mut answer = text(StatusCode::REQUEST_TIMEOUT, "The upload was too slow.\n");
    answer
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

fn too_large(most: u64) -> Answer {
    let megabytes = most / 1_000_000;
    let words = format!("A file may have {megabytes} MB.\n");
    let mut answer = text(StatusCode::PAYLOAD_TOO_LARGE, words);
    let headers = answer.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    if let Ok(limit) = HeaderValue::from_str(&format!("maxsize={most}")) {
        headers.insert("upload-limit", limit);
    }
    answer
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream::unfold;
    use http_body_util::StreamBody;
    use hyper::body::Frame;

    use super::*;

    /// Writes a body of pieces that come at intervals, for as many as are wanted. The clock is paused:
    /// the sleep is the interval itself, and takes no time.
    async fn write(piece: usize, every: Duration, pieces: usize) -> Result<u64, StatusCode> {
        let body = StreamBody::new(unfold(pieces, |left| async move {
            tokio::time::sleep(every).await;
            let frame = Frame::data(Bytes::from(vec![7; piece]));
            (left > 0).then(|| (Ok::<_, Infallible>(frame), left - 1))
        }));
        let written = write_to(body, tempfile::tempfile().unwrap(), 10_000_000).await;
        written.map_err(|answer| answer.status())
    }

    #[tokio::test(start_paused = true)]
    async fn an_upload_that_is_too_slow_ends() {
        let second = Duration::from_secs(1);
        // A slow line is good enough.
        let slow = write(8 * 1024, second, 300).await;
        assert_eq!(slow, Ok(300 * 8 * 1024));
        // One that stands still, and one that drips.
        let still = write(1024, 3_600 * second, 1).await;
        assert_eq!(still, Err(StatusCode::REQUEST_TIMEOUT));
        let drip = write(1, 5 * second, 1_000).await;
        assert_eq!(drip, Err(StatusCode::REQUEST_TIMEOUT));
    }
}
