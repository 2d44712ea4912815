//! Screens at the sizes of UX.md §3, compared as text, and invariants at any size.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use std::fs;
use std::path::Path;

/// Network of the tests.
const NET: NetworkId = NetworkId::new(0);

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use parlour_client::App;
use parlour_client::NetworkId;
use parlour_client::app;
use parlour_client::engine;
use parlour_client::engine::Identity;
use parlour_client::settings::Settings;
use parlour_client::view::theme::Theme;
use parlour_client::view::{self, Zone};
use proptest::prelude::*;

/// 2026-11-22, 13:00:00 UTC.
const START: u64 = 1_795_352_400_000;

fn screen(app: &App, width: u16, height: u16) -> String {
    let canvas = view::draw(app);
    assert_eq!(
        (canvas.cells.area.width, canvas.cells.area.height),
        (width, height)
    );
    canvas.to_string()
}

fn new_app(name: &str) -> App {
    let settings = Settings {
        theme: Theme::plain(),
        typing: false,
        zone: Zone::Utc,
        ..Settings::default()
    };
    let start = app::Start {
        name: name.into(),
        identity: Identity {
            nick: "me".into(),
            realname: "Me".into(),
            login: None,
        },
        rooms: vec!["#lab".into()],
        commands: Vec::new(),
        asked: false,
        store_password: false,
    };
    App::new(settings, vec![start])
}

fn app() -> App {
    let mut app = new_app("localhost:25000");
    app.connected(NET, START, true, engine::SessionOptions::default(), None);
    app.receive(
        NET,
        START,
        b":s CAP * LS :batch labeled-response echo-message message-tags server-time\r\n",
    );
    app.receive(
        NET,
        START,
        b":s CAP * ACK :batch labeled-response echo-message message-tags server-time\r\n",
    );
    app.receive(NET, START, b":s 001 me :Welcome\r\n:s 005 me NETWORK=homelab CHANTYPES=# PREFIX=(ov)@+ CASEMAPPING=ascii :are\r\n:s 422 me :none\r\n");
    for line in [
        ":me!u@h JOIN #lab",
        ":s 332 me #lab :Rack moves 24 Nov 18:00",
        ":s 353 me = #lab :@alice +bob me carol",
        ":s 366 me #lab :End",
        ":me!u@h JOIN #ops",
        "@time=2026-11-22T13:02:11.000Z :alice!u@h PRIVMSG #lab :The new switch is in the rack. Port 7 is dead, the rest is fine, as far as I can tell from here.",
        "@time=2026-11-22T13:05:40.000Z :bob!u@h PRIVMSG #lab :\x01ACTION waves\x01",
        "@time=2026-11-22T13:05:41.000Z :bob!u@h PRIVMSG #lab :\u{65e5}\u{672c}\u{8a9e}\u{3082}\u{6298}\u{308a}\u{8fd4}\u{305b}\u{307e}\u{3059}",
        "@time=2026-11-22T13:06:02.000Z :carol!u@h PRIVMSG #lab :me: the label says FTLX8571",
        "@time=2026-11-22T13:07:00.000Z :carol!u@h PRIVMSG #ops :disk 3 is slow",
        "@time=2026-11-22T13:07:01.000Z :carol!u@h PRIVMSG #ops :me, look",
        "@time=2026-11-22T13:07:02.000Z :dave!u@h PRIVMSG me :psst",
        "@time=2026-11-22T13:08:00.000Z :eve!u@h PRIVMSG #lab :\x1b[2J\x1b[31mhostile\x07\u{202e}",
    ] {
        app.receive(NET, START + 480_000, format!("{line}\r\n").as_bytes());
    }
    type_text(&mut app, "Monday works.");
    app.key(
        START + 490_000,
        KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE),
    );
    type_text(&mut app, "Will do, two of them");
    app
}

fn type_text(app: &mut App, text: &str) {
    for c in text.chars() {
        app.key(
            START + 490_000,
            KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE),
        );
    }
}

#[test]
fn the_screens_are_as_drawn() {
    for (width, height) in [(120, 36), (80, 24), (40, 20), (100, 12), (18, 3)] {
        let mut app = app();
        app.resize(width, height);
        let shown = screen(&app, width, height);
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/screens/{width}x{height}.txt"));
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, &shown).unwrap();
        }
        let wanted = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(shown, wanted, "{width}x{height} is now:\n{shown}");
    }
}

