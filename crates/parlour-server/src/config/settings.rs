//! Conversion of the configuration to the settings of the parts of the server.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use parlour_core::names::Casemapping;
use parlour_core::settings::{AccountSettings, Limits, OperBlock};
use parlour_core::state::{PRIVILEGES, Privilege};
use parlour_core::{Now, Settings};
use parlour_doors::settings::{Gateway, Sts};
use parlour_doors::{DoorSettings, Doors, Pace, irc};
use parlour_store::{LogRetention, Retention};

use super::Config;
use super::address::ListenAddress;
use super::sections::ListenSection;
use super::values::{DoorKey, ListenerTls};

/// Name of the built-in operator class with all privileges.
const ALL: &str = "all";

impl Config {
    /// Returns the listeners; the default one if none is configured.
    pub fn listeners(&self) -> Vec<ListenSection> {
        if self.listen.is_empty() {
            vec![ListenSection::default()]
        } else {
            self.listen.clone()
        }
    }

    /// Returns the addresses of the listeners.
    pub fn addresses(&self) -> Vec<ListenAddress> {
        let listeners = self.listeners();
        listeners
            .iter()
            .map(|listener| listener.address.clone())
            .collect()
    }

    /// Returns the privileges of an operator class.
    fn privileges(&self, class: &str) -> Vec<Privilege> {
        let configured = self.class.iter().find(|known| known.name == class);
        match configured {
            // A configured class named `all` overrides the built-in one.
            Some(class) => class.privileges.iter().map(|key| key.0).collect(),
            None if class == ALL => PRIVILEGES.iter().map(|(_, privilege)| *privilege).collect(),
            None => Vec::new(),
        }
    }

    /// Returns the settings of the core.
    pub(crate) fn chat(&self) -> Settings {
        let (c, l, a) = (&self.chat, &self.limits, &self.accounts);
        let flags = irc::FLAGS
            .iter()
            .filter(|(letter, _, _)| c.channel_modes.contains(*letter));
        Settings {
            server_name: self.server.name.as_str().into(),
            lobby: self.server.lobby.as_str().into(),
            casemapping: c.casemapping.into(),
            refuse_confusables: c.refuse_confusables,
            channel_modes: flags.map(|(_, flag, _)| *flag).collect(),
            password: self.server.password.as_ref().map(|p| p.secret()),
            plaintext_passwords: self.server.plaintext_passwords,
            user_modes: irc::USER_MODES
                .iter()
                .filter(|(letter, _, _)| c.user_modes.contains(*letter))
                .map(|(_, flag, _)| *flag)
                .collect(),
            opers: self.opers(),
            relay: c.relay,
            reserved_names: c
                .reserved_nicks
                .iter()
                .map(|name| name.as_str().into())
                .collect(),
            account_hosts: c.cloak,
            register_channels: a.channels,
            keep_events: self.history.events,
            before_join: self.history.before_join,
            redact_within: (c.redact_within > 0).then(|| c.redact_within.saturating_mul(1000)),
            accounts: AccountSettings {
                registration: a.registration,
                before_connect: a.before_connect,
                custom_names: a.custom_names,
                nick_reservation: a.nick_reservation,
                multiclient: a.multiclient,
                always_on: a.always_on,
                mail: !self.mail.server.is_empty(),
                password_min: a.password_min,
            },
            limits: Limits {
                nick: l.nick,
                channel: l.channel,
                topic: l.topic,
                reason: l.reason,
                channels_per_user: l.channels_per_user,
                list_entries: l.list_entries,
                targets: l.targets,
                monitor: l.monitor,
                metadata_keys: l.metadata_keys,
                metadata_value: l.metadata_value,
                multiline_bytes: l.multiline_bytes,
                multiline_lines: l.multiline_lines,
                answers: l.answers,
                history_page: l.history_page,
                replay: self.history.replay,
            },
        }
    }

