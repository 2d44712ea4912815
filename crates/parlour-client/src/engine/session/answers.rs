//! Answers to the user's queries, as sentences (RFC 2812 §5.1, WHOIS and the like).

use irc_wire::Message;

use super::Session;
use crate::engine::Event;

/// Maximum entries kept of a mode list; the rest is dropped.
const ENTRIES: usize = 1_000;

impl Session {
    /// Handles a numeric that answers a query; returns false if it is no answer.
    pub(super) fn answer_numeric(&mut self, numeric: &str, message: &Message) -> bool {
        let p = message.params;
        let param = |index: usize| p.get(index).unwrap_or_default();
        let last = p.as_slice().last().copied().unwrap_or_default();
        let rest = || p.as_slice().get(2..).unwrap_or_default().join(" ");
        let nick = param(1);
        let text = match numeric {
            "301" => {
                if self.in_whois {
                    return self.answered(None, format!("{nick} is away: {last}"));
                }
                // Outside WHOIS it follows a message to that user, and belongs in their buffer.
                self.emit(Event::PeerAway {
                    nick: nick.to_owned(),
                    text: last.to_owned(),
                });
                return true;
            }
            "305" | "306" => {
                self.emit(Event::OwnAway(numeric == "306"));
                last.to_owned()
            }
            "311" => {
                self.in_whois = true;
                format!("{nick} is {}@{}: {last}", param(2), param(3))
            }
            "314" => format!("{nick} was {}@{}: {last}", param(2), param(3)),
            "312" => format!("{nick} is on {} ({last})", param(2)),
            "317" => idle(nick, param(2), param(3)),
            "319" => format!("{nick} is in {}", last.trim()),
            "330" => format!("{nick} is logged in as {}", param(2)),
            "276" | "307" | "313" | "320" | "335" | "338" | "378" | "379" | "671" => {
                format!("{nick} {}", rest())
            }
            "341" => format!("You invited {nick} to {}.", param(2)),
            "324" => {
                return self.answered(Some(nick), format!("The modes of {nick}: {}", rest()));
            }
            "331" => return self.answered(Some(nick), format!("{nick} has no topic.")),
            "346" | "348" | "367" | "728" => {
                // Bounded, since a server may never send the end of the list.
                if self.entries.len() < ENTRIES {
                    let by = param(3).split('!').next().unwrap_or_default();
                    let by = match by {
                        "" => String::new(),
                        by => format!(" (by {by})"),
                    };
                    self.entries.push(format!("{}{by}", param(2)));
                }
                return true;
            }
            "347" | "349" | "368" | "729" => {
                let text = self.list(numeric, nick);
                return self.answered(Some(nick), text);
            }
            "760" | "761" => format!("{nick}: {} {last}", param(2)),
            "766" => format!("{nick} has no {}.", param(2)),
            "318" | "329" | "369" | "762" => {
                self.in_whois = false;
                return true;
            }
            _ => return false,
        };
        self.answered(None, text)
    }

    /// Returns a complete mode list as a sentence.
    fn list(&mut self, numeric: &str, channel: &str) -> String {
        let entries = std::mem::take(&mut self.entries).join(", ");
        let (what, none) = match numeric {
            "368" => ("Banned from", "Nobody is banned from"),
            "347" => (
                "Need no invitation into",
                "Everybody needs an invitation into",
            ),
            "349" => ("Never banned from", "Nobody is spared by the bans of"),
            _ => ("Muted in", "Nobody is muted in"),
        };
        match entries.as_str() {
            "" => format!("{none} {channel}."),
            entries => format!("{what} {channel}: {entries}"),
        }
    }

    fn answered(&mut self, about: Option<&str>, text: String) -> bool {
        self.emit(Event::Answered {
            about: about.map(str::to_owned),
            text,
        });
        true
    }
}

/// Returns the idle and signon times of a user as a sentence.
fn idle(nick: &str, seconds: &str, since: &str) -> String {
    let seconds: u64 = seconds.parse().unwrap_or(0);
    let idle = match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} days", seconds / 86_400),
    };
    let since = since.parse::<u64>().ok().map(|s| s.saturating_mul(1_000));
    let since = since.map(irc_wire::time::format).unwrap_or_default();
    match since.get(..16) {
        Some(since) => format!(
            "{nick} has said nothing for {idle}, and has been here since {} UTC",
            since.replace('T', " ")
        ),
        None => format!("{nick} has said nothing for {idle}"),
    }
}
