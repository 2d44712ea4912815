//! Parser of the configuration that reports all faults of a file at once, in its order.

use std::fmt;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::check::{self, Problem};
use super::sections::Config;
use super::suggest;

/// Faults of a configuration; never empty.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

/// Fault of a configuration.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ConfigError {
    /// Position in the text, in bytes.
    at: usize,
    /// Line number, from 1; 0 if the fault is about something that is missing.
    line: usize,
    /// Table and key, as `server.name`; empty if the text is no TOML.
    key: String,
    /// Description of the fault and of what would be right.
    text: String,
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = &*self.0 {
            return write!(f, "{only}");
        }
        write!(f, "{} faults", self.0.len())?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        let colon = if self.key.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{}", self.key, self.text)
    }
}

impl From<ConfigErrors> for String {
    fn from(faults: ConfigErrors) -> String {
        faults.to_string()
    }
}

/// Parses the text of a configuration.
///
/// # Errors
/// All of its faults.
pub(super) fn read(text: &str) -> Result<Config, ConfigErrors> {
    let (whole, errors) = DeTable::parse_recoverable(text);
    let mut faults: Vec<ConfigError> = errors
        .iter()
        .map(|error| ConfigError {
            at: error.span().map_or(0, |span| span.start),
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            key: String::new(),
            text: error.message().to_owned(),
        })
        .collect();
    let (config, unreadable) = read_types(text, whole.clone());
    // A line that is no TOML may leave half a key behind, whose fault would only confuse.
    let broken: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
    let is_new = |fault: &ConfigError| !broken.contains(&fault.line);
    faults.extend(unreadable.into_iter().filter(is_new));
    let unreadable_lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
    for problem in check::check(&config) {
        let at = find(whole.get_ref(), &problem);
        let line = at.map_or(0, |at| line_of(text, at));
        // A value that could not be read was replaced by its default, which is not what the file
        // says.
        if line == 0 || !unreadable_lines.contains(&line) {
            faults.push(ConfigError {
                at: at.unwrap_or(text.len()),
                line,
                key: shown(&problem),
                text: problem.text,
            });
        }
    }
    // By `at`, the first field: in the order of the file.
    faults.sort();
    if faults.is_empty() {
        Ok(config)
    } else {
        Err(ConfigErrors(faults))
    }
}

/// Deserializes the values of the right types. The others are reported and keep their defaults.
fn read_types(text: &str, mut whole: Spanned<DeTable<'_>>) -> (Config, Vec<ConfigError>) {
    let mut faults = Vec::new();
    loop {
        let error = match Config::deserialize(toml::Deserializer::from(whole.clone())) {
            Ok(config) => return (config, faults),
            Err(error) => error,
        };
        let at = error.span().map_or(0, |span| span.start);
        let key = remove(whole.get_mut(), at);
        let found = key.is_some();
        faults.push(ConfigError {
            at,
            line: line_of(text, at),
            key: key.unwrap_or_default(),
            text: sentence(error.message()),
        });
        // Each round removes a value from the table, so the loop ends.
        if !found {
            return (Config::default(), faults);
        }
    }
}

/// Removes the innermost value at a position of the text. Returns its key.
fn remove(table: &mut DeTable<'_>, at: usize) -> Option<String> {
    let covers = |key: &Spanned<_>, value: &Spanned<_>| {
        key.span().contains(&at) || value.span().contains(&at) || holds(value.get_ref(), at)
    };
    let key = table
        .iter()
        .find(|(key, value)| covers(key, value))
        .map(|(key, _)| key.clone())?;
    let name = key.get_ref().to_string();
    let value = table.get_mut(&key)?;
    let inner = match value.get_mut() {
        DeValue::Table(inner) => remove(inner, at),
        DeValue::Array(items) => items
            .iter_mut()
            .filter_map(|item| match item.get_mut() {
                DeValue::Table(inner) => Some(inner),
                _ => None,
            })
            .find_map(|inner| remove(inner, at)),
        _ => None,
    };
    match inner {
        Some(inner) => Some(format!("{name}.{inner}")),
        None => {
            table.remove(&key);
            Some(name)
        }
    }
}

