//! Records and readers of the tests.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::Arc;

use parlour_core::event::{Addressee, ChannelRef};
use parlour_core::hidden::Hidden;
use parlour_core::history::{HistoryQuery, Log, Range};
use parlour_core::names::Casemapping;
use parlour_core::request::MessageKind;
use parlour_core::state::Profile;
use parlour_core::{Body, ChannelId, Event, MsgId, Record, UserId};
use parlour_store::Reader;

pub fn said(id: u64, text: &str) -> Record {
    let place = ChannelRef {
        id: ChannelId(1),
        name: "#C".into(),
    };
    let event = Event {
        id: MsgId(id),
        from: Profile::new(
            UserId(7),
            "bob".into(),
            "~b".into(),
            "host".into(),
            "".into(),
        ),
        body: Body::Message {
            kind: MessageKind::Message,
            to: Addressee::Channel(place, None),
            text: text.into(),
            splits: None,
            tags: "+a=b".into(),
            relayed_by: None,
        },
    };
    Record::Message(Log::Channel(Casemapping::Ascii.fold("#c")), Arc::new(event))
}

pub fn texts(reader: &Reader, range: Range) -> Vec<String> {
    let query = HistoryQuery {
        log: Log::Channel(Casemapping::Ascii.fold("#C")),
        ranges: vec![range],
        events: false,
        hidden: Hidden::default(),
    };
    let found = reader.answer(&query).unwrap();
    found
        .iter()
        .map(|event| {
            if let Body::Message { text, .. } = &event.body {
                text.to_string()
            } else {
                format!("{:?}", event.body)
            }
        })
        .collect()
}

pub fn happened(id: u64, body: Body) -> Record {
    let Record::Message(log, event) = said(id, "") else {
        unreachable!()
    };
    let event = Event {
        body,
        ..Arc::unwrap_or_clone(event)
    };
    Record::ChannelEvent(log, Arc::new(event))
}

pub fn range(after: u64, before: u64, newest: bool, limit: usize) -> Range {
    Range {
        after: MsgId(after),
        before: MsgId(before),
        newest,
        limit,
    }
}

/// Moves a message into another log.
pub fn in_log(record: Record, log: Log) -> Record {
    let Record::Message(_, event) = record else {
        unreachable!()
    };
    Record::Message(log, event)
}
