//! Messages for tests.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::Arc;

use parlour_core::event::{Addressee, ChannelRef};
use parlour_core::history::{Log, Party};
use parlour_core::names::Casemapping;
use parlour_core::request::MessageKind;
use parlour_core::state::Profile;
use parlour_core::{Body, ChannelId, Event, MsgId, Record, UserId};

/// Builds a channel message.
pub fn said(id: u64, channel: &str, nick: &str, text: &str) -> Record {
    let place = ChannelRef {
        id: ChannelId(1),
        name: channel.into(),
    };
    let log = Log::Channel(Casemapping::Ascii.fold(channel));
    let to = Addressee::Channel(place, None);
    record(id, log, nick, to, text)
}

/// Builds a private message between two guests.
pub fn whispered(id: u64, from: u64, to: u64, text: &str) -> Record {
    let log = Log::private(Party::Guest(UserId(from)), Party::Guest(UserId(to)));
    record(id, log, "bob", Addressee::User("eve".into()), text)
}

fn record(id: u64, log: Log, nick: &str, to: Addressee, text: &str) -> Record {
    let event = Event {
        id: MsgId(id),
        from: Profile::new(UserId(7), nick.into(), "u".into(), "h".into(), "".into()),
        body: Body::Message {
            kind: MessageKind::Message,
            to,
            text: text.into(),
            splits: None,
            tags: "".into(),
            relayed_by: None,
        },
    };
    Record::Message(log, Arc::new(event))
}
