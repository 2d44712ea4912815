//! What is bounded, by how much, and why.

/// Characters of a nick. Names up to 30 are common on networks; 32 is Ergo's default.
pub const NICK_CHARS: usize = 32;
/// Bytes of a nick: [`NICK_CHARS`] of at most four bytes, within what a line can carry.
pub const NICK_BYTES: usize = 64;
/// Bytes of a user name (ident), `~` included.
pub const USER_BYTES: usize = 20;
/// Bytes of a real name.
pub const REALNAME_BYTES: usize = 150;
/// Bytes of a channel's name, `#` included.
pub const CHANNEL_BYTES: usize = 64;
/// Bytes of a channel's key.
pub const KEY_BYTES: usize = 32;
/// Bytes of a topic: what a line of 512 can carry beside the longest source and channel.
pub const TOPIC_BYTES: usize = 280;
/// Bytes of a reason for leaving, kicking or being away.
pub const REASON_BYTES: usize = 300;
/// Bytes of one line of text that the console says.
pub const TEXT_BYTES: usize = 490;
/// Channels that a user may be in.
pub const CHANNELS_PER_USER: usize = 100;
/// Entries of each list (b, e, I) of a channel.
pub const LIST_ENTRIES: usize = 100;
/// Invitations that wait for one user; the oldest goes first.
pub const INVITES_PER_USER: usize = 50;
/// Channels that nobody is in and of which something is remembered, at about a kilobyte each;
/// the one that was left first is forgotten first.
pub const REMEMBERED_CHANNELS: usize = 10_000;
/// Redactions that a look-up may have missed while it was under way.
pub const RECENT_REDACTIONS: usize = 1_024;
/// Channels and conversations in which somebody's place is remembered up to which they have read.
pub const READ_MARKERS: usize = 1_000;
/// Accounts that are made from one address (of IPv6: one network of 64 bits) within
/// [`NEW_ACCOUNTS_WITHIN`]; from this machine, any number.
pub const NEW_ACCOUNTS: u32 = 60;
/// An hour, in milliseconds.
pub const NEW_ACCOUNTS_WITHIN: u64 = 3_600_000;
/// Secrets from one address (of IPv6: one network of 64 bits) that wait to be checked or made at
/// once; from this machine, any number. Places take turns, so that they wait for each other only: a
/// class behind one address is let in within some ten seconds, before its clients give up.
pub const SECRETS_OF_PLACE: usize = 256;
/// Secrets that wait at once, at about a kilobyte each. A place with none waiting may always ask.
pub const SECRETS_WAITING: usize = 4_096;
/// Places of which secrets wait at once: at some thirty milliseconds each, the last has its turn
/// before a client gives up.
pub const SECRET_PLACES: usize = 1_024;
/// Wrong passwords from one address (of IPv6: one network of 64 bits) within
/// [`WRONG_PASSWORDS_WITHIN`] milliseconds; then none is taken until they are over.
pub const WRONG_PASSWORDS: u32 = 10;
/// Milliseconds, see [`WRONG_PASSWORDS`].
pub const WRONG_PASSWORDS_WITHIN: u64 = 60_000;
/// Addresses whose wrong passwords are counted, at about a hundred bytes each.
pub const WRONG_PASSWORD_PLACES: usize = 10_000;
/// Wrong passwords for one account within [`WRONG_PASSWORDS_WITHIN`] milliseconds, from wherever:
/// more than for one address, so that a single guesser does not keep the owner out. Where the owner
/// has logged in before, [`WRONG_PASSWORDS`] from there count alone.
pub const WRONG_PASSWORDS_FOR_ACCOUNT: u32 = 30;
/// Places of an account at which its owner has logged in that are remembered; the one that was used
/// the longest ago goes first.
pub const KNOWN_PLACES: usize = 16;
/// Accounts that wait for their code to come back.
pub const UNVERIFIED: usize = 10_000;
/// Milliseconds that they wait.
pub const UNVERIFIED_WITHIN: u64 = 24 * 3_600_000;
/// Codes that may be tried for one of them.
pub const UNVERIFIED_TRIES: u32 = 5;
/// Bytes of a mail address (RFC 5321 §4.5.3.1.3).
pub const MAIL_BYTES: usize = 254;
/// Kicks and invitations that somebody is told of who had no connection; the oldest goes first.
pub const UNTOLD: usize = 50;
/// Bytes of a password.
pub const PASSWORD_BYTES: usize = 600;
/// Characters that a password has at least, by default: NIST SP 800-63B §5.1.1.1.
pub const PASSWORD_CHARS: usize = 8;
/// The most that can be asked for.
pub const PASSWORD_CHARS_MOST: usize = 64;
/// Who has spoken in a slow channel, before those are looked for who need not wait any more.
pub const SLOW_SPEAKERS: usize = 1_000;
/// Times of having been banned from a channel that hide something from one member.
pub const HIDDEN_SPANS: usize = 50;
/// Bans of a channel that were lifted and that still hide what was said meanwhile; the oldest
/// goes first.
pub const LIFTED_BANS: usize = 100;
/// Seconds that a member of a channel waits between two messages, at most (+W).
pub const SLOW_SECONDS: u32 = 3600;
/// Channels that may belong to one account.
pub const CHANNELS_PER_ACCOUNT: usize = 100;
/// Bans of the server.
pub const BANS: usize = 10_000;
/// Bytes of what a ban means.
pub const BAN_BYTES: usize = 150;
/// The shortest prefix of a network that is banned: one of IPv4 has sixteen million addresses.
pub const BAN_PREFIX_LEAST: u8 = 8;
/// Certificates that may stand for one account.
pub const CERTIFICATES: usize = 16;
/// Sessions that one user may have at once.
pub const SESSIONS_PER_USER: usize = 32;
/// Users who left and whom WHOWAS still knows.
pub const WHOWAS_ENTRIES: usize = 1000;
/// Milliseconds between two knocks of one user.
pub const KNOCK_PAUSE: u64 = 60_000;
/// Targets that one command may name by default.
pub const TARGETS: usize = 4;
/// Targets that one command may name at most, whatever is configured.
pub const TARGETS_MOST: usize = 20;
/// Nicks that one session may monitor, and that one user may accept.
pub const MONITOR_ENTRIES: usize = 100;
/// Metadata keys of one target, and keys that one session may subscribe to.
pub const METADATA_KEYS: usize = 50;
/// Bytes of the name of a metadata key.
pub const METADATA_KEY_BYTES: usize = 40;
/// Bytes of a metadata value: with source, nick, target and key it fits into a line.
pub const METADATA_VALUE_BYTES: usize = 250;
/// Bytes of a message of several lines. A reader without the capability gets at most
/// [`MULTILINE_LINES`] lines of half a kilobyte, far below what may wait for it.
pub const MULTILINE_BYTES: usize = 4096;
/// Lines of such a message.
pub const MULTILINE_LINES: usize = 32;
/// Users in one answer to WHO and channels in one answer to LIST: with 510 bytes each, the
/// answer stays below a send queue of 1 MiB.
pub const ANSWER_ENTRIES: usize = 2000;
/// Messages in one answer to a question about history.
pub const HISTORY_PAGE: usize = 1000;
/// Messages of one channel or conversation that somebody is shown who has missed them.
pub const REPLAY: usize = 500;
/// Words, or groups of words, that one search asks for.
pub const SEARCH_TERMS: usize = 20;
/// Calls of one session that wait for a change or an answer of its own. A door has no
/// more than about [`CALLS_IN_FLIGHT`] that are not taken up; a line may be several calls.
pub const CALLS_WAITING: usize = 512;
/// Calls of one session on their way at once. More are read only when these are done;
/// 128 keeps a pipelining client busy over a commit of several milliseconds.
pub const CALLS_IN_FLIGHT: usize = 128;

const _: () = assert!(CALLS_IN_FLIGHT < CALLS_WAITING);
/// Bytes of a host as IRC shows it: an IPv6 address has 45 at most, a name that was given
/// (WEBIRC, operators) no more than this.
pub const HOST_BYTES: usize = 63;
// `:nick!user@host TOPIC #channel :text`, and the same with KICK and a nick.
const _: () =
    assert!(NICK_BYTES + USER_BYTES + HOST_BYTES + CHANNEL_BYTES + 16 + TOPIC_BYTES <= 510);
