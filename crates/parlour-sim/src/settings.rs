//! Settings of a script, one a line:
//!
//! ```text
//! oper NAME PASSWORD [privilege,...] [host]
//! password PASSWORD          gateway PASSWORD         motd TEXT
//! casemapping NAME           limit NAME NUMBER        deny TAG,...
//! without CAPABILITY,...     sts SECONDS PORT         admin TEXT
//! confusables                redact MILLISECONDS      no-relay
//! user-modes LETTERS         only-secure-passwords    members-from-their-join
//! mail                       no-always-on
//! password-min NUMBER       pace BURST PER_SECOND    cloak
//! ```

use parlour_core::names::Casemapping;
use parlour_core::settings::{AccountSettings, Limits, OperBlock};
use parlour_core::state::PRIVILEGES;
use parlour_core::{Cloak, Secret, Settings};
use parlour_doors::irc::USER_MODES;
use parlour_doors::settings::{Gateway, Sts};
use parlour_doors::{DoorSettings, Pace};

/// Settings of a script.
#[derive(Clone)]
pub(crate) struct ScriptSettings {
    chat: Settings,
    doors: DoorSettings,
}

impl Default for ScriptSettings {
    fn default() -> Self {
        ScriptSettings {
            // Clients of scripts connect from elsewhere and without TLS.
            chat: Settings {
                plaintext_passwords: true,
                accounts: AccountSettings {
                    custom_names: true,
                    password_min: 3,
                    ..AccountSettings::default()
                },
                ..Settings::default()
            },
            doors: DoorSettings::default(),
        }
    }
}

impl ScriptSettings {
    /// Returns the settings for a node.
    pub fn settings(&self) -> (Settings, DoorSettings) {
        (self.chat.clone(), self.doors.clone())
    }

    /// Applies one line of settings.
    ///
    /// # Errors
    /// The setting does not exist, or its value is invalid.
    pub fn set(&mut self, line: &str) -> Result<(), String> {
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        let words: Vec<&str> = rest.split_ascii_whitespace().collect();
        let list = || rest.split(',').map(str::to_owned);
        match (name, words.as_slice()) {
            ("oper", [name, password, more @ ..]) => self.oper(name, password, more),
            ("password", [password]) => self.chat.password = Some(Secret::new(password)),
            ("gateway", [password]) => self.doors.gateways.push(Gateway {
                from: vec!["192.0.2.0/24".parse().map_err(|e| format!("{e}"))?],
                password: Secret::new(password),
            }),
            ("motd", _) => self.doors.motd.push(rest.to_owned()),
            ("admin", _) => self.doors.admin.push(rest.to_owned()),
            ("casemapping", [name]) => self.chat.casemapping = casemapping(name)?,
            ("confusables", []) => self.chat.refuse_confusables = false,
            ("limit", [name, number]) => {
                let number = number.parse().map_err(|_| "a limit is a number")?;
                *limit(&mut self.chat.limits, name).ok_or("no such limit")? = number;
            }
            ("deny", _) => self.doors.denied_tags = list().collect(),
            ("without", _) => self.doors.without = list().collect(),
            ("sts", [duration, port]) => {
                self.doors.sts = Some(Sts {
                    duration: duration.parse().map_err(|_| "seconds are a number")?,
                    port: port.parse().map_err(|_| "a port is a number")?,
                });
            }
            ("redact", [ms]) => {
                self.chat.redact_within = Some(ms.parse().map_err(|_| "a number")?);
            }
            ("members-from-their-join", []) => self.chat.before_join = false,
            ("no-always-on", []) => self.chat.accounts.always_on = false,
            // A readable stand-in for the keyed hash: the last part of the address, then its
            // network reversed.
            ("cloak", []) => {
                self.chat.account_hosts = true;
                self.doors.cloak = Some(Cloak::new(|address| {
                    let text = address.to_string();
                    let (network, last) = text.rsplit_once(['.', ':']).unwrap_or_default();
                    let network: String = network.chars().rev().filter(|c| *c != '.').collect();
                    format!("a{last}.n{network}.cloak").into()
                }));
            }
            ("password-min", [number]) => {
                let number = number.parse().map_err(|_| "a minimum is a number")?;
                self.chat.accounts.password_min = number;
            }
            ("pace", [burst, per_second]) => {
                let number = |text: &str| text.parse().map_err(|_| "a pace has two numbers");
                self.doors.pace = Some(Pace {
                    burst: number(burst)?,
                    per_second: number(per_second)?,
                });
            }
            ("mail", []) => self.chat.accounts.mail = true,
            ("no-relay", []) => self.chat.relay = false,
            ("only-secure-passwords", []) => self.chat.plaintext_passwords = false,
            ("user-modes", [letters]) => {
                let known = USER_MODES.iter();
                let wanted = known.filter(|(letter, _, _)| letters.contains(*letter));
                self.chat.user_modes = wanted.map(|(_, flag, _)| *flag).collect();
            }
            _ => return Err(format!("there is no setting {line:?}")),
        }
        Ok(())
    }

    fn oper(&mut self, name: &str, password: &str, more: &[&str]) {
        let wanted = more.first().copied().unwrap_or_default();
        let privileges = PRIVILEGES
            .iter()
            .filter(|(known, _)| wanted.split(',').any(|word| word == *known))
            .map(|(_, privilege)| *privilege);
        self.chat.opers.push(OperBlock {
            name: name.into(),
            password: Secret::new(password),
            class: "staff".into(),
            privileges: privileges.collect(),
            from: Vec::new(),
            host: more.get(1).map(|host| (*host).into()),
        });
    }
}

fn casemapping(name: &str) -> Result<Casemapping, String> {
    [
        Casemapping::Ascii,
        Casemapping::Rfc1459,
        Casemapping::Precis,
    ]
    .into_iter()
    .find(|mapping| mapping.name() == name)
    .ok_or_else(|| "no such casemapping".into())
}

fn limit<'l>(limits: &'l mut Limits, name: &str) -> Option<&'l mut usize> {
    Some(match name {
        "answers" => &mut limits.answers,
        "replay" => &mut limits.replay,
        "monitor" => &mut limits.monitor,
        "metadata_keys" => &mut limits.metadata_keys,
        "multiline_bytes" => &mut limits.multiline_bytes,
        "multiline_lines" => &mut limits.multiline_lines,
        "nick" => &mut limits.nick,
        "targets" => &mut limits.targets,
        _ => return None,
    })
}
