//! What a client reads first: 001 to 005, counts, the message of the day.

use irc_wire::{numerics as n, time};
use parlour_core::Question;

use super::complaint::Relayed;
use super::{IrcDoor, isupport, modes};
use crate::turn::Turn;

/// Tokens in one 005 (the rest of the fifteen parameters are nick and text).
const TOKENS_A_LINE: usize = 12;

impl IrcDoor {
    pub(super) fn welcome(&mut self, turn: &mut Turn) {
        let s = turn.settings;
        let (server, out) = (&*s.server_name, &mut turn.out);
        let source = self.profile.as_ref().map_or("", |profile| &profile.source);
        let hello = format!("Welcome to the {} network, {source}", s.network);
        self.numeric(out, server, n::RPL_WELCOME)
            .trailing(&hello)
            .end();
        let host = format!("Your host is {server}, running version {}", s.version);
        self.numeric(out, server, n::RPL_YOURHOST)
            .trailing(&host)
            .end();
        let created = format!("This server was started {}", time::format(s.started.0));
        self.numeric(out, server, n::RPL_CREATED)
            .trailing(&created)
            .end();
        let letters = modes::chanmodes().replace(',', "") + "ov";
        self.numeric(out, server, n::RPL_MYINFO)
            .word(server)
            .word(&s.version)
            .word(modes::USER_MODES)
            .word(&letters)
            .word("Ibeklov")
            .end();
        for tokens in isupport::tokens(s).chunks(TOKENS_A_LINE) {
            let mut line = self.numeric(out, server, n::RPL_ISUPPORT);
            for token in tokens {
                line = line.word(token);
            }
            line.trailing("are supported by this server").end();
        }
        let call = self.next_call();
        turn.ask(call, Question::Counts);
        turn.ask(call, Question::Relay(Relayed::line("MOTD")));
    }

    pub(super) fn motd(&self, turn: &mut Turn) {
        let s = turn.settings;
        let (server, out) = (&*s.server_name, &mut turn.out);
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
