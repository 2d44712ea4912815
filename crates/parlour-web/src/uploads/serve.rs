//! Serving of uploaded files: never as something that a browser runs.

use std::convert::Infallible;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::stream::unfold;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, RANGE,
};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use tokio::task::spawn_blocking;

use super::{Files, Served};
use crate::percent::encode;
use crate::response::{Answer, not_allowed, text, whole};

/// Bytes that are read at once.
const PIECE: usize = 64 * 1024;
/// Last part of the address of a small picture.
const SMALL: &str = "thumb";

/// Answers `/files/ID/NAME`, where ID may be followed by the size of a picture.
pub(crate) async fn serve(parts: &Parts, path: &str, files: &dyn Files) -> Answer {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return not_allowed("GET, HEAD");
    }
    let gone = || {
        text(
            StatusCode::NOT_FOUND,
            "There is no such file, or it was deleted.\n",
        )
    };
    let Some((id, name)) = path.split_once('/') else {
        return gone();
    };
    let id = id.split('.').next().unwrap_or_default();
    let is_id = id.len() >= 8
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !is_id || name.contains('/') {
        return gone();
    }
    match files.open(id.to_owned(), name == SMALL).await {
        Some(served) => respond(parts, served),
        None => gone(),
    }
}

fn respond(parts: &Parts, served: Served) -> Answer {
    let Served {
        path,
        size,
        kind,
        name,
        is_picture,
    } = served;
    let range = parts
        .headers
        .get(RANGE)
        .and_then(|range| range.to_str().ok());
    let range = range.and_then(|range| parse_range(range, size));
    let (from, to) = match range {
        Some(Some((from, to))) => (from, to),
        None => (0, size),
        Some(None) => {
            let mut answer = text(StatusCode::RANGE_NOT_SATISFIABLE, "");
            if let Ok(value) = HeaderValue::from_str(&format!("bytes */{size}")) {
                answer.headers_mut().insert(CONTENT_RANGE, value);
            }
            return answer;
        }
    };
    let mut answer = match parts.method {
        Method::HEAD => whole(Bytes::new()),
        _ => Response::new(StreamBody::new(pieces(path, from, to)).boxed_unsync()),
    };
    let headers = answer.headers_mut();
    // The server's own pictures are shown in place; everything else is saved.
    let shown = if is_picture { "inline" } else { "attachment" };
    let disposition = format!("{shown}; filename*=UTF-8''{}", encode(&name));
    let values = [
        (CONTENT_TYPE, kind),
        (CONTENT_LENGTH, (to - from).to_string()),
        (CONTENT_DISPOSITION, disposition),
    ];
    for (name, value) in values {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // Not for long: a deleted file is to be gone.
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=3600"),
    );
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    let sharing = if is_picture {
        "cross-origin"
    } else {
        "same-origin"
    };
    headers.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static(sharing),
    );
    if range.is_some() {
        let value = format!("bytes {from}-{}/{size}", to - 1);
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(CONTENT_RANGE, value);
        }
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    answer
}

/// Parses a range of bytes (RFC 9110 §14.2): its begin and end. `None` for what is to be ignored, such
/// as several ranges; `Some(None)` for one outside of the file.
fn parse_range(header: &str, size: u64) -> Option<Option<(u64, u64)>> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    let (from, to) = match (first.trim(), last.trim()) {
        ("", last) => (size.saturating_sub(last.parse().ok()?), size),
        (first, "") => (first.parse().ok()?, size),
        (first, last) => {
            let last: u64 = last.parse().ok()?;
            (first.parse().ok()?, last.saturating_add(1).min(size))
        }
    };
    Some((from < to).then_some((from, to)))
}

/// Returns the pieces of a part of a file; one that cannot be read, or was deleted meanwhile, ends the
/// response early. The file is open only while a piece is read: a client that takes nothing (a window
/// of zero in HTTP/2) holds none open.
fn pieces(
    path: PathBuf,
    from: u64,
    to: u64,
) -> impl futures_util::Stream<Item = Result<Frame<Bytes>, Infallible>> {
    let path: Arc<Path> = path.into();
    unfold(from, move |at| {
        let path = path.clone();
        async move {
            if at >= to {
                return None;
            }
            let length = usize::try_from(to - at).unwrap_or(PIECE).min(PIECE);
            let read = spawn_blocking(move || {
                let mut piece = vec![0; length];
                File::open(path)?.read_exact_at(&mut piece, at)?;
                Ok::<_, std::io::Error>(piece)
            });
            match read.await {
                Ok(Ok(piece)) => {
                    let next = at + piece.len() as u64;
                    Some((Ok(Frame::data(Bytes::from(piece))), next))
                }
                // Deleted meanwhile.
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => None,
                Ok(Err(error)) => {
                    tracing::error!("an upload cannot be read: {error}");
                    None
                }
                Err(_) => None,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_parts_of_the_file() {
        for (header, want) in [
            ("bytes=0-9", Some(Some((0, 10)))),
            ("bytes=90-", Some(Some((90, 100)))),
            ("bytes=-5", Some(Some((95, 100)))),
            ("bytes=-500", Some(Some((0, 100)))),
            ("bytes=50-5000", Some(Some((50, 100)))),
            ("bytes=100-", Some(None)),
            ("bytes=9-1", Some(None)),
            ("bytes=0-1,5-6", None),
            ("lines=1-2", None),
        ] {
            assert_eq!(parse_range(header, 100), want, "{header}");
        }
    }
}
