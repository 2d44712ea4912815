//! Numerics of the server, and refusals.

use irc_wire::Message;

use super::{MOST_ONLINE, Session, WHO_TOKEN, account};
use crate::engine::{Event, ListedChannel};

/// Maximum nicks tried before the client gives up.
const NICK_TRIES: usize = 8;

/// Returns whether a numeric is an error; most are told by their first digit.
fn is_refusal(numeric: &str) -> bool {
    let others = [
        "691", "696", "723", "734", "764", "765", "767", "768", "769",
    ];
    numeric.starts_with(['4', '5', '9']) || others.contains(&numeric)
}

impl Session {
    pub(super) fn numeric(&mut self, numeric: &str, message: &Message) {
        let p = message.params;
        let param = |index: usize| p.get(index).unwrap_or_default().to_owned();
        let last = p.as_slice().last().copied().unwrap_or_default().to_owned();
        // The login numerics come first: by their digits, SASL failures (9xx) would pass for
        // refusals below.
        if self.login_numeric(numeric, message) || self.answer_numeric(numeric, message) {
            return;
        }
        match numeric {
            "001" => {
                self.registered = true;
                self.nick = param(0);
                self.emit(Event::Registered(param(0)));
            }
            "005" => {
                for token in p.as_slice().iter().skip(1) {
                    self.isupport.take(token);
                }
            }
            "332" => self.emit(Event::Topic {
                channel: param(1),
                by: None,
                text: param(2),
            }),
            "353" => {
                let members = last.split_ascii_whitespace().map(|word| {
                    let name = word.trim_start_matches(|c| self.isupport.prefixes.contains(c));
                    let nick = name.split('!').next().unwrap_or(name);
                    (word[..word.len() - name.len()].to_owned(), nick.to_owned())
                });
                let members = members.collect();
                self.emit(Event::Names {
                    channel: param(2),
                    members,
                });
            }
            "366" => self.emit(Event::NamesEnd(param(1))),
            "263" | "315" | "352" | "354" if self.who(numeric, message) => {}
            "322" => self.emit(Event::Listed(ListedChannel {
                name: param(1),
                users: param(2).parse().unwrap_or(0),
                topic: param(3),
            })),
            "323" => self.emit(Event::ListEnd),
            "321" => {}
            "303" if self.ison_nick.is_some() => {
                if let Some(nick) = self.ison_nick.take().filter(|_| last.trim().is_empty()) {
                    self.emit(Event::NickFree(nick));
                }
            }
            // Erroneous nick: a variation of it would be refused as well.
            "432" if !self.registered => self.no_nick(&last),
            "433" | "437" if !self.registered => self.other_nick(&last),
            "421" if self.upload_token(message) => {}
            "376" | "422" => self.be_ready(),
            // Not shown: server name and version, user modes, counts, the time when a topic was
            // set.
            "002" | "003" | "004" | "221" | "251" | "252" | "253" | "254" | "255" | "265"
            | "266" | "250" | "333" | "375" => {}
            code if is_refusal(code) => self.refused(code, message),
            _ => {
                let text = p.as_slice().get(1..).unwrap_or_default().join(" ");
                if self.ready {
                    return self.emit(Event::Answered { about: None, text });
                }
                self.emit(Event::ServerText {
                    buffer: None,
                    text,
                    error: false,
                });
            }
        }
    }

    /// Handles a reply to WHO, the client's own or the user's; returns false for another numeric.
    fn who(&mut self, numeric: &str, message: &Message) -> bool {
        let p = message.params;
        let param = |index: usize| p.get(index).unwrap_or_default().to_owned();
        match numeric {
            "352" if self.is_asked(&param(1)) => self.emit(Event::Member {
                channel: param(1),
                nick: param(5),
                away: param(6).starts_with('G'),
                account: None,
            }),
            "352" if self.online.len() == MOST_ONLINE => {}
            "352" => self.online.push(param(5)),
            "354" if param(1) == WHO_TOKEN => self.emit(Event::Member {
                channel: param(2),
                nick: param(3),
                away: param(4).starts_with('G'),
                account: account(param(5)),
            }),
            // The server refuses WHO for its rate: the details of members are not worth a retry.
            "263" if param(1) == "WHO" && !self.asked.is_empty() => self.asked.clear(),
            "263" if param(1) == "LIST" => {
                self.emit(Event::ListEnd);
                return false;
            }
            "315" if self.is_asked(&param(1)) => {
                self.asked.pop_front();
                self.ask_next_members();
            }
            "315" => {
                let online = std::mem::take(&mut self.online);
                self.emit(Event::Online(online));
            }
            _ => return false,
        }
        true
    }

    /// Handles an error numeric.
    fn refused(&mut self, numeric: &str, message: &Message) {
        let p = message.params;
        let param = |index: usize| p.get(index).unwrap_or_default().to_owned();
        let last = p.as_slice().last().copied().unwrap_or_default().to_owned();
        match numeric {
            // Reasons why a channel cannot be joined; some of them refuse other commands as well.
            "403" | "405" | "437" | "470" | "471" | "473" | "474" | "475" | "476" | "477"
            | "479" | "480" | "489" | "520"
                if self.isupport.is_channel(&param(1)) && message.tags.get("label").is_none() =>
            {
                self.emit(Event::JoinRefused {
                    channel: param(1),
                    why: last,
                });
            }
            _ => {
                let about = p
                    .as_slice()
                    .get(1..p.len().saturating_sub(1))
                    .unwrap_or_default()
                    .join(" ");
                let text = if about.is_empty() {
                    last
                } else {
                    format!("{about}: {last}")
                };
                let buffer = p
                    .as_slice()
                    .iter()
                    .find(|word| self.isupport.is_channel(word));
                self.refusal(message, buffer.map(|b| (*b).to_owned()), text);
            }
        }
    }

    /// Reports a refusal: of the client's labelled message, or else as text for `buffer`.
    pub(super) fn refusal(&mut self, message: &Message, buffer: Option<String>, text: String) {
        if let Some(label) = message.tags.get("label") {
            return self.emit(Event::Refused {
                label: label.into_owned(),
                why: text,
            });
        }
        match self.batch_of(message) {
            // Reported when the batch ends, after all of its messages.
            Some(batch) if batch.label.is_some() => batch.refused = Some(text),
            _ => self.emit(Event::ServerText {
                buffer,
                text,
                error: true,
            }),
        }
    }

    fn no_nick(&mut self, why: &str) {
        self.emit(Event::NickFailed(why.to_owned()));
        self.send(&["QUIT"]);
    }

    /// Tries another nick in place of the one refused.
    fn other_nick(&mut self, why: &str) {
        self.nick_tries += 1;
        if self.nick_tries > NICK_TRIES {
            return self.no_nick(why);
        }
        let wanted = self.nick.clone();
        // Shortened first: the server may cut a long nick, and the suffix with it.
        let stem: String = self.identity.nick.chars().take(14).collect();
        self.nick = match self.nick_tries {
            1 => format!("{stem}_"),
            n => format!("{stem}{n}"),
        };
        let trying = self.nick.clone();
        self.send(&["NICK", &trying]);
        self.emit(Event::NickTaken {
            wanted,
            trying,
            why: why.to_owned(),
        });
    }
}
