//! User-defined commands (`[aliases]`): a name for one or several lines.

use serde::Deserialize;

use crate::commands::table::is_known;

/// Expansion of an alias: lines in which `$1` to `$9` are the arguments and `$*` is all of them.
/// Arguments that no line refers to are appended to it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Alias {
    /// Single line.
    Line(String),
    /// Several lines, run in order.
    Lines(Vec<String>),
}

impl Alias {
    /// Returns the lines before expansion.
    pub fn lines(&self) -> &[String] {
        match self {
            Alias::Line(line) => std::slice::from_ref(line),
            Alias::Lines(lines) => lines,
        }
    }

    /// Returns the lines with the arguments filled in.
    pub fn expand(&self, words: &str) -> Vec<String> {
        self.lines()
            .iter()
            .map(|line| expand(line, words))
            .collect()
    }
}

/// Checks the name and the lines of an alias.
///
/// # Errors
/// Says why the alias is not valid, as a sentence.
pub fn check(name: &str, alias: &Alias) -> Result<(), String> {
    if name.is_empty() || name.starts_with('/') || name.contains(char::is_whitespace) {
        return Err("the name of a command is one word, without its slash".into());
    }
    if name.chars().any(char::is_uppercase) {
        return Err("the name of a command is written in small letters".into());
    }
    if is_known(name) {
        return Err(format!("/{name} is a command already"));
    }
    if alias.lines().iter().all(|line| line.trim().is_empty()) {
        return Err("it stands for nothing".into());
    }
    Ok(())
}

fn expand(line: &str, words: &str) -> String {
    let each: Vec<&str> = words.split_whitespace().collect();
    let mut out = String::new();
    let mut named = false;
    let mut rest = line;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.chars().next() {
            Some('*') => {
                out.push_str(words);
                (named, rest) = (true, &rest[1..]);
            }
            Some(digit @ '1'..='9') => {
                let index = digit as usize - '1' as usize;
                out.push_str(each.get(index).copied().unwrap_or_default());
                (named, rest) = (true, &rest[1..]);
            }
            _ => out.push('$'),
        }
    }
    out.push_str(rest);
    if !named && !words.is_empty() {
        out.push(' ');
        out.push_str(words);
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_where_they_are_named() {
        for (line, words, want) in [
            ("/part", "", "/part"),
            ("/part", "#a bye all", "/part #a bye all"),
            ("/kick $1 see $2", "eve /rules", "/kick eve see /rules"),
            ("/me says $*!", "a b", "/me says a b!"),
            ("costs $5", "1 2 3 4 five", "costs five"),
            ("/msg x $", "y", "/msg x $ y"),
            ("/kick $1 $2", "eve", "/kick eve"),
        ] {
            assert_eq!(expand(line, words), want, "{line} {words}");
        }
    }

    #[test]
    fn commands_keep_their_names() {
        let alias = Alias::Line("/part".into());
        assert!(check("wc", &alias).is_ok());
        for name in ["join", "j", "/x", "a b", "", "WC"] {
            assert!(check(name, &alias).is_err(), "{name}");
        }
        assert!(check("x", &Alias::Lines(vec![])).is_err());
    }
}
