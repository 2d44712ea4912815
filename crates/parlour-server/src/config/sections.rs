//! Every key of the configuration, with its default and what it means.

use std::net::SocketAddr;
use std::path::PathBuf;

use parlour_core::settings::{AccountSettings, Limits, RESERVED_NAMES};
use parlour_doors::DoorSettings;
use serde::{Deserialize, Serialize};

use super::address::{IpRange, ListenAddress};
use super::define::section;
use super::values::{
    CasemappingKey, DoorKey, DurabilityKey, ListenerTls, MailSecurity, Password, PrivilegeKey,
    SocketMode,
};

section! { "server"
    /// The server's identity and files.
    pub struct ServerSection {
        /// The server's name on IRC; a host name.
        pub name: String = "parlour.localhost".into(),
        /// The network's name: one word.
        pub network: String = "parlour".into(),
        /// One sentence about the server.
        pub description: String = "a parlour server".into(),
        /// The message of the day; may have several lines.
        pub motd: String = String::new(),
        /// Contact for ADMIN: up to three lines, the last a mail address.
        pub admin: Vec<String> = Vec::new(),
        /// The password needed to connect: plain, or a hash that `parlour hash-password` made.
        pub password: Option<Password> = None,
        /// Accept passwords over connections without TLS from other machines, where
        /// others may read them.
        pub plaintext_passwords: bool = false,
        /// The directory for all of the server's data. Needs a restart.
        pub data: Option<PathBuf> = None,
        /// The channel that always exists, and that netcat users join first. Needs a restart.
        pub lobby: String = "#lobby".into(),
        /// Threads that handle connections; 0: one per processor. Needs a restart.
        pub shards: usize = 0,
    }
}

section! { "[listen]"
    /// Listeners of the server. Without any, it listens on `[::]:25000`, IPv4 as well. `--listen`
    /// on the command line replaces all of these.
    pub struct ListenSection {
        /// Address and port, or a UNIX socket such as `unix:/run/parlour.sock`, for a proxy on this
        /// machine. Its connections count as coming from 127.0.0.1.
        pub address: ListenAddress = ListenAddress::Tcp(SocketAddr::from(([0; 16], 25000))),
        /// The permissions of a UNIX socket, in octal digits; applied when the socket is created.
        pub socket_mode: SocketMode = SocketMode::default(),
        /// TLS on this port: `both` (with and without), `only`, or `off`.
        pub tls: ListenerTls = ListenerTls::Both,
        /// Expect each connection to begin with a PROXY header, v1 or v2. Without it, one is read
        /// only from an address of `proxy.trusted`.
        pub proxy_protocol: bool = false,
        /// The protocols accepted here: `irc`, `plain` (netcat), `web` (the page, WebSockets). Without
        /// `plain`, no silent client is greeted as a netcat user.
        pub doors: Vec<DoorKey> = DoorKey::ALL.into(),
        /// Accept only WebSockets here: no other protocol, and no page.
        pub websocket_only: bool = false,
    }
}

section! { "chat"
    /// The rules of the chat.
    pub struct ChatSection {
        /// Casemapping of names: `ascii`, `rfc1459` or `precis`. Needs a restart; choose it
        /// before anything is stored.
        pub casemapping: CasemappingKey = CasemappingKey::Ascii,
        /// Refuse nicks that look like another user's, such as one with a Cyrillic а.
        pub refuse_confusables: bool = true,
        /// Nicks that are reserved, with their look-alikes, also as accounts and in RELAYMSG. The
        /// names of services are always reserved.
        pub reserved_nicks: Vec<String> = RESERVED_NAMES.map(str::to_owned).into(),
        /// Show users a cloak (a keyed hash) in place of each other's addresses, or `user/NAME`
        /// for users who are logged in. Bans match each of these; server operators with `see` see the address.
        pub cloak: bool = true,
        /// The modes of a new user, of `BRTiw`.
        pub user_modes: String = String::new(),
        /// The modes of a new channel: flags only.
        pub channel_modes: String = "nt".into(),
        /// Let channel operators relay messages of others into it (RELAYMSG).
        pub relay: bool = true,
        /// Seconds within which users can delete their own messages; 0: no limit.
        pub redact_within: u64 = 0,
    }
}

