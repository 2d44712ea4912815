//! Insertion of a history page into its buffer.
//!
//! The server's order counts, never the time alone: many messages may share a millisecond, and
//! clocks are set. Messages of the page that are already present are its anchors; the others keep
//! their places between them.

use std::collections::{HashSet, VecDeque};

use super::buffer::MAX_LINES;
use super::{Buffer, Line, LineId, LineKind};

/// Neighbour of a page, by message id, if the page was requested relative to one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Neighbour {
    /// Message that comes before the page.
    Preceding(Option<String>),
    /// Message that comes after the page; none for the oldest message present.
    Following(Option<String>),
    /// Unknown neighbour: the page may stand anywhere.
    #[default]
    Unknown,
}

/// Page that is being inserted.
#[derive(Debug)]
pub(super) struct Page {
    /// Message ids of the page that are present and not yet reached, in its order.
    known: VecDeque<String>,
    /// Line of the page that was inserted or found last.
    last: Option<LineId>,
    /// Line that the whole page comes before.
    end: Option<LineId>,
    /// Number of new lines.
    new: usize,
}

impl Buffer {
    /// Begins the insertion of a page whose messages have these ids.
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

    /// Ends the insertion of a page; returns how many of its messages were new.
    pub(crate) fn end_page(&mut self) -> usize {
        self.page.take().map_or(0, |page| page.new)
    }

    /// Records that a message of the page is already present, as the new anchor.
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
                // Anchors that were passed over are of no use: the page goes on after this one.
                page.known.drain(..=at);
            }
        }
    }

    /// Inserts a line of the past: where its page has it, else by its time.
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

    /// Returns the index at which the page has a line. The client's own lines between go by time.
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
            // The page and the buffer may disagree on the order, so the end can lie before the
            // anchor.
            let end = end.filter(|&end| end > last).unwrap_or(self.lines.len());
            // At equal times the line goes before other messages, but after the client's own lines.
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
