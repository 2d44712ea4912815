//! What was said before and meanwhile: asked of the server, a few buffers at a time.

use std::collections::VecDeque;

use super::App;
use crate::SafeText;
use crate::engine::{Event, Page, Point};
use crate::model::{BufferKind, LineState, Neighbour, Scroll};

/// Messages that are asked for when a room is entered for the first time, and when
/// its past is looked at.
const PAGE: usize = 100;
/// Messages that are asked for at once to fill a gap, if the server tells no limit.
const GAP_PAGE: usize = 500;
/// Pages that a gap is filled with; of what is longer, the newest page is shown and the rest
/// comes when it is scrolled to.
const GAP_PAGES: usize = 10;
/// Messages of which a screen is full, and pages that are asked for one after the other to fill it.
const SCREENFUL: usize = 40;
const MORE_PAGES: usize = 4;
/// Requests that a server is to answer at the same time.
const AT_ONCE: usize = 8;
/// Requests that wait, above which rooms are asked for when they are looked at only.
const WAITING: usize = 200;
/// Milliseconds after which a request is not answered any more.
const PATIENCE: u64 = 30_000;

/// What was asked of a buffer's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fill {
    /// The newest page.
    Latest,
    /// What came after the newest line that is there; so many pages may follow.
    After(usize),
    /// What came before the oldest.
    Before,
    /// What stands around a message that was jumped to.
    Around(String),
    /// What comes after what was jumped to.
    Onward,
    /// The oldest page that there is.
    Oldest,
}

/// A question for the server.
#[derive(Clone, Debug)]
struct HistoryRequest {
    /// The buffer's name as the server has it.
    buffer: String,
    /// What it was called when it was asked.
    asked: String,
    sub: &'static str,
    point: String,
    /// The time of that point, if it is known.
    from: Option<u64>,
    /// Messages.
    limit: usize,
    fill: Fill,
    /// Whether it is asked as well up to where the user has read.
    marker: bool,
    /// When it was sent.
    at: u64,
}

/// The questions of one network: those that were sent, oldest first, and those that wait.
#[derive(Debug, Default)]
pub(super) struct HistoryRequests {
    sent: Vec<HistoryRequest>,
    waiting: VecDeque<HistoryRequest>,
    /// How many buffers had been closed when those of closed ones were looked for last.
    closed: u64,
}

impl HistoryRequest {
    /// The message beside which the answer stands.
    fn neighbour(&self) -> Neighbour {
        let id = self.point.strip_prefix("msgid=").map(str::to_owned);
        match self.fill {
            Fill::Before => Neighbour::Following(id),
            Fill::After(_) | Fill::Onward => Neighbour::Preceding(id),
            Fill::Latest | Fill::Around(_) | Fill::Oldest => Neighbour::Unknown,
        }
    }

    /// Whether an answer goes on in the direction that was asked for, be it with nothing to read.
    fn leads_on(&self, first: Option<&Point>, last: Option<&Point>) -> bool {
        let time = |point: Option<&Point>| point.and_then(|point| point.time);
        match self.fill {
            Fill::Before => time(first)
                .zip(self.from)
                .is_some_and(|(at, from)| at < from),
            Fill::After(_) | Fill::Onward => time(last)
                .zip(self.from)
                .is_some_and(|(at, from)| at > from),
            Fill::Latest | Fill::Around(_) | Fill::Oldest => true,
        }
    }
}

impl HistoryRequests {
    pub fn clear(&mut self) {
        *self = HistoryRequests::default();
    }

    /// What was asked of a buffer, by whether a name is that buffer's.
    pub fn of(&self, is_it: impl Fn(&str) -> bool) -> Option<&Fill> {
        let question = self.sent.iter().find(|question| is_it(&question.buffer))?;
        Some(&question.fill)
    }

    /// A buffer has another name.
    pub fn rename(&mut self, is_it: impl Fn(&str) -> bool, new: &str) {
        for question in self.sent.iter_mut().chain(&mut self.waiting) {
            if is_it(&question.buffer) {
                new.clone_into(&mut question.buffer);
            }
        }
    }

    /// A buffer is closed: nobody waits for what is not asked yet.
    pub fn forget(&mut self, is_it: impl Fn(&str) -> bool) {
        self.waiting.retain(|question| !is_it(&question.buffer));
    }

    fn take(&mut self, is_it: impl Fn(&str) -> bool) -> Option<HistoryRequest> {
        let at = self.sent.iter().position(|q| is_it(&q.asked))?;
        Some(self.sent.remove(at))
    }
}

