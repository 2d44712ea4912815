//! Saving of settings to the configuration file, whose comments and order are preserved.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Table};

use crate::config::Config;
use crate::ui_settings;

/// Writes values of `[ui]` to a file, which is created if there is none.
///
/// # Errors
/// The file is not valid, or cannot be written; it is unchanged then.
pub fn write(file: &Path, values: &[(String, String)]) -> Result<(), String> {
    let shown = file.display();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("{shown} cannot be read: {error}")),
    };
    let text = changed(&text, values).map_err(|error| format!("{shown}: {error}"))?;
    if let Some(directory) = file.parent() {
        std::fs::create_dir_all(directory)
            .map_err(|error| format!("{} cannot be made: {error}", directory.display()))?;
    }
    // An interruption here leaves the old file.
    let new = file.with_extension("toml.new");
    std::fs::write(&new, text)
        .and_then(|()| std::fs::rename(&new, file))
        .map_err(|error| format!("{shown} cannot be written: {error}"))
}

/// Returns the text of a configuration with these values.
fn changed(text: &str, values: &[(String, String)]) -> Result<String, String> {
    let mut whole: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    let ui = whole
        .entry("ui")
        .or_insert_with(|| Item::Table(Table::new()));
    let ui = ui.as_table_like_mut().ok_or("ui is no table")?;
    for (key, text) in values {
        let Some(setting) = ui_settings::find(key) else {
            return Err(format!("there is no setting {key}"));
        };
        let new = Item::Value(setting.written(text));
        // A comment behind the value is preserved.
        let decor = ui
            .get(key)
            .and_then(Item::as_value)
            .map(|old| old.decor().clone());
        ui.insert(key, new);
        if let (Some(decor), Some(new)) = (decor, ui.get_mut(key).and_then(Item::as_value_mut)) {
            *new.decor_mut() = decor;
        }
    }
    let text = whole.to_string();
    // Checked before it is written: the client must be able to start with it.
    Config::parse(&text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let pairs = pairs.iter();
        pairs
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect()
    }

    #[test]
    fn values_are_changed_and_the_rest_stays() {
        let before = "# mine\n[[network]]\nserver = \"a\"\n\n[ui]\ntheme = \"dark\" # at night\n# mouse = true\n";
        let values = of(&[
            ("theme", "light"),
            ("mouse", "off"),
            ("joins", "off"),
            ("notify", "off"),
            ("text_width", "90"),
        ]);
        let after = changed(before, &values).unwrap();
        for line in [
            "# mine",
            "server = \"a\"",
            "theme = \"light\" # at night",
            "# mouse = true",
            "mouse = false",
            "joins = \"off\"",
            "notify = \"off\"",
            "text_width = 90",
        ] {
            assert!(after.lines().any(|found| found == line), "{line}: {after}");
        }
        assert!(!Config::parse(&after).unwrap().settings().unwrap().mouse);
    }

    #[test]
    fn a_file_is_made_where_there_is_none_and_a_broken_one_stays() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("new/client.toml");
        write(&file, &of(&[("vi", "on")])).unwrap();
        assert!(Config::load(&file).unwrap().settings().unwrap().vi);
        std::fs::write(&file, "[ui\n").unwrap();
        assert!(write(&file, &of(&[("vi", "off")])).is_err());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "[ui\n");
    }
}
