//! Responses.

use std::convert::Infallible;

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

/// Body of a response.
pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Response of this service.
pub(crate) type Answer = Response<Body>;

/// Builds a response whose body is complete.
pub(crate) fn whole(body: Bytes) -> Answer {
    Response::new(Full::new(body).boxed_unsync())
}

/// Builds a response of plain text.
pub(crate) fn text(status: StatusCode, text: impl Into<String>) -> Answer {
    let mut answer = whole(Bytes::from(text.into()));
    *answer.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, plain);
    answer
}

/// Builds the response to a method that an address does not have.
pub(crate) fn not_allowed(allowed: &'static str) -> Answer {
    let words = format!("This address takes only: {allowed}.\n");
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, words);
    let allowed = HeaderValue::from_static(allowed);
    answer.headers_mut().insert(ALLOW, allowed);
    answer
}
