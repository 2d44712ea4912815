//! Order of messages: the server's, whether they came live, page by page or to fill a gap, with
//! many messages in one millisecond and clocks that are set.
#![allow(clippy::unwrap_used, reason = "a failing test is to stop")]

mod stage;

use crossterm::event::{KeyCode, KeyModifiers};
use proptest::prelude::*;
use stage::{CAPS, NET, NOW, START, Stage};

/// Messages per page.
const PAGE: usize = 7;

/// Server with one channel.
struct Server {
    stage: Stage,
    /// Id and time of each message, in the server's order.
    log: Vec<(String, u64)>,
}

/// Step of a test.
#[derive(Clone, Debug)]
enum Step {
    /// New messages, each this many milliseconds after the one before.
    Say(Vec<i64>),
    /// Scrolling back.
    Back,
    /// Jump to the newest line.
    Newest,
    /// Join of a member, which is placed by its time.
    Join,
    /// Lost connection, with messages sent meanwhile.
    Away(Vec<i64>),
}

fn gaps() -> impl Strategy<Value = Vec<i64>> {
    // Mostly zero: a burst within one millisecond. Now and then the clock is set back.
    prop::collection::vec(
        prop_oneof![6 => Just(0i64), 3 => 1..5i64, 1 => Just(-3i64)],
        1..25,
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => gaps().prop_map(Step::Say),
        4 => Just(Step::Back),
        1 => Just(Step::Newest),
        1 => Just(Step::Join),
        2 => gaps().prop_map(Step::Away),
    ]
}

impl Server {
    /// Creates a channel with messages sent before the user joined.
    fn with(before: &[i64]) -> Server {
        let mut server = Server {
            stage: Stage::bare(),
            log: Vec::new(),
        };
        server.append(before);
        server.stage.greet(CAPS, &format!("CHATHISTORY={PAGE}"));
        server.enter();
        server
    }

    fn enter(&mut self) {
        for line in [
            ":me!u@h JOIN #lab",
            ":s 353 me = #lab :me bob",
            ":s 366 me #lab :End",
        ] {
            self.stage.hear(NET, line);
        }
        self.answer();
    }

    /// Appends messages that the client does not receive.
    fn append(&mut self, gaps: &[i64]) {
        for gap in gaps {
            let last = self.log.last().map_or(START, |(_, time)| *time);
            // Ids without a meaningful order.
            let n = self.log.len() as u64;
            let id = format!("{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            self.log.push((id, last.saturating_add_signed(*gap)));
        }
    }

    fn line(&self, at: usize, batch: &str) -> String {
        let (id, time) = &self.log[at];
        let time = irc_wire::time::format(*time);
        format!("@{batch}msgid={id};time={time} :bob!u@h PRIVMSG #lab :{id}")
    }

    /// Answers requests until there are none.
    fn answer(&mut self) {
        loop {
            let sent = self.stage.sent();
            let asked: Vec<Vec<&str>> = sent
                .lines()
                .filter(|line| line.starts_with("CHATHISTORY") && line.contains("#lab"))
                .map(|line| line.split(' ').collect())
                .collect();
            if asked.is_empty() {
                return;
            }
            for words in asked {
                let limit: usize = words[4].parse::<usize>().unwrap().min(PAGE);
                let at = || {
                    let id = words[3].strip_prefix("msgid=").unwrap();
                    self.log.iter().position(|(known, _)| known == id).unwrap()
                };
                let all = self.log.len();
                let range = match words[1] {
                    "LATEST" => all.saturating_sub(limit)..all,
                    "BEFORE" => at().saturating_sub(limit)..at(),
                    "AFTER" => at() + 1..all.min(at() + 1 + limit),
                    other => panic!("{other}"),
                };
                let mut page = vec![":s BATCH +p chathistory #lab".to_owned()];
                page.extend(range.map(|n| self.line(n, "batch=p;")));
                page.push(":s BATCH -p".to_owned());
                self.stage.hear(NET, &page.join("\r\n"));
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Say(gaps) => {
                let from = self.log.len();
                self.append(gaps);
                for n in from..self.log.len() {
                    let line = self.line(n, "");
                    self.stage.hear(NET, &line);
                }
            }
            Step::Back => {
                for _ in 0..3 {
                    self.stage.key(KeyCode::PageUp, KeyModifiers::NONE);
                    self.answer();
                }
            }
            Step::Newest => self.stage.key(KeyCode::End, KeyModifiers::CONTROL),
            Step::Join => self.stage.hear(NET, ":carol!u@h JOIN #lab"),
            Step::Away(gaps) => {
                self.stage.app.disconnected(NET, NOW, "the cable", 1);
                self.append(gaps);
                self.stage.greet(CAPS, &format!("CHATHISTORY={PAGE}"));
                self.enter();
            }
        }
        self.answer();
    }

    /// Returns the positions in the log of the lines, in the order shown.
    fn shown(&self) -> Vec<usize> {
        let buffers = &self.stage.app.model.buffers;
        let room = buffers.iter().find(|b| b.raw_name == "#lab").unwrap();
        let ids = room.lines.iter().filter_map(|line| line.msgid.as_ref());
        ids.map(|id| self.log.iter().position(|(known, _)| known == id).unwrap())
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn everything_stands_in_the_servers_order_and_once(
        before in gaps(),
        steps in prop::collection::vec(step(), 1..12),
    ) {
        let mut server = Server::with(&before);
        for step in &steps {
            server.step(step);
            let shown = server.shown();
            prop_assert!(
                shown.windows(2).all(|pair| pair[0] < pair[1]),
                "after {step:?}: {shown:?}"
            );
        }
    }
}

#[test]
fn a_burst_of_one_millisecond_is_scrolled_back_in_its_order() {
    let mut server = Server::with(&vec![0; 100]);
    for _ in 0..40 {
        server.step(&Step::Back);
    }
    assert_eq!(server.shown(), (0..100).collect::<Vec<_>>());
}
