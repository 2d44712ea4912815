//! Configuration file: TOML, every key with a default.

pub mod address;
mod check;
mod define;
mod errors;
pub mod reference;
pub mod sections;
pub(crate) mod settings;
mod suggest;
pub mod values;

use std::path::Path;

pub(crate) use check::{NAME_WANTED, is_cluster_name};
pub use errors::ConfigErrors;
pub use sections::Config;

use crate::ServerError;

impl Config {
    /// Reads and parses a file.
    ///
    /// # Errors
    /// All faults, each with line, key and, for an unknown key, the nearest known one.
    pub fn read(path: &Path) -> Result<Config, ServerError> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            ServerError::Config(format!("the configuration {shown} cannot be read: {error}"))
        })?;
        Config::parse(&text).map_err(|why| {
            ServerError::Config(format!("the configuration {shown} is not right: {why}"))
        })
    }

    /// Checks the files that the configuration names: the certificate and its key.
    ///
    /// # Errors
    /// Either of them cannot be used.
    pub fn check_files(&self) -> Result<(), ServerError> {
        if self.tls.certificate.is_some() {
            crate::tls::Identity::load(self, Path::new(""))?;
        }
        Ok(())
    }

    /// Parses the text of a file.
    ///
    /// # Errors
    /// All faults, in the order of the file.
    pub fn parse(text: &str) -> Result<Config, ConfigErrors> {
        errors::read(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_all_defaults() {
        let config = Config::parse("").unwrap();
        assert_eq!(config.addresses()[0].tcp().map(|a| a.port()), Some(25000));
        assert_eq!(config.history.durability, values::DurabilityKey::Disk);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, want) in [
            (
                "[server]\nnam = \"x\"",
                "line 2: server.nam: unknown field `nam`",
            ),
            ("[server]\nnam = \"x\"", "did you mean `name`?"),
            ("[sever]", "did you mean `server`?"),
            ("[[listen]]\n\naddress = \"x\"", "line 3"),
            ("[history]\ndurability = \"dsk\"", "did you mean `disk`?"),
            ("[server]\nlobby = \"x\"", "server.lobby"),
            ("[server]\nname = \"a b\"", "server.name"),
            ("[tls]\nkey = \"k\"", "belong together"),
            ("[chat]\nchannel_modes = \"nx\"", "no flag 'x'"),
            ("[irc]\nwithout = [\"x\"]", "no capability"),
            ("[limits]\nnick = 5", "9 characters"),
            ("[limits]\nnick = 500", "from 1 to 32"),
            ("[limits]\nping_after = 0", "from 1000"),
            ("[limits]\nsend_queue = 0", "from 65536"),
            ("[server]\nname = \"bob\"", "somebody's nick"),
            ("[server]\nname = \":\"", "server.name"),
            ("[chat]\nuser_modes = \"o\"", "no mode 'o'"),
            ("[websocket]\norigins = [\"x.example\"]", "is no origin"),
            (
                "[[listen]]\naddress = \"127.0.0.1:1\"\n[[listen]]\naddress = \"127.0.0.1:1\"",
                "is there twice",
            ),
            (
                "[[listen]]\naddress = \"127.0.0.1:1\"\n[[listen]]\naddress = \"0.0.0.0:1\"",
                "0.0.0.0:1 listens on 127.0.0.1:1 as well",
            ),
            (
                "[[listen]]\naddress = \"[::]:1\"\n[[listen]]\naddress = \"0.0.0.0:1\"",
                "[::]:1 listens on 0.0.0.0:1 as well",
            ),
            ("[server]\npassword = \"$2b$10$x\"", "bcrypt"),
            ("[[oper]]\nname = \"a\"", "cannot be empty"),
            (
                "[[oper]]\nname = \"a\"\npassword = \"$argon2id$x\"",
                "looks like a hash",
            ),
            (
                "[[oper]]\nname = \"a\"\npassword = \"p\"\nclass = \"c\"",
                "no class",
            ),
            ("[[gateway]]\npassword = \"p\"", "gateway"),
            ("=", "line 1"),
        ] {
            let error = Config::parse(text).unwrap_err().to_string();
            assert!(error.contains(want), "{text:?}: {error}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        let config = Config::parse("[[oper]]\nname = \"a\"\npassword = \"hunter2\"").unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
