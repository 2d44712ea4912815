//! Every key of the configuration, with its default and what it means.

use std::net::SocketAddr;
use std::path::PathBuf;

use parlour_core::settings::{AccountSettings, Limits, RESERVED_NAMES};
use parlour_doors::DoorSettings;
use serde::{Deserialize, Serialize};

use super::address::{ListenAddress, Network};
use super::define::section;
use super::values::{
    CasemappingKey, DoorKey, DurabilityKey, ListenerTls, MailSecurity, Password, PrivilegeKey,
    SocketMode,
};

section! { "server"
    /// Who the server is and where its things are.
    pub struct ServerSection {
        /// The server's name on IRC; a host name.
        pub name: String = "parlour.localhost".into(),
        /// The network's name: one word.
        pub network: String = "parlour".into(),
        /// One sentence about the server.
        pub description: String = "a parlour server".into(),
        /// The message of the day; may have several lines.
        pub motd: String = String::new(),
        /// Who runs the server, for ADMIN: up to three lines, the last a mail address.
        pub admin: Vec<String> = Vec::new(),
        /// What one has to know to connect: plain, or a hash that `parlour hash-password` made.
        pub password: Option<Password> = None,
        /// Whether passwords are taken over connections without TLS from other machines, where
        /// others may read them.
        pub plaintext_passwords: bool = false,
        /// Where everything that the server writes is. Read at the start only.
        pub data: Option<PathBuf> = None,
        /// The channel that is always there, and that plain clients are led to. Read at the start
        /// only.
        pub lobby: String = "#lobby".into(),
        /// Threads that own connections; 0: one a processor. Read at the start only.
        pub shards: usize = 0,
    }
}

section! { "[listen]"
    /// Where the server listens. Without any, it listens on `[::]:25000`, IPv4 as well. `--listen`
    /// on the command line takes the place of all of these.
    pub struct ListenSection {
        /// Address and port, or a socket of the file system, as `unix:/run/parlour.sock`: for a proxy on this
        /// machine. Who comes by it counts as coming from 127.0.0.1.
        pub address: ListenAddress = ListenAddress::Tcp(SocketAddr::from(([0; 16], 25000))),
        /// The permissions of a socket of the file system, in octal digits.
        pub socket_mode: SocketMode = SocketMode::default(),
        /// TLS on this port: `both` (with and without), `only`, or `off`.
        pub tls: ListenerTls = ListenerTls::Both,
        /// Whether each connection begins with a PROXY header, v1 or v2. Without it, one is read
        /// only from an address of `proxy.trusted`.
        pub proxy_protocol: bool = false,
        /// The doors that are open here, of `irc`, `plain` (netcat) and `web`. Without `plain` nobody is greeted as a
        /// person who types, however long they are silent.
        pub doors: Vec<DoorKey> = DoorKey::ALL.into(),
        /// Whether only WebSockets are let in here: the same as `doors = ["web"]`.
        pub websocket_only: bool = false,
    }
}

section! { "chat"
    /// The rules of the chat.
    pub struct ChatSection {
        /// When two names are the same: `ascii`, `rfc1459` or `precis`. Read at the start only;
        /// choose it before anything is kept.
        pub casemapping: CasemappingKey = CasemappingKey::Ascii,
        /// Whether a nick that looks like another one's is refused, as Cyrillic а for a.
        pub refuse_confusables: bool = true,
        /// Nicks that nobody may have, nor what looks like them, in accounts and RELAYMSG neither; the names of
        /// services are kept in any case.
        pub reserved_nicks: Vec<String> = RESERVED_NAMES.map(str::to_owned).into(),
        /// Whether others see a keyed hash in place of a user's address, and `user/NAME` in place of where
        /// a user of an account comes from. Bans match all of them; operators who may `see` see the address.
        pub cloak: bool = true,
        /// The modes of a new user, of `BRTiw`.
        pub user_modes: String = String::new(),
        /// The modes of a new channel: flags only.
        pub channel_modes: String = "nt".into(),
        /// Whether operators of a channel may relay messages of others into it (RELAYMSG).
        pub relay: bool = true,
        /// Seconds within which one can take one's own message back; 0: always.
        pub redact_within: u64 = 0,
    }
}

section! { "accounts"
    /// Who one is, whatever the nick.
    pub struct AccountsSection {
        /// Whether anybody may register an account.
        pub registration: bool = AccountSettings::default().registration,
        /// Whether also before they are welcomed (draft/account-registration).
        pub before_connect: bool = AccountSettings::default().before_connect,
        /// Whether an account may be called otherwise than its maker's nick.
        pub custom_names: bool = AccountSettings::default().custom_names,
        /// Whether a nick that is an account's name is that account's alone.
        pub nick_reservation: bool = AccountSettings::default().nick_reservation,
        /// Whether several connections in one account, under its nick, are one user.
        pub multiclient: bool = AccountSettings::default().multiclient,
        /// Whether users may choose to stay when their last connection ends (NickServ SET ALWAYS-ON);
        /// needs `multiclient`.
        pub always_on: bool = AccountSettings::default().always_on,
        /// Characters that a new password needs at least, 1 to 64.
        pub password_min: usize = AccountSettings::default().password_min,
        /// Whether whoever runs a channel may have it for their account (ChanServ REGISTER).
        pub channels: bool = true,
    }
}