section! { "accounts"
    /// Accounts.
    pub struct AccountsSection {
        /// Let anybody register an account.
        pub registration: bool = AccountSettings::default().registration,
        /// Also before the connection is registered (draft/account-registration).
        pub before_connect: bool = AccountSettings::default().before_connect,
        /// Let an account have another name than the nick that registers it.
        pub custom_names: bool = AccountSettings::default().custom_names,
        /// Reserve nicks that are account names for their accounts.
        pub nick_reservation: bool = AccountSettings::default().nick_reservation,
        /// Make several connections logged into one account, under its nick, one user.
        pub multiclient: bool = AccountSettings::default().multiclient,
        /// Let users stay online when their last connection ends (NickServ SET ALWAYS-ON);
        /// needs `multiclient`.
        pub always_on: bool = AccountSettings::default().always_on,
        /// The minimum length of a new password in characters, 1 to 64.
        pub password_min: usize = AccountSettings::default().password_min,
        /// Let channel operators register their channels (ChanServ REGISTER).
        pub channels: bool = true,
    }
}

section! { "mail"
    /// A mail server, if registering an account requires a code sent by mail. Needs a restart.
    pub struct MailSection {
        /// Its host and port, such as `mail.example:587`; empty: accounts need no mail.
        pub server: String = String::new(),
        /// TLS: `starttls`, `tls` (from the beginning), or `off`.
        pub security: MailSecurity = MailSecurity::Starttls,
        /// The user name for the mail server, if it needs one.
        pub user: String = String::new(),
        /// The password.
        pub password: Password = Password::default(),
        /// The sender's address, such as `chat@example.org`.
        pub from: String = String::new(),
    }
}

section! { "cluster"
    /// One of several nodes that serve one community, over NATS JetStream. Needs a restart.
    pub struct ClusterSection {
        /// Addresses of NATS servers, such as `nats://10.0.0.1:4222`, or `nats://USER:PASSWORD@10.0.0.1:4222`; none: the
        /// server is on its own. All are logged into with the user and password of the first address that has them.
        pub urls: Vec<String> = Vec::new(),
        /// The cluster's name: letters, digits, `-` and `_`. Several clusters may use the same NATS servers.
        pub name: String = "parlour".into(),
        /// This node's name, which no other node has: letters, digits, `-` and `_`.
        pub node: String = String::new(),
        /// Copies of the journal among the NATS servers; 1 for a trial with one of them.
        pub replicas: usize = 3,
        /// Seconds in which the users of a lost node may come back on another one before the others see
        /// them quit.
        pub grace: u64 = 30,
        /// Messages of the stream, each with up to 2,048 changes, after which the state of the cluster is stored
        /// anew for nodes that begin or were away, and the stream is trimmed.
        pub snapshot_every: u64 = 100_000,
        /// The newest version of the encoding that this node reads and writes; 0: the newest that it knows. All nodes
        /// write the newest that all of them read: hold it down for as long as an upgrade may have to be undone.
        pub version: u16 = 0,
        /// A credentials file of NATS.
        pub credentials: Option<PathBuf> = None,
        /// A file with the certificates of the authority that signed those of the NATS servers.
        pub authority: Option<PathBuf> = None,
        /// A file with the certificate by which this node identifies itself; needs `key`.
        pub certificate: Option<PathBuf> = None,
        /// A file with its private key.
        pub key: Option<PathBuf> = None,
    }
}

section! { "irc"
    /// Features offered to IRC clients.
    pub struct IrcSection {
        /// Names of capabilities that are not offered.
        pub without: Vec<String> = Vec::new(),
        /// Client-only tags that are not relayed, without their `+`; `*`: all are blocked except those
        /// with `-` in front (CLIENTTAGDENY).
        pub deny_tags: Vec<String> = Vec::new(),
    }
}

/// The networks of this machine itself.
fn loopback() -> Vec<IpRange> {
    let networks = ["127.0.0.0/8", "::1/128"];
    networks.iter().filter_map(|net| net.parse().ok()).collect()
}

