//! Scenes of a day with the client at the sizes of UX.md §3, compared as text, and in each colour
//! mode as styles.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod stage;

use std::fs;
use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use parlour_client::SafeText;
use parlour_client::app::HostCommand;
use parlour_client::renderer::Renderer;
use parlour_client::view::theme::{Background, Depth, Theme};
use parlour_client::view::{self, Canvas, Glyphs};
use proptest::prelude::*;
use ratatui::style::{Color, Modifier};
use stage::{NET, NOW, Stage};

const SIZES: [(u16, u16); 3] = [(120, 36), (80, 24), (40, 20)];

fn scene(name: &str) -> Stage {
    let mut s = Stage::new();
    match name {
        "talk" => {
            s.hear(NET, "@+typing=active :dave!u@h TAGMSG #lab");
            s.hear(NET, "@+typing=active :carol!u@h TAGMSG #lab");
            s.keys("Will do, two of them");
        }
        "messages" => {
            s.key(KeyCode::Esc, KeyModifiers::NONE);
            s.keys("k");
        }
        "reply" => {
            s.key(KeyCode::Esc, KeyModifiers::NONE);
            s.keys("kkr");
            s.keys("yes");
        }
        "sending" => {
            s.keys("Monday works.");
            s.key(KeyCode::Enter, KeyModifiers::NONE);
            s.hear(NET, "@label=m1 :s 404 me #lab :You are muted");
            s.keys("and this");
            s.key(KeyCode::Enter, KeyModifiers::NONE);
        }
        "switch" => {
            s.control('g');
            s.keys("op");
        }
        "commands" => {
            s.control('g');
            s.keys(">top");
        }
        "help" => s.key(KeyCode::F(1), KeyModifiers::NONE),
        "paste" => s.app.paste(NOW, "error[E0382]: borrow of moved value\n  --> src/main.rs:41:9\n   |\n41 |     conn\n   |     ^^^^\n"),
        "found" => {
            s.keys("/search transceiver from:bob");
            s.key(KeyCode::Enter, KeyModifiers::NONE);
            s.hear(NET, ":s BATCH +5 soju.im/search\r\n@batch=5;msgid=b;time=2026-11-22T13:05:40.000Z :bob!u@h PRIVMSG #lab :Did you try the other transceiver?\r\n:s BATCH -5");
        }
        "find" => {
            s.control('f');
            s.keys("switch");
        }
        "delete" => {
            s.key(KeyCode::Esc, KeyModifiers::NONE);
            s.keys("d");
        }
        "open" => {
            s.key(KeyCode::Esc, KeyModifiers::NONE);
            s.key(KeyCode::Enter, KeyModifiers::NONE);
        }
        "away" => {
            s.app.focus(NOW, false);
            s.hear(NET, "@msgid=x;time=2026-11-22T13:08:30.000Z :dave!u@h PRIVMSG #lab :while you were away");
            s.app.focus(NOW, true);
        }
        "lost" => {
            s.app.disconnected(NET, NOW, "the cable", 12);
            s.keys("said meanwhile");
            s.key(KeyCode::Enter, KeyModifiers::NONE);
        }
        "people" => s.key(KeyCode::F(8), KeyModifiers::NONE),
        "rooms" => s.key(KeyCode::F(7), KeyModifiers::NONE),
        "plain" => s.key(KeyCode::Char('l'), KeyModifiers::ALT),
        "mentions" => s.key(KeyCode::Char('i'), KeyModifiers::ALT),
        "complete" => {
            s.keys("a");
            s.key(KeyCode::Tab, KeyModifiers::NONE);
        }
        other => panic!("there is no scene {other}"),
    }
    s
}

const SCENES: [&str; 19] = [
    "talk", "messages", "reply", "sending", "switch", "commands", "help", "paste", "found", "find",
    "delete", "open", "away", "lost", "people", "rooms", "plain", "mentions", "complete",
];

fn compare(file: &str, shown: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/screens")
        .join(file);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, shown).unwrap();
    }
    let wanted = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(shown, wanted, "{} is now:\n{shown}", file.display());
}

#[test]
fn the_scenes_are_as_drawn() {
    for name in SCENES {
        for (width, height) in SIZES {
            let mut s = scene(name);
            s.app.resize(width, height);
            compare(
                &format!("{name}-{width}x{height}.txt"),
                &view::draw(&s.app).to_string(),
            );
        }
    }
}

#[test]
fn without_other_signs_a_screen_is_ascii_but_for_what_people_wrote() {
    let mut s = scene("talk");
    s.app.settings.glyphs = Glyphs::Ascii;
    for (width, height) in SIZES {
        s.app.resize(width, height);
        let shown = view::draw(&s.app).to_string();
        compare(&format!("ascii-{width}x{height}.txt"), &shown);
        let own = shown.replace(['\u{1f44d}', '\u{1f389}', '·'], "");
        assert!(own.is_ascii(), "{own}");
    }
}

