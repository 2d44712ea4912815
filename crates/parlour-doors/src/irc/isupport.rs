//! ISUPPORT (005): what this server can, as tokens.

use parlour_core::limits as l;

use super::caps::HISTORY_LIMIT;
use super::commands::MAX_TARGETS;
use super::modes;
use crate::DoorSettings;

/// Every token, in alphabetical order, each as `NAME` or `NAME=value`.
pub fn tokens(settings: &DoorSettings) -> Vec<String> {
    let t = MAX_TARGETS;
    vec![
        format!("AWAYLEN={}", l::REASON_BYTES),
        "CASEMAPPING=ascii".into(),
        format!("CHANLIMIT=#:{}", l::CHANNELS_PER_USER),
        format!("CHANMODES={}", modes::chanmodes()),
        format!("CHANNELLEN={}", l::CHANNEL_BYTES),
        "CHANTYPES=#".into(),
        format!("CHATHISTORY={HISTORY_LIMIT}"),
        "ELIST=CMNTU".into(),
        "EXCEPTS=e".into(),
        "INVEX=I".into(),
        format!("KEYLEN={}", l::KEY_BYTES),
        format!("KICKLEN={}", l::REASON_BYTES),
        format!("MAXLIST=b:{n},e:{n},I:{n}", n = l::LIST_ENTRIES),
        format!("MAXTARGETS={t}"),
        format!("MODES={}", modes::MAX_PARAMETER_CHANGES),
        "MSGREFTYPES=msgid,timestamp".into(),
        format!("NETWORK={}", settings.network.replace([' ', '='], "_")),
        format!("NICKLEN={}", l::NICK_CHARS),
        format!("PREFIX={}", modes::prefix()),
        "STATUSMSG=@+".into(),
        format!(
            "TARGMAX=JOIN:,KICK:{t},LIST:,NAMES:{t},NOTICE:{t},PART:,PRIVMSG:{t},TAGMSG:{t},USERHOST:5,WHOIS:1,WHOWAS:1"
        ),
        format!("TOPICLEN={}", l::TOPIC_BYTES),
        format!("USERLEN={}", l::USER_BYTES),
        "UTF8ONLY".into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_sorted_and_hold_one_equals_sign_at_most() {
        let tokens = tokens(&DoorSettings::default());
        let name = |t: &String| t.split('=').next().unwrap_or_default().to_owned();
        assert!(tokens.windows(2).all(|w| name(&w[0]) < name(&w[1])));
        for token in &tokens {
            assert!(token.matches('=').count() <= 1, "{token}");
            assert!(!token.contains(' '), "{token}");
        }
    }
}
