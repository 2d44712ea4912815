//! Roster of a channel, as the lines of one connection tell it: a nick has one owner at a time.

use std::collections::BTreeSet;

/// Roster of the lobby.
#[derive(Debug)]
pub struct Roster {
    /// Nick of the connection itself.
    own: String,
    nicks: BTreeSet<String>,
    /// Lines by which a nick had two owners, or none.
    pub wrong: Vec<String>,
}

impl Roster {
    /// Creates that of a connection.
    pub fn of(own: &str) -> Roster {
        Roster {
            own: own.to_owned(),
            nicks: BTreeSet::new(),
            wrong: Vec::new(),
        }
    }

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
            "001" => {
                self.own = words.get(2).map_or("", |own| own).to_owned();
                true
            }
            "353" => {
                let names = line.rsplit_once(" :").map_or("", |(_, names)| names);
                let names = names.split(' ');
                let names = names.map(|name| name.trim_start_matches(['~', '@', '+']).to_owned());
                self.nicks.extend(names);
                true
            }
            // The names follow.
            "JOIN" if nick == self.own => {
                self.nicks.clear();
                true
            }
            "JOIN" => self.nicks.insert(nick.to_owned()),
            "QUIT" | "PART" => self.nicks.remove(nick),
            "NICK" => {
                let new = words.get(2).map_or("", |new| new.trim_start_matches(':'));
                let was_there = self.nicks.remove(nick);
                let is_new = self.nicks.insert(new.to_owned());
                // A connection may move to another user of its account, who was there before.
                let is_own = self.own == nick;
                if is_own {
                    new.clone_into(&mut self.own);
                }
                is_own || was_there && is_new
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
    let mut roster = Roster::of("me");
    for line in [
        ":s 001 a :Welcome",
        ":a!u@h JOIN #lobby",
        ":s 353 a = #lobby :@a b d",
        ":b!u@h NICK c",
        ":b!u@h JOIN #lobby",
        ":a!u@h NICK d",
    ] {
        roster.take(line);
    }
    assert!(roster.wrong.is_empty(), "{roster:?}");
    roster.take(":b!u@h NICK c");
    roster.take(":c!u@h JOIN #lobby");
    assert_eq!(roster.wrong, [":b!u@h NICK c", ":c!u@h JOIN #lobby"]);
}
