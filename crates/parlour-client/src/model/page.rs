//! A page of history, put where it belongs.
//!
//! The server's order counts, never the time alone: many messages may have been said in one
//! millisecond, and clocks are set. Messages of the page that are here already are its anchors; the
//! others keep their places between them.

use std::collections::{HashSet, VecDeque};

use super::buffer::MAX_LINES;
use super::{Buffer, Line, LineId, LineKind};

/// The message beside which a page stands, by its id, if it was asked for so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Neighbour {
    /// It comes after this one.
    Preceding(Option<String>),
    /// It comes before this one; without an id, before all that the server has told.
    Following(Option<String>),
    /// It may stand anywhere.
    #[default]
    Unknown,
}

/// A page that is being put in its place.
#[derive(Debug)]
pub(super) struct Page {
    /// The ids of its messages that are here and still to come, in its order.
    known: VecDeque<String>,
    /// The line of the page that was put, or found, last.
    last: Option<LineId>,
    /// The line that all of the page comes before.
    end: Option<LineId>,
    /// Lines that were new.
    new: usize,
}

impl Buffer {
    /// A page begins, whose messages have these ids.
    pub(crate) fn begin_page<'a>(
        &mut self,
        ids: impl Iterator<Item = &'a str>,
        neighbour: Neighbour,
    ) {
        let here: HashSet<&str> = self
            .lines
            .iter()
            .filter_map(|l| l.msgid.as_deref())
            .collect();
        let known = ids.filter(|id| here.contains(id)).map(str::to_owned);
        let known = known.collect();
        let line = |id: Option<String>| Some(self.by_msgid(&id?)?.id);
        let (last, end) = match neighbour {
            Neighbour::Preceding(id) => (line(id), None),
            Neighbour::Following(id) => {
                let oldest = || self.lines.iter().find(|line| line.msgid.is_some());
                (None, line(id).or_else(|| Some(oldest()?.id)))
            }
            Neighbour::Unknown => (None, None),
        };
        self.page = Some(Page {
            known,
            last,
            end,
            new: 0,
        });
    }

    /// The page is put; how many of its messages were new.
    pub(crate) fn end_page(&mut self) -> usize {
        self.page.take().map_or(0, |page| page.new)
    }

    /// A message of the page is here already.
    pub(super) fn page_has(&mut self, line: LineId) {
        let id = self.lines.iter().rev().find(|l| l.id == line);
        let id = id.and_then(|l| l.msgid.clone());
        if let Some(page) = &mut self.page {
            page.last = Some(line);
            if let Some(at) = page
                .known
                .iter()
                .position(|known| Some(known) == id.as_ref())
            {
                page.known.drain(..=at);
            }
        }
    }

    /// Puts a line of the past in its place: where its page has it, else where its time puts it.
    pub(super) fn insert_past(&mut self, line: Line) {
        let (id, at) = (line.id, self.place_in_page(&line));
        match at {
            Some(at) => {
                self.lines.insert(at, line);
                self.trim(MAX_LINES);
            }
            None => self.insert_by_time(line),
        }
        if let Some(page) = &mut self.page {
            page.last = Some(id);
            page.new += 1;
        }
    }

    /// Where the page has a line. What the client itself has noted stands between by its time.
    fn place_in_page(&self, line: &Line) -> Option<usize> {
        let page = self.page.as_ref()?;
        let next = page.known.front();
        let next = next.and_then(|id| {
            self.lines
                .iter()
                .rposition(|l| l.msgid.as_ref() == Some(id))
        });
        let end = next.or_else(|| self.position(page.end?));
        if let Some(last) = page.last.and_then(|last| self.position(last)) {
            let end = end.filter(|&end| end > last).unwrap_or(self.lines.len());
            let older = |other: &Line| {
                other.kind != LineKind::Gap
                    && other.is_settled()
                    && match other.msgid {
                        Some(_) => other.time < line.time,
                        None => other.time <= line.time,
                    }
            };
            let between = self.lines.range(last + 1..end);
            return Some(last + 1 + between.take_while(|other| older(other)).count());
        }
        let end = end?;
        let newer = |other: &&Line| other.msgid.is_none() && other.time > line.time;
        let behind = self.lines.range(..end).rev().take_while(newer).count();
        Some(end - behind)
    }
}