impl App {
    /// Asks for what was missed in a buffer.
    pub(super) fn catch_up(&mut self, index: usize) {
        match self.model.buffers[index].newest_point() {
            Some(point) if !self.model.buffers[index].detached => {
                self.model.open_gap(index, self.now);
                self.ask_history(index, "AFTER", &point, GAP_PAGE, Fill::After(GAP_PAGES));
            }
            Some(_) => self.say_unsent(index),
            None => self.first_history(index),
        }
    }

    /// Asks for the newest page of a buffer, unless something of it is here.
    pub(super) fn first_history(&mut self, index: usize) {
        let buffer = &self.model.buffers[index];
        let net = buffer.network;
        if buffer.loading || !self.nets[net].is_online() {
            return;
        }
        let (model, questions) = (&self.model, &mut self.nets[net].questions);
        if questions.waiting.len() >= WAITING && questions.closed != model.closed {
            // Nobody waits for what was asked of closed ones.
            questions.closed = model.closed;
            let waiting = &mut questions.waiting;
            waiting.retain(|question| model.find(net, &question.buffer).is_some());
        }
        if questions.waiting.len() >= WAITING {
            // It is asked for when it is looked at.
            return;
        }
        if self.nets[net].session.has("draft/chathistory") {
            let newest = ("*".to_owned(), None);
            self.ask(index, "LATEST", newest, PAGE, Fill::Latest);
        }
    }

    /// The buffer that is looked at may not have been before.
    pub(super) fn first_look(&mut self) {
        let buffer = self.model.buffer();
        let empty = !buffer.lines.iter().any(|line| line.msgid.is_some());
        if buffer.kind != BufferKind::Server && buffer.joined && empty && !buffer.complete {
            self.first_history(self.model.current);
        }
    }

    /// Asks for what stands at a place of a buffer, if the server knows such places.
    pub(super) fn ask_history(
        &mut self,
        index: usize,
        sub: &'static str,
        point: &Point,
        limit: usize,
        fill: Fill,
    ) {
        let net = self.model.buffers[index].network;
        match self.nets[net].session.isupport().reference(point) {
            Some(reference) => self.ask(index, sub, (reference, point.time), limit, fill),
            None => self.not_answered(index, fill, "the server does not know that place"),
        }
    }

    fn ask(
        &mut self,
        index: usize,
        sub: &'static str,
        (point, from): (String, Option<u64>),
        limit: usize,
        fill: Fill,
    ) {
        let buffer = &mut self.model.buffers[index];
        buffer.loading = true;
        let net = buffer.network;
        let most = self.nets[net].session.isupport().history;
        let question = HistoryRequest {
            buffer: buffer.raw_name.clone(),
            asked: buffer.raw_name.clone(),
            sub,
            point,
            from,
            // Of rooms, the server tells it by itself.
            marker: buffer.kind == BufferKind::Person && matches!(fill, Fill::Latest),
            limit: if most == 0 { limit } else { limit.min(most) },
            fill,
            at: self.steady,
        };
        self.nets[net].questions.waiting.push_back(question);
        self.ask_on(net);
    }

    /// Sends what waits, while the server has not too much to answer.
    fn ask_on(&mut self, net: usize) {
        let (state, model) = (&mut self.nets[net], &self.model);
        while state.questions.sent.len() < AT_ONCE
            && let Some(mut question) = state.questions.waiting.pop_front()
        {
            if model.find(net, &question.buffer).is_none() {
                // It was closed meanwhile.
                continue;
            }
            question.at = self.steady;
            question.asked.clone_from(&question.buffer);
            if question.marker && state.session.has("draft/read-marker") {
                state.session.send(&["MARKREAD", &question.buffer]);
            }
            let limit = question.limit.to_string();
            let words = [
                "CHATHISTORY",
                question.sub,
                &question.buffer,
                &question.point,
                &limit,
            ];
            state.session.send(&words);
            state.questions.sent.push(question);
        }
    }

