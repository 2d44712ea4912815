//! `parlour history` and `parlour search`: what was said, as lines, for scripts.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use crate::engine::{Happening, Identity, Room, Said, Session};
use crate::engine::{Start, escape};
use crate::link::{self, LinkEvent, LinkWish};
use crate::pins::Pins;
use crate::printed::{self, Form};
use crate::rich::Rich;
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
    /// The rooms that there are.
    Rooms,
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
            Wanted::Rooms => None,
        };
        place.filter(|place| place.starts_with(['#', '&']))
    }

    fn capability(&self) -> Option<&'static str> {
        match self {
            Wanted::History(_) => Some("draft/chathistory"),
            Wanted::Search(_) => Some("soju.im/search"),
            Wanted::Rooms => None,
        }
    }

    /// The request for what comes before `before`, or for the newest.
    fn request(&self, limit: usize, before: Option<&str>) -> Vec<String> {
        let limit = limit.to_string();
        match self {
            Wanted::History(target) => {
                let (sub, point) = match before {
                    Some(id) => ("BEFORE", format!("msgid={id}")),
                    None => ("LATEST", "*".to_owned()),
                };
                ["CHATHISTORY", sub, target, &point, &limit]
                    .map(str::to_owned)
                    .into()
            }
            Wanted::Rooms => vec!["LIST".to_owned()],
            Wanted::Search(search) => {
                let text = Some(&search.text).filter(|text| !text.is_empty());
                let given = [
                    ("limit", Some(&limit)),
                    ("in", search.within.as_ref()),
                    ("from", search.from.as_ref()),
                    ("after", search.after.as_ref()),
                    ("before", search.before.as_ref()),
                    ("text", text),
                ];
                let given = given
                    .iter()
                    .filter_map(|(key, value)| Some((key, (*value)?)));
                let attributes = given.map(|(key, value)| format!("{key}={}", escape(value)));
                let attributes: Vec<String> = attributes.collect();
                vec!["SEARCH".to_owned(), attributes.join(";")]
            }
        }
    }
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
    let mut link = link::start(options.address, options.pins.into());
    let mut lookup = Lookup {
        session: Session::new(options.identity.clone(), Start::default()),
        wanted: options.wanted,
        limit: options.limit,
        form: options.form,
        found: Vec::new(),
        rooms: Vec::new(),
        page: Vec::new(),
        joined: false,
    };
    loop {
        let Ok(event) = timeout(PATIENCE, link.events.recv()).await else {
            return Err("the server does not answer".into());
        };
        match event {
            Some(LinkEvent::Connected {
                encrypted,
                start,
                remark,
            }) => {
                lookup.session = Session::new(options.identity.clone(), start);
                if let Some(remark) = remark {
                    eprintln!("parlour: {}", SafeText::new(&remark));
                }
                if options.identity.login.is_some() && !encrypted && may_be_read {
                    return Err(
                        "the server speaks no TLS: the password is not sent where others may read it"
                            .into(),
                    );
                }
            }
            Some(LinkEvent::Bytes(bytes)) => {
                lookup.session.receive(&bytes);
                if lookup.take()? {
                    lookup.leave();
                    let goodbye = lookup.session.take_output();
                    let _ = link.wishes.send(LinkWish::Send(goodbye)).await;
                    return lookup.print();
                }
            }
            // It is asked for now: nobody waits for another try.
            Some(
                LinkEvent::Lost { reason, .. } | LinkEvent::Held(reason) | LinkEvent::Ended(reason),
            ) => return Err(reason),
            None => return Err("the connection has ended".into()),
        }
        let output = lookup.session.take_output();
        if !output.is_empty() && link.wishes.send(LinkWish::Send(output)).await.is_err() {
            return Err("the connection has ended".into());
        }
    }
}

/// A look-up that is under way.
struct Lookup {
    session: Session,
    wanted: Wanted,
    limit: usize,
    form: Form,
    /// What was found: newest first, until all of it is there.
    found: Vec<Said>,
    /// What has come of the page that was asked for, oldest first.
    page: Vec<Said>,
    /// Whether a room was entered for it.
    joined: bool,
    /// The rooms that there are.
    rooms: Vec<Room>,
}

