//! Metadata (IRCv3 metadata) as numerics.

use irc_wire::{Line, numerics as n};
use parlour_core::Name;
use parlour_core::reply::{MetadataEntry, MetadataValue};

use super::refusals::KEY_FORM;
use crate::irc::caps::Cap;
use crate::irc::door::IrcDoor;
use crate::irc::error_reply::ErrorReply;

/// Writes values of keys; those about one target as a batch, if the client knows batches.
pub(super) fn values(
    door: &mut IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    about: Option<&Name>,
    values: &[MetadataValue],
) {
    let batch = about.and_then(|about| open(door, server, out, &["metadata", about]));
    for value in values {
        one(door, server, out, batch.as_deref(), value);
    }
    close(server, out, batch);
}

/// Writes the keys that the session subscribes to, as a batch.
pub(super) fn subscriptions(
    door: &mut IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    subscribed: &[Name],
) {
    let batch = open(door, server, out, &["metadata-subs"]);
    keys(
        door,
        server,
        out,
        n::RPL_METADATASUBS,
        batch.as_deref(),
        subscribed,
    );
    close(server, out, batch);
}

/// Opens a batch and returns its reference, if the client knows batches.
fn open(door: &mut IrcDoor, server: &str, out: &mut Vec<u8>, kind: &[&str]) -> Option<String> {
    let batch = door.caps.has(Cap::Batch).then(|| door.next_batch())?;
    let line = Line::new(out).from(server, "BATCH");
    let line = line.word(&format!("+{batch}"));
    kind.iter().fold(line, |line, word| line.word(word)).end();
    Some(batch)
}

fn close(server: &str, out: &mut Vec<u8>, batch: Option<String>) {
    if let Some(batch) = batch {
        let line = Line::new(out).from(server, "BATCH");
        line.word(&format!("-{batch}")).end();
    }
}

/// Writes one value.
fn one(
    door: &IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    batch: Option<&str>,
    value: &MetadataValue,
) {
    let mut line = Line::new(out);
    if let Some(batch) = batch {
        line = line.tag("batch", batch);
    }
    let nick = door.shown_nick();
    let (target, key) = (&*value.target, &*value.key);
    match &value.value {
        MetadataEntry::Value(text) => line
            .from(server, n::RPL_KEYVALUE)
            .word(nick)
            .word(target)
            .word(key)
            .word("*")
            .trailing(text)
            .end(),
        MetadataEntry::Unset => line
            .from(server, n::RPL_KEYNOTSET)
            .word(nick)
            .word(target)
            .word(key)
            .trailing("key not set")
            .end(),
        MetadataEntry::NoKey => line
            .from(server, "WARN")
            .word("METADATA")
            .word("INVALID_KEY")
            .word(&ErrorReply::word(key))
            .trailing(KEY_FORM)
            .end(),
    }
}

/// Writes keys, several on a line.
pub(super) fn keys(
    door: &IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    code: &str,
    batch: Option<&str>,
    keys: &[Name],
) {
    /// Keys on one line: eight of the longest names fit, and the limit of parameters allows them.
    const KEYS_A_LINE: usize = 8;
    for keys in keys.chunks(KEYS_A_LINE) {
        let mut line = Line::new(out);
        if let Some(batch) = batch {
            line = line.tag("batch", batch);
        }
        let mut line = line.from(server, code).word(door.shown_nick());
        for key in keys {
            line = line.word(key);
        }
        line.end();
    }
}
