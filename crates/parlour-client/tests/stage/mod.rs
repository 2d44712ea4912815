//! Test harness: a client without terminal and network.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]
#![allow(dead_code, unreachable_pub, reason = "each test uses its part of it")]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use parlour_client::App;
use parlour_client::NetworkId;
use parlour_client::app;
use parlour_client::engine::{self, Identity};
use parlour_client::model::LineState;
use parlour_client::settings::Settings;
use parlour_client::view::Zone;
use parlour_client::view::theme::Theme;

/// Network of most tests.
pub const NET: NetworkId = NetworkId::new(0);
/// 2026-11-22, 13:00:00 UTC.
pub const START: u64 = 1_795_352_400_000;
pub const NOW: u64 = START + 490_000;
pub const CAPS: &str = "batch labeled-response echo-message message-tags server-time draft/multiline draft/chathistory draft/read-marker draft/message-redaction soju.im/search away-notify";

/// Client, and a server that sends what the test says.
pub struct Stage {
    pub app: App,
}

impl Stage {
    /// Creates a client with two networks, neither of them connected.
    pub fn bare() -> Stage {
        let settings = Settings {
            theme: Theme::plain(),
            zone: Zone::Utc,
            typing: false,
            ..Settings::default()
        };
        let start = |name: &str, room: &str| app::Start {
            name: name.into(),
            identity: Identity {
                nick: "me".into(),
                realname: "Me".into(),
                login: None,
            },
            rooms: vec![room.into()],
            commands: Vec::new(),
            asked: false,
            store_password: false,
        };
        let app = App::new(
            settings,
            vec![start("chat.home.lab", "#lab"), start("office", "#dev")],
        );
        Stage { app }
    }

    /// Creates a client in a channel of a server with history, with all output read.
    pub fn in_a_room(more: &str) -> Stage {
        let mut s = Stage::bare();
        s.greet(CAPS, more);
        s.hear(NET, ":me!u@h JOIN #lab\r\n:s 353 me = #lab :me bob\r\n:s 366 me #lab :End\r\n:s BATCH +1 chathistory #lab\r\n@batch=1;msgid=m1;time=2026-11-22T13:00:00.000Z :bob!u@h PRIVMSG #lab :hello\r\n:s BATCH -1");
        s.app.resize(120, 36);
        s.sent();
        s
    }

    /// Loses the connection and makes it anew.
    pub fn lose_and_return(&mut self, said_meanwhile: &[&str], more: &str) {
        self.app.disconnected(NET, NOW, "the cable", 1);
        for text in said_meanwhile {
            self.line(text);
        }
        self.greet(CAPS, more);
        self.sent();
        self.hear(
            NET,
            ":me!u@h JOIN #lab\r\n:s 353 me = #lab :me bob\r\n:s 366 me #lab :End",
        );
    }

    /// Returns the own lines with their states.
    pub fn states(&self) -> Vec<(String, LineState)> {
        let lines = self.app.model.buffer().lines.iter().filter(|l| l.own);
        lines
            .map(|l| (l.text.to_string(), l.state.clone()))
            .collect()
    }

    /// Returns the texts of all lines.
    pub fn texts(&self) -> String {
        let lines = self.app.model.buffer().lines.iter();
        lines.map(|l| format!("{}\n", l.text.as_str())).collect()
    }

    /// Connects and registers the first network, with these capabilities.
    pub fn greet(&mut self, caps: &str, more: &str) {
        self.connect(NET);
        self.greeted(caps, more);
    }

    /// Plays the server's part of the registration.
    pub fn greeted(&mut self, caps: &str, more: &str) {
        self.hear(NET, &format!(
            ":s CAP * LS :{caps}\r\n:s CAP * ACK :{caps}\r\n:s 001 me :hi\r\n:s 005 me NETWORK=homelab CHANTYPES=# PREFIX=(ov)@+ CASEMAPPING=ascii {more} :are\r\n:s 422 me :none"
        ));
    }