    /// An answer has come, whole: its messages keep the order that the server has put them in.
    pub(super) fn page(&mut self, net: usize, page: Page) {
        let casemap = self.model.networks[net].casemap;
        let is_it = |q: &str| casemap.same(q, &page.buffer);
        let questions = &self.nets[net].questions;
        let question = questions.sent.iter().find(|q| is_it(&q.asked)).cloned();
        let place = question.as_ref().map_or(&page.buffer, |q| &q.buffer);
        if let Some(index) = self.model.find(net, place) {
            let ids = page.events.iter().filter_map(|event| match event {
                Event::Message(said) => said.msgid.as_deref(),
                _ => None,
            });
            let neighbour = question.as_ref().map(HistoryRequest::neighbour);
            if question.as_ref().is_some_and(|q| q.fill == Fill::Onward) {
                // Whoever reads on downwards goes on where they are.
                self.model.buffers[index].hold_at_the_end();
            }
            self.model.buffers[index].begin_page(ids, neighbour.unwrap_or_default());
        }
        for event in page.events {
            self.event(net, event);
        }
        self.nets[net].questions.take(is_it);
        self.ask_on(net);
        let Some(question) = question else { return };
        let Some(index) = self.model.find(net, &question.buffer) else {
            return;
        };
        let (count, first, last) = (page.count, page.first, page.last);
        let buffer = &mut self.model.buffers[index];
        buffer.loading = false;
        // A server that tells the same again, or goes the other way, is asked no more.
        let leads_on = buffer.end_page() > 0 || question.leads_on(first.as_ref(), last.as_ref());
        let full = count >= question.limit && leads_on;
        if !leads_on && count >= question.limit {
            self.flash("The server sends the same messages again; there may be more.");
        }
        let buffer = &mut self.model.buffers[index];
        if matches!(question.fill, Fill::Latest | Fill::Before | Fill::Around(_)) {
            buffer.asked_from = first.or(buffer.asked_from.take());
        }
        match question.fill {
            Fill::After(pages) if count >= question.limit => {
                let pages = if leads_on { pages } else { 0 };
                self.fill_on(index, &question.point, last, pages);
            }
            Fill::After(_) => {
                buffer.close_gap();
                self.say_again(index);
            }
            Fill::Before => {
                buffer.complete = !full;
                self.want_more(index);
            }
            Fill::Latest => {
                (buffer.complete, buffer.detached) = (!full, false);
                self.say_again(index);
                self.hold_again(index);
                self.want_more(index);
            }
            Fill::Around(msgid) => {
                buffer.onward = last;
                self.arrived(index, &msgid);
            }
            Fill::Oldest => {
                (buffer.complete, buffer.detached) = (true, full);
                buffer.onward = last;
                self.at_the_oldest(index);
            }
            Fill::Onward => {
                buffer.detached &= full;
                buffer.onward = last.or(buffer.onward.take());
            }
        }
        if index == self.model.current {
            self.model.seen();
        }
    }

    /// A gap is longer than a page.
    fn fill_on(&mut self, index: usize, before: &str, last: Option<Point>, pages: usize) {
        let net = self.model.buffers[index].network;
        let last = last.unwrap_or_default();
        let reference = self.nets[net].session.isupport().reference(&last);
        match reference {
            Some(point) if point != before && pages > 1 => {
                let point = (point, last.time);
                self.ask(index, "AFTER", point, GAP_PAGE, Fill::After(pages - 1));
            }
            // Too much was said to be read at once, or the server tells the same again: the newest
            // page is shown, and what came before it when somebody scrolls there.
            _ => {
                let buffer = &mut self.model.buffers[index];
                buffer.forget_past();
                self.first_history(index);
            }
        }
    }

    /// A request was refused: the one for a buffer that the server names, else the oldest.
    pub(super) fn history_refused(&mut self, net: usize, context: &[String], why: &str) {
        if context.iter().any(|word| word == "TARGETS") {
            return;
        }
        let casemap = self.model.networks[net].casemap;
        let questions = &mut self.nets[net].questions;
        let named = |q: &str| context.iter().any(|word| casemap.same(word, q));
        let question = questions.take(named).or_else(|| questions.take(|_| true));
        let Some(question) = question else { return };
        // A message that the server has let go has a time still.
        if let (Fill::After(_), true) = (&question.fill, question.point.starts_with("msgid="))
            && let Some(index) = self.model.find(net, &question.buffer)
            && let Some(time) = self.model.buffers[index].newest_said()
        {
            let point = Point {
                msgid: None,
                time: Some(time.saturating_sub(1)),
            };
            return self.ask_history(index, "AFTER", &point, GAP_PAGE, question.fill);
        }
        self.unanswered(net, question, why);
    }

    /// Gives up on what the server has not answered for too long.
    pub(super) fn lose_patience(&mut self, net: usize) {
        let now = self.steady;
        let late = |q: &HistoryRequest| now.saturating_sub(q.at) >= PATIENCE;
        while self.nets[net].questions.sent.first().is_some_and(late) {
            let question = self.nets[net].questions.sent.remove(0);
            self.unanswered(net, question, "the server does not answer");
        }
    }

