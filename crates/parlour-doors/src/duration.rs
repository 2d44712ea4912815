//! Durations as people write them: `30m`, `1h30m`, `2w`.

/// Units in milliseconds, longest first.
const UNITS: &[(&str, u64)] = &[
    ("y", 365 * 24 * 3_600_000),
    ("mo", 30 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
];

/// Parses a duration to milliseconds; none if it is malformed, zero or too long.
pub fn parse(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        let number: u64 = number.parse().ok()?;
        let letters = after.find(|c: char| c.is_ascii_digit());
        let (unit, after) = after.split_at(letters.unwrap_or(after.len()));
        let unit = UNITS
            .iter()
            .find(|(name, _)| unit.eq_ignore_ascii_case(name))?;
        total = total.checked_add(number.checked_mul(unit.1)?)?;
        rest = after;
    }
    (total > 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!(parse("30m"), Some(1_800_000));
        assert_eq!(parse("1h30M"), Some(5_400_000));
        assert_eq!(parse("1mo"), Some(2_592_000_000));
        for bad in [
            "",
            "m",
            "30",
            "1x",
            "0s",
            "-1h",
            "1h 2m",
            "99999999999999999999y",
            "spam1",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
