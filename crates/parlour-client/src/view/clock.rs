//! Wall clock times for display.

use chrono::{DateTime, Datelike, Local, Timelike, Utc};

/// Time zone of displayed times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Local time zone.
    Local,
    /// UTC.
    Utc,
}

/// Local date and time.
pub(crate) struct LocalTime {
    /// Days since 1 January of year 1, to tell when the date changes.
    pub day: i32,
    pub date: String,
    short: String,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
}

impl LocalTime {
    /// Returns the date in few cells, as `22 Nov`.
    pub fn short(&self) -> &str {
        &self.short
    }
}

impl Zone {
    /// Converts a time in milliseconds since 1970.
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