    fn unanswered(&mut self, net: usize, question: HistoryRequest, why: &str) {
        self.ask_on(net);
        if let Some(index) = self.model.find(net, &question.buffer) {
            self.model.buffers[index].loading = false;
            self.not_answered(index, question.fill, why);
        }
    }

    /// What was asked of a buffer does not come.
    fn not_answered(&mut self, index: usize, fill: Fill, why: &str) {
        self.changed = true;
        match fill {
            Fill::After(_) => {
                // Somebody who has gone has no past; of a room, one wants to know.
                match self.model.buffers[index].kind {
                    BufferKind::Channel => self.model.keep_gap(index, why),
                    _ => self.model.buffers[index].close_gap(),
                }
                self.say_unsent(index);
            }
            Fill::Latest => {
                self.say_unsent(index);
                self.hold_again(index);
            }
            Fill::Before => self.model.buffers[index].complete = true,
            Fill::Around(msgid) => self.arrived(index, &msgid),
            Fill::Oldest => {
                self.model.buffers[index].forget_past();
                self.first_history(index);
                if index == self.model.current {
                    self.complain(&format!("The oldest messages cannot be shown: {why}."));
                }
            }
            Fill::Onward => {}
        }
    }

    /// A page can be of those who came and went alone: then one more is asked for, and one more.
    fn want_more(&mut self, index: usize) {
        let buffer = &mut self.model.buffers[index];
        let said = buffer.lines.iter().filter(|line| line.is_said()).count();
        let enough = said >= SCREENFUL || buffer.complete;
        buffer.more_pages = if enough { 0 } else { buffer.more_pages + 1 };
        if !enough && buffer.more_pages <= MORE_PAGES && !buffer.detached {
            self.ask_before(index);
        }
    }

    /// Says once more what was on its way when the connection was lost, and is not among
    /// what the server has kept.
    pub(super) fn say_again(&mut self, index: usize) {
        let net = &self.nets[self.model.buffers[index].network];
        if !net.is_called_right() {
            // It was meant to be said by somebody else.
            let why = format!(
                "you are {} here now, not {}",
                net.session.nick(),
                net.wanted_nick()
            );
            let why = SafeText::new(&why);
            for line in &mut self.model.buffers[index].lines {
                if matches!(line.state, LineState::Waiting | LineState::Unconfirmed) {
                    line.state = LineState::Failed { why: why.clone() };
                }
            }
            return;
        }
        for line in self.model.buffers[index].take_unheard() {
            self.say_line_again(index, &line);
        }
    }

    /// Says what was never sent. Of what was on its way, nobody can tell here whether it has
    /// arrived: the user decides.
    pub(super) fn say_unsent(&mut self, index: usize) {
        for line in &mut self.model.buffers[index].lines {
            if line.state == LineState::Unconfirmed {
                line.state = LineState::Failed {
                    why: SafeText::new("it may have arrived all the same"),
                };
            }
        }
        self.say_again(index);
    }

    /// Scrolls to where the user was reading in an earlier life, if that is here.
    fn hold_again(&mut self, index: usize) {
        let buffer = &self.model.buffers[index];
        let held = self.nets[buffer.network].held.remove(&buffer.raw_name);
        if let Some(line) = held.and_then(|msgid| buffer.by_msgid(&msgid)) {
            let line = line.id;
            self.model.buffers[index].scroll = Some(Scroll { line, hidden: 0 });
        }
    }

    /// Asks for what came before the oldest line, when that comes into sight.
    pub(super) fn look_further_back(&mut self) {
        let index = self.model.current;
        let buffer = self.model.buffer();
        let net = buffer.network;
        let can = buffer.kind != BufferKind::Server && !buffer.loading && !buffer.complete;
        if !can || !self.nets[net].is_online() || !self.nets[net].session.has("draft/chathistory") {
            return;
        }
        self.ask_before(index);
    }

    /// Asks for what came before all that was asked for so far.
    fn ask_before(&mut self, index: usize) {
        let buffer = &self.model.buffers[index];
        if let Some(point) = buffer.asked_from.clone().or(buffer.oldest_point()) {
            self.ask_history(index, "BEFORE", &point, PAGE, Fill::Before);
        }
    }

    /// Asks for what comes after what was jumped to, when its end comes into sight.
    pub(super) fn look_further_on(&mut self) {
        let index = self.model.current;
        let buffer = self.model.buffer();
        let net = buffer.network;
        if !buffer.detached || buffer.loading || !self.nets[net].is_online() {
            return;
        }
        if let Some(point) = buffer.onward.clone().or(buffer.newest_point()) {
            self.ask_history(index, "AFTER", &point, PAGE, Fill::Onward);
        }
    }
}