    /// Creates a client in a channel, in the middle of a day.
    pub fn new() -> Stage {
        let mut stage = Stage::bare();
        stage.greet(CAPS, "CHATHISTORY=1000");
        for line in [
            ":me!u@h JOIN #lab",
            ":s 332 me #lab :Rack moves 24 Nov 18:00 · be kind",
            ":s 353 me = #lab :@alice +bob me carol dave erin",
            ":s 366 me #lab :End",
            ":s BATCH +1 chathistory #lab",
            "@batch=1;msgid=a;time=2026-11-22T13:02:11.000Z;account=alice :alice!u@h PRIVMSG #lab :The new switch is in the rack. Port 7 is dead, the rest OK",
            "@batch=1;msgid=b;time=2026-11-22T13:05:40.000Z;+draft/reply=a :bob!u@h PRIVMSG #lab :Did you try the other transceiver? See https://lab.home/p/7f3a",
            "@batch=1;msgid=b1;time=2026-11-22T13:05:41.000Z;+draft/reply=a;+draft/react=\u{1f44d} :bob!u@h TAGMSG #lab",
            "@batch=1;msgid=b2;time=2026-11-22T13:05:42.000Z;+draft/reply=a;+draft/react=\u{1f44d} :erin!u@h TAGMSG #lab",
            "@batch=1;msgid=b3;time=2026-11-22T13:05:43.000Z;+draft/reply=a;+draft/react=\u{1f389} :me!u@h TAGMSG #lab",
            "@batch=1;msgid=c;time=2026-11-22T13:06:02.000Z :carol!u@h PRIVMSG #lab :oops, wrong room",
            ":s BATCH -1",
            ":carol!u@h REDACT #lab c :wrong room",
            ":erin!u@h AWAY :lunch",
            ":gil!u@h JOIN #lab",
            ":me!u@h JOIN #ops",
            ":s BATCH +2 chathistory #ops",
            ":s BATCH -2",
            "@msgid=d;time=2026-11-22T13:07:00.000Z :carol!u@h PRIVMSG #ops :disk 3 is slow",
            "@msgid=e;time=2026-11-22T13:07:01.000Z :carol!u@h PRIVMSG #ops :me, look",
            "@msgid=f;time=2026-11-22T13:07:02.000Z :dave!u@h PRIVMSG me :psst",
            ":bob!u@h QUIT :gone",
            "@msgid=g;time=2026-11-22T13:07:30.000Z :carol!u@h PRIVMSG #lab :me: the label says FTLX8571 - please bring two",
            "@msgid=h;time=2026-11-22T13:07:40.000Z :dave!u@h PRIVMSG #lab :\x01ACTION waves\x01",
            ":alice!u@h TOPIC #lab :Rack moves 24 Nov 18:00",
        ] {
            stage.hear(NET, line);
        }
        let trace: Vec<String> = (1..=12)
            .map(|n| {
                format!(
                    "@batch=9 :alice!u@h PRIVMSG #lab :  {n}: core::panicking::panic at line {n}"
                )
            })
            .collect();
        stage.hear(
            NET,
            "@msgid=i;time=2026-11-22T13:08:00.000Z :alice!u@h BATCH +9 draft/multiline #lab",
        );
        stage.hear(NET, &trace.join("\r\n"));
        stage.hear(NET, ":s BATCH -9");
        stage
    }

    pub fn connect(&mut self, net: NetworkId) {
        let start = engine::SessionOptions::default();
        self.app.connected(net, START, true, start, None);
        self.app.take_output(net);
    }

    pub fn hear(&mut self, net: NetworkId, lines: &str) {
        self.app
            .receive(net, NOW, format!("{lines}\r\n").as_bytes());
    }

    pub fn keys(&mut self, text: &str) {
        for c in text.chars() {
            self.key(KeyCode::Char(c), KeyModifiers::NONE);
        }
    }

    pub fn key(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.app.key(NOW, KeyEvent::new(code, modifiers));
    }

    /// Types a line and Enter.
    pub fn line(&mut self, text: &str) {
        self.keys(text);
        self.key(KeyCode::Enter, KeyModifiers::NONE);
    }

    pub fn control(&mut self, c: char) {
        self.key(KeyCode::Char(c), KeyModifiers::CONTROL);
    }

    pub fn sent(&mut self) -> String {
        String::from_utf8(self.app.take_output(NET)).unwrap()
    }

    pub fn alt(&mut self, c: char) {
        self.key(KeyCode::Char(c), KeyModifiers::ALT);
    }

    pub fn esc(&mut self) {
        self.key(KeyCode::Esc, KeyModifiers::NONE);
    }

    pub fn enter(&mut self) {
        self.key(KeyCode::Enter, KeyModifiers::NONE);
    }

    pub fn screen(&mut self) -> String {
        self.app.resize(120, 36);
        let canvas = parlour_client::view::draw(&self.app);
        let rows = canvas.cells.content.chunks(120);
        let rows = rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>() + "\n");
        rows.collect()
    }

    pub fn last(&self) -> String {
        let last = self.app.model.buffer().lines.back();
        last.map(|l| l.text.to_string()).unwrap_or_default()
    }
}
