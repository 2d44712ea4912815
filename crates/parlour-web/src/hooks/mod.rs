//! Hooks for bots: `POST /hooks/TOKEN` puts a message into a channel, `GET /events` follows one.

mod events;
mod pace;
mod payload;
mod slack;

pub(crate) use events::{bearer, events};
pub use pace::HookPace;
pub(crate) use pace::Paces;

use hyper::body::Incoming;
use hyper::header::{
    ALLOW, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER,
};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use crate::backend::{Backend, HookRefusal};
use crate::body::read_small;
use crate::response::{Answer, text};
use crate::{Site, handshake, uploads};
use payload::PayloadError;

/// Bytes of a post.
const POST_MAX: usize = 256 * 1024;

/// Answers `POST /hooks/TOKEN`. Senders of Slack's kind expect exactly `ok`.
pub(crate) async fn post(
    parts: &Parts,
    body: Incoming,
    token: &str,
    backend: &dyn Backend,
    (paces, site): (&Paces, &Site),
) -> Answer {
    let (pace, most) = (site.hook_pace, site.message_bytes);
    if parts.method != Method::POST {
        let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "POST a message here.\n");
        answer
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("POST"));
        return answer;
    }
    if !is_token(token) {
        return refused(&HookRefusal::NoSuchToken);
    }
    // Before the body is read: a sender that is too fast costs nothing.
    if let Err(wait) = paces.spend(token, pace) {
        return too_fast(wait);
    }
    let words = match words_of(parts, body, token, backend, (site, most)).await {
        Ok(words) => words,
        Err(answer) => return answer,
    };
    match backend.post(token.to_owned(), words).await {
        Ok(id) => {
            let mut answer = text(StatusCode::OK, "ok");
            if let Ok(id) = HeaderValue::from_str(&id) {
                answer.headers_mut().insert("x-message-id", id);
            }
            answer
        }
        Err(refusal) => refused(&refusal),
    }
}

/// Returns what a post says; of a file, the link to it.
async fn words_of(
    parts: &Parts,
    body: Incoming,
    token: &str,
    backend: &dyn Backend,
    (site, most): (&Site, usize),
) -> Result<String, Answer> {
    let kind = content_type(&parts.headers);
    if !is_file(&parts.headers, kind) {
        let body = read_small(body, POST_MAX).await?;
        return payload::read(kind, &body, most)
            .map_err(|error| text(StatusCode::BAD_REQUEST, describe(error)));
    }
    let files = backend.files();
    let Some(limit) = files.limit() else {
        return Err(text(StatusCode::NOT_FOUND, "This server takes no files.\n"));
    };
    let uploader = backend.hook_uploader(token.to_owned()).await;
    let uploader = uploader.map_err(|refusal| refused(&refusal))?;
    let named = (uploads::name_of(&parts.headers), kind.to_owned());
    let path = uploads::take_file(body, files, uploader, named, limit).await?;
    let base = match &site.public_url {
        Some(url) => url.clone(),
        None => format!("http://{}", handshake::host(parts)),
    };
    Ok(format!("{base}{path}"))
}

/// Returns whether a post is a file rather than a message.
fn is_file(headers: &HeaderMap, kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    let is_media = ["image/", "audio/", "video/"]
        .iter()
        .any(|media| kind.starts_with(media));
    is_media
        || kind.starts_with("application/octet-stream")
        || kind.starts_with("application/pdf")
        || headers.contains_key(CONTENT_DISPOSITION)
}

/// Returns whether a text could be a token, before anybody is asked.
pub(crate) fn is_token(token: &str) -> bool {
    (16..=64).contains(&token.len())
        && token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Builds the response to a hook that is refused, in the words that senders of Slack's kind know.
pub(crate) fn refused(refusal: &HookRefusal) -> Answer {
    match refusal {
        HookRefusal::NoSuchToken => text(StatusCode::NOT_FOUND, "no_service"),
        HookRefusal::NoSuchChannel => text(StatusCode::GONE, "channel_is_archived"),
        HookRefusal::Silenced(why) => {
            text(StatusCode::FORBIDDEN, format!("action_prohibited: {why}"))
        }
        HookRefusal::Unavailable => {
            later("The message could not be kept; send it again.\n".to_owned())
        }
        HookRefusal::CutOff(why) => later(format!("{why}.\n")),
        // Whoever sends it again may say it twice.
        HookRefusal::Unconfirmed(why) => text(StatusCode::GATEWAY_TIMEOUT, format!("{why}.\n")),
    }
}

/// Builds the response to what may be sent again.
fn later(words: String) -> Answer {
    let mut answer = text(StatusCode::SERVICE_UNAVAILABLE, words);
    let after = HeaderValue::from_static("5");
    answer.headers_mut().insert(RETRY_AFTER, after);
    answer
}

fn too_fast(wait: u64) -> Answer {
    let words = format!("Too many messages; send the next one in {wait} s.\n");
    let mut answer = text(StatusCode::TOO_MANY_REQUESTS, words);
    let after = HeaderValue::from(wait);
    answer.headers_mut().insert(RETRY_AFTER, after);
    answer
}

fn describe(error: PayloadError) -> String {
    match error {
        PayloadError::Invalid => "invalid_payload".into(),
        PayloadError::NoText => "no_text".into(),
        PayloadError::TooLong(most) => {
            format!("The message is longer than {most} bytes; shorten it.\n")
        }
    }
}

fn content_type(headers: &HeaderMap) -> &str {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}
