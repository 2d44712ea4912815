//! Rules for configuration values beyond their types; each fault names its key.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use parlour_cluster::Version;
use parlour_core::names;
use parlour_doors::irc;

use super::sections::{Config, GatewaySection, OperSection};
use super::values::Password;

/// Fault of a value.
#[derive(Debug)]
pub(super) struct Problem {
    /// Table of the value.
    pub table: &'static str,
    /// Index of the table, if it may be repeated.
    pub index: Option<usize>,
    /// Key in the table; empty if the fault is about the table as a whole.
    pub key: &'static str,
    /// Description of the fault.
    pub text: String,
}

/// Faults found so far.
#[derive(Debug, Default)]
struct Problems(Vec<Problem>);

impl Problems {
    /// Adds a fault.
    fn add(&mut self, table: &'static str, key: &'static str, text: impl Into<String>) {
        self.0.push(Problem {
            table,
            index: None,
            key,
            text: text.into(),
        });
    }

    /// Adds a fault in the `index`th table of this name.
    fn add_at(
        &mut self,
        (table, index): (&'static str, usize),
        key: &'static str,
        text: impl Into<String>,
    ) {
        self.0.push(Problem {
            table,
            index: Some(index),
            key,
            text: text.into(),
        });
    }
}

/// Returns all faults of a configuration whose values have the right types.
pub(super) fn check(config: &Config) -> Vec<Problem> {
    let mut problems = Problems::default();
    let found = &mut problems;
    server(config, found);
    texts(config, found);
    limits(config, found);
    times(config, found);
    retention(config, found);
    if let Err(error) = config.mailer() {
        let text = error.to_string();
        // The message begins with the key, which the fault names already.
        let of = |key| Some((key, text.strip_prefix("mail.")?.strip_prefix(key)?));
        let known = ["server", "from", "password"].into_iter().find_map(of);
        let (key, rest) = known.unwrap_or(("", text.as_str()));
        found.add("mail", key, rest.trim_start_matches(": "));
    }
    cluster(config, found);
    irc_section(config, found);
    modes(config, found);
    listeners(config, found);
    origins(config, found);
    classes(config, found);
    opers(config, found);
    for (index, gateway) in config.gateway.iter().enumerate() {
        check_gateway(index, gateway, found);
    }
    problems.0
}

fn server(config: &Config, found: &mut Problems) {
    let s = &config.server;
    if !names::is_channel(&s.lobby, config.limits.channel) {
        let text = format!("{:?} cannot be a channel; it is # and a name", s.lobby);
        found.add("server", "lobby", text);
    }
    let host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
    let starts = |c: char| c.is_ascii_alphanumeric();
    if !s.name.starts_with(starts) || s.name.len() > 63 || !s.name.chars().all(host) {
        let text = format!("{:?} cannot be a server's name; use a host name", s.name);
        found.add("server", "name", text);
    } else if !s.name.contains(['.', ':']) {
        let text = format!(
            "{:?} could be somebody's nick; a host name with a dot could not",
            s.name
        );
        found.add("server", "name", text);
    }
    if config.tls.certificate.is_some() != config.tls.key.is_some() {
        let text = "certificate and key belong together; name both or none";
        found.add("tls", "", text);
    }
    if let Some(fault) = s.password.as_ref().and_then(password_fault) {
        found.add("server", "password", fault);
    }
}

fn texts(config: &Config, found: &mut Problems) {
    let s = &config.server;
    let lines = [("network", &s.network), ("description", &s.description)];
    let admin = s.admin.iter().map(|line| ("admin", line));
    for (key, text) in lines.into_iter().chain(admin) {
        if text.is_empty() || text.len() > 200 || text.chars().any(char::is_control) {
            found.add("server", key, "one line of at most 200 bytes");
        }
    }
    if s.admin.len() > 3 {
        found.add("server", "admin", "three lines at most");
    }
    let bad = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if s.motd.chars().any(bad) || s.motd.lines().any(|line| line.len() > 400) {
        let text = "lines of at most 400 bytes, without control characters";
        found.add("server", "motd", text);
    }
    if s.network.contains(' ') {
        found.add("server", "network", "one word");
    }
}

fn limits(config: &Config, found: &mut Problems) {
    let l = &config.limits;
    let most = parlour_core::settings::Limits::default();
    for (key, value, most) in [
        ("nick", l.nick, most.nick),
        ("channel", l.channel, most.channel),
        ("topic", l.topic, most.topic),
        ("reason", l.reason, most.reason),
        ("targets", l.targets, parlour_core::limits::TARGETS_MOST),
        ("metadata_value", l.metadata_value, most.metadata_value),
        ("multiline_bytes", l.multiline_bytes, 65_536),
        ("multiline_lines", l.multiline_lines, 512),
        ("history_page", l.history_page, most.history_page),
        ("channels_per_user", l.channels_per_user, 10_000),
        ("list_entries", l.list_entries, 10_000),
        ("monitor", l.monitor, 10_000),
        ("metadata_keys", l.metadata_keys, 1_000),
        ("answers", l.answers, 100_000),
    ] {
        if value == 0 || value > most {
            found.add("limits", key, format!("a number from 1 to {most}"));
        } else if key == "nick" && value < 9 {
            found.add("limits", key, "at least the 9 characters of RFC 1459");
        }
    }
    if l.messages_at_once == 0 || l.messages_at_once > 10_000 {
        found.add("limits", "messages_at_once", "a number from 1 to 10000");
    }
    if l.messages_per_second > 1000 {
        found.add("limits", "messages_per_second", "a number from 0 to 1000");
    }
    if !(65_536..=1 << 30).contains(&l.send_queue) {
        let text = "bytes, from 65536 to 1073741824";
        found.add("limits", "send_queue", text);
    }
    let most = parlour_core::limits::PASSWORD_CHARS_MAX;
    if !(1..=most).contains(&config.accounts.password_min) {
        let text = format!("a number from 1 to {most}");
        found.add("accounts", "password_min", text);
    }
}

fn times(config: &Config, found: &mut Problems) {
    /// Longest time limit: a day, in milliseconds.
    const DAY: u64 = 24 * 3600 * 1000;
    let l = &config.limits;
    for (key, value) in [
        ("registration_timeout", l.registration_timeout),
        ("ping_after", l.ping_after),
        ("ping_timeout", l.ping_timeout),
    ] {
        if !(1_000..=DAY).contains(&value) {
            found.add("limits", key, format!("milliseconds, from 1000 to {DAY}"));
        }
    }
    if config.chat.redact_within > 100 * 365 * 24 * 3600 {
        let text = "seconds, at most a hundred years";
        found.add("chat", "redact_within", text);
    }
}

fn retention(config: &Config, found: &mut Problems) {
    /// Longest retention: about a hundred years, in days.
    const DAYS: u64 = 36_500;
    let days = || format!("a number from 0 to {DAYS}");
    for (index, own) in config.retention.iter().enumerate() {
        let at = ("retention", index);
        if !names::is_channel(&own.channel, config.limits.channel) {
            let text = format!("{:?} cannot be the name of a channel", own.channel);
            found.add_at(at, "channel", text);
        }
        if own.keep_days > DAYS {
            found.add_at(at, "keep_days", days());
        }
    }
    if config.history.keep_days > DAYS {
        found.add("history", "keep_days", days());
    }
}

fn irc_section(config: &Config, found: &mut Problems) {
    for name in &config.irc.without {
        if !irc::CAPABILITIES.iter().any(|row| row.name == name) {
            let text = format!("there is no capability {name:?}; docs/irc.md lists them");
            found.add("irc", "without", text);
        }
    }
    let is_tag = |tag: &String| {
        let name = tag.strip_prefix('-').unwrap_or(tag);
        let plain = |c: char| c.is_ascii_alphanumeric() || "-./:".contains(c);
        !name.is_empty() && (name == "*" || name.chars().all(plain))
    };
    for bad in config.irc.deny_tags.iter().filter(|tag| !is_tag(tag)) {
        let text = format!("{bad:?} cannot be a tag's name");
        found.add("irc", "deny_tags", text);
    }
}

fn modes(config: &Config, found: &mut Problems) {
    let known = irc::USER_MODES.iter().map(|(letter, _, _)| *letter);
    let known: String = known.filter(|&letter| letter != 'o').collect();
    for letter in config.chat.user_modes.chars() {
        if !known.contains(letter) {
            let text = format!("there is no mode {letter:?} to begin with; there are {known}");
            found.add("chat", "user_modes", text);
        }
    }
    let known: String = irc::FLAGS.iter().map(|(letter, _, _)| letter).collect();
    for letter in config.chat.channel_modes.chars() {
        if !known.contains(letter) {
            let text = format!("there is no flag {letter:?}; there are {known}");
            found.add("chat", "channel_modes", text);
        }
    }
}

fn listeners(config: &Config, found: &mut Problems) {
    let mut addresses = BTreeSet::new();
    for (index, listener) in config.listen.iter().enumerate() {
        let at = ("listen", index);
        let any_port = listener.address.tcp().is_some_and(|own| own.port() == 0);
        if !any_port && !addresses.insert(&listener.address) {
            let text = format!("{} is there twice", listener.address);
            found.add_at(at, "address", text);
        }
        let taken = |other: &SocketAddr| {
            let covers = |own: SocketAddr| {
                own.port() != 0
                    && own.port() == other.port()
                    && own != *other
                    && (own.ip() == std::net::Ipv6Addr::UNSPECIFIED
                        || own.ip() == std::net::Ipv4Addr::UNSPECIFIED && other.is_ipv4())
            };
            listener.address.tcp().is_some_and(covers)
        };
        let mut others = config.listen.iter().filter_map(|other| other.address.tcp());
        if let Some(other) = others.find(taken) {
            let text = format!(
                "{} listens on {other} as well; name one of them only",
                listener.address
            );
            found.add_at(at, "address", text);
        }
        if listener.doors.is_empty() {
            let text = "no door is open here; name some of irc, plain and web";
            found.add_at(at, "doors", text);
        }
    }
}

fn origins(config: &Config, found: &mut Problems) {
    for origin in &config.websocket.origins {
        let host = origin.split_once("://").map(|(_, host)| host);
        if origin != "*" && host.is_none_or(|host| host.is_empty() || host.contains('/')) {
            let text = format!("{origin:?} is no origin; one is like https://chat.example");
            found.add("websocket", "origins", text);
        }
    }
}

fn classes(config: &Config, found: &mut Problems) {
    let mut known = BTreeSet::from(["all"]);
    for (index, class) in config.class.iter().enumerate() {
        let plain = !class.name.chars().any(char::is_control) && class.name.len() <= 64;
        if class.name.is_empty() || !plain || !known.insert(&class.name) {
            let text = format!(
                "{:?} cannot be a class's name, or is one already",
                class.name
            );
            found.add_at(("class", index), "name", text);
        }
    }
}

fn opers(config: &Config, found: &mut Problems) {
    let mut names = BTreeSet::new();
    for (index, oper) in config.oper.iter().enumerate() {
        if !names.insert(&oper.name) {
            let text = format!("{:?} is an operator's name already", oper.name);
            found.add_at(("oper", index), "name", text);
        }
        check_oper(config, index, oper, found);
    }
}

fn check_oper(config: &Config, index: usize, oper: &OperSection, found: &mut Problems) {
    let at = ("oper", index);
    let word = |c: char| !c.is_whitespace() && !c.is_control();
    if oper.name.is_empty() || oper.name.starts_with(':') || !oper.name.chars().all(word) {
        let text = format!(
            "{:?} cannot be an operator's name; it is one word",
            oper.name
        );
        found.add_at(at, "name", text);
    }
    let is_known = |class: &str| config.class.iter().any(|known| known.name == class);
    if oper.class != "all" && !is_known(&oper.class) {
        let text = format!("there is no class {:?}; name it in a [[class]]", oper.class);
        found.add_at(at, "class", text);
    }
    if let Some(fault) = password_fault(&oper.password) {
        found.add_at(at, "password", fault);
    }
    let letter = |c: char| c.is_ascii_alphanumeric() || "-._:/".contains(c);
    if oper.host.as_ref().is_some_and(|host| {
        host.is_empty()
            || host.len() > parlour_core::limits::HOST_BYTES
            || host.starts_with(':')
            || !host.chars().all(letter)
    }) {
        found.add_at(at, "host", "it is a host name");
    }
}

fn check_gateway(index: usize, gateway: &GatewaySection, found: &mut Problems) {
    let at = ("gateway", index);
    let given = gateway.password.secret();
    let is_word = !given.reveal().starts_with(':') && !given.reveal().contains(' ');
    if gateway.password.is_empty() || gateway.password.is_hash() || !is_word {
        found.add_at(at, "password", "it is plain, and one word");
    }
    if gateway.from.is_empty() {
        found.add_at(at, "from", "name the addresses that it connects from");
    }
}

fn password_fault(password: &Password) -> Option<&'static str> {
    if password.is_empty() {
        return Some("it cannot be empty");
    }
    if password.secret().reveal().starts_with("$2") {
        return Some(
            "it looks like a bcrypt hash, which is not read here; parlour hash-password makes one",
        );
    }
    (password.is_hash() && !password.is_usable_hash())
        .then_some("it looks like a hash and is none; parlour hash-password makes one")
}

