//! Welcome of a client: 001 to 005, counts, the message of the day.

use irc_wire::{numerics as n, time};
use parlour_core::Question;
use parlour_core::request::MetadataQuestion;

use super::modes;
use super::placed::PlacedReply;
use crate::context::Context;
use crate::irc::door::IrcDoor;

impl IrcDoor {
    /// Writes 001 to 005 and requests the rest.
    pub(super) fn welcome(&mut self, cx: &mut Context) {
        let s = cx.settings;
        let (server, out) = (s.server_name(), &mut cx.out);
        let source = self.profile.as_ref().map_or("", |profile| &profile.source);
        let hello = format!("Welcome to the {} network, {source}", s.network);
        self.numeric(out, server, n::RPL_WELCOME)
            .trailing(&hello)
            .end();
        let host = format!("Your host is {server}, running version {}", s.version);
        self.numeric(out, server, n::RPL_YOURHOST)
            .trailing(&host)
            .end();
        let created = format!("This server was started {}", time::format(s.started.time.0));
        self.numeric(out, server, n::RPL_CREATED)
            .trailing(&created)
            .end();
        let letters = modes::channel_letters();
        let user_letters = modes::user_letters();
        self.numeric(out, server, n::RPL_MYINFO)
            .word(server)
            .word(&s.version)
            .word(&user_letters)
            .word(&letters)
            .word(&modes::letters_with_parameter())
            .end();
        self.isupport(cx);
        let call = self.next_call();
        cx.ask(call, Question::Counts);
        self.ask_own_metadata(cx);
        // Through the core, so that the MOTD follows the counts and the metadata.
        self.answer_in_place(cx, call, PlacedReply::Line("MOTD".into()));
    }

    /// Requests the metadata of the user itself, if the client reads metadata: with the welcome, or
    /// when the capability is enabled later.
    pub(super) fn ask_own_metadata(&mut self, cx: &mut Context) {
        if self.caps.metadata() {
            let call = self.next_call();
            let own = Question::Metadata("*".into(), MetadataQuestion::List);
            cx.ask(call, own);
        }
    }

    /// Writes the message of the day.
    pub(super) fn motd(&self, cx: &mut Context) {
        let s = cx.settings;
        let (server, out) = (s.server_name(), &mut cx.out);
        if s.motd.is_empty() {
            self.numeric(out, server, n::ERR_NOMOTD)
                .trailing("There is no message of the day")
                .end();
            return;
        }
        let start = format!("- {server} Message of the day -");
        self.numeric(out, server, n::RPL_MOTDSTART)
            .trailing(&start)
            .end();
        for text in &s.motd {
            self.numeric(out, server, n::RPL_MOTD)
                .trailing(&format!("- {text}"))
                .end();
        }
        self.numeric(out, server, n::RPL_ENDOFMOTD)
            .trailing("End of the message of the day")
            .end();
    }
}
