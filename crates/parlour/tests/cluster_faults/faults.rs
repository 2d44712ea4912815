//! Faults, at random.

use std::time::Duration;

use parlour_sim::Random;

use crate::network::COUNT;
use crate::processes::Processes;

/// Random faults, the same for one seed.
pub struct Faults {
    random: Random,
}

impl Faults {
    /// Creates those of a seed.
    pub fn new(seed: u64) -> Faults {
        Faults {
            random: Random::new(seed),
        }
    }

    /// Makes one, or mends all that are there; returns a sentence about it.
    pub fn next(&mut self, all: &mut Processes) -> String {
        let at = self.random.below(COUNT);
        match self.random.below(24) {
            0 | 1 => {
                all.nodes[at].kill();
                format!("node {at} is killed")
            }
            2 => {
                all.nodes[at].stop();
                format!("node {at} is stopped")
            }
            3 | 4 => {
                all.nodes[at].pause(true);
                format!("node {at} is paused")
            }
            5 => {
                all.cut_node(at, |_| true);
                format!("node {at} is cut off")
            }
            6 => {
                let server = self.random.below(COUNT);
                all.cut_node(at, |other| other == server);
                format!("node {at} does not reach NATS server {server}")
            }
            7 => {
                all.nats[at].kill();
                format!("NATS server {at} is killed")
            }
            8 => {
                all.nats[at].pause(true);
                format!("NATS server {at} is paused")
            }
            9 => {
                all.cut_nats(at, true);
                // With one node on its side.
                all.cut_node(at, |server| server != at);
                format!("NATS server {at} and node {at} are cut off together")
            }
            10 => {
                all.cut_nats(at, true);
                for node in 0..COUNT {
                    all.cut_node(node, |server| server == at);
                }
                format!("the host of NATS server {at} is gone")
            }
            11 => {
                all.nats.iter_mut().for_each(|nats| nats.kill());
                "all NATS servers are killed".to_owned()
            }
            _ => {
                all.mend();
                "all is mended".to_owned()
            }
        }
    }

    /// Returns for how long it stays so.
    pub fn pause(&mut self) -> Duration {
        Duration::from_millis(200 + self.random.below(2_300) as u64)
    }
}