section! { "mail"
    /// A mail server, if accounts are to be registered only by a code that is sent by mail. Read at
    /// the start only.
    pub struct MailSection {
        /// Its host and port, as `mail.example:587`; empty: accounts need no mail.
        pub server: String = String::new(),
        /// TLS: `starttls`, `tls` (from the beginning), or `off`.
        pub security: MailSecurity = MailSecurity::Starttls,
        /// As whom to log in there, if that is needed.
        pub user: String = String::new(),
        /// The password.
        pub password: Password = Password::default(),
        /// Whom the mail is from, as `chat@example.org`.
        pub from: String = String::new(),
    }
}

section! { "irc"
    /// What IRC clients are offered.
    pub struct IrcSection {
        /// Names of capabilities that are not offered.
        pub without: Vec<String> = Vec::new(),
        /// Client-only tags that are not relayed, without their `+`; `*`: none is but those with
        /// a `-` in front (CLIENTTAGDENY).
        pub deny_tags: Vec<String> = Vec::new(),
    }
}

/// The networks of this machine itself.
fn loopback() -> Vec<Network> {
    let networks = ["127.0.0.0/8", "::1/128"];
    networks.iter().filter_map(|net| net.parse().ok()).collect()
}

section! { "limits"
    /// How much of everything, and how patient the server is.
    pub struct LimitsSection {
        /// Bytes that may wait for a slow reader before it is let go.
        pub send_queue: usize = DoorSettings::default().send_queue,
        /// Milliseconds that a connection may take to become a session.
        pub registration_timeout: u64 = DoorSettings::default().registration_timeout,
        /// Milliseconds of silence after which an IRC client is asked whether it is there.
        pub ping_after: u64 = DoorSettings::default().ping_after,
        /// Milliseconds that it then has to answer.
        pub ping_timeout: u64 = DoorSettings::default().ping_timeout,
        /// Characters of a nick.
        pub nick: usize = Limits::default().nick,
        /// Bytes of a channel's name.
        pub channel: usize = Limits::default().channel,
        /// Bytes of a topic.
        pub topic: usize = Limits::default().topic,
        /// Bytes of a reason for leaving, kicking or being away.
        pub reason: usize = Limits::default().reason,
        /// Connections that one address may have at once (of IPv6: one network of 64 bits); 0: any
        /// number.
        pub connections_per_address: usize = 256,
        /// Connections that one address may make within a minute; 0: any number.
        pub connections_per_minute: usize = 600,
        /// Messages that one connection may send at once, after some silence. Everything else that is
        /// asked for counts as well, by its cost: see docs/operating.md, Flooding.
        pub messages_at_once: u32 = 50,
        /// Messages that one connection may send per second in the long run: whoever sends more is
        /// read more slowly; nothing is lost. 0: any number.
        pub messages_per_second: u32 = 10,
        /// Addresses and networks that no limit of connections and messages is meant for.
        pub exempt: Vec<Network> = loopback(),
        /// Channels that one user may be in at once.
        pub channels_per_user: usize = Limits::default().channels_per_user,
        /// Entries of each list of a channel.
        pub list_entries: usize = Limits::default().list_entries,
        /// Targets of one command.
        pub targets: usize = Limits::default().targets,
        /// Nicks that one session may monitor, and that one user may accept.
        pub monitor: usize = Limits::default().monitor,
        /// Metadata keys of one target, and keys that one session may subscribe to.
        pub metadata_keys: usize = Limits::default().metadata_keys,
        /// Bytes of a metadata value.
        pub metadata_value: usize = Limits::default().metadata_value,
        /// Bytes of a message of several lines.
        pub multiline_bytes: usize = Limits::default().multiline_bytes,
        /// Lines of such a message.
        pub multiline_lines: usize = Limits::default().multiline_lines,
        /// Users in one answer to WHO, channels in one answer to LIST.
        pub answers: usize = Limits::default().answers,
        /// Messages in one answer to CHATHISTORY.
        pub history_page: usize = Limits::default().history_page,
    }
}

section! { "history"
    /// What is kept.
    pub struct HistorySection {
        /// When a message counts as kept: `disk` (synced: survives a crash of the machine) or
        /// `os` (survives a crash of the server). Read at the start only.
        pub durability: DurabilityKey = DurabilityKey::Disk,
        /// Whether joins, modes, topics and the like are kept with what is said
        /// (draft/event-playback).
        pub events: bool = true,
        /// Days that a message is kept; 0: for good. Read at the start only, as all about how much is
        /// kept.
        pub keep_days: u64 = 0,
        /// The newest messages of each channel and conversation that are kept; 0: all.
        pub keep_messages: u64 = 0,
        /// Whether members of a channel may read what was said before they joined.
        pub before_join: bool = true,
        /// Messages of one channel or conversation that somebody is shown who was away without a
        /// connection, and whose client does not ask for them by itself.
        pub replay: usize = Limits::default().replay,
    }
}

