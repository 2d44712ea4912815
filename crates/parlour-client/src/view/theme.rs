//! Colours by role (UX.md §3.7). The background is never painted.

use ratatui::style::{Color, Modifier, Style};

/// Colour depth of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// No colours: bold, dim and reverse only.
    None,
    /// Sixteen colours of the user's palette.
    Sixteen,
    /// 256 colours.
    Indexed,
    /// 24-bit colours.
    True,
}

/// Background of the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// Background as reported by the terminal.
    #[default]
    Auto,
    /// Dark background.
    Dark,
    /// Light background.
    Light,
}

impl Background {
    /// Returns the name of the background.
    pub fn name(self) -> &'static str {
        match self {
            Background::Auto => "auto",
            Background::Dark => "dark",
            Background::Light => "light",
        }
    }

    /// Parses the name of a background.
    pub fn parse(name: &str) -> Option<Background> {
        Some(match name {
            "auto" => Background::Auto,
            "dark" => Background::Dark,
            "light" => Background::Light,
            _ => return None,
        })
    }
}

/// Colour of a role at each depth, on dark and on light.
struct Role {
    dark: (u32, u8),
    light: (u32, u8),
    sixteen: u8,
    /// Modifier used without colours.
    otherwise: Modifier,
}

const DIM: Role = Role {
    dark: (0x8b_90a0, 246),
    light: (0x63_6977, 242),
    sixteen: 8,
    otherwise: Modifier::DIM,
};
const ACCENT: Role = Role {
    dark: (0x7a_a2f7, 111),
    light: (0x2f_5fd0, 26),
    sixteen: 4,
    otherwise: Modifier::UNDERLINED,
};
const UNREAD: Role = Role {
    dark: (0xff_9e64, 215),
    light: (0xa6_420a, 130),
    sixteen: 3,
    otherwise: Modifier::BOLD,
};
const OK: Role = Role {
    dark: (0x7d_df8f, 114),
    light: (0x14_743a, 29),
    sixteen: 2,
    otherwise: Modifier::empty(),
};
const WARNING: Role = Role {
    dark: (0xff_b86b, 215),
    light: (0x8f_4a00, 94),
    sixteen: 3,
    otherwise: Modifier::BOLD,
};
const ERROR: Role = Role {
    dark: (0xff_8a8a, 210),
    light: (0xb3_261e, 124),
    sixteen: 1,
    otherwise: Modifier::BOLD,
};
const MENTION: Role = Role {
    dark: (0xff_d479, 222),
    light: (0x7a_4b00, 94),
    sixteen: 0,
    otherwise: Modifier::REVERSED,
};
const MENTION_BEHIND: Role = Role {
    dark: (0x3a_2e12, 236),
    light: (0xff_f1c9, 230),
    sixteen: 3,
    otherwise: Modifier::empty(),
};

/// Twelve hues of equal lightness, for nicks.
const NICKS_DARK: [(u32, u8); 12] = [
    (0xf3_9ba2, 211),
    (0xf0_a27f, 216),
    (0xdf_ae68, 179),
    (0xc1_bb69, 143),
    (0x9a_c782, 114),
    (0x71_cda7, 79),
    (0x57_cccc, 80),
    (0x64_c6ea, 80),
    (0x89_bafa, 111),
    (0xb0_aef8, 147),
    (0xd1_a3e6, 182),
    (0xe8_9cc7, 182),
];
const NICKS_LIGHT: [(u32, u8); 12] = [
    (0x99_444e, 95),
    (0x97_4a24, 94),
    (0x86_5901, 94),
    (0x6d_6603, 58),
    (0x45_7128, 58),
    (0x00_7654, 29),
    (0x01_7272, 23),
    (0x00_6e8c, 24),
    (0x31_64a3, 61),
    (0x5e_58a1, 61),
    (0x7c_4d90, 96),
    (0x90_4572, 95),
];
const NICKS_SIXTEEN: [u8; 6] = [1, 2, 3, 4, 5, 6];

/// Minimum contrast of colours chosen by others.
const CONTRAST: f64 = 4.5;

/// Colour theme.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    depth: Depth,
    shade: Background,
    /// True if the terminal reports a dark background, or reports none.
    is_dark: bool,
}

