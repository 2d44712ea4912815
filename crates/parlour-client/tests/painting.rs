//! Bytes of frames, interpreted by a terminal: it shows what was drawn.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

use parlour_client::renderer::Renderer;
use parlour_client::view::Canvas;
use proptest::prelude::*;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};

const WIDTH: u16 = 40;
const HEIGHT: u16 = 12;

/// Draws a screen with a header, moving rows, and a line at the bottom.
fn canvas(rows: &[String], bottom: &str) -> Canvas {
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    let bold = Style::new().add_modifier(Modifier::BOLD);
    canvas.cells.set_string(0, 0, "header", bold);
    let shown = rows.len().min(usize::from(HEIGHT) - 3);
    for (n, row) in rows[rows.len() - shown..].iter().enumerate() {
        let y = HEIGHT - 2 - shown as u16 + n as u16;
        let style = Style::new().fg(Color::Indexed(row.len() as u8));
        canvas
            .cells
            .set_stringn(0, y, row, usize::from(WIDTH), style);
    }
    canvas
        .cells
        .set_stringn(0, HEIGHT - 1, bottom, usize::from(WIDTH), Style::new());
    canvas.moving = Rect::new(0, 1, WIDTH, HEIGHT - 3);
    canvas.cursor = Some(Position::new(
        bottom.len().min(usize::from(WIDTH) - 1) as u16,
        HEIGHT - 1,
    ));
    canvas
}

/// Returns the text of a canvas, without trailing blank lines.
fn text(canvas: &Canvas) -> String {
    canvas.to_string().trim_end().to_owned()
}

fn seen(screen: &vt100::Screen) -> String {
    let rows = screen.rows(0, WIDTH);
    let rows: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n").trim_end().to_owned()
}

/// Change between two frames.
#[derive(Clone, Debug)]
enum Step {
    /// New rows.
    Rows(Vec<String>),
    /// Scrolling.
    Scroll(usize),
    /// Typed text.
    Type(String),
    /// Full redraw.
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    let row = "[a-z \u{e9}\u{65e5}\u{672c}]{0,50}";
    prop_oneof![
        3 => proptest::collection::vec(row, 1..4).prop_map(Step::Rows),
        2 => (0usize..8).prop_map(Step::Scroll),
        2 => "[a-z ]{0,20}".prop_map(Step::Type),
        1 => Just(Step::Forget),
    ]
}

proptest! {
    #[test]
    fn a_terminal_shows_what_was_drawn(steps in proptest::collection::vec(step(), 1..20)) {
        let mut terminal = vt100::Parser::new(HEIGHT, WIDTH, 0);
        let mut renderer = Renderer::default();
        let (mut rows, mut typed, mut back) = (vec![String::from("first")], String::new(), 0);
        for step in steps {
            match step {
                Step::Rows(more) => rows.extend(more),
                Step::Scroll(by) => back = by,
                Step::Type(text) => typed = text,
                Step::Forget => renderer.forget(),
            }
            let end = rows.len().saturating_sub(back).max(1);
            let canvas = canvas(&rows[..end], &typed);
            let wanted = text(&canvas);
            let cursor = canvas.cursor.unwrap();
            let bytes = renderer.paint(canvas);
            terminal.process(&bytes);
            prop_assert_eq!(seen(terminal.screen()), wanted);
            prop_assert_eq!(terminal.screen().cursor_position(), (cursor.y, cursor.x));
            prop_assert!(!terminal.screen().hide_cursor());
        }
    }
}
