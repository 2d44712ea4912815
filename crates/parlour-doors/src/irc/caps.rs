//! Table of capabilities (IRCv3 capability negotiation), and the set that a client has enabled.

use crate::DoorSettings;
use crate::connections::Peer;
use parlour_core::limits::METADATA_KEY_BYTES;
use parlour_core::names::RELAY_SEPARATOR;
use parlour_core::state::Privilege;

/// Capability known to this door. Its number is its bit in `Caps`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cap {
    /// `account-notify`
    AccountNotify,
    /// `account-tag`
    AccountTag,
    /// `away-notify`
    AwayNotify,
    /// `batch`
    Batch,
    /// `cap-notify`
    Notify,
    /// `chghost`
    ChangeHost,
    /// `draft/account-registration`
    AccountRegistration,
    /// `draft/channel-rename`
    ChannelRename,
    /// `draft/chathistory`
    ChatHistory,
    /// `draft/event-playback`
    EventPlayback,
    /// `draft/extended-isupport`
    ExtendedIsupport,
    /// `draft/message-redaction`
    Redaction,
    /// `draft/metadata-3`
    Metadata,
    /// `draft/multiline`
    Multiline,
    /// `draft/pre-away`
    PreAway,
    /// `draft/read-marker`
    ReadMarker,
    /// `draft/relaymsg`
    RelayMsg,
    /// `draft/webpush`
    WebPush,
    /// `echo-message`
    EchoMessage,
    /// `extended-join`
    ExtendedJoin,
    /// `extended-monitor`
    ExtendedMonitor,
    /// `invite-notify`
    InviteNotify,
    /// `labeled-response`
    LabeledResponse,
    /// `message-tags`
    MessageTags,
    /// `multi-prefix`
    MultiPrefix,
    /// `no-implicit-names`
    NoImplicitNames,
    /// `parlour/outside`
    Outside,
    /// `parlour/resume`
    Resume,
    /// `sasl`
    Sasl,
    /// `server-time`
    ServerTime,
    /// `setname`
    SetName,
    /// `soju.im/search`
    Search,
    /// `soju.im/webpush`
    SojuWebPush,
    /// `standard-replies`
    StandardReplies,
    /// `sts`
    Sts,
    /// `userhost-in-names`
    UserhostInNames,
    /// `znc.in/playback`
    Playback,
}

/// Row of the capability table.
#[derive(Debug)]
pub struct Capability {
    /// Capability.
    pub cap: Cap,
    /// Name on the wire.
    pub name: &'static str,
    /// Name of its specification: one of IRCv3, unless it says otherwise.
    pub specification: &'static str,
    /// Effect on the client, in a few words.
    pub means: &'static str,
    /// Returns whether the settings allow it.
    offered: fn(&DoorSettings) -> bool,
    /// Returns its value in CAP LS 302 and CAP NEW; none, if it has none.
    value: fn(&DoorSettings, &Peer) -> Option<String>,
}

const fn row(
    cap: Cap,
    name: &'static str,
    specification: &'static str,
    means: &'static str,
) -> Capability {
    Capability {
        cap,
        name,
        specification,
        means,
        offered: |_| true,
        value: |_, _| None,
    }
}