impl Default for Theme {
    fn default() -> Theme {
        Theme {
            depth: Depth::Indexed,
            shade: Background::Auto,
            is_dark: true,
        }
    }
}

impl Theme {
    /// Creates the theme by NO_COLOR, COLORTERM, TERM and COLORFGBG.
    pub fn from_environment() -> Theme {
        let var = |name: &str| std::env::var(name).unwrap_or_default();
        let term = var("TERM");
        let depth = if !var("NO_COLOR").is_empty() || term == "dumb" {
            Depth::None
        } else if matches!(var("COLORTERM").as_str(), "truecolor" | "24bit") {
            Depth::True
        } else if term.contains("256color") || term.contains("kitty") {
            Depth::Indexed
        } else if term.starts_with("vt") {
            Depth::None
        } else {
            Depth::Sixteen
        };
        // `foreground;background` as indices of the sixteen: 7 and 9 to 15 are light.
        let colours = var("COLORFGBG");
        let behind = colours
            .rsplit(';')
            .next()
            .and_then(|last| last.parse::<u8>().ok());
        Theme {
            depth,
            shade: Background::Auto,
            is_dark: !behind.is_some_and(|colour| colour == 7 || (9..=15).contains(&colour)),
        }
    }

    /// Creates a theme of a given depth, for tests.
    pub fn new(depth: Depth, shade: Background) -> Theme {
        Theme {
            depth,
            shade,
            is_dark: true,
        }
    }

    /// Creates a theme without colours: bold, dim and reverse only.
    pub fn plain() -> Theme {
        Theme::new(Depth::None, Background::Dark)
    }

    /// Sets the background, or leaves it to the terminal's report.
    pub fn choose(&mut self, shade: Background) {
        self.shade = shade;
    }

    /// Returns the background as set.
    pub fn shade(&self) -> Background {
        self.shade
    }

    /// Sets the terminal's report of a dark or light background.
    pub fn set_dark(&mut self, dark: bool) {
        self.is_dark = dark;
    }

    /// Sets the terminal's report of its background colour.
    pub fn set_background(&mut self, r: u8, g: u8, b: u8) {
        self.is_dark = luminance((r, g, b)) < 0.3;
    }

    fn dark(self) -> bool {
        match self.shade {
            Background::Auto => self.is_dark,
            Background::Dark => true,
            Background::Light => false,
        }
    }

    fn colour(self, (rgb, index): (u32, u8), sixteen: u8) -> Option<Color> {
        match self.depth {
            Depth::None => None,
            Depth::Sixteen => Some(Color::Indexed(sixteen)),
            Depth::Indexed => Some(Color::Indexed(index)),
            Depth::True => {
                let [_, r, g, b] = rgb.to_be_bytes();
                Some(Color::Rgb(r, g, b))
            }
        }
    }

    fn role(self, role: &Role) -> Style {
        let pair = if self.dark() { role.dark } else { role.light };
        match self.colour(pair, role.sixteen) {
            Some(colour) => Style::new().fg(colour),
            None => Style::new().add_modifier(role.otherwise),
        }
    }

    /// Returns the style of times, gutter, joins and hints.
    pub fn dim(self) -> Style {
        self.role(&DIM)
    }

    /// Returns the style of the current room, the prompt and commands.
    pub fn accent(self) -> Style {
        self.role(&ACCENT)
    }

    /// Returns the style of code in a text.
    pub fn code(self) -> Style {
        self.role(&ACCENT)
    }

    /// Returns the style of links.
    pub fn link(self) -> Style {
        self.role(&ACCENT).add_modifier(Modifier::UNDERLINED)
    }

    /// Returns the style of unread counts and of the rule above unread messages.
    pub fn unread(self) -> Style {
        self.role(&UNREAD)
    }

    /// Returns the style of a line that mentions the user.
    pub fn mention(self) -> Style {
        let pair = if self.dark() {
            MENTION_BEHIND.dark
        } else {
            MENTION_BEHIND.light
        };
        let style = self.role(&MENTION);
        match self.colour(pair, MENTION_BEHIND.sixteen) {
            Some(behind) => style.bg(behind),
            None => style,
        }
    }

    /// Returns the style of the bar before a line that mentions the user.
    pub fn mention_bar(self) -> Style {
        self.role(&UNREAD).add_modifier(Modifier::BOLD)
    }