/// Rule for the names of a cluster and of its nodes: they become parts of subjects at NATS, where dots and wildcards
/// mean something.
pub(crate) const NAME_WANTED: &str = "has to be 1 to 32 letters, digits, - and _";

/// Returns whether a cluster or a node may have this name.
pub(crate) fn is_cluster_name(name: &str) -> bool {
    const NAME_MAX: usize = 32;
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=NAME_MAX).contains(&name.len()) && name.chars().all(is_part)
}

/// Checks what a node is told of its cluster.
fn cluster(config: &Config, found: &mut Problems) {
    let section = &config.cluster;
    if !is_cluster_name(&section.name) {
        found.add("cluster", "name", NAME_WANTED);
    }
    if section.node.is_empty() {
        if !section.urls.is_empty() {
            found.add(
                "cluster",
                "node",
                "is missing: each node needs a name of its own",
            );
        }
    } else if !is_cluster_name(&section.node) {
        found.add("cluster", "node", NAME_WANTED);
    }
    if !(1..=5).contains(&section.replicas) {
        found.add("cluster", "replicas", "has to be 1 to 5; 3 is usual");
    }
    let newest = Version::NEWEST.0;
    if section.version > newest {
        let wanted = format!("has to be 0 to {newest}: this program knows no newer one");
        found.add("cluster", "version", wanted);
    }
    if section.snapshot_every == 0 {
        found.add("cluster", "snapshot_every", "has to be at least 1");
    }
    if section.certificate.is_some() != section.key.is_some() {
        found.add(
            "cluster",
            "certificate",
            "certificate and key belong together",
        );
    }
}
