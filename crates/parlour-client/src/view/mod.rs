//! The screen, as a pure function of the model.

mod composer;
mod frame;
pub mod layout;
mod panes;
pub mod theme;
pub mod timeline;
pub mod wrap;

use ratatui::Frame;

use crate::app::App;
pub use timeline::Zone;

/// Draws everything.
pub fn draw(screen: &mut Frame, app: &App, theme: &theme::Theme, zone: Zone) {
    let layout = app.layout();
    if layout.too_small {
        composer::draw(screen, &layout, app, theme);
        return;
    }
    frame::draw(screen, &layout, &app.model, theme);
    panes::draw(screen, &layout, &app.model, theme);
    timeline::draw(screen, &layout, &app.model, theme, zone);
    composer::draw(screen, &layout, app, theme);
}