#[test]
fn nothing_hostile_is_drawn() {
    let mut app = app();
    app.resize(80, 24);
    let shown = screen(&app, 80, 24);
    assert!(shown.contains("hostile"));
    assert!(
        !shown
            .replace('\n', "")
            .chars()
            .any(irc_wire::terminal::is_hostile)
    );
}

#[test]
fn a_held_view_stays_where_it_is_while_lines_come() {
    let mut app = app();
    app.resize(80, 24);
    for n in 0..100 {
        app.receive(
            NET,
            START + 500_000 + n,
            format!(":alice!u@h PRIVMSG #lab :line {n}\r\n").as_bytes(),
        );
    }
    app.key(
        START + 600_000,
        KeyEvent::new(KeyCode::PageUp, KeyModifiers::NONE),
    );
    app.key(
        START + 600_000,
        KeyEvent::new(KeyCode::PageUp, KeyModifiers::NONE),
    );
    let lines = |app: &App| -> Vec<String> {
        screen(app, 80, 24)
            .lines()
            .filter(|l| l.contains("line "))
            .map(Into::into)
            .collect()
    };
    let before = lines(&app);
    assert!(!before.is_empty() && !before.iter().any(|line| line.ends_with("line 99")));
    for n in 100..150 {
        app.receive(
            NET,
            START + 700_000 + n,
            format!(":alice!u@h PRIVMSG #lab :line {n}\r\n").as_bytes(),
        );
    }
    assert_eq!(lines(&app), before);
    assert!(screen(&app, 80, 24).contains("below · Alt+End"));
    for _ in 0..20 {
        app.key(
            START + 800_000,
            KeyEvent::new(KeyCode::PageDown, KeyModifiers::NONE),
        );
    }
    assert!(lines(&app).iter().any(|line| line.ends_with("line 149")));
}

#[test]
fn nothing_is_drawn_when_nothing_has_changed() {
    let mut app = app();
    assert!(app.take_changed());
    assert!(!app.take_changed());
    app.tick(START + 491_000);
    assert!(!app.take_changed());
}

#[test]
fn commands_say_what_they_mean_to_the_server() {
    for (typed, sent, shown) in [
        ("/online", "WHO *\r\n", ""),
        ("/nick you", "NICK you\r\n", ""),
        ("/join dev", "JOIN #dev\r\n", ""),
        ("/j #dev key", "JOIN #dev key\r\n", ""),
        ("/part", "PART #lab\r\n", ""),
        ("/part #ops so long", "PART #ops :so long\r\n", ""),
        (
            "/msg bob hi there",
            "@label=m2 PRIVMSG bob :hi there\r\n",
            "hi there   ◌ sending",
        ),
        (
            "/me waves",
            "@label=m2 PRIVMSG #lab :\x01ACTION waves\x01\r\n",
            "* me │ waves   ◌ sending",
        ),
        ("/topic new", "TOPIC #lab new\r\n", ""),
        ("/quit bye", "QUIT bye\r\n", ""),
        (
            "//slash",
            "@label=m2 PRIVMSG #lab /slash\r\n",
            "/slash   ◌ sending",
        ),
        ("/nosuch", "", "There is no /nosuch."),
        ("/help online", "", "/online [#room]"),
    ] {
        let mut app = app();
        app.resize(120, 60);
        app.take_output(NET);
        app.key(
            START,
            KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL),
        );
        type_text(&mut app, typed);
        app.key(
            START + 491_000,
            KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE),
        );
        assert_eq!(
            String::from_utf8(app.take_output(NET)).unwrap(),
            sent,
            "{typed}"
        );
        assert!(
            screen(&app, 120, 60).contains(shown),
            "{typed}: {}",
            screen(&app, 120, 60)
        );
    }
}

