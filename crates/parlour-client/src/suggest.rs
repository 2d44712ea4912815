//! Suggestions for mistyped names.

/// Returns the name nearest to `written`, if one is near enough.
pub fn suggest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let near = names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&written, name), name));
    let most = (written.chars().count() / 3).clamp(1, 3);
    near.filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_off_is_near() {
        let names = ["topic", "join", "part"];
        assert_eq!(suggest("tpoic", names), Some("topic"));
        assert_eq!(suggest("jion", names), Some("join"));
        assert_eq!(suggest("xyz", names), None);
    }
}
