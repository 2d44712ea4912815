//! Roster of a channel, as the lines of one connection tell it: a nick has one owner at a time.

use std::collections::BTreeSet;

/// Roster of the lobby.
#[derive(Debug, Default)]
pub struct Roster {
    nicks: BTreeSet<String>,
    /// Lines by which a nick had two owners, or none.
    pub wrong: Vec<String>,
}

impl Roster {
    /// Takes a line of the server.
    pub fn take(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let source = line
            .strip_prefix(':')
            .and_then(|rest| rest.split('!').next());
        let (Some(nick), Some(&verb)) = (source, words.get(1)) else {
            return;
        };
        let is_right = match verb {
            "353" => {
                let names = line.rsplit_once(" :").map_or("", |(_, names)| names);
                self.nicks.extend(
                    names
                        .split(' ')
                        .map(|name| name.trim_start_matches(['~', '@', '+']).to_owned()),
                );
                true
            }
            // Its own JOIN comes before the names.
            "JOIN" => self.nicks.is_empty() || self.nicks.insert(nick.to_owned()),
            "QUIT" | "PART" => self.nicks.remove(nick),
            "NICK" => {
                let new = words.get(2).map_or("", |new| new.trim_start_matches(':'));
                self.nicks.remove(nick) && self.nicks.insert(new.to_owned())
            }
            _ => true,
        };
        if !is_right {
            self.wrong.push(line.to_owned());
        }
    }
}

#[test]
fn two_owners_of_a_nick_are_noticed() {
    let mut roster = Roster::default();
    for line in [
        ":a!u@h JOIN #lobby",
        ":s 353 a = #lobby :@a b",
        ":b!u@h NICK c",
        ":b!u@h JOIN #lobby",
    ] {
        roster.take(line);
    }
    assert!(roster.wrong.is_empty());
    roster.take(":b!u@h NICK c");
    roster.take(":c!u@h JOIN #lobby");
    assert_eq!(roster.wrong, [":b!u@h NICK c", ":c!u@h JOIN #lobby"]);
}
