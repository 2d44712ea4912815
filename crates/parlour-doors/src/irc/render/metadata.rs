//! Metadata as numerics.

use irc_wire::{Line, numerics as n};
use parlour_core::Name;
use parlour_core::reply::{MetadataValue, Metadatum};

use crate::irc::IrcDoor;
use crate::irc::caps::Cap;
use crate::irc::complaint::Complaint;

/// Values of keys; as a batch for those who know batches.
pub(super) fn values(
    door: &mut IrcDoor,
    server: &str,
    out: &mut Vec<u8>,
    batch: bool,
    values: &[MetadataValue],
) {
    let batch = (batch && door.caps.has(Cap::Batch)).then(|| door.next_batch());
    if let Some(batch) = &batch {
        let open = Line::new(out).from(server, "BATCH");
        let open = open.word(&format!("+{batch}")).word("metadata");
        match values.first() {
            Some(value) => open.word(&value.target).end(),
            None => open.end(),
        }
    }
    for value in values {
        one(door, server, out, batch.as_deref(), value);
    }
    if let Some(batch) = &batch {
        let close = Line::new(out).from(server, "BATCH");
        close.word(&format!("-{batch}")).end();
    }
}

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
        Metadatum::Value(text) => line
            .from(server, n::RPL_KEYVALUE)
            .word(nick)
            .word(target)
            .word(key)
            .word("*")
            .trailing(text)
            .end(),
        Metadatum::Unset => line
            .from(server, n::RPL_KEYNOTSET)
            .word(nick)
            .word(target)
            .word(key)
            .trailing("key not set")
            .end(),
        Metadatum::NoKey => line
            .from(server, "FAIL")
            .word("METADATA")
            .word("KEY_INVALID")
            .word(&Complaint::word(key))
            .trailing("invalid key")
            .end(),
    }
}

/// Keys, as many as fit into each line.
pub(super) fn keys(door: &IrcDoor, server: &str, out: &mut Vec<u8>, code: &str, keys: &[Name]) {
    /// Keys in one line: with their longest names they fit, and so do they as parameters.
    const KEYS_A_LINE: usize = 8;
    for keys in keys.chunks(KEYS_A_LINE) {
        let mut line = door.numeric(out, server, code);
        for key in keys {
            line = line.word(key);
        }
        line.end();
    }
}
