//! Reading and scrolling through history.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod stage;

use crossterm::event::{KeyCode, KeyModifiers};
use parlour_client::view;
use stage::{CAPS, NET, Stage};

impl Stage {
    fn rows(&mut self, width: u16, height: u16) -> Vec<String> {
        self.app.resize(width, height);
        let canvas = view::draw(&self.app);
        let rows = canvas.cells.content.chunks(width.into());
        rows.map(|row| row.iter().map(|cell| cell.symbol()).collect())
            .collect()
    }
}

#[test]
fn the_oldest_line_is_one_key_away() {
    let mut s = Stage::new();
    s.app.model.buffer_mut().complete = false;
    s.sent();
    s.key(KeyCode::Home, KeyModifiers::ALT);
    assert_eq!(
        s.sent(),
        "CHATHISTORY AFTER #lab timestamp=1970-01-01T00:00:00.000Z 100\r\n"
    );
    // The screen says that older lines are loading.
    assert!(s.rows(120, 36).concat().contains("on their way"));
    let said = |n: usize| {
        format!(
            "@batch=h;msgid=o{n};time=2020-01-01T00:{:02}:{:02}.000Z :bob!u@h PRIVMSG #lab :old {n}\r\n",
            n / 60,
            n % 60
        )
    };
    let page: String = (0..100).map(said).collect();
    s.hear(
        NET,
        &format!(":s BATCH +h chathistory #lab\r\n{page}:s BATCH -h"),
    );
    let screen = s.rows(120, 36).concat();
    assert!(
        screen.contains("old 0") && screen.contains("newer · Alt+End")
            || screen.contains("below · Alt+End"),
        "{screen}"
    );
    // Downwards the next page is requested, and nothing is skipped.
    s.sent();
    let mut asked = String::new();
    while !asked.contains("CHATHISTORY AFTER #lab msgid=o99 100") {
        s.key(KeyCode::PageDown, KeyModifiers::NONE);
        asked.push_str(&s.sent());
    }
    let next = (100..200).map(said).collect::<String>();
    s.hear(
        NET,
        &format!(":s BATCH +h chathistory #lab\r\n{next}:s BATCH -h"),
    );
    assert!(s.rows(120, 36).concat().contains("old 99"));
    s.key(KeyCode::PageDown, KeyModifiers::NONE);
    assert!(s.rows(120, 36).concat().contains("old 100"));
    s.sent();
    s.key(KeyCode::End, KeyModifiers::ALT);
    assert!(s.sent().contains("CHATHISTORY LATEST #lab * "));
    // If all of the history is loaded, nothing is requested.
    let mut s = Stage::new();
    s.app.model.buffer_mut().complete = true;
    s.sent();
    s.key(KeyCode::Home, KeyModifiers::ALT);
    assert!(s.sent().is_empty());
}

#[test]
fn the_people_stand_beside_the_text_where_there_is_room() {
    let mut s = Stage::new();
    s.app.resize(100, 30);
    let before = s.app.layout();
    assert!(!before.has_people());
    s.key(KeyCode::F(8), KeyModifiers::NONE);
    let after = s.app.layout();
    assert!(after.has_people() && !after.over);
    assert!(after.timeline.right() < after.people.unwrap().x + 1);
    assert!(after.text_width < before.text_width);
    s.key(KeyCode::F(8), KeyModifiers::NONE);
    assert!(!s.app.layout().has_people());
}

#[test]
fn rooms_show_the_digit_that_leads_to_them() {
    let mut s = Stage::new();
    let screen = s.rows(120, 36);
    let row = screen.iter().find(|row| row.contains("# ops")).unwrap();
    let digit = row.chars().next().unwrap();
    s.key(KeyCode::Char(digit), KeyModifiers::ALT);
    assert_eq!(s.app.model.buffer().raw_name, "#ops");
}

#[test]
fn unread_private_messages_outlast_a_restart() {
    let mut s = Stage::new();
    s.hear(
        NET,
        "@msgid=q;time=2026-11-22T13:08:02.000Z :dave!u@h PRIVMSG me :are you there?",
    );
    let kept = s.app.saved_state();
    let text = serde_json::to_string(&kept).unwrap();
    let mut next = Stage::bare();
    next.app.restore(serde_json::from_str(&text).unwrap());
    let dave = next.app.model.find(NET, "dave").unwrap();
    let buffer = &next.app.model.buffers[dave];
    assert_eq!((buffer.unread, buffer.mentions), (2, 2));
    let texts: Vec<&str> = buffer.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["psst", "are you there?"]);
    // The server's history holds them too: no duplicates.
    next.greet(CAPS, "CHATHISTORY=1000");
    next.hear(NET, ":s BATCH +h chathistory dave\r\n@batch=h;msgid=q;time=2026-11-22T13:08:02.000Z :dave!u@h PRIVMSG me :are you there?\r\n:s BATCH -h");
    assert_eq!(
        next.app.model.buffers[dave]
            .lines
            .iter()
            .filter(|l| l.is_message())
            .count(),
        2
    );
    // Read messages are not saved.
    next.line("/buffer dave");
    next.line("/buffer #lab");
    let kept = next.app.saved_state();
    assert!(kept.buffers.iter().all(|buffer| buffer.unread.is_empty()));
}
