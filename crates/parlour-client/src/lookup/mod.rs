//! `parlour history`, `export`, `search` and `ls`: messages and channels as lines for scripts.

mod pages;

use std::collections::VecDeque;
use std::net::IpAddr;

use serde_json::json;

use crate::connect::Trust;
use crate::engine::{
    ChatMessage, Event, Feature, Identity, ListedChannel, MessageRef, Page, Session,
};
use crate::export;
use crate::formatting::FormattedText;
use crate::output_format::{self, OutputFormat};
use crate::script::{self, Script, ScriptEvent, ScriptOptions};
use crate::{Address, SafeText};
use pages::{Direction, Next, Pages};

/// Options of a lookup.
pub struct LookupOptions {
    /// Address of the server.
    pub address: Address,
    /// Nick, real name and login.
    pub identity: Identity,
    /// Query to run.
    pub wanted: LookupQuery,
    /// Maximum number of messages.
    pub limit: usize,
    /// Format of the output.
    pub form: OutputFormat,
    /// Trust settings.
    pub trust: Trust,
}

/// Query of a lookup.
pub enum LookupQuery {
    /// Newest messages of a channel or private conversation.
    History(String),
    /// All messages of one, from the first.
    All(String),
    /// Messages that match a search.
    Search(Search),
    /// List of channels.
    Rooms,
}

/// Search terms (soju.im/search).
#[derive(Debug, Default)]
pub struct Search {
    /// Words in the text.
    pub text: String,
    /// Channel or nick to search in.
    pub within: Option<String>,
    /// Nick of the sender.
    pub from: Option<String>,
    /// Earliest time, in the format of IRCv3 server-time.
    pub after: Option<String>,
    /// Latest time.
    pub before: Option<String>,
}

/// Checks that a request fits into a line: the bytes of its command and of its parameters.
fn fits(bytes: usize) -> Result<(), String> {
    if bytes > MOST_BYTES {
        return Err("that is too long for one request; ask for less".into());
    }
    Ok(())
}

impl LookupQuery {
    /// Returns the channel whose members alone may run the query.
    fn channel(&self) -> Option<&str> {
        let place = match self {
            LookupQuery::History(target) | LookupQuery::All(target) => Some(target.as_str()),
            LookupQuery::Search(search) => search.within.as_deref(),
            LookupQuery::Rooms => None,
        };
        place.filter(|place| place.starts_with(['#', '&']))
    }

    fn feature(&self) -> Option<Feature> {
        match self {
            LookupQuery::History(_) | LookupQuery::All(_) => Some(Feature::History),
            LookupQuery::Search(_) => Some(Feature::Search),
            LookupQuery::Rooms => None,
        }
    }

    /// Requests the next part of the result.
    ///
    /// # Errors
    /// The server has no such part, or the request would be too long.
    fn request(
        &self,
        session: &mut Session,
        pages: &mut Pages,
        limit: usize,
    ) -> Result<(), String> {
        match self {
            LookupQuery::History(target) | LookupQuery::All(target) => {
                let isupport = session.isupport();
                let reference = |point: &MessageRef| isupport.reference(point);
                let (range, point, limit) = pages.next_request(isupport.history, reference)?;
                fits("CHATHISTORY BEFORE  1000".len() + target.len() + point.len())?;
                session.fetch_history(target, range, &point, limit);
            }
            LookupQuery::Rooms => session.list_channels(&[]),
            LookupQuery::Search(search) => {
                let limit = limit.to_string();
                let text = Some(&search.text).filter(|text| !text.is_empty());
                let given = [
                    ("limit", Some(&limit)),
                    ("in", search.within.as_ref()),
                    ("from", search.from.as_ref()),
                    ("after", search.after.as_ref()),
                    ("before", search.before.as_ref()),
                    ("text", text),
                ];
                let given = given.into_iter();
                let given = given.filter_map(|(key, value)| Some((key, value?.as_str())));
                let attributes: Vec<(&str, &str)> = given.collect();
                let lengths = attributes
                    .iter()
                    .map(|(key, value)| key.len() + value.len() + 2);
                fits("SEARCH ".len() + lengths.sum::<usize>())?;
                session.search(&attributes);
            }
        }
        Ok(())
    }
}

/// Runs the query and writes the result to stdout.
///
/// # Errors
/// The server cannot be reached or trusted, refuses the query, or stdout cannot be written. A
/// reader that has gone is no error.
pub fn run(options: LookupOptions) -> Result<(), String> {
    script::run(look(options))
}