section! { "[retention]"
    /// How much is kept of one channel, in place of what `[history]` says. Read at the start only.
    pub struct RetentionSection {
        /// The channel.
        pub channel: String = String::new(),
        /// Days that a message is kept; 0: for good.
        pub keep_days: u64 = 0,
        /// The newest messages that are kept; 0: all.
        pub keep_messages: u64 = 0,
    }
}

section! { "tls"
    /// The certificate; made by the server itself if none is named.
    pub struct TlsSection {
        /// The certificate with its chain, PEM.
        pub certificate: Option<PathBuf> = None,
        /// Its key, PEM.
        pub key: Option<PathBuf> = None,
    }
}

section! { "sts"
    /// Tells IRC clients to come back with TLS (IRCv3 STS). Use it with a certificate that they
    /// can verify.
    pub struct StsSection {
        /// Whether they are told.
        pub enabled: bool = false,
        /// Seconds for which they are to remember it; 0 has them forget it.
        pub duration: u64 = 30 * 24 * 3600,
        /// The port on which TLS is spoken; 0: that of the first listener that speaks it.
        pub port: u16 = 0,
    }
}

section! { "proxy"
    /// Load balancers in front of the server.
    pub struct ProxySection {
        /// Addresses and networks from which a PROXY header is believed.
        pub trusted: Vec<Network> = Vec::new(),
    }
}

section! { "websocket"
    /// Web pages that connect.
    pub struct WebsocketSection {
        /// Origins that may connect besides the server's name (`server.name`), and `localhost` or an address where that
        /// was asked for, as `https://chat.example`; `*`: all. What sends no Origin is no browser, and may.
        pub origins: Vec<String> = Vec::new(),
    }
}

section! { "[gateway]"
    /// A gateway that connects for others and tells their addresses (WEBIRC).
    pub struct GatewaySection {
        /// Networks from which it connects.
        pub from: Vec<Network> = Vec::new(),
        /// Its password.
        pub password: Password = Password::default(),
    }
}

section! { "[class]"
    /// A class of operators of the network. The class `all`, which may do everything, is always
    /// there.
    pub struct ClassSection {
        /// What it is called.
        pub name: String = String::new(),
        /// What it may do: `kill`, `rehash`, `wallops`, `see` (the invisible, secret channels,
        /// addresses), `relay` and `redact` (in any channel), `accounts` (makes them for others), `channels` (gives any away or up).
        pub privileges: Vec<PrivilegeKey> = Vec::new(),
    }
}

section! { "[oper]"
    /// Somebody who may become an operator of the network (OPER).
    pub struct OperSection {
        /// The name that OPER takes.
        pub name: String = String::new(),
        /// The password: plain, or a hash that `parlour hash-password` made.
        pub password: Password = Password::default(),
        /// Their class.
        pub class: String = "all".into(),
        /// Masks over user and address, as `*@192.0.2.*`, of which one has to match; any, if
        /// there is none.
        pub from: Vec<String> = Vec::new(),
        /// The host that they are shown with.
        pub host: Option<String> = None,
    }
}

/// All of the configuration.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `[server]`
    pub server: ServerSection,
    /// `[[listen]]`
    pub listen: Vec<ListenSection>,
    /// `[chat]`
    pub chat: ChatSection,
    /// `[accounts]`
    pub accounts: AccountsSection,
    /// `[mail]`
    pub mail: MailSection,
    /// `[irc]`
    pub irc: IrcSection,
    /// `[limits]`
    pub limits: LimitsSection,
    /// `[history]`
    pub history: HistorySection,
    /// `[[retention]]`
    pub retention: Vec<RetentionSection>,
    /// `[tls]`
    pub tls: TlsSection,
    /// `[sts]`
    pub sts: StsSection,
    /// `[proxy]`
    pub proxy: ProxySection,
    /// `[websocket]`
    pub websocket: WebsocketSection,
    /// `[[gateway]]`
    pub gateway: Vec<GatewaySection>,
    /// `[[class]]`
    pub class: Vec<ClassSection>,
    /// `[[oper]]`
    pub oper: Vec<OperSection>,
}

/// Every section, in the order in which they are documented.
pub const SECTIONS: &[super::define::Section] = &[
    ServerSection::SECTION,
    ListenSection::SECTION,
    ChatSection::SECTION,
    AccountsSection::SECTION,
    MailSection::SECTION,
    IrcSection::SECTION,
    LimitsSection::SECTION,
    HistorySection::SECTION,
    RetentionSection::SECTION,
    TlsSection::SECTION,
    StsSection::SECTION,
    ProxySection::SECTION,
    WebsocketSection::SECTION,
    GatewaySection::SECTION,
    ClassSection::SECTION,
    OperSection::SECTION,
];