impl Lookup {
    /// Takes what has happened; true when all is there.
    fn take(&mut self) -> Result<bool, String> {
        while let Some(happening) = self.session.next_happening() {
            match happening {
                Happening::LoginFailed(why) => {
                    let why = SafeText::new(&why);
                    return Err(format!("the login failed: {why}"));
                }
                Happening::Registered(_) => {
                    let capability = self.wanted.capability();
                    if let Some(name) = capability.filter(|name| !self.session.has(name)) {
                        return Err(format!("the server does not know {name}"));
                    }
                    self.ask()?;
                }
                Happening::Listed(room) => self.rooms.push(room),
                Happening::ListEnd if matches!(self.wanted, Wanted::Rooms) => return Ok(true),
                Happening::Pong(token) if token == JOINED => self.ask()?,
                Happening::Said(said) if said.history => {
                    self.page.push(said);
                }
                Happening::HistoryEnd { .. } | Happening::SearchEnd => {
                    let came = !self.page.is_empty();
                    self.found.extend(self.page.drain(..).rev());
                    let more = matches!(self.wanted, Wanted::History(_))
                        && came
                        && self.found.len() < self.limit;
                    if !more {
                        self.found.reverse();
                        return Ok(true);
                    }
                    self.ask()?;
                }
                Happening::HistoryRefused { .. } | Happening::Told { error: true, .. }
                    if self.is_to_join() =>
                {
                    self.join();
                }
                Happening::NotEntered { channel, why } => {
                    return Err(SafeText::new(&format!("{channel}: {why}")).to_string());
                }
                Happening::HistoryRefused { why: text, .. }
                | Happening::NoNick(text)
                | Happening::Told {
                    text, error: true, ..
                }
                | Happening::Refused { why: text, .. }
                | Happening::Closing(text) => return Err(SafeText::new(&text).to_string()),
                _ => {}
            }
        }
        Ok(false)
    }

    /// Asks for what there is, or for what comes before what was found.
    fn ask(&mut self) -> Result<(), String> {
        let before = self.found.last().and_then(|said| said.msgid.clone());
        let left = self.limit.saturating_sub(self.found.len());
        let words = self.wanted.request(left, before.as_deref());
        if words.iter().map(|word| word.len() + 1).sum::<usize>() > MOST_BYTES {
            return Err("that is too long for one request; ask for less".into());
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.session.send(&words);
        Ok(())
    }

    /// Whether being in the room may help: it was refused without.
    fn is_to_join(&self) -> bool {
        !self.joined && self.found.is_empty() && self.wanted.channel().is_some()
    }

    fn join(&mut self) {
        if let Some(channel) = self.wanted.channel().map(str::to_owned) {
            self.joined = true;
            self.session.send(&["JOIN", &channel]);
            self.session.send(&["PING", JOINED]);
        }
    }

    /// Leaves no trace: a user who stays would stay in the room.
    fn leave(&mut self) {
        if self.joined
            && let Some(channel) = self.wanted.channel().map(str::to_owned)
        {
            self.session.send(&["PART", &channel]);
        }
        self.session.send(&["QUIT"]);
    }

    fn print(&self) -> Result<(), String> {
        if let Form::Kept(form) = self.form {
            let title = match &self.wanted {
                Wanted::History(target) => target.as_str(),
                _ => "parlour",
            };
            return printed::keep(form, title, &self.found).map(|_| ());
        }
        if let Wanted::Rooms = self.wanted {
            return self.print_rooms();
        }
        for said in &self.found {
            if !printed::print(said, self.form)? {
                return Ok(());
            }
        }
        if let (Wanted::Search(search), true) = (&self.wanted, self.found.is_empty()) {
            let hint = match search.within {
                Some(_) => "",
                None => " in the rooms that you are in; --in '#room' looks into another",
            };
            eprintln!("parlour: nothing was found{hint}");
        }
        if let Wanted::Search(_) = self.wanted
            && self.found.len() < self.limit
            && self.found.len() >= SERVERS_PAGE
        {
            eprintln!("parlour: the server gives no more at once; --before goes on from there");
        }
        Ok(())
    }
}

impl Lookup {
    fn print_rooms(&self) -> Result<(), String> {
        let mut rooms: Vec<&Room> = self.rooms.iter().collect();
        rooms.sort_by(|a, b| (b.users, &a.name).cmp(&(a.users, &b.name)));
        for room in rooms.into_iter().take(self.limit) {
            let (name, topic) = (SafeText::name(&room.name), Rich::new(&room.topic));
            let line = match self.form {
                Form::Json => {
                    json!({"name": name.as_str(), "users": room.users, "topic": topic.as_str()})
                        .to_string()
                }
                _ => format!("{name}\t{}\t{topic}", room.users),
            };
            if !printed::write(&(line + "\n"))? {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// How long the server may say nothing.
const PATIENCE: Duration = Duration::from_secs(30);
/// The token of the PING behind a JOIN.
const JOINED: &str = "parlour-joined";
/// Bytes of a request that fit into a line.
const MOST_BYTES: usize = 500;
/// Messages that a server gives at once, at least.
const SERVERS_PAGE: usize = 1_000;

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