/// All capabilities, sorted by name and in the order of [`Cap`].
#[rustfmt::skip]
pub const CAPABILITIES: &[Capability] = &[
    row(Cap::AccountNotify, "account-notify", "account-notify", "is told when others log in or out"),
    row(Cap::AccountTag, "account-tag", "account-tag", "sees the account of the sender"),
    row(Cap::AwayNotify, "away-notify", "away-notify", "is told when others go away or come back"),
    row(Cap::Batch, "batch", "batch", "gets lines that belong together as one batch"),
    row(Cap::Notify, "cap-notify", "capability-negotiation", "is told when capabilities are added or removed"),
    row(Cap::ChangeHost, "chghost", "chghost", "is told when another user's shown host changes"),
    Capability { offered: |settings| settings.chat.accounts.registration, value: registration_value, ..row(Cap::AccountRegistration, "draft/account-registration", "account-registration", "registers accounts by REGISTER") },
    row(Cap::ChannelRename, "draft/channel-rename", "channel-rename", "is told of a channel's new name by RENAME"),
    row(Cap::ChatHistory, "draft/chathistory", "chathistory", "may request history"),
    Capability { offered: |settings| settings.chat.keep_events, ..row(Cap::EventPlayback, "draft/event-playback", "chathistory", "gets joins, modes and other events with the history") },
    row(Cap::ExtendedIsupport, "draft/extended-isupport", "extended-isupport", "may ask for ISUPPORT before registering, and gets it as a batch"),
    row(Cap::Redaction, "draft/message-redaction", "message-redaction", "deletes messages, and is told when others do"),
    Capability { value: metadata_value, ..row(Cap::Metadata, "draft/metadata-3", "metadata", "reads and sets keys and values of users and channels") },
    Capability { value: multiline_value, ..row(Cap::Multiline, "draft/multiline", "multiline", "sends and gets multi-line messages") },
    row(Cap::PreAway, "draft/pre-away", "pre-away", "may be away before registration"),
    row(Cap::ReadMarker, "draft/read-marker", "read-marker", "gets its user's read markers"),
    Capability { offered: may_relay, value: |_, _| Some(RELAY_SEPARATOR.to_string()), ..row(Cap::RelayMsg, "draft/relaymsg", "relaymsg", "sees who relayed a message") },
    Capability { offered: |settings| settings.push.is_some(), ..row(Cap::WebPush, "draft/webpush", "webpush", "registers its device for push messages with WEBPUSH") },
    row(Cap::EchoMessage, "echo-message", "echo-message", "gets its own messages back, as they are stored"),
    row(Cap::ExtendedJoin, "extended-join", "extended-join", "sees account and real name of those who join"),
    row(Cap::ExtendedMonitor, "extended-monitor", "extended-monitor", "gets the same notifications about users it monitors as about those in its channels"),
    row(Cap::InviteNotify, "invite-notify", "invite-notify", "is told when others are invited into its channels"),
    row(Cap::LabeledResponse, "labeled-response", "labeled-response", "tells answers apart by the labels of its requests"),
    row(Cap::MessageTags, "message-tags", "message-tags", "gets and sends tags, and TAGMSG"),
    row(Cap::MultiPrefix, "multi-prefix", "multi-prefix", "sees all ranks of a member"),
    row(Cap::NoImplicitNames, "no-implicit-names", "no-implicit-names", "gets no NAMES with a JOIN"),
    row(Cap::Outside, "parlour/outside", "parlour's own", "may send to channels that it could join, without joining, as `parlour send` does"),
    row(Cap::Resume, "parlour/resume", "parlour's own", "comes back to its user by the secret in RESUME, if its connection or its node is lost"),
    Capability { value: |settings, peer| Some(super::sasl_exchange::mechanisms(settings, peer)), ..row(Cap::Sasl, "sasl", "sasl-3.2", "logs in with AUTHENTICATE") },
    row(Cap::ServerTime, "server-time", "server-time", "sees the time of each message"),
    row(Cap::SetName, "setname", "setname", "changes its real name, and is told when others do"),
    row(Cap::Search, "soju.im/search", "soju's search", "searches messages with SEARCH"),
    Capability { offered: |settings| settings.push.is_some(), ..row(Cap::SojuWebPush, "soju.im/webpush", "soju's webpush", "the same as draft/webpush") },
    row(Cap::StandardReplies, "standard-replies", "standard-replies", "reads FAIL, WARN and NOTE"),
    Capability { offered: |settings| settings.sts.is_some(), value: sts_value, ..row(Cap::Sts, "sts", "sts", "is told to reconnect with TLS") },
    row(Cap::UserhostInNames, "userhost-in-names", "userhost-in-names", "sees users and hosts in NAMES"),
    row(Cap::Playback, "znc.in/playback", "ZNC's module playback", "requests missed messages from *playback; if it asks for nothing within five seconds, they are sent anyway"),
];