/// The style of the first cell of a text on the screen.
fn style_of(canvas: &Canvas, text: &str) -> (Color, Color, Modifier) {
    let area = canvas.cells.area;
    for y in 0..area.height {
        let row: Vec<&str> = (0..area.width)
            .map(|x| canvas.cells[(x, y)].symbol())
            .collect();
        let joined = row.concat();
        if let Some(at) = joined.find(text) {
            let mut bytes = 0;
            let x = row.iter().position(|cell| {
                bytes += cell.len();
                bytes > at
            });
            let cell = &canvas.cells[(x.unwrap() as u16, y)];
            return (cell.fg, cell.bg, cell.modifier);
        }
    }
    panic!("{text} is not on the screen:\n{canvas}");
}

#[test]
fn each_role_has_its_colour_in_each_mode() {
    let draw = |depth, shade| {
        let mut s = scene("talk");
        s.app.settings.theme = Theme::new(depth, shade);
        s.app.resize(120, 36);
        view::draw(&s.app)
    };
    let reset = Color::Reset;
    for (depth, shade, dim, unread, mention) in [
        (
            Depth::Indexed,
            Background::Dark,
            Color::Indexed(246),
            Color::Indexed(215),
            (Color::Indexed(222), Color::Indexed(236)),
        ),
        (
            Depth::Indexed,
            Background::Light,
            Color::Indexed(242),
            Color::Indexed(130),
            (Color::Indexed(94), Color::Indexed(230)),
        ),
        (
            Depth::Sixteen,
            Background::Dark,
            Color::Indexed(8),
            Color::Indexed(3),
            (Color::Indexed(0), Color::Indexed(3)),
        ),
        (
            Depth::True,
            Background::Light,
            Color::Rgb(0x63, 0x69, 0x77),
            Color::Rgb(0xa6, 0x42, 0x0a),
            (Color::Rgb(0x7a, 0x4b, 0), Color::Rgb(0xff, 0xf1, 0xc9)),
        ),
    ] {
        let canvas = draw(depth, shade);
        assert_eq!(style_of(&canvas, "[13:02:11]").0, dim);
        assert_eq!(style_of(&canvas, "# ops").0, unread);
        let (fg, bg, _) = style_of(&canvas, "me: the label");
        assert_eq!((fg, bg), mention);
        // No other cell has a background colour.
        let painted = canvas
            .cells
            .content
            .iter()
            .filter(|cell| cell.bg != reset && cell.bg != mention.1);
        assert_eq!(painted.count(), 0);
    }
    let canvas = draw(Depth::None, Background::Dark);
    assert!(
        canvas
            .cells
            .content
            .iter()
            .all(|cell| cell.fg == reset && cell.bg == reset)
    );
    assert!(
        style_of(&canvas, "me: the label")
            .2
            .contains(Modifier::REVERSED)
    );
    assert!(style_of(&canvas, "# ops").2.contains(Modifier::BOLD));
    assert!(style_of(&canvas, "[13:02:11]").2.contains(Modifier::DIM));
}

#[test]
fn links_are_links_and_only_such_as_can_be_opened() {
    let mut s = scene("talk");
    s.hear(NET, "@msgid=l :x!u@h PRIVMSG #lab :javascript:alert(1) file:///etc/passwd http://a.example/\u{202e}gpj");
    s.app.resize(120, 36);
    let canvas = view::draw(&s.app);
    let urls: Vec<&String> = canvas.links.values().collect();
    assert_eq!(urls.len(), 2, "{urls:?}");
    assert!(urls.iter().any(|url| *url == "https://lab.home/p/7f3a"));
    assert!(urls.iter().any(|url| *url == "http://a.example/gpj"));
}

#[test]
fn a_deletion_asks_waits_and_can_be_undone() {
    let asked = || {
        let mut s = Stage::new();
        s.hear(NET, ":alice!u@h MODE #lab +o me");
        s.key(KeyCode::Esc, KeyModifiers::NONE);
        s.keys("d");
        s.sent();
        s
    };
    let mut s = asked();
    s.keys("y");
    s.app.tick(NOW + 1_000);
    assert!(!s.sent().contains("REDACT"));
    s.key(KeyCode::Char('_'), KeyModifiers::CONTROL);
    s.app.tick(NOW + 60_000);
    assert!(!s.sent().contains("REDACT"));
    let mut s = asked();
    s.keys("n");
    s.app.tick(NOW + 60_000);
    assert!(!s.sent().contains("REDACT"));
    // Without an undo it is sent.
    let mut s = asked();
    s.keys("y");
    s.app.tick(NOW + 60_000);
    assert!(s.sent().contains("REDACT #lab i\r\n"));
    // Channel operators delete messages of others.
    let mut s = scene("delete");
    s.keys("y");
    s.app.tick(NOW + 5_000);
    assert!(!s.sent().contains("REDACT"));
    let mut s = Stage::new();
    s.hear(NET, ":alice!u@h MODE #lab +o me");
    s.key(KeyCode::Esc, KeyModifiers::NONE);
    // Keys that do not answer the question are not typed either.
    s.keys("dx/part");
    s.keys("y");
    s.app.tick(NOW + 5_000);
    assert!(s.sent().contains("REDACT #lab i\r\n"));
    assert_eq!(s.app.composer.text(), "");
}

