//! Churn: connections that come, stay and go while others are measured.

use std::collections::VecDeque;

use super::beat::Beat;
use crate::BenchError;
use crate::clock::{self, Nanos, SECOND};
use crate::connection::{Notice, Plan, Stage};
use crate::engine::Engine;
use crate::figures::Figures;
use crate::histogram::Histogram;

/// Time for a connection that has said QUIT to be closed by the server.
const GOODBYE: Nanos = 2 * SECOND;

/// Connections that come, stay and go.
pub(super) struct Churn {
    pub beat: Beat,
    stay: Nanos,
    channel: String,
    /// Those that have joined, and when they leave.
    staying: VecDeque<(Nanos, usize)>,
    /// Those that have said QUIT, and when they are closed at last.
    leaving: VecDeque<(Nanos, usize)>,
    times: Histogram,
    started: u64,
    joined: u64,
    left: u64,
    failed: u64,
}

impl Churn {
    pub fn new(rate: f64, stay_ms: f64, channel: String) -> Churn {
        Churn {
            beat: Beat::new(rate),
            stay: clock::seconds(stay_ms / 1000.0),
            channel,
            staying: VecDeque::new(),
            leaving: VecDeque::new(),
            times: Histogram::new(),
            started: 0,
            joined: 0,
            left: 0,
            failed: 0,
        }
    }

    /// Returns whether all that have come are gone again.
    pub fn is_over(&self) -> bool {
        self.joined + self.failed == self.started
            && self.staying.is_empty()
            && self.leaving.is_empty()
    }

    /// Returns the time when the next one comes or goes.
    pub fn next(&self) -> Nanos {
        let leaves = self.staying.front().map_or(Nanos::MAX, |(until, _)| *until);
        self.beat.next.min(leaves)
    }

    /// Adds its figures.
    pub fn figures(&self, figures: &mut Figures) {
        figures.add("churn_started", self.started);
        figures.add("churn_joined", self.joined);
        figures.add("churn_left", self.left);
        figures.add("churn_failed", self.failed);
        figures.times("join", &self.times);
    }

    /// Opens those that are due, while the window is open.
    pub fn come(&mut self, engine: &mut Engine, now: Nanos) -> Result<(), BenchError> {
        while self.beat.is_due(now).is_some() {
            engine.open(Plan {
                nick: format!("c{:05}", self.started),
                channel: Some(self.channel.clone()),
                prefix: Vec::new(),
            })?;
            self.started += 1;
        }
        Ok(())
    }

    /// Sends those away that have stayed long enough.
    pub fn go(&mut self, engine: &mut Engine, now: Nanos) {
        let is_due = |front: Option<&(Nanos, usize)>| front.is_some_and(|(until, _)| *until <= now);
        while is_due(self.staying.front())
            && let Some((_, number)) = self.staying.pop_front()
        {
            engine.send(number, "QUIT :bye\r\n");
            self.leaving.push_back((now + GOODBYE, number));
        }
        while let Some(&(by, number)) = self.leaving.front()
            && (by <= now || engine.connections[number].stage == Stage::Closed)
        {
            self.leaving.pop_front();
            self.left += 1;
            engine.close(number);
        }
    }

    /// Notes who has joined, and who was closed before.
    pub fn note(&mut self, engine: &mut Engine, stable: usize, measured: Nanos) {
        let now = clock::now();
        for (number, notice) in std::mem::take(&mut engine.notices) {
            match notice {
                _ if number < stable => {}
                Notice::Registered => {}
                Notice::Joined => {
                    let since = engine.connections[number].since;
                    self.joined += 1;
                    if since >= measured {
                        self.times.add(now - since);
                    }
                    self.staying.push_back((now + self.stay, number));
                }
                Notice::Closed => {
                    // An end that was asked for is no fault.
                    engine.totals.disconnects -= 1;
                    let has_left = self.leaving.iter().any(|(_, leaving)| *leaving == number);
                    self.failed += u64::from(!has_left);
                }
            }
        }
        // Goodbyes are no errors either.
        engine.errors.retain(|error| {
            let error = error.to_lowercase();
            !(error.contains("bye") || error.contains("quit") || error.contains("closed in ready"))
        });
    }
}
