//! Timestamps in the format of server-time: `2026-11-22T13:02:11.250Z`.

use alloc::string::String;
use core::fmt::Write;

/// Date and time in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Year.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day of the month, 1 to 31.
    pub day: u32,
    /// Hour, 0 to 23.
    pub hour: u32,
    /// Minute, 0 to 59.
    pub minute: u32,
    /// Second, 0 to 59.
    pub second: u32,
    /// Millisecond, 0 to 999.
    pub millisecond: u32,
}

const MS_PER_DAY: u64 = 86_400_000;

/// Converts milliseconds since 1970 to a date in the proleptic Gregorian calendar.
pub fn civil(ms: u64) -> Civil {
    // 719,468 days lie between 0000-03-01 and 1970-01-01. Years begin in March here, so that the
    // leap day is the last day of a year.
    let days = (ms / MS_PER_DAY) as i64 + 719_468;
    let in_day = ms % MS_PER_DAY;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month: month as u32,
        day: (day_of_year - (153 * shifted + 2) / 5 + 1) as u32,
        hour: (in_day / 3_600_000) as u32,
        minute: (in_day / 60_000 % 60) as u32,
        second: (in_day / 1000 % 60) as u32,
        millisecond: (in_day % 1000) as u32,
    }
}

/// Converts a date to milliseconds since 1970; none before 1970 or for impossible dates.
fn from_civil(c: Civil) -> Option<u64> {
    let year = if c.month <= 2 { c.year - 1 } else { c.year };
    let era = year / 400;
    let year_of_era = year % 400;
    let shifted = i64::from(if c.month > 2 {
        c.month - 3
    } else {
        c.month + 9
    });
    let day_of_year = (153 * shifted + 2) / 5 + i64::from(c.day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    let in_day = u64::from(c.hour) * 3_600_000
        + u64::from(c.minute) * 60_000
        + u64::from(c.second) * 1000
        + u64::from(c.millisecond);
    let ms = u64::try_from(days).ok()? * MS_PER_DAY + in_day;
    // The way back refuses dates such as February 30.
    (civil(ms) == c).then_some(ms)
}

/// Formats milliseconds since 1970 as server-time does: 24 bytes for years up to 9999.
pub fn format(ms: u64) -> String {
    let c = civil(ms);
    let mut out = String::with_capacity(24);
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        c.year, c.month, c.day, c.hour, c.minute, c.second, c.millisecond
    );
    out
}

/// Parses `YYYY-MM-DDThh:mm:ss[.sss]Z` to milliseconds since 1970; none if it is malformed or lies
/// before 1970.
pub fn parse(text: &str) -> Option<u64> {
    let text = text.strip_suffix('Z')?;
    let (date, clock) = text.split_once('T')?;
    let mut date = date.split('-');
    let year = digits(date.next()?, 4)?;
    let (month, day) = (digits(date.next()?, 2)?, digits(date.next()?, 2)?);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut clock = clock.split(':');
    let (hour, minute) = (digits(clock.next()?, 2)?, digits(clock.next()?, 2)?);
    let second = digits(clock.next()?, 2)?;
    if date.next().is_some() || clock.next().is_some() || second > 59 {
        return None;
    }
    from_civil(Civil {
        year: i64::from(year),
        month,
        day,
        hour,
        minute,
        second,
        millisecond: milliseconds(fraction)?,
    })
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let all = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}

/// Parses the first three digits of a fraction of a second.
fn milliseconds(fraction: &str) -> Option<u32> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let padded = fraction.bytes().chain([b'0', b'0']).take(3);
    Some(padded.fold(0, |n, b| n * 10 + u32::from(b - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        assert_eq!(format(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(format(1_582_934_400_123), "2020-02-29T00:00:00.123Z");
        assert_eq!(parse("2020-02-29T00:00:00.123Z"), Some(1_582_934_400_123));
        assert_eq!(parse("2020-02-29T00:00:00Z"), Some(1_582_934_400_000));
        assert_eq!(parse("2020-02-29T00:00:00.5Z"), Some(1_582_934_400_500));
    }

    #[test]
    fn every_moment_comes_back() {
        let mut ms = 0;
        while ms < 5_000_000_000_000 {
            assert_eq!(parse(&format(ms)), Some(ms));
            ms += 98_765_432_101;
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for bad in [
            "",
            "2020",
            "2021-02-29T00:00:00Z",
            "2020-13-01T00:00:00Z",
            "2020-01-01T24:00:00Z",
            "2020-01-01T00:00:00",
            "1960-01-01T00:00:00Z",
            "2020-01-01T00:00:00.Z",
            "+020-01-01T00:00:00Z",
            "2020-00-01T00:00:00Z",
            "2020-01-01T00:60:00Z",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