/// Returns whether a value contains one at this position.
fn holds(value: &DeValue<'_>, at: usize) -> bool {
    match value {
        DeValue::Table(table) => table.iter().any(|(key, value)| {
            key.span().contains(&at) || value.span().contains(&at) || holds(value.get_ref(), at)
        }),
        DeValue::Array(items) => items
            .iter()
            .any(|item| item.span().contains(&at) || holds(item.get_ref(), at)),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => false,
    }
}

/// Returns the position of the value that a problem is about, or else of its table.
fn find(whole: &DeTable<'_>, problem: &Problem) -> Option<usize> {
    let value = whole.get(problem.table)?;
    let value = match (value.get_ref(), problem.index) {
        (DeValue::Array(items), Some(index)) => items.get(index)?,
        _ => value,
    };
    let in_table = match value.get_ref() {
        DeValue::Table(table) => table.get_key_value(problem.key).map(|(key, _)| key.span()),
        _ => None,
    };
    Some(in_table.unwrap_or_else(|| value.span()).start)
}

/// Returns the table and key of a problem, as `server.name`.
fn shown(problem: &Problem) -> String {
    if problem.key.is_empty() {
        problem.table.to_owned()
    } else {
        format!("{}.{}", problem.table, problem.key)
    }
}

/// Adds the nearest known name to an error about an unknown one.
fn sentence(message: &str) -> String {
    let Some(name) = suggest::nearest_known(message) else {
        return message.to_owned();
    };
    // With a suggestion, the list of all names is not needed.
    let short = message.split(", expected").next().unwrap_or(message);
    format!("{short}; did you mean `{name}`?")
}

/// Returns the line number of a position in the text, from 1.
fn line_of(text: &str, at: usize) -> usize {
    let before = &text.as_bytes()[..at.min(text.len())];
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_are_told_at_once_in_the_order_of_the_file() {
        let text = "\
[limits]
nick = 500
ping_after = \"soon\"
[server]
nam = \"x\"
lobby = \"lobby\"
[[oper]]
name = \"a\"
password = \"good enough\"
[[oper]]
name = \"b\"
clas = \"all\"
[tls]
key = \"k\"
[chat]
channel_modes = \"nx\"
";
        let dirty = read(text).unwrap_err().to_string();
        let lines: Vec<&str> = dirty.lines().map(str::trim).collect();
        assert_eq!(lines[0], "8 faults", "{dirty}");
        for (line, want) in lines[1..].iter().zip([
            "line 2: limits.nick: ",
            "line 3: limits.ping_after: ",
            "line 5: server.nam: ",
            "line 6: server.lobby: ",
            "line 10: oper.password: ",
            "line 12: oper.clas: ",
            "line 13: tls: ",
            "line 16: chat.channel_modes: ",
        ]) {
            assert!(line.starts_with(want), "{want}: {dirty}");
        }
    }

    #[test]
    fn what_is_no_toml_does_not_hide_the_rest() {
        let dirty = read("[server]\nlobby = \"lobby\"\nname =\n[limits]\nnick = 500\n");
        let dirty = dirty.unwrap_err().to_string();
        for want in ["line 2: server.lobby", "line 3: ", "line 5: limits.nick"] {
            assert!(dirty.contains(want), "{dirty}");
        }
    }

    #[test]
    fn a_value_that_cannot_be_read_is_told_once() {
        let oper = "[[oper]]\nname = \"a\"\npassword = 5\n";
        let dirty = read(oper).unwrap_err();
        assert_eq!(dirty.0.len(), 1, "{dirty}");
        // A fault of another table of the array is reported on its own.
        let dirty = read(&format!("{oper}[[oper]]\nname = \"b\"\n")).unwrap_err();
        assert_eq!(dirty.0.len(), 2, "{dirty}");
    }
}
