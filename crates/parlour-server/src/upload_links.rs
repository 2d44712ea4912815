//! Links to uploaded files in messages.

/// Part of an address that an id follows.
const FILES: &str = "/files/";

/// Returns the ids of the uploaded files that a text links to.
pub(crate) fn find(text: &str) -> impl Iterator<Item = &str> {
    let behind = text
        .match_indices(FILES)
        .map(|(at, found)| &text[at + found.len()..]);
    behind.filter_map(|rest| {
        let is_of_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let end = rest.find(|c| !is_of_id(c)).unwrap_or(rest.len());
        let next = rest[end..].chars().next();
        (end >= 8 && matches!(next, Some('/' | '.'))).then(|| &rest[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_addresses() {
        let found = |text| find(text).collect::<Vec<_>>();
        assert_eq!(
            found("see https://h:1/files/abcd1234-_/a.txt now"),
            ["abcd1234-_"]
        );
        assert_eq!(
            found("/files/abcd1234.10x20/a.png http://x/files/efgh5678/b"),
            ["abcd1234", "efgh5678"]
        );
        assert!(found("/files/short/x /files/abcd1234 no").is_empty());
    }
}
