//! Bodies of requests, with limits.

use std::time::Duration;

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::StatusCode;
use hyper::body::{Body as _, Bytes, Incoming};

use crate::response::{Answer, text};

/// Time for a small body to arrive as a whole.
const SMALL_BODY_TIME: Duration = Duration::from_secs(20);

/// Reads a body of at most `most` bytes into memory.
///
/// # Errors
/// The response: the body is too large, too slow, or broken off.
pub(crate) async fn read_small(body: Incoming, most: usize) -> Result<Bytes, Answer> {
    let too_large = || {
        let words = format!("The body may have {most} bytes.\n");
        text(StatusCode::PAYLOAD_TOO_LARGE, words)
    };
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let reading = Limited::new(body, most).collect();
    match tokio::time::timeout(SMALL_BODY_TIME, reading).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(text(
            StatusCode::BAD_REQUEST,
            "The body broke off before its end.\n",
        )),
        Err(_) => Err(text(
            StatusCode::REQUEST_TIMEOUT,
            "The body took too long to arrive.\n",
        )),
    }
}
