//! Mouse: what is under it is what it means.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod stage;

use parlour_client::app::mode::Mode;
use parlour_client::app::mouse::Hit;
use parlour_client::view;
use stage::{NET, NOW, Stage};

#[test]
fn the_mouse_reaches_people_links_hints_and_the_line() {
    let mut s = Stage::new();
    s.keys("hello");
    let screen = s.screen();
    let canvas = view::draw(&s.app);
    let place = |words: &str| {
        let (y, row) = screen
            .lines()
            .enumerate()
            .find(|(_, row)| row.contains(words))
            .unwrap();
        let x = row[..row.find(words).unwrap()].chars().count();
        (x as u16, y as u16)
    };
    let (x, y) = place("F1 help");
    assert!(matches!(canvas.hit(x, y), Some(Hit::Action(_))));
    let (x, y) = place("https://lab.home");
    assert_eq!(canvas.link_at(x + 3, y), Some("https://lab.home/p/7f3a"));
    let (x, y) = place("hello");
    assert_eq!(canvas.hit(x + 2, y), Some(Hit::Typed(2)));
    s.app.click(NOW, canvas.hit(x + 2, y));
    s.keys("X");
    assert_eq!(s.app.composer.text(), "heXllo");
    let (x, y) = place("@alice");
    s.app.click(NOW, canvas.hit(x, y));
    assert_eq!(s.app.model.buffer().name.as_str(), "alice");
}

/// A click means the room as it was drawn, whatever came above it since.
#[test]
fn a_click_means_the_room_that_was_drawn() {
    let mut s = Stage::new();
    let lab = s.app.model.find(NET, "#lab").unwrap();
    let drawn = Hit::Buffer(s.app.model.buffers[lab].id);
    s.hear(NET, ":me!u@h JOIN #aaa");
    s.app
        .click(NOW, Some(Hit::Buffer(s.app.model.buffers[0].id)));
    s.app.click(NOW, Some(drawn.clone()));
    assert_eq!(s.app.model.buffer().raw_name, "#lab");
    // A room that was closed meanwhile is none to go to.
    s.app.enter_line(NOW, "/part");
    let now = s.app.model.buffer().id;
    s.app.click(NOW, Some(drawn));
    assert_eq!(s.app.model.buffer().id, now);
}

#[test]
fn what_was_pasted_is_not_thrown_away_by_a_click() {
    let mut s = Stage::new();
    s.esc();
    s.app.paste(NOW, "one\ntwo\nthree\nfour\nfive\n");
    assert!(matches!(s.app.mode, Mode::Paste(_)));
    let server = s.app.model.buffers[0].id;
    s.app.click(NOW, Some(Hit::Buffer(server)));
    assert!(matches!(s.app.mode, Mode::Paste(_)));
    s.app.click(NOW, Some(Hit::Newest));
    assert!(matches!(s.app.mode, Mode::Paste(_)));
}