    /// Returns the retention limits.
    pub(crate) fn retention(&self) -> Retention {
        let keep = |days: u64, count: u64| LogRetention {
            age: (days > 0).then(|| days.saturating_mul(24 * 3_600_000)),
            count: (count > 0).then_some(count),
        };
        let casemapping = Casemapping::from(self.chat.casemapping);
        let channels = self.retention.iter().map(|own| {
            let name = casemapping.fold(&own.channel);
            (name, keep(own.keep_days, own.keep_messages))
        });
        Retention {
            usual: keep(self.history.keep_days, self.history.keep_messages),
            channels: channels.collect(),
        }
    }

    /// Returns the address for uploads; `port` is the TLS port, if there is one.
    pub(crate) fn filehost(&self, port: Option<u16>) -> String {
        let url = self.uploads.url.trim_end_matches('/');
        if !url.is_empty() {
            return format!("{url}/uploads");
        }
        match port {
            Some(443) | None => format!("https://{}/uploads", self.server.name),
            Some(port) => format!("https://{}:{port}/uploads", self.server.name),
        }
    }

    /// Returns the server operators.
    fn opers(&self) -> Vec<OperBlock> {
        let blocks = self.oper.iter().map(|oper| OperBlock {
            name: oper.name.as_str().into(),
            password: oper.password.secret(),
            class: oper.class.as_str().into(),
            privileges: self.privileges(&oper.class),
            from: oper.from.iter().map(|mask| mask.as_str().into()).collect(),
            host: oper.host.as_deref().map(Into::into),
        });
        blocks.collect()
    }

    /// Returns the settings of the doors; `port` is the TLS port, if there is one.
    pub(crate) fn doors(
        &self,
        chat: Arc<Settings>,
        started: Now,
        port: Option<u16>,
        unregistered: Arc<AtomicUsize>,
    ) -> DoorSettings {
        let (s, l) = (&self.server, &self.limits);
        let gateways = self.gateway.iter().map(|gateway| Gateway {
            from: gateway.from.iter().map(|network| network.0).collect(),
            password: gateway.password.secret(),
        });
        let sts_port = Some(self.sts.port).filter(|&port| port > 0).or(port);
        let sts = sts_port.filter(|_| self.sts.enabled).map(|port| Sts {
            duration: self.sts.duration,
            port,
        });
        DoorSettings {
            chat,
            network: s.network.as_str().into(),
            description: s.description.as_str().into(),
            motd: s.motd.lines().map(str::to_owned).collect(),
            admin: s.admin.clone(),
            started,
            without: self.irc.without.iter().cloned().collect(),
            denied_tags: self.irc.deny_tags.clone(),
            sts,
            gateways: gateways.collect(),
            unregistered,
            send_queue: l.send_queue,
            pace: (l.messages_per_second > 0).then_some(Pace {
                burst: l.messages_at_once,
                per_second: l.messages_per_second,
            }),
            guests_upload: self.uploads.guests,
            registration_timeout: l.registration_timeout,
            ping_after: l.ping_after,
            ping_timeout: l.ping_timeout,
            ..DoorSettings::default()
        }
    }
}

impl ListenSection {
    /// Returns the protocols that the listener accepts.
    pub(crate) fn open_doors(&self) -> Doors {
        let open = |door| match self.websocket_only {
            true => door == DoorKey::Web,
            false => self.doors.contains(&door),
        };
        Doors {
            irc: open(DoorKey::Irc),
            plain: open(DoorKey::Plain),
            web: open(DoorKey::Web),
            pages: !self.websocket_only && open(DoorKey::Web),
        }
    }
}

/// Returns the port of the first listener that accepts IRC over TLS.
pub(crate) fn tls_port(listeners: &[(ListenSection, ListenAddress)]) -> Option<u16> {
    let mut with_tls = listeners
        .iter()
        .filter(|(listener, _)| listener.tls != ListenerTls::Off && listener.open_doors().irc)
        .filter_map(|(_, bound)| bound.tcp());
    with_tls.next().map(|bound| bound.port())
}
