//! Times as typed by the user.

/// Parses a day or a time (UTC), `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ss.sssZ`; returns the latter
/// form.
pub(crate) fn parse(text: &str) -> Option<String> {
    let whole = if text.len() == 10 {
        format!("{text}T00:00:00.000Z")
    } else {
        text.to_owned()
    };
    irc_wire::time::parse(&whole).map(|_| whole)
}