#[test]
fn what_message_mode_sends() {
    let esc = (KeyCode::Esc, KeyModifiers::NONE);
    let enter = (KeyCode::Enter, KeyModifiers::NONE);
    // A reply to the second message from the bottom.
    let mut s = scene("reply");
    s.sent();
    s.key(enter.0, enter.1);
    assert_eq!(s.sent(), "@label=m1;+draft/reply=g PRIVMSG #lab yes\r\n");
    // A reaction by name; the same again removes it.
    let mut s = Stage::new();
    s.key(esc.0, esc.1);
    s.sent();
    s.keys(":tada");
    s.key(enter.0, enter.1);
    assert_eq!(s.sent(), "@+draft/react=🎉;+draft/reply=i TAGMSG #lab\r\n");
    s.hear(NET, "@+draft/react=🎉;+draft/reply=i :me!u@h TAGMSG #lab");
    s.key(esc.0, esc.1);
    s.keys("+");
    assert_eq!(
        s.sent(),
        "@+draft/unreact=🎉;+draft/reply=i TAGMSG #lab\r\n"
    );
    // The user's own message is edited.
    let mut s = Stage::new();
    s.hear(NET, "@msgid=o :me!u@h PRIVMSG #lab :teh label");
    s.sent();
    s.key(KeyCode::Char('e'), KeyModifiers::ALT);
    assert_eq!(s.app.composer.text(), "teh label");
    s.control('u');
    s.keys("the label");
    s.key(enter.0, enter.1);
    assert_eq!(
        s.sent(),
        "@label=m1;+draft/edit=o PRIVMSG #lab :the label\r\n"
    );
    s.hear(
        NET,
        "@label=m1;msgid=p;+draft/edit=o :me!u@h PRIVMSG #lab :the label",
    );
    s.app.resize(120, 36);
    let shown = view::draw(&s.app).to_string();
    assert!(
        shown.contains("me │ the label   (edited)") && !shown.contains("teh"),
        "{shown}"
    );
    // Copying writes to the terminal; a link asks first.
    let mut s = Stage::new();
    s.key(esc.0, esc.1);
    s.app.take_commands();
    s.keys("y");
    assert!(
        matches!(&s.app.take_commands()[..], [HostCommand::Copy(text)] if text.contains("panicking"))
    );
}

#[test]
fn a_paste_of_several_lines_is_one_message_and_asks_first() {
    let mut s = scene("paste");
    s.sent();
    assert!(s.app.composer.is_empty());
    s.key(KeyCode::Enter, KeyModifiers::NONE);
    let sent = s.sent();
    assert!(
        sent.starts_with("@label=m1 BATCH +b1 draft/multiline #lab\r\n"),
        "{sent}"
    );
    assert_eq!(sent.matches("PRIVMSG").count(), 5, "{sent}");
    // The end sequence of a paste inside a paste does not make the rest look typed.
    let mut s = Stage::new();
    s.app.paste(NOW, "a\x1b[201~/quit\x1b");
    assert_eq!(s.app.composer.text(), "a/quit");
}

#[test]
fn what_was_read_is_told_only_when_it_was_seen() {
    let mut s = Stage::new();
    let first = s.sent();
    assert!(
        first.contains("MARKREAD #lab timestamp=2026-11-22T13:"),
        "{first}"
    );
    let say = |s: &mut Stage, n: u64| {
        let line = format!("@msgid=r{n};time=2026-11-22T13:1{n}:00.000Z :x!u@h PRIVMSG #lab :{n}");
        s.hear(NET, &line);
        s.app.tick(NOW + n * 10_000);
        s.sent()
    };
    s.app.focus(NOW, false);
    assert!(!say(&mut s, 1).contains("MARKREAD"));
    s.app.focus(NOW + 20_000, true);
    assert!(
        s.sent()
            .contains("MARKREAD #lab timestamp=2026-11-22T13:11:00.000Z")
    );
    s.key(KeyCode::PageUp, KeyModifiers::NONE);
    assert!(!say(&mut s, 3).contains("MARKREAD"));
    s.key(KeyCode::End, KeyModifiers::CONTROL);
    s.app.tick(NOW + 60_000);
    assert!(
        s.sent()
            .contains("MARKREAD #lab timestamp=2026-11-22T13:13:00.000Z")
    );
}

