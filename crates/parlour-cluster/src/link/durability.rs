//! Durability of what NATS acknowledges: on disk at once, or after its next sync.

use std::time::Duration;

use async_nats::Client;
use futures_util::StreamExt;
use serde::Deserialize;

use super::LinkError;

/// Subject on which servers tell their settings of JetStream, to accounts that may ask for it.
const SETTINGS: &str = "$SYS.REQ.SERVER.PING.JSZ";
/// Time for the answers of all servers.
const PATIENCE: Duration = Duration::from_millis(500);

/// Answer of a server.
#[derive(Deserialize)]
struct Answer {
    server: Server,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Server {
    name: String,
}

#[derive(Deserialize)]
struct Data {
    config: Option<Config>,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    sync_always: bool,
}

/// Checks that the NATS servers sync each message, as far as they tell; warns if none does.
///
/// # Errors
/// One says that it does not.
pub(super) async fn check(client: &Client) -> Result<(), LinkError> {
    let answers = ask(client).await.unwrap_or_default();
    if let Some(server) = answers.iter().find_map(unsynced) {
        return Err(LinkError::Unsynced(server));
    }
    if answers.is_empty() {
        tracing::warn!(
            "the NATS servers do not tell whether they sync each message (sync_interval: always in their jetstream block): without it, a power loss of all of them at once takes what they have acknowledged in the last two minutes"
        );
    }
    Ok(())
}

/// Asks the servers; nobody answers accounts that may not ask.
async fn ask(client: &Client) -> Result<Vec<Answer>, async_nats::Error> {
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await?;
    client
        .publish_with_reply(SETTINGS, inbox, "{}".into())
        .await?;
    let mut found = Vec::new();
    let until = tokio::time::Instant::now() + PATIENCE;
    // How many servers there are nobody knows.
    while let Ok(Some(answer)) = tokio::time::timeout_at(until, answers.next()).await {
        if answer
            .status
            .is_some_and(|status| status.as_u16() == NOBODY)
        {
            break;
        }
        found.extend(serde_json::from_slice::<Answer>(&answer.payload));
    }
    Ok(found)
}

/// Status of the answer that nobody may give one.
const NOBODY: u16 = 503;

/// Returns the name of a server that does not sync each message.
fn unsynced(answer: &Answer) -> Option<String> {
    let config = answer.data.as_ref()?.config.as_ref()?;
    (!config.sync_always).then(|| answer.server.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Option<String> {
        unsynced(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn a_server_that_syncs_later_is_named() {
        let later = r#"{"server":{"name":"n1"},"data":{"config":{"sync_interval":120000000000}}}"#;
        assert_eq!(answer(later), Some("n1".into()));
        let always = r#"{"server":{"name":"n1"},"data":{"config":{"sync_always":true}}}"#;
        assert_eq!(answer(always), None);
        // One without JetStream has nothing to sync.
        assert_eq!(
            answer(r#"{"server":{"name":"n1"},"data":{"disabled":true}}"#),
            None
        );
    }
}
