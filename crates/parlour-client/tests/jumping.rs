//! Jumps to messages, and the quick switcher.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod stage;

use parlour_client::app::mode::Mode;
use parlour_client::view;
use stage::{NET, NOW, Stage};

#[test]
fn what_is_typed_after_a_jump_is_text() {
    let mut s = Stage::new();
    // Alt+P points at the line of a mention, but does not select it.
    s.alt('p');
    assert_eq!(s.app.mode, Mode::Compose);
    let pointed = s.app.pointed_line().unwrap();
    s.keys("/part");
    assert_eq!(s.app.composer.text(), "/part");
    // Esc selects it.
    s.esc();
    assert_eq!(s.app.mode, Mode::Messages(pointed));
    // In message mode, keys without a meaning are text as well.
    let mut s = Stage::new();
    s.esc();
    s.keys("/help");
    assert_eq!(s.app.composer.text(), "/help");
}

#[test]
fn what_is_jumped_to_is_on_the_screen() {
    for (width, height) in [(120, 36), (80, 24), (40, 20)] {
        let mut s = Stage::new();
        s.app.resize(width, height);
        s.hear(
            NET,
            "@msgid=short;time=2026-11-22T13:09:00.000Z :dave!u@h PRIVMSG #lab :the needle",
        );
        for n in 0..12 {
            let long = "very long words of nothing at all ".repeat(12);
            s.hear(
                NET,
                &format!(
                    "@msgid=l{n};time=2026-11-22T13:1{}:00.000Z :dave!u@h PRIVMSG #lab :{long}",
                    n % 10
                ),
            );
        }
        let text = |s: &Stage| {
            let canvas = view::draw(&s.app);
            canvas
                .cells
                .content
                .iter()
                .map(|cell| cell.symbol())
                .collect::<String>()
        };
        assert!(!text(&s).contains("the needle"));
        s.control('f');
        s.keys("needle");
        assert!(text(&s).contains("the needle"), "{width}: found");
        // The line found is the one selected then.
        s.esc();
        s.esc();
        let chosen = |s: &Stage| match s.app.mode {
            Mode::Messages(id) => {
                let buffer = s.app.model.buffer();
                buffer.lines[buffer.position(id).unwrap()].text.to_string()
            }
            Mode::Compose
            | Mode::Switch(_)
            | Mode::Find(_)
            | Mode::FindSent(..)
            | Mode::Read(_)
            | Mode::Choose(_)
            | Mode::Pick(_)
            | Mode::Confirm(_)
            | Mode::Paste(_)
            | Mode::Secret(_)
            | Mode::React(..) => panic!("no message is chosen"),
        };
        assert_eq!(chosen(&s), "the needle");
        for _ in 0..8 {
            s.keys("k");
            let beginning: String = chosen(&s).chars().take(12).collect();
            assert!(text(&s).contains(&beginning), "{width}: {beginning}");
        }
    }
}

#[test]
fn the_switcher_goes_where_it_shows() {
    let mut s = Stage::new();
    s.control('g');
    s.keys("o");
    let shown = s.screen();
    let chosen = shown.lines().find(|row| row.contains("▌ #ops"));
    assert!(chosen.is_some(), "{shown}");
    // What becomes urgent now would come first, but not while a row is being chosen.
    s.hear(
        NET,
        ":oscar!u@h PRIVMSG me :psst\r\n:olga!u@h PRIVMSG me :psst",
    );
    s.enter();
    assert_eq!(s.app.model.buffer().name.as_str(), "#ops");
    s.control('g');
    s.app.paste(NOW, "osc");
    s.enter();
    assert_eq!(s.app.model.buffer().name.as_str(), "oscar");
}