    /// Returns the style of errors.
    pub fn error(self) -> Style {
        self.role(&ERROR)
    }

    /// Returns the style of warnings.
    pub fn warning(self) -> Style {
        self.role(&WARNING)
    }

    /// Returns the style of success.
    pub fn ok(self) -> Style {
        self.role(&OK)
    }

    /// Returns the style of text beyond the length limit.
    pub fn over_limit(self) -> Style {
        self.role(&ERROR).add_modifier(Modifier::REVERSED)
    }

    /// Returns the style of the current tab, the header and the selection.
    pub fn reversed(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Returns the style of a nick, by its hue.
    pub fn nick(self, hue: u32, own: bool) -> Style {
        if own {
            return Style::new().add_modifier(Modifier::BOLD);
        }
        let palette = if self.dark() {
            &NICKS_DARK
        } else {
            &NICKS_LIGHT
        };
        let sixteen = NICKS_SIXTEEN[hue as usize % NICKS_SIXTEEN.len()];
        match self.colour(palette[hue as usize % palette.len()], sixteen) {
            Some(colour) => Style::new().fg(colour),
            None => Style::new(),
        }
    }

    /// Returns a colour chosen by another user, adjusted until it can be read on the background.
    pub fn chosen(self, colour: (u8, u8, u8)) -> Option<Color> {
        let (r, g, b) = readable(colour, self.dark());
        match self.depth {
            Depth::None => None,
            Depth::Sixteen => None,
            Depth::Indexed => Some(Color::Indexed(nearest_index(r, g, b))),
            Depth::True => Some(Color::Rgb(r, g, b)),
        }
    }
}

/// Returns the relative luminance (WCAG 2).
fn luminance((r, g, b): (u8, u8, u8)) -> f64 {
    let part = |value: u8| {
        let share = f64::from(value) / 255.0;
        if share <= 0.040_45 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
}

/// Mixes a colour with white or black until it can be read on the background.
fn readable((r, g, b): (u8, u8, u8), dark: bool) -> (u8, u8, u8) {
    let (behind, target) = if dark {
        ((0x1a, 0x1b, 0x26), 255.0)
    } else {
        ((0xff, 0xff, 0xff), 0.0)
    };
    let contrast = |colour| {
        let (a, b) = (luminance(colour), luminance(behind));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    };
    let mut step = 0;
    loop {
        let share = f64::from(step) / 20.0;
        let mix = |value: u8| (f64::from(value) + (target - f64::from(value)) * share) as u8;
        let mixed = (mix(r), mix(g), mix(b));
        if step == 20 || contrast(mixed) >= CONTRAST {
            return mixed;
        }
        step += 1;
    }
}

/// Returns the nearest colour of the 6 × 6 × 6 cube of the 256.
fn nearest_index(r: u8, g: u8, b: u8) -> u8 {
    let level = |value: u8| match value {
        0..48 => 0,
        48..115 => 1,
        _ => (value - 35) / 40,
    };
    16 + 36 * level(r) + 6 * level(g) + level(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_colours_can_be_read_on_either_background() {
        for colour in [
            (0, 0, 0),
            (255, 255, 255),
            (0, 0, 127),
            (255, 255, 0),
            (127, 127, 127),
        ] {
            for dark in [true, false] {
                let behind = if dark {
                    (0x1a, 0x1b, 0x26)
                } else {
                    (0xff, 0xff, 0xff)
                };
                let (a, b) = (luminance(readable(colour, dark)), luminance(behind));
                assert!((a.max(b) + 0.05) / (a.min(b) + 0.05) >= CONTRAST - 0.01);
            }
        }
        assert_eq!(
            (nearest_index(0, 0, 0), nearest_index(255, 255, 255)),
            (16, 231)
        );
    }

    #[test]
    fn the_terminal_tells_its_shade_and_the_user_overrules_it() {
        let mut theme = Theme::new(Depth::True, Background::Auto);
        theme.set_background(250, 250, 250);
        assert_eq!(theme.dim().fg, Some(Color::Rgb(0x63, 0x69, 0x77)));
        theme.choose(Background::Dark);
        assert_eq!(theme.dim().fg, Some(Color::Rgb(0x8b, 0x90, 0xa0)));
        assert_eq!(
            Theme::plain().unread(),
            Style::new().add_modifier(Modifier::BOLD)
        );
    }
}