#[test]
fn a_gap_of_several_pages_is_filled_though_somebody_talks_meanwhile() {
    const HELLO: &[u8] = b":s CAP * ACK :batch message-tags draft/chathistory\r\n:s 001 me :hi\r\n:s 005 me CHANTYPES=# CHATHISTORY=2 :are\r\n:s 422 me :none\r\n:me!u@h JOIN #lab\r\n";
    let mut app = new_app("h");
    app.resize(80, 24);
    app.connected(NET, START, true, engine::SessionOptions::default(), None);
    app.receive(NET, START, HELLO);
    app.receive(NET,
        START,
        b":s BATCH +1 chathistory #lab\r\n:s BATCH -1\r\n@msgid=a;time=2026-11-22T13:00:01.000Z :x!u@h PRIVMSG #lab :one\r\n",
    );
    app.disconnected(NET, START, "gone", 1);
    app.connected(NET, START, true, engine::SessionOptions::default(), None);
    app.receive(NET, START, HELLO);
    let asked = String::from_utf8(app.take_output(NET)).unwrap();
    assert!(
        asked.ends_with("CHATHISTORY AFTER #lab msgid=a 2\r\n"),
        "{asked}"
    );
    app.receive(
        NET,
        START,
        b"@msgid=z;time=2026-11-22T13:10:00.000Z :x!u@h PRIVMSG #lab :newest\r\n",
    );
    app.receive(NET, START, b":s BATCH +2 chathistory #lab\r\n@batch=2;msgid=b;time=2026-11-22T13:01:00.000Z :x!u@h PRIVMSG #lab :two\r\n@batch=2;msgid=c;time=2026-11-22T13:02:00.000Z :x!u@h PRIVMSG #lab :three\r\n:s BATCH -2\r\n");
    let asked = String::from_utf8(app.take_output(NET)).unwrap();
    assert_eq!(asked, "CHATHISTORY AFTER #lab msgid=c 2\r\n");
}

proptest! {
    /// Whatever arrives between two keys, at whatever size: the composer holds exactly what was
    /// typed.
    #[test]
    fn typing_and_arriving_never_overlap(
        text in "[a-z ]{1,60}",
        arriving in proptest::collection::vec("\\PC{0,80}", 0..40),
        width in 1u16..160,
        height in 1u16..50,
    ) {
        let mut app = app();
        app.key(START, KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        app.resize(width, height);
        let mut arriving = arriving.into_iter();
        let mut typed = String::new();
        for c in text.chars() {
            app.key(START + 495_000, KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
            typed.push(c);
            if let Some(message) = arriving.next() {
                app.receive(NET, START + 495_000, format!(":alice!u@h PRIVMSG #lab :{message}\r\n").as_bytes());
            }
            prop_assert_eq!(app.composer.text(), typed.as_str());
            let shown = screen(&app, width, height);
            prop_assert_eq!(shown.lines().count(), usize::from(height));
        }
        if width >= 100 && height >= 8 {
            let shown = screen(&app, width, height);
            let row = shown.lines().nth(usize::from(height) - 2).unwrap_or_default();
            let wanted = format!(" [me] › {typed}");
            prop_assert_eq!(row, wanted.trim_end());
        }
    }

    /// Any keys, any bytes, any size: no panic.
    #[test]
    fn nothing_breaks_the_client(
        bytes in proptest::collection::vec("(:[a-z]{1,3}!u@h )?(PRIVMSG|JOIN|PART|QUIT|NICK|TOPIC|KICK|353|332|BATCH|FAIL|MODE) [#a-z +-]{0,12}( :\\PC{0,60})?", 0..30),
        keys in proptest::collection::vec(0usize..14, 0..30),
        sizes in proptest::collection::vec((0u16..200, 0u16..60), 1..4),
    ) {
        let mut app = app();
        let codes = [
            KeyCode::Enter, KeyCode::Tab, KeyCode::PageUp, KeyCode::PageDown, KeyCode::Up, KeyCode::Down, KeyCode::Backspace,
            KeyCode::Delete, KeyCode::Left, KeyCode::Right, KeyCode::Home, KeyCode::End, KeyCode::Char('/'), KeyCode::F(1),
        ];
        let mut keys = keys.into_iter();
        for (index, line) in bytes.iter().enumerate() {
            app.receive(NET, START + 500_000, format!("{line}\r\n").as_bytes());
            if let Some(key) = keys.next() {
                let modifiers = [KeyModifiers::NONE, KeyModifiers::ALT, KeyModifiers::CONTROL][index % 3];
                app.key(START + 500_000, KeyEvent::new(codes[key], modifiers));
            }
            let (width, height) = sizes[index % sizes.len()];
            app.resize(width, height);
            screen(&app, width.max(1), height.max(1));
        }
    }
}
