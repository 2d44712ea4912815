//! Readers of what a node has: who is in the lobby, and all that was ever said in it.

use std::collections::BTreeSet;
use std::io::Result;
use std::net::SocketAddr;

use crate::lines::{self, Lines};
use crate::support::history;

/// Prefix of the readers' nicks.
const NAME: &str = "reader";

/// Reader of a node, in the lobby.
pub struct Reader {
    lines: Box<dyn Lines>,
    /// Nicks in the lobby, but for the readers.
    pub names: BTreeSet<String>,
}

impl Reader {
    /// Connects to a node, which may be about to elect a leader of its stream.
    pub fn connect(node: SocketAddr) -> Result<Reader> {
        let mut lines: Box<dyn Lines> = Box::new(lines::tcp(node)?);
        for line in [
            "CAP REQ :batch message-tags draft/chathistory",
            &format!("NICK {NAME}{}", node.to_string().replace(['.', ':'], "")),
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
        history::read(|command| {
            self.lines.send(command)?;
            let (mut page, mut is_in) = (String::new(), false);
            loop {
                let line = self.lines.line()?;
                is_in |= line.contains(" BATCH +");
                if is_in && line.contains(" BATCH -") {
                    return Ok(page);
                }
                if is_in {
                    page += &format!("{line}\n");
                }
            }
        })
    }
}