impl Capability {
    /// Returns whether the capability is offered.
    pub(super) fn is_offered(&self, settings: &DoorSettings) -> bool {
        !settings.without.contains(self.name) && (self.offered)(settings)
    }
}

fn registration_value(settings: &DoorSettings, _: &Peer) -> Option<String> {
    let a = &settings.chat.accounts;
    let keys = [
        (
            a.before_connect && settings.chat.password.is_none(),
            "before-connect",
        ),
        (a.custom_names, "custom-account-name"),
        (a.mail, "email-required"),
    ];
    let on = keys.iter().filter(|(on, _)| *on).map(|(_, key)| *key);
    Some(on.collect::<Vec<_>>().join(",")).filter(|keys| !keys.is_empty())
}

fn metadata_value(settings: &DoorSettings, _: &Peer) -> Option<String> {
    let l = &settings.chat.limits;
    Some(format!(
        "before-connect,max-subs={n},max-keys={n},max-key-bytes={METADATA_KEY_BYTES},max-value-bytes={}",
        l.metadata_value,
        n = l.metadata_keys
    ))
}

fn multiline_value(settings: &DoorSettings, _: &Peer) -> Option<String> {
    let l = &settings.chat.limits;
    Some(format!(
        "max-bytes={},max-lines={}",
        l.multiline_bytes, l.multiline_lines
    ))
}

fn may_relay(settings: &DoorSettings) -> bool {
    let mut opers = settings.chat.opers.iter();
    settings.chat.relay || opers.any(|oper| oper.privileges.contains(&Privilege::Relay))
}

/// Returns the policy. Without TLS, a client reads `port`; `duration` counts on a secure connection
/// only (STS).
fn sts_value(settings: &DoorSettings, peer: &Peer) -> Option<String> {
    settings.sts.map(|sts| match peer.secure {
        true => format!("duration={}", sts.duration),
        false => format!("duration={},port={}", sts.duration, sts.port),
    })
}

/// Returns the capabilities offered to this client, each with its value.
pub(super) fn offered(
    settings: &DoorSettings,
    peer: &Peer,
) -> impl Iterator<Item = (&'static Capability, Option<String>)> {
    CAPABILITIES
        .iter()
        .filter(|row| row.is_offered(settings))
        .map(|row| (row, (row.value)(settings, peer)))
}

/// Capabilities enabled on a connection, one bit each: there is room for 64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Caps(u64);

impl Caps {
    /// Returns whether the capability is enabled.
    pub fn has(self, cap: Cap) -> bool {
        self.0 & (1 << cap as u64) != 0
    }

    /// Enables or disables the capability.
    pub fn set(&mut self, cap: Cap, on: bool) {
        if on {
            self.0 |= 1 << cap as u64;
        } else {
            self.0 &= !(1 << cap as u64);
        }
    }

    /// Returns whether the client reads metadata, which requires `batch` as well.
    pub fn metadata(self) -> bool {
        self.has(Cap::Metadata) && self.has(Cap::Batch)
    }

    /// Returns whether multiline messages are sent as batches, which requires `batch` as well.
    pub fn multiline(self) -> bool {
        self.has(Cap::Multiline) && self.has(Cap::Batch)
    }

    /// Returns whether the client may label its commands, which requires `batch` as well.
    pub fn labels(self) -> bool {
        self.has(Cap::LabeledResponse) && self.has(Cap::Batch)
    }
}

/// Finds a capability by its name.
pub(super) fn find(name: &str) -> Option<&'static Capability> {
    CAPABILITIES.iter().find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_each_capability_once_in_order() {
        assert!(
            CAPABILITIES
                .windows(2)
                .all(|w| w[0].cap as u32 + 1 == w[1].cap as u32 && w[0].name < w[1].name)
        );
    }
}
