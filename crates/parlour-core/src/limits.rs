//! Limits of the core, with their reasons.

/// Characters of a nick. Up to 30 are common on networks; 32 is Ergo's default.
pub const NICK_CHARS: usize = 32;
/// Bytes of a nick: [`NICK_CHARS`] of up to four bytes, capped to what a line can carry.
pub const NICK_BYTES: usize = 64;
/// Bytes of a user name (ident), `~` included.
pub const USER_BYTES: usize = 20;
/// Bytes of a real name.
pub const REALNAME_BYTES: usize = 150;
/// Bytes of a channel name, `#` included.
pub const CHANNEL_BYTES: usize = 64;
/// Bytes of a channel key (+k).
pub const KEY_BYTES: usize = 32;
/// Bytes of a topic: what a line of 512 can carry beside the longest source and channel.
pub const TOPIC_BYTES: usize = 280;
/// Bytes of a part, quit, kick or away message.
pub const REASON_BYTES: usize = 300;
/// Bytes of one line of text sent from the console.
pub const TEXT_BYTES: usize = 490;
/// Channels that a user may be in.
pub const CHANNELS_PER_USER: usize = 100;
/// Entries of each list mode (+b, +e, +I) of a channel.
pub const LIST_ENTRIES: usize = 100;
/// Pending invitations of one user; the oldest is dropped first.
pub const INVITES_PER_USER: usize = 50;
/// Remembered channels without members, at about a kilobyte each; the one empty longest is
/// forgotten first.
pub const REMEMBERED_CHANNELS: usize = 10_000;
/// Redactions remembered for queries that were running when the message was deleted.
pub const RECENT_REDACTIONS: usize = 1_024;
/// Read markers of one user, one per channel or conversation.
pub const READ_MARKERS: usize = 1_000;
/// Accounts registered from one address (of IPv6: one /64) within [`NEW_ACCOUNTS_WITHIN`];
/// unlimited from loopback.
pub const NEW_ACCOUNTS: u32 = 60;
/// Period of [`NEW_ACCOUNTS`] in milliseconds: an hour.
pub const NEW_ACCOUNTS_WITHIN: u64 = 3_600_000;
/// Secrets from one address (of IPv6: one /64) that wait to be checked or hashed; unlimited from
/// loopback. Places take turns, so secrets wait only for others of their own place: a class behind
/// one address is let in within some ten seconds, before its clients give up.
pub const SECRETS_PER_PLACE: usize = 256;
/// Secrets that wait in all, at about a kilobyte each. A place with none waiting may add one beyond
/// this, up to [`SECRET_PLACES`].
pub const SECRETS_WAITING: usize = 4_096;
/// Places with waiting secrets: at some thirty milliseconds each, the last has its turn before a
/// client gives up.
pub const SECRET_PLACES: usize = 1_024;
/// Wrong passwords from one address (of IPv6: one /64) within [`WRONG_PASSWORDS_WITHIN`]; after
/// that, no password is accepted until the period is over.
pub const WRONG_PASSWORDS: u32 = 10;
/// Period of [`WRONG_PASSWORDS`] in milliseconds.
pub const WRONG_PASSWORDS_WITHIN: u64 = 60_000;
/// Counters of wrong passwords, at about a hundred bytes each.
pub const WRONG_PASSWORD_PLACES: usize = 10_000;
/// Wrong passwords for one account within [`WRONG_PASSWORDS_WITHIN`], from any address: more than
/// for one address, so that a single guesser does not lock the owner out. From places where the
/// owner has logged in before, only [`WRONG_PASSWORDS`] from there count.
pub const WRONG_PASSWORDS_FOR_ACCOUNT: u32 = 30;
/// Login addresses remembered per account; the least recently used is dropped first.
pub const KNOWN_PLACES: usize = 16;
/// Accounts waiting for e-mail verification.
pub const UNVERIFIED: usize = 10_000;
/// Milliseconds until an unverified account expires.
pub const UNVERIFIED_WITHIN: u64 = 24 * 3_600_000;
/// Attempts at the verification code of one account.
pub const UNVERIFIED_TRIES: u32 = 5;
/// Bytes of a mail address (RFC 5321 §4.5.3.1.3).
pub const MAIL_BYTES: usize = 254;
/// Missed kicks and invitations stored for a user without a connection; the oldest is dropped
/// first.
pub const MISSED_EVENTS: usize = 50;
/// Bytes of a password.
pub const PASSWORD_BYTES: usize = 600;
/// Default minimum length of a password, in characters (NIST SP 800-63B §5.1.1.1).
pub const PASSWORD_CHARS: usize = 8;
/// Upper bound of the configured minimum length.
pub const PASSWORD_CHARS_MAX: usize = 64;
/// Speakers remembered in a slow channel (+W) before expired ones are pruned.
pub const SLOW_SPEAKERS: usize = 1_000;
/// Hidden ranges of one member, from times when they were banned.
pub const HIDDEN_SPANS: usize = 50;
/// Lifted bans of a channel that still hide messages from that time; the oldest is dropped first.
pub const LIFTED_BANS: usize = 100;
/// Maximum of the slow mode (+W), in seconds.
pub const SLOW_SECONDS: u32 = 3600;
/// Channels that one account may own.
pub const CHANNELS_PER_ACCOUNT: usize = 100;
/// Server bans.
pub const BANS: usize = 10_000;
/// Bytes of a ban's target.
pub const BAN_BYTES: usize = 150;
/// Shortest network prefix that may be banned: an IPv4 /8 has sixteen million addresses.
pub const BAN_PREFIX_MIN: u8 = 8;
/// Certificates of one account.
pub const CERTIFICATES: usize = 16;
/// Sessions of one user.
pub const SESSIONS_PER_USER: usize = 32;
/// Entries of the WHOWAS history.
pub const WHOWAS_ENTRIES: usize = 1000;
/// Milliseconds between two knocks of one user.
pub const KNOCK_PAUSE: u64 = 60_000;
/// Default number of targets per command.
pub const TARGETS: usize = 4;
/// Upper bound of targets per command, whatever is configured.
pub const TARGETS_MOST: usize = 20;
/// Nicks on one session's monitor list or one user's accept list.
pub const MONITOR_ENTRIES: usize = 100;
/// Metadata keys of one target, and subscriptions of one session.
pub const METADATA_KEYS: usize = 50;
/// Bytes of a metadata key.
pub const METADATA_KEY_BYTES: usize = 40;
/// Bytes of a metadata value: with source, nick, target and key it fits into a line.
pub const METADATA_VALUE_BYTES: usize = 250;
/// Bytes of a multiline message. A reader without the capability gets at most [`MULTILINE_LINES`]
/// lines of half a kilobyte, far below the send queue.
pub const MULTILINE_BYTES: usize = 4096;
/// Lines of a multiline message.
pub const MULTILINE_LINES: usize = 32;
/// Users in one WHO reply and channels in one LIST reply: at 510 bytes each, the reply stays below
/// a send queue of 1 MiB.
pub const ANSWER_ENTRIES: usize = 2000;
/// Messages in one history reply.
pub const HISTORY_PAGE: usize = 1000;
/// Messages replayed per channel or conversation.
pub const REPLAY: usize = 500;
/// Push subscriptions of an account.
pub const PUSHES: usize = 10;
/// Hooks of a server.
pub const HOOKS: usize = 1_000;
/// Terms of one search.
pub const SEARCH_TERMS: usize = 20;
/// Queued calls of one session. A door has about [`CALLS_IN_FLIGHT`] calls not taken up yet, and no
/// more; one line may be several calls.
pub const CALLS_WAITING: usize = 512;
/// Calls of one session in flight. More are read only when these are done; 128 keep a pipelining
/// client busy over a commit of several milliseconds.
pub const CALLS_IN_FLIGHT: usize = 128;

const _: () = assert!(CALLS_IN_FLIGHT < CALLS_WAITING);
/// Bytes of a displayed host: an IPv6 address has at most 45; names set by WEBIRC or oper blocks
/// are limited to this.
pub const HOST_BYTES: usize = 63;
// A topic line, `:nick!user@host TOPIC #channel :text`, has to fit into 510 bytes and CR LF; so has
// a KICK.
const _: () =
    assert!(NICK_BYTES + USER_BYTES + HOST_BYTES + CHANNEL_BYTES + 16 + TOPIC_BYTES <= 510);
