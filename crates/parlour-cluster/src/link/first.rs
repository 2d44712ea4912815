//! First message of the stream, by which one node founds the cluster.

use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use bytes::Bytes;

use super::{ANSWER, Link, LinkError, failed};

/// Pause before the stream is asked again.
const AGAIN: Duration = Duration::from_millis(200);

impl Link {
    /// Returns the first message of the stream, which is `bytes` if it has none yet: of several nodes that try
    /// at the same moment, one succeeds. None if the stream was trimmed behind it.
    ///
    /// # Errors
    /// The stream does not answer.
    pub fn claim_first(&self, bytes: &[u8]) -> Result<Option<Bytes>, LinkError> {
        let until = Instant::now() + ANSWER;
        loop {
            let error = match self.try_claim(bytes) {
                Ok(first) => return Ok(first),
                Err(error) => error,
            };
            // The answer may have been lost, or another node's message be in between.
            if Instant::now() > until {
                return Err(failed("the cluster cannot be founded", error));
            }
            // Nothing tells when the servers answer again.
            std::thread::sleep(AGAIN);
        }
    }

    fn try_claim(&self, bytes: &[u8]) -> Result<Option<Bytes>, async_nats::Error> {
        self.runtime.block_on(async {
            let state = self.stream.get_info().await?.state;
            if state.last_sequence == 0 {
                let mut headers = HeaderMap::new();
                headers.insert("Nats-Expected-Stream", self.names.stream.as_str());
                headers.insert("Nats-Expected-Last-Sequence", "0");
                let bytes = Bytes::copy_from_slice(bytes);
                let subject = self.names.subject.clone();
                let sent = self.context.publish_with_headers(subject, headers, bytes);
                sent.await?.await?;
            } else if state.first_sequence > 1 {
                return Ok(None);
            }
            Ok(Some(self.stream.get_raw_message(1).await?.payload))
        })
    }
}
