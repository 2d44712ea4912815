//! Moments as people write them.

/// A day or a moment (UTC), as `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ss.sssZ`; the moment.
pub(crate) fn parse(text: &str) -> Option<String> {
    let whole = if text.len() == 10 {
        format!("{text}T00:00:00.000Z")
    } else {
        text.to_owned()
    };
    irc_wire::time::parse(&whole).map(|_| whole)
}