/// Returns whether the host is this machine.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

async fn look(options: LookupOptions) -> Result<(), String> {
    let may_be_read = !is_here(&options.address.host);
    let has_login = options.identity.login.is_some();
    let way = match options.wanted {
        LookupQuery::All(_) => Direction::On,
        LookupQuery::History(_) | LookupQuery::Search(_) | LookupQuery::Rooms => {
            Direction::Back(options.limit)
        }
    };
    let script = Script::start(ScriptOptions {
        address: options.address,
        identity: options.identity,
        trust: options.trust,
        nick_fallback: true,
        outside: false,
        reconnects: false,
    });
    let mut lookup = Lookup {
        script,
        wanted: options.wanted,
        limit: options.limit,
        form: options.form,
        pages: Pages::new(way),
        found: VecDeque::new(),
        came: 0,
        rooms: Vec::new(),
        stuck: None,
        joined: false,
        alone: false,
    };
    loop {
        match lookup.script.next_in_time().await? {
            ScriptEvent::Connected { encrypted } => {
                if has_login && !encrypted && may_be_read {
                    return Err(
                        "the server speaks no TLS: the password is not sent where others may read it"
                            .into(),
                    );
                }
            }
            ScriptEvent::Session(event) => {
                if lookup.event(*event)? {
                    break;
                }
            }
        }
    }
    lookup.part();
    let written = lookup.write_rest();
    lookup.script.quit().await;
    written?;
    lookup.stuck.map_or(Ok(()), |why| Err(why.into()))
}

/// Lookup in progress.
struct Lookup {
    script: Script,
    wanted: LookupQuery,
    limit: usize,
    form: OutputFormat,
    pages: Pages,
    /// Messages found and not written yet, newest first.
    found: VecDeque<ChatMessage>,
    /// Number of messages received.
    came: usize,
    /// Reason why the result may be incomplete.
    stuck: Option<&'static str>,
    /// Set once the channel was joined for the query.
    joined: bool,
    /// True if the channel had no other member: joining may have created it.
    alone: bool,
    /// Channels listed so far.
    rooms: Vec<ListedChannel>,
}

impl Lookup {
    /// Handles an event of the session; returns true when the result is complete.
    fn event(&mut self, event: Event) -> Result<bool, String> {
        // Tried without joining first: a member list with one more name would be visible to others.
        if self.should_join() && is_refused(&event) {
            self.join();
            return Ok(false);
        }
        if let Event::HistoryRefused { why, .. } = &event {
            return Err(SafeText::new(why).to_string());
        }
        if let Some(why) = self.script.refusal(&event) {
            return Err(why);
        }
        if let Event::Registered(_) = event {
            self.begin()?;
        } else if let Event::Listed(room) = event {
            self.rooms.push(room);
        } else if let Event::ListEnd = event {
            return Ok(matches!(self.wanted, LookupQuery::Rooms));
        } else if let Event::Pong(token) = event {
            // The PONG comes after all lines of the JOIN, so NAMES was seen and history is open.
            if token == JOINED {
                self.ask()?;
            }
        } else if let Event::Message(said) = event {
            self.message(said)?;
        } else if let Event::SearchEnd = event {
            return Ok(true);
        } else if let Event::Names { members, .. } = event {
            self.alone = members.len() == 1 && members[0].0.contains('@');
        } else if let Event::History(page) = event {
            if self.page(page)? {
                return Ok(true);
            }
            self.ask()?;
        }
        Ok(false)
    }

    /// Begins once the connection is registered.
    fn begin(&mut self) -> Result<(), String> {
        let missing = |feature: &Feature| !self.script.session.supports(*feature);
        if let Some(feature) = self.wanted.feature().filter(missing) {
            let name = feature.capability();
            return Err(format!("the server does not know {name}"));
        }
        self.ask()
    }

    /// Takes a message that was found.
    fn message(&mut self, said: ChatMessage) -> Result<(), String> {
        if said.found {
            // Bounds the memory a hostile server can use.
            if self.came == self.limit {
                return Err("the server sends more than was asked for".into());
            }
            self.came += 1;
            self.found.push_front(said);
        }
        Ok(())
    }

