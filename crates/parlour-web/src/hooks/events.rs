//! `GET /events?channel=…`: the messages of a channel as they are said (server-sent events).

use std::convert::Infallible;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::unfold;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};

use super::{is_token, refused};
use crate::backend::{Backend, FeedItem, Follow, HookRefusal};
use crate::percent::decode;
use crate::response::{Answer, not_allowed, text};

/// Silence after which a comment shows that the connection is alive: below what proxies tolerate.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// Answers `GET /events`. The token is a header (`Authorization: Bearer`), or a parameter for
/// browsers' `EventSource`, which sends no headers.
pub(crate) async fn events(parts: &Parts, backend: &dyn Backend) -> Answer {
    if parts.method != Method::GET {
        return not_allowed("GET");
    }
    let query = parts.uri.query().unwrap_or_default();
    let parameter = |wanted: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut found = pairs.filter(|(name, _)| *name == wanted);
        found
            .next()
            .and_then(|(_, value)| decode(&value.replace('+', " ")))
    };
    let Some(token) = bearer(&parts.headers).or_else(|| parameter("token")) else {
        let words = "Give the token of a reading hook: Authorization: Bearer TOKEN\n";
        return text(StatusCode::UNAUTHORIZED, words);
    };
    if !is_token(&token) {
        return refused(&HookRefusal::NoSuchToken);
    }
    let last = parts.headers.get("last-event-id");
    let last = last.and_then(|id| id.to_str().ok()).map(str::to_owned);
    let follow = Follow {
        token,
        channel: parameter("channel"),
        after: last.or_else(|| parameter("after")),
    };
    let feed = match backend.follow(follow).await {
        Ok(feed) => feed,
        Err(refusal) => return refused(&refusal),
    };
    let lines = unfold(feed, |mut feed| async {
        match tokio::time::timeout(ALIVE_EVERY, feed.recv()).await {
            Ok(Some(item)) => Some((format(&item), feed)),
            Ok(None) => None,
            Err(_) => Some((":\n\n".to_owned(), feed)),
        }
    });
    // A first line at once, so that the reader knows that it follows.
    let begin = futures_util::stream::once(async { "retry: 2000\n\n".to_owned() });
    let frames = begin
        .chain(lines)
        .map(|line| Ok::<_, Infallible>(Frame::data(Bytes::from(line))));
    let mut answer = Response::new(StreamBody::new(frames).boxed_unsync());
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies of nginx's kind would keep the messages back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    answer
}

fn format(item: &FeedItem) -> String {
    let FeedItem { id, event, data } = item;
    format!("id: {id}\nevent: {event}\ndata: {data}\n\n")
}

/// Returns the token of `Authorization: Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.to_owned())
}