section! { "limits"
    /// Limits and timeouts.
    pub struct LimitsSection {
        /// Bytes that may wait for a slow reader before it is disconnected.
        pub send_queue: usize = DoorSettings::default().send_queue,
        /// Milliseconds that a connection has to register.
        pub registration_timeout: u64 = DoorSettings::default().registration_timeout,
        /// Milliseconds of silence before an IRC client is sent a PING.
        pub ping_after: u64 = DoorSettings::default().ping_after,
        /// Milliseconds that it has to answer.
        pub ping_timeout: u64 = DoorSettings::default().ping_timeout,
        /// Characters of a nick.
        pub nick: usize = Limits::default().nick,
        /// Bytes of a channel's name.
        pub channel: usize = Limits::default().channel,
        /// Bytes of a topic.
        pub topic: usize = Limits::default().topic,
        /// Bytes of a reason for leaving, kicking or being away.
        pub reason: usize = Limits::default().reason,
        /// Connections that one address may have at once (IPv6: one /64); 0: any
        /// number.
        pub connections_per_address: usize = 256,
        /// Connections that one address may make within a minute; 0: any number.
        pub connections_per_minute: usize = 600,
        /// Messages that one connection may send at once, after some silence. All other requests
        /// count too, by their cost: see docs/operating.md, Flooding.
        pub messages_at_once: u32 = 50,
        /// Messages that one connection may send per second in the long run: whoever sends more is
        /// read more slowly; nothing is lost. 0: any number.
        pub messages_per_second: u32 = 10,
        /// Addresses and networks that are exempt from limits of connections and messages.
        pub exempt: Vec<IpRange> = loopback(),
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
        /// Bytes of a multi-line message.
        pub multiline_bytes: usize = Limits::default().multiline_bytes,
        /// Lines of a multi-line message.
        pub multiline_lines: usize = Limits::default().multiline_lines,
        /// Users in one answer to WHO, channels in one answer to LIST.
        pub answers: usize = Limits::default().answers,
        /// Messages in one answer to CHATHISTORY.
        pub history_page: usize = Limits::default().history_page,
    }
}

section! { "history"
    /// Storage of messages.
    pub struct HistorySection {
        /// Durability of a stored message: `disk` (synced: survives a crash of the machine) or
        /// `os` (survives a crash of the server). Needs a restart.
        pub durability: DurabilityKey = DurabilityKey::Disk,
        /// Store joins, modes, topics and the like with the messages
        /// (draft/event-playback).
        pub events: bool = true,
        /// Days that a message is kept; 0: for ever. Needs a restart, like `keep_messages`.
        pub keep_days: u64 = 0,
        /// Number of newest messages kept of each channel and conversation; 0: all.
        pub keep_messages: u64 = 0,
        /// Let members of a channel read messages from before they joined.
        pub before_join: bool = true,
        /// Number of missed messages of one channel or conversation sent to a returning user
        /// whose client does not request history.
        pub replay: usize = Limits::default().replay,
    }
}

section! { "[retention]"
    /// Retention for one channel, in place of `[history]`. Needs a restart.
    pub struct RetentionSection {
        /// The channel.
        pub channel: String = String::new(),
        /// Days that a message is kept; 0: for ever.
        pub keep_days: u64 = 0,
        /// Number of newest messages kept; 0: all.
        pub keep_messages: u64 = 0,
    }
}

section! { "tls"
    /// The certificate; the server creates one if none is given.
    pub struct TlsSection {
        /// The certificate with its chain, PEM.
        pub certificate: Option<PathBuf> = None,
        /// Its key, PEM.
        pub key: Option<PathBuf> = None,
    }
}

section! { "sts"
    /// Tells IRC clients to reconnect with TLS (IRCv3 STS). Use it with a certificate that they
    /// can verify.
    pub struct StsSection {
        /// Announce the policy.
        pub enabled: bool = false,
        /// Seconds that they remember it; 0 makes them forget it.
        pub duration: u64 = 30 * 24 * 3600,
        /// The port on which TLS is spoken; 0: that of the first listener that speaks it.
        pub port: u16 = 0,
    }
}

section! { "proxy"
    /// Load balancers in front of the server.
    pub struct ProxySection {
        /// Addresses and networks from which a PROXY header is accepted, and from which `X-Forwarded-For` and
        /// `X-Forwarded-Proto` of a web proxy are believed.
        pub trusted: Vec<IpRange> = Vec::new(),
    }
}

section! { "web"
    /// The web page, and what else speaks HTTP.
    pub struct WebSection {
        /// Show the page to browsers.
        pub page: bool = true,
        /// A token by which `/metrics` can be read from other machines; without it, only from this one.
        pub metrics_token: Option<Password> = None,
    }
}