    /// Handles a page; returns true if it is the last. An export is written page by page.
    fn page(&mut self, page: Page) -> Result<bool, String> {
        let first = self.came == 0;
        let (new, next) = self.pages.take(page);
        self.came += new.len();
        if let (LookupQuery::All(target), OutputFormat::Export(form)) = (&self.wanted, self.form) {
            let mut text = String::new();
            if first && !new.is_empty() {
                text.push_str(&export::begin(form, SafeText::new(target).as_str()));
            }
            text.extend(
                new.iter()
                    .map(|said| output_format::export_line(form, said)),
            );
            if !output_format::write(&text)? {
                return Ok(true);
            }
        } else {
            self.found.extend(new.into_iter().rev());
        }
        match next {
            Next::Ask => Ok(false),
            Next::Done => Ok(true),
            Next::Stuck(why) => {
                self.stuck = Some(why);
                Ok(true)
            }
        }
    }

    /// Requests the first or next part of the result.
    fn ask(&mut self) -> Result<(), String> {
        self.wanted
            .request(&mut self.script.session, &mut self.pages, self.limit)
    }

    /// Returns whether joining the channel may help after a refusal.
    fn should_join(&self) -> bool {
        !self.joined && self.came == 0 && self.wanted.channel().is_some()
    }

    fn join(&mut self) {
        if let Some(channel) = self.wanted.channel().map(str::to_owned) {
            self.joined = true;
            self.script.session.join(&channel, "");
            self.script.session.ping(JOINED);
        }
    }

    /// Parts from a channel that was joined: an always-on user would stay in it otherwise.
    fn part(&mut self) {
        if let (true, Some(channel)) = (self.joined, self.wanted.channel()) {
            self.script.session.part(channel, "");
        }
    }

    /// Writes the rest of the result.
    fn write_rest(&self) -> Result<(), String> {
        if let (Some(channel), true, 0) = (self.wanted.channel(), self.alone, self.came) {
            // No other member and no history: the channel was created by the JOIN.
            return Err(format!("there is no {}", SafeText::new(channel)));
        }
        if let (LookupQuery::All(target), OutputFormat::Export(form)) = (&self.wanted, self.form) {
            let begin = match self.came {
                0 => export::begin(form, SafeText::new(target).as_str()),
                _ => String::new(),
            };
            output_format::write(&(begin + export::end(form)))?;
        } else {
            self.print()?;
        }
        Ok(())
    }

    fn print(&self) -> Result<(), String> {
        if let LookupQuery::Rooms = self.wanted {
            return self.print_rooms();
        }
        for said in self.found.iter().rev() {
            if !output_format::print(said, self.form)? {
                return Ok(());
            }
        }
        if let (LookupQuery::Search(search), true) = (&self.wanted, self.found.is_empty()) {
            let hint = match search.within {
                Some(_) => "",
                None => " in the rooms that you are in; --in '#room' looks into another",
            };
            eprintln!("parlour: nothing was found{hint}");
        }
        if let LookupQuery::Search(_) = self.wanted
            && self.found.len() < self.limit
            && self.found.len() >= MIN_SERVER_PAGE
        {
            eprintln!("parlour: the server sends no more at once; --before continues from there");
        }
        Ok(())
    }
}

impl Lookup {
    fn print_rooms(&self) -> Result<(), String> {
        let mut rooms: Vec<&ListedChannel> = self.rooms.iter().collect();
        rooms.sort_by(|a, b| (b.users, &a.name).cmp(&(a.users, &b.name)));
        for room in rooms.into_iter().take(self.limit) {
            let (name, topic) = (SafeText::name(&room.name), FormattedText::new(&room.topic));
            let line = match self.form {
                OutputFormat::Json => {
                    json!({"name": name.as_str(), "users": room.users, "topic": topic.as_str()})
                        .to_string()
                }
                OutputFormat::Lines | OutputFormat::Dated | OutputFormat::Export(_) => {
                    format!("{name}\t{}\t{topic}", room.users)
                }
            };
            if !output_format::write(&(line + "\n"))? {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Returns whether an event refuses what was asked for.
fn is_refused(event: &Event) -> bool {
    matches!(
        event,
        Event::HistoryRefused { .. } | Event::ServerText { error: true, .. }
    )
}

/// Token of the PING after a JOIN.
const JOINED: &str = "parlour-joined";
/// Maximum length of a request in bytes, to fit into a line.
const MOST_BYTES: usize = 500;
/// Messages that any server gives per request, at least.
const MIN_SERVER_PAGE: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

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
