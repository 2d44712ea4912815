//! Addresses for operators and their tools: `/healthz`, `/readyz`, `/metrics`.

use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;

use crate::Site;
use crate::backend::Backend;
use crate::forwarded::Origin;
use crate::hooks::bearer;
use crate::response::{Answer, text};

/// Media type of the metrics.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers `/healthz`: the process runs.
pub(crate) fn health() -> Answer {
    text(StatusCode::OK, "ok\n")
}

/// Answers `/readyz`: the chat answers, and what is said can be kept.
pub(crate) async fn readiness(backend: &dyn Backend) -> Answer {
    match backend.is_ready().await {
        true => text(StatusCode::OK, "ok\n"),
        false => text(
            StatusCode::SERVICE_UNAVAILABLE,
            "The server cannot keep messages now, or is about to stop; its log tells why.\n",
        ),
    }
}

/// Answers `/metrics`, to this machine or to who has the token.
pub(crate) async fn metrics(
    parts: &Parts,
    site: &Site,
    origin: Origin,
    backend: &dyn Backend,
) -> Answer {
    // Behind a proxy on this machine everybody would seem to be of it.
    let is_local = !origin.is_forwarded
        && origin
            .address
            .is_some_and(|address| address.to_canonical().is_loopback())
        && !parts.headers.contains_key("x-forwarded-for");
    let given = bearer(&parts.headers);
    let has_token = match (&site.metrics_token, given) {
        (Some(wanted), Some(given)) => is_equal(wanted.as_bytes(), given.as_bytes()),
        _ => false,
    };
    if !is_local && !has_token {
        let words = "The metrics are for this machine, or for who sends web.metrics_token: \
                     Authorization: Bearer TOKEN\n";
        return text(StatusCode::FORBIDDEN, words);
    }
    let mut answer = text(StatusCode::OK, backend.metrics().await);
    let kind = HeaderValue::from_static(OPENMETRICS);
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}

/// Compares without telling by its time where the difference is.
fn is_equal(a: &[u8], b: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(a, b).into()
}