section! { "uploads"
    /// Files that users upload (ISUPPORT FILEHOST). Needs a restart.
    pub struct UploadsSection {
        /// Take files.
        pub enabled: bool = true,
        /// The server's address for people outside, such as `https://chat.example`: links to files begin
        /// with it. Without it: `https://`, `server.name` and the port of TLS; the page uses its own address.
        pub url: String = String::new(),
        /// Megabytes of one file.
        pub max_mb: u64 = 25,
        /// Megabytes of all files of one account.
        pub quota_mb: u64 = 500,
        /// Let users without an account upload.
        pub guests: bool = true,
        /// Megabytes of all files of guests from one address.
        pub guest_quota_mb: u64 = 50,
        /// Megabytes of all files together.
        pub total_mb: u64 = 10_000,
        /// Media types that are taken, such as `image/*`. Whatever it is, nothing is served in a form that a
        /// browser runs.
        pub types: Vec<String> = vec!["*".into()],
        /// Days that a file is kept; 0: as long as the message that links to it.
        pub keep_days: u64 = 0,
    }
}

section! { "push"
    /// Push messages to phones and browsers (draft/webpush): mentions and private messages, while no
    /// session of the user is attentive. Needs a restart.
    pub struct PushSection {
        /// Send push messages.
        pub enabled: bool = true,
        /// Contact for the push services, such as `https://chat.example` or `mailto:me@chat.example`; without it,
        /// `https://` and `server.name`. Apple's wants a real one.
        pub contact: String = String::new(),
        /// Networks of this site in which push services may be, such as that of an own ntfy server; else
        /// only public addresses are called.
        pub allow: Vec<IpRange> = Vec::new(),
        /// Certificates of further authorities for such services, PEM.
        pub authorities: Option<PathBuf> = None,
    }
}

section! { "websocket"
    /// Web pages that connect.
    pub struct WebsocketSection {
        /// Origins that may connect, such as `https://chat.example`, besides the server's own pages: those of
        /// `server.name`, of the names in the certificate, of an IP address, and of a name that nobody else
        /// can own, such as `localhost`, `homelab` or `nas.local`; `*`: all. Clients that send no Origin are
        /// not browsers and may connect.
        pub origins: Vec<String> = Vec::new(),
    }
}

section! { "[gateway]"
    /// A gateway that connects on behalf of users and passes on their addresses (WEBIRC).
    pub struct GatewaySection {
        /// Addresses and networks from which it connects.
        pub from: Vec<IpRange> = Vec::new(),
        /// Its password.
        pub password: Password = Password::default(),
    }
}

section! { "[class]"
    /// A class of server operators. The class `all`, which has all privileges, always exists.
    pub struct ClassSection {
        /// Its name.
        pub name: String = String::new(),
        /// Its privileges: `kill`, `rehash`, `wallops`, `see` (invisible users, secret channels,
        /// addresses), `relay` and `redact` (in any channel), `accounts` (registers accounts for others),
        /// `ban` (UBAN), `channels` (SAMODE; transfers or drops any registered channel).
        pub privileges: Vec<PrivilegeKey> = Vec::new(),
    }
}

section! { "[oper]"
    /// An account for OPER, which makes somebody a server operator.
    pub struct OperSection {
        /// The name that OPER takes.
        pub name: String = String::new(),
        /// The password: plain, or a hash that `parlour hash-password` made.
        pub password: Password = Password::default(),
        /// Their class.
        pub class: String = "all".into(),
        /// Masks of user@address, such as `*@192.0.2.*`; one has to match. Empty: any.
        pub from: Vec<String> = Vec::new(),
        /// The host that they are shown with, if any.
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
    /// `[cluster]`
    pub cluster: ClusterSection,
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
    /// `[web]`
    pub web: WebSection,
    /// `[uploads]`
    pub uploads: UploadsSection,
    /// `[push]`
    pub push: PushSection,
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
    ClusterSection::SECTION,
    IrcSection::SECTION,
    LimitsSection::SECTION,
    HistorySection::SECTION,
    RetentionSection::SECTION,
    TlsSection::SECTION,
    StsSection::SECTION,
    ProxySection::SECTION,
    WebSection::SECTION,
    UploadsSection::SECTION,
    PushSection::SECTION,
    WebsocketSection::SECTION,
    GatewaySection::SECTION,
    ClassSection::SECTION,
    OperSection::SECTION,
];
