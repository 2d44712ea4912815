//! Screen, drawn as a pure function of the application's state.

mod canvas;
mod clock;
mod composer;
mod file_link;
mod frame;
mod glyphs;
pub mod layout;
mod overlay;
mod panes;
pub(crate) mod rows;
mod shown_line;
pub mod theme;
pub mod timeline;
pub mod wrap;

use crate::app::App;
use crate::app::mode::Mode;
pub use canvas::{Canvas, LinkId};
pub use clock::Zone;
pub use glyphs::Glyphs;
use timeline::Marked;

/// Draws the whole screen.
pub fn draw(app: &App) -> Canvas {
    let layout = app.layout();
    let mut canvas = Canvas::new(layout.area.width, layout.area.height);
    let screen = &mut canvas;
    if layout.too_small {
        frame::too_small(screen, &layout, app);
        composer::draw(screen, &layout, app);
        return canvas;
    }
    let marked = Marked {
        chosen: match app.mode {
            Mode::Messages(id) => Some(id),
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
            | Mode::React(..) => None,
        },
        found: app.pointed_line(),
    };
    let free = !layout.over && !overlay::is_open(app);
    // A covered timeline must not be scrolled by the terminal: the overlay would move with it.
    if free {
        screen.moving = layout.timeline;
    }
    timeline::draw(screen, &layout, &app.model, &app.settings, marked);
    frame::draw(screen, &layout, app);
    panes::draw(screen, &layout, app);
    composer::draw(screen, &layout, app);
    overlay::draw(screen, &layout, app);
    // Last: it evens out blank cells of all parts.
    screen.normalise_blanks();
    canvas
}