#[test]
fn others_are_told_of_typing_now_and_then_but_not_of_commands() {
    let mut s = Stage::new();
    s.app.settings.typing = true;
    s.sent();
    s.keys("hello");
    assert_eq!(s.sent(), "@+typing=active TAGMSG #lab\r\n");
    s.app.key(
        NOW + 4_000,
        KeyEvent::new(KeyCode::Char('!'), KeyModifiers::NONE),
    );
    assert_eq!(s.sent(), "@+typing=active TAGMSG #lab\r\n");
    s.app.tick(NOW + 10_000);
    assert!(s.sent().contains("@+typing=paused TAGMSG #lab\r\n"));
    s.control('u');
    s.sent();
    s.keys("/topic x");
    assert!(!s.sent().contains("typing"));
}

#[test]
fn drafts_the_outbox_and_places_outlive_the_client() {
    let mut s = scene("lost");
    s.keys("a draft");
    s.control('n');
    s.keys("another");
    let kept = s.app.saved_state();
    let mut next = Stage::new();
    next.app.disconnected(NET, NOW, "not yet", 1);
    next.app.restore(kept);
    assert_eq!(next.app.composer.text(), "another");
    next.control('p');
    assert_eq!(next.app.composer.text(), "a draft");
    next.app.resize(120, 36);
    let shown = view::draw(&next.app).to_string();
    assert!(shown.contains("said meanwhile   ◌ sending"), "{shown}");
}

#[test]
fn rooms_have_numbers_and_places() {
    let mut s = Stage::new();
    let name = |s: &Stage| s.app.model.buffer().name.to_string();
    for (digit, want) in [
        ('2', "#lab"),
        ('3', "#ops"),
        ('1', "homelab"),
        ('5', "office"),
        ('9', "office"),
    ] {
        s.key(KeyCode::Char(digit), KeyModifiers::ALT);
        assert_eq!(name(&s), want, "Alt+{digit}");
    }
    s.key(KeyCode::Char('/'), KeyModifiers::ALT);
    assert_eq!(name(&s), "homelab");
    let mut s = Stage::new();
    s.key(KeyCode::Char('a'), KeyModifiers::ALT);
    assert_eq!(name(&s), "#ops", "mentions come first");
    s.key(KeyCode::Char('a'), KeyModifiers::ALT);
    assert_eq!(name(&s), "dave");
}

#[test]
fn a_new_line_costs_little_and_nothing_costs_nothing() {
    for (width, height, most) in [(80, 24, 300), (120, 36, 700), (40, 20, 300)] {
        let mut s = Stage::new();
        s.app.settings.theme = Theme::new(Depth::Indexed, Background::Dark);
        s.app.resize(width, height);
        let mut renderer = Renderer::default();
        renderer.synchronised = true;
        renderer.paint(view::draw(&s.app));
        assert!(renderer.paint(view::draw(&s.app)).is_empty());
        for n in 0..5 {
            let line = format!(
                "@msgid=n{n};time=2026-11-22T13:08:1{n}.000Z :carol!u@h PRIVMSG #lab :a line of a usual length for talk"
            );
            s.hear(NET, &line);
            let bytes = renderer.paint(view::draw(&s.app)).len();
            assert!(bytes <= most, "{bytes} bytes at {width}x{height}");
        }
    }
}

proptest! {
    /// Any text at any width is shown completely and in order.
    #[test]
    fn nothing_of_a_message_is_lost_on_the_screen(said in "\\PC{1,160}", width in 60u16..160) {
        let mut s = Stage::new();
        s.line("/clear");
        s.hear(NET, &format!("@msgid=q :x!u@h PRIVMSG #lab :{said}"));
        s.app.resize(width, 60);
        s.key(KeyCode::Esc, KeyModifiers::NONE);
        s.key(KeyCode::Enter, KeyModifiers::NONE);
        s.key(KeyCode::Esc, KeyModifiers::NONE);
        let layout = s.app.layout();
        let canvas = view::draw(&s.app);
        let left = layout.timeline.x + layout.gutter.width();
        let mut shown = String::new();
        for y in layout.timeline.top()..layout.timeline.bottom() {
            let gutter: String = (layout.timeline.x..left).map(|x| canvas.cells[(x, y)].symbol()).collect();
            if gutter.contains('│') || gutter.contains('▌') {
                shown.extend((left..layout.timeline.right()).map(|x| canvas.cells[(x, y)].symbol()));
            }
        }
        let bare = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
        prop_assert_eq!(bare(&shown), bare(SafeText::of_lines(&said).as_str()));
    }
}
