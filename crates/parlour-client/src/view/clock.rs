//! The clock on the wall.

use chrono::{DateTime, Datelike, Local, Timelike, Utc};

/// Where the clock is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Here.
    Local,
    /// Greenwich.
    Utc,
}

/// A moment as the clock shows it.
pub(crate) struct LocalTime {
    /// Days, to tell when one ends.
    pub day: i32,
    pub date: String,
    short: String,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
}

impl LocalTime {
    /// The day in few cells.
    pub fn short(&self) -> &str {
        &self.short
    }
}

impl Zone {
    /// A moment, in milliseconds since 1970.
    pub(crate) fn wall(self, ms: u64) -> LocalTime {
        let utc = DateTime::<Utc>::from_timestamp_millis(i64::try_from(ms).unwrap_or(0))
            .unwrap_or_default();
        match self {
            Zone::Utc => wall(&utc),
            Zone::Local => wall(&utc.with_timezone(&Local)),
        }
    }
}

fn wall<Tz: chrono::TimeZone>(at: &DateTime<Tz>) -> LocalTime
where
    Tz::Offset: std::fmt::Display,
{
    LocalTime {
        day: at.num_days_from_ce(),
        date: at.format("%A, %-d %B %Y").to_string(),
        short: at.format("%-d %b").to_string(),
        hour: at.hour(),
        minute: at.minute(),
        second: at.second(),
    }
}
