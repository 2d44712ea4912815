//! ISUPPORT (005): features and limits of the server, as tokens.

use irc_wire::{Line, numerics as n};
use parlour_core::extban::{ACCOUNT_EXTBAN, EXTBAN_LETTERS};
use parlour_core::limits as l;

use super::caps::Cap;
use super::modes;
use crate::DoorSettings;
use crate::context::Context;
use crate::irc::door::IrcDoor;

/// Tokens of one 005: the rest of the fifteen parameters are nick and text.
const TOKENS_A_LINE: usize = 12;

/// Bytes of the value of CLIENTTAGDENY, at most, so that the token fits into a line.
const DENIED_BYTES: usize = 300;

/// Returns all tokens in alphabetical order, each as `NAME` or `NAME=value`.
pub fn tokens(settings: &DoorSettings) -> Vec<String> {
    let m = &settings.chat.limits;
    let t = m.targets;
    let mut tokens = vec![
        format!("ACCOUNTEXTBAN={}", ACCOUNT_EXTBAN.join(",")),
        format!("AWAYLEN={}", m.reason),
        format!("BOT={}", modes::BOT_LETTER),
        format!("CASEMAPPING={}", settings.chat.casemapping.name()),
        format!("CHANLIMIT=#:{}", m.channels_per_user),
        format!("CHANMODES={}", modes::chanmodes()),
        format!("CHANNELLEN={}", m.channel),
        "CHANTYPES=#".into(),
        format!("CHATHISTORY={}", m.history_page),
        "ELIST=CMNTU".into(),
        "EXCEPTS=e".into(),
        format!("EXTBAN=,{EXTBAN_LETTERS}"),
        "INVEX=I".into(),
        format!("KEYLEN={}", l::KEY_BYTES),
        format!("KICKLEN={}", m.reason),
        "KNOCK".into(),
        format!("MAXLIST=b:{n},e:{n},I:{n}", n = m.list_entries),
        format!("MAXTARGETS={t}"),
        format!("MODES={}", modes::MAX_PARAMETER_CHANGES),
        format!("MONITOR={}", m.monitor),
        "MSGREFTYPES=msgid,timestamp".into(),
        format!("NAMELEN={}", l::REALNAME_BYTES),
        format!("NETWORK={}", settings.network.replace([' ', '='], "_")),
        format!("NICKLEN={}", m.nick),
        format!("PREFIX={}", modes::prefix()),
        "SAFELIST".into(),
        format!("STATUSMSG={}", modes::rank_prefixes()),
        format!(
            "TARGMAX=ACCEPT:,JOIN:,KICK:{t},LIST:,MONITOR:,NAMES:{t},NOTICE:{t},PART:,PRIVMSG:{t},TAGMSG:{t},USERHOST:5,WHOIS:1,WHOWAS:1"
        ),
        format!("TOPICLEN={}", m.topic),
        format!("USERLEN={}", l::USER_BYTES),
        format!("USERMODES=,,,{}", modes::user_letters()),
        "UTF8ONLY".into(),
        "WHOX".into(),
    ];
    if let Some(push) = &settings.push {
        tokens.push(format!("VAPID={}", push.public_key));
        tokens.sort_by(|a, b| name(a).cmp(name(b)));
    }
    if let Some(address) = &settings.filehost {
        tokens.push(format!("draft/FILEHOST={address}"));
        tokens.push(format!("soju.im/FILEHOST={address}"));
        tokens.sort_by(|a, b| name(a).cmp(name(b)));
    }
    if !settings.denied_tags.is_empty() {
        let mut denied = settings.denied_tags.join(",");
        if denied.len() > DENIED_BYTES {
            // Tags beyond that are denied as well; the client is only not told.
            let end = denied[..DENIED_BYTES].rfind(',').unwrap_or(0);
            denied.truncate(end);
        }
        tokens.push(format!("CLIENTTAGDENY={denied}"));
        // The table above is sorted already, but for this token.
        tokens.sort_by(|a, b| name(a).cmp(name(b)));
    }
    tokens
}

