//! Readers of what a node has: who is in the lobby, and all that was ever said in it.

use std::collections::BTreeSet;
use std::io::{Error, Result};

use crate::lines::{self, Lines};

/// Prefix of the readers' nicks.
const NAME: &str = "reader";
/// Messages of a page of history.
const PAGE: usize = 1_000;

/// Reader of a node, in the lobby.
pub struct Reader {
    lines: Box<dyn Lines>,
    /// Nicks in the lobby, but for the readers.
    pub names: BTreeSet<String>,
}

impl Reader {
    /// Connects to a node, which may be about to elect a leader of its stream.
    pub fn connect(port: u16) -> Result<Reader> {
        let mut lines: Box<dyn Lines> = Box::new(lines::tcp(port)?);
        for line in [
            "CAP REQ :batch message-tags draft/chathistory",
            &format!("NICK {NAME}{port}"),
            "USER r 0 * :r",
            "CAP END",
            "JOIN #lobby",
        ] {
            lines.send(line)?;
        }
        let mut names = BTreeSet::new();
        loop {
            let line = lines.line()?;
            if line.contains(" 353 ") {
                let all = line.rsplit_once(" :").map_or("", |(_, all)| all).split(' ');
                let all = all.map(|name| name.trim_start_matches(['~', '@', '+']));
                names.extend(
                    all.filter(|name| !name.starts_with(NAME))
                        .map(str::to_owned),
                );
            }
            if line.contains(" 366 ") {
                return Ok(Reader { lines, names });
            }
        }
    }

    /// Returns what was said in the lobby, oldest first.
    pub fn history(&mut self) -> Result<Vec<String>> {
        let (mut all, mut question) = (Vec::new(), "LATEST #lobby *".to_owned());
        loop {
            let page = self.page(&question)?;
            let Some((first, _)) = page.first() else {
                return Ok(all);
            };
            question = format!("BEFORE #lobby msgid={first}");
            let texts = page.into_iter().map(|(_, text)| text);
            all.splice(0..0, texts);
        }
    }

    /// Returns a page of it, with the ids of the messages.
    fn page(&mut self, question: &str) -> Result<Vec<(String, String)>> {
        self.lines.send(&format!("CHATHISTORY {question} {PAGE}"))?;
        let (mut page, mut is_in) = (Vec::new(), false);
        loop {
            let line = self.lines.line()?;
            is_in |= line.contains(" BATCH +");
            if is_in && line.contains(" BATCH -") {
                return Ok(page);
            }
            if is_in && let Some((head, text)) = line.split_once(" PRIVMSG #lobby :") {
                let id = head.split("msgid=").nth(1);
                let id = id.and_then(|rest| rest.split([';', ' ']).next());
                let id = id.ok_or_else(|| Error::other("a message without id"))?;
                page.push((id.to_owned(), text.to_owned()));
            }
        }
    }
}
