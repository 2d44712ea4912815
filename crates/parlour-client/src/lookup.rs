//! `parlour history` and `parlour search`: what was said, as lines, for scripts.

use std::net::IpAddr;

use crate::engine::{Happening, Identity, Said, Session};
use crate::link::{self, LinkEvent, LinkWish};
use crate::pins::Pins;
use crate::printed::{self, Form};
use crate::{Address, SafeText};

/// What to look up.
pub struct Options {
    /// The server.
    pub address: Address,
    /// As whom.
    pub identity: Identity,
    /// What.
    pub wanted: Wanted,
    /// How many messages at most.
    pub limit: usize,
    /// How they are written.
    pub form: Form,
    /// Known certificates.
    pub pins: Pins,
}

/// What there is to look up.
pub enum Wanted {
    /// The newest messages of a channel or of a conversation.
    History(String),
    /// Messages that hold some words.
    Search(Search),
}

/// A search.
#[derive(Debug, Default)]
pub struct Search {
    /// What the text has to hold.
    pub text: String,
    /// Only in this channel, or with this nick.
    pub within: Option<String>,
    /// Only what was said under this nick.
    pub from: Option<String>,
    /// Only what was said then or later, as a time of IRCv3.
    pub after: Option<String>,
    /// Only what was said then or earlier.
    pub before: Option<String>,
}

impl Wanted {
    /// The channel that one has to be in to ask for it.
    fn channel(&self) -> Option<&str> {
        let place = match self {
            Wanted::History(target) => Some(target.as_str()),
            Wanted::Search(search) => search.within.as_deref(),
        };
        place.filter(|place| place.starts_with(['#', '&']))
    }

    fn capability(&self) -> &'static str {
        match self {
            Wanted::History(_) => "draft/chathistory",
            Wanted::Search(_) => "soju.im/search",
        }
    }

    fn ask(&self, session: &mut Session, limit: usize) {
        let limit = limit.to_string();
        match self {
            Wanted::History(target) => {
                session.send(&["CHATHISTORY", "LATEST", target, "*", &limit]);
            }
            Wanted::Search(search) => {
                let given = [
                    ("in", search.within.as_deref()),
                    ("from", search.from.as_deref()),
                    ("after", search.after.as_deref()),
                    ("before", search.before.as_deref()),
                    (
                        "text",
                        Some(search.text.as_str()).filter(|text| !text.is_empty()),
                    ),
                    ("limit", Some(limit.as_str())),
                ];
                let given = given
                    .iter()
                    .filter_map(|(key, value)| Some((key, (*value)?)));
                let attributes = given.map(|(key, value)| format!("{key}={}", escape(value)));
                let attributes: Vec<String> = attributes.collect();
                session.send(&["SEARCH", &attributes.join(";")]);
            }
        }
    }
}

/// A value as message tags write it.
fn escape(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars() {
        match c {
            ';' => out.push_str("\\:"),
            ' ' => out.push_str("\\s"),
            '\\' => out.push_str("\\\\"),
            '\r' | '\n' | '\0' => {}
            other => out.push(other),
        }
    }
    out
}

/// Looks it up and writes it to stdout.
///
/// # Errors
/// The server cannot be reached or trusted, does not let one, or stdout cannot be written. A
/// reader that has gone is no error.
pub fn run(options: Options) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let result = runtime.block_on(look(options));
    runtime.shutdown_background();
    result
}

/// Whether nobody else can read what goes to this host.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

async fn look(options: Options) -> Result<(), String> {
    let may_be_read = !is_here(&options.address.host);
    let mut link = link::start(options.address, options.pins);
    let mut session = Session::new(options.identity.clone());
    loop {
        match link.events.recv().await {
            Some(LinkEvent::Connected { secure, remark }) => {
                if let Some(remark) = remark {
                    eprintln!("parlour: {}", SafeText::new(&remark));
                }
                if options.identity.login.is_some() && !secure && may_be_read {
                    return Err(
                        "the server speaks no TLS: the password is not sent where others may read it"
                            .into(),
                    );
                }
            }
            Some(LinkEvent::Bytes(bytes)) => {
                session.receive(&bytes);
                if take(&mut session, &options.wanted, options.limit, options.form)? {
                    session.send(&["QUIT"]);
                    let goodbye = session.take_output();
                    let _ = link.wishes.send(LinkWish::Send(goodbye)).await;
                    return Ok(());
                }
            }
            // It is asked for now: nobody waits for another try.
            Some(LinkEvent::Lost { reason, .. } | LinkEvent::Ended(reason)) => return Err(reason),
            None => return Err("the connection has ended".into()),
        }
        let output = session.take_output();
        if !output.is_empty() && link.wishes.send(LinkWish::Send(output)).await.is_err() {
            return Err("the connection has ended".into());
        }
    }
}

/// Takes what has happened; true when all is written.
fn take(session: &mut Session, wanted: &Wanted, limit: usize, form: Form) -> Result<bool, String> {
    let shown = |said: &Said| printed::print(said, form);
    while let Some(happening) = session.next_happening() {
        match happening {
            Happening::Registered(_) => {
                if !session.has(wanted.capability()) {
                    return Err(format!("the server does not know {}", wanted.capability()));
                }
                match wanted.channel() {
                    Some(channel) => {
                        let channel = channel.to_owned();
                        session.send(&["JOIN", &channel]);
                        // Whoever is in it already gets no JOIN; this comes in any case.
                        session.send(&["PING", JOINED]);
                    }
                    None => wanted.ask(session, limit),
                }
            }
            Happening::Pong(token) if token == JOINED => wanted.ask(session, limit),
            // Nobody reads any more.
            Happening::Said(said) if said.history && !shown(&said)? => return Ok(true),
            Happening::HistoryEnd { .. } | Happening::SearchEnd => return Ok(true),
            Happening::Told {
                text, error: true, ..
            }
            | Happening::Refused { why: text, .. }
            | Happening::Closing(text) => return Err(SafeText::new(&text).to_string()),
            _ => {}
        }
    }
    Ok(false)
}

/// The token of the PING behind the JOIN.
const JOINED: &str = "parlour-joined";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_as_tags_are() {
        assert_eq!(escape("a b;c\\d\r\ne"), "a\\sb\\:c\\\\de");
    }

    #[test]
    fn only_this_machine_is_here() {
        for here in ["localhost", "127.0.0.1", "::1"] {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in ["example.org", "192.0.2.1", "localhost.example"] {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }
}