/// Returns the name of a token.
fn name(token: &str) -> &str {
    token.split('=').next().unwrap_or_default()
}

/// Returns the tokens to send when settings change: new and changed ones, and `-NAME` for each that
/// is gone.
fn changes(before: &[String], now: &[String]) -> Vec<String> {
    let gone = before
        .iter()
        .filter(|old| !now.iter().any(|new| name(new) == name(old)))
        .map(|old| format!("-{}", name(old)));
    let new = now.iter().filter(|new| !before.contains(new)).cloned();
    new.chain(gone).collect()
}

impl IrcDoor {
    /// Sends all tokens.
    pub(super) fn isupport(&mut self, cx: &mut Context) {
        let tokens = tokens(cx.settings);
        self.tell_tokens(cx, &tokens);
    }

    /// Sends the tokens that new settings have changed.
    pub(super) fn isupport_changes(&mut self, cx: &mut Context, before: &DoorSettings) {
        let changed = changes(&tokens(before), &tokens(cx.settings));
        if !changed.is_empty() {
            self.tell_tokens(cx, &changed);
        }
    }

    /// Writes lines of tokens, as one batch for clients with draft/extended-isupport.
    fn tell_tokens(&mut self, cx: &mut Context, tokens: &[String]) {
        let batched = self.caps.has(Cap::ExtendedIsupport) && self.caps.has(Cap::Batch);
        let batch = batched.then(|| self.next_batch());
        let server = cx.settings.server_name();
        let out = &mut cx.out;
        if let Some(batch) = &batch {
            let open = Line::new(out).from(server, "BATCH");
            open.word(&format!("+{batch}")).word("draft/isupport").end();
        }
        let mut tokens = tokens.iter().peekable();
        while tokens.peek().is_some() {
            // Each token fits into an empty line (see the test), so each turn takes at least one.
            let mut line = Line::new(out);
            if let Some(batch) = &batch {
                line = line.tag("batch", batch);
            }
            line = line.from(server, n::RPL_ISUPPORT).word(self.shown_nick());
            const TEXT: &str = "are supported by this server";
            for _ in 0..TOKENS_A_LINE {
                let room = line.room().saturating_sub(TEXT.len() + 2);
                let Some(token) = tokens.next_if(|token| token.len() < room) else {
                    break;
                };
                line = line.word(token);
            }
            line.trailing(TEXT).end();
        }
        if let Some(batch) = &batch {
            let close = Line::new(out).from(server, "BATCH");
            close.word(&format!("-{batch}")).end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_sorted_and_hold_one_equals_sign_at_most() {
        for denied in [vec![], vec!["*".to_owned(), "-typing".to_owned()]] {
            let tokens = tokens(&DoorSettings {
                denied_tags: denied,
                ..DoorSettings::default()
            });
            assert!(tokens.windows(2).all(|w| name(&w[0]) < name(&w[1])));
            for token in &tokens {
                assert!(token.matches('=').count() <= 1, "{token}");
                assert!(!token.contains(' '), "{token}");
            }
        }
    }

    #[test]
    fn no_token_is_longer_than_a_line() {
        let denied = (0..20).map(|n| format!("example.org/a-long-client-tag-{n}"));
        let settings = DoorSettings {
            denied_tags: denied.collect(),
            ..DoorSettings::default()
        };
        let frame = ":".len() + 63 + " 005 ".len() + l::NICK_BYTES + 40;
        for token in tokens(&settings) {
            assert!(frame + token.len() <= 510, "{token}");
        }
    }

    #[test]
    fn changes_name_what_is_new_other_or_gone() {
        let list = |tokens: &[&str]| -> Vec<String> {
            tokens.iter().map(|token| (*token).to_owned()).collect()
        };
        let changed = changes(&list(&["A=1", "B", "C"]), &list(&["A=2", "C", "D"]));
        assert_eq!(changed, ["A=2", "D", "-B"]);
    }
}
