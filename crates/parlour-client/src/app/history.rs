//! History (draft/chathistory): backlog and missed messages, requested a few buffers at a time.

use super::App;
use super::history_requests::{FetchKind, HistoryRequest};
use crate::NetworkId;
use crate::SafeText;
use crate::engine::{Event, Feature, HistoryRange, MessageRef, Page};
use crate::model::{BufferKind, LineState, Scroll};

/// Messages requested when a channel is joined for the first time, and when the user scrolls back.
const PAGE: usize = 100;
/// Messages requested at once to fill a gap; the server may set a lower limit.
const GAP_PAGE: usize = 500;
/// Pages that fill a gap. Of a longer gap, the newest page is shown, and the rest is loaded by
/// scrolling.
const GAP_PAGES: usize = 10;
/// Messages that fill a screen.
const SCREENFUL: usize = 40;
/// Pages requested in a row to fill a screen, at most.
const MORE_PAGES: usize = 4;
/// Requests in flight per network, at most.
const AT_ONCE: usize = 8;
/// Waiting requests per network, above which a buffer's history is requested only when shown.
const WAITING: usize = 200;
/// Milliseconds after which a request counts as unanswered.
const PATIENCE: u64 = 30_000;

impl App {
    /// Requests the messages missed in a buffer.
    pub(super) fn catch_up(&mut self, index: usize) {
        match self.model.buffers[index].newest_point() {
            Some(point) if !self.model.buffers[index].detached => {
                self.model.open_gap(index, self.now);
                self.ask_history(
                    index,
                    HistoryRange::After,
                    &point,
                    GAP_PAGE,
                    FetchKind::After(GAP_PAGES),
                );
            }
            Some(_) => self.say_unsent(index),
            None => self.first_history(index),
        }
    }

    /// Requests the newest page of a buffer, unless a request for it is pending.
    pub(super) fn first_history(&mut self, index: usize) {
        let buffer = &self.model.buffers[index];
        let net = buffer.network;
        if buffer.loading || !self.nets[net].is_online() {
            return;
        }
        let (model, questions) = (&self.model, &mut self.nets[net].history_requests);
        if questions.waiting.len() >= WAITING && questions.closed != model.closed {
            // Requests of closed buffers serve nobody; `closed` tells whether there can be any.
            questions.closed = model.closed;
            let waiting = &mut questions.waiting;
            waiting.retain(|question| model.find(net, &question.buffer).is_some());
        }
        if questions.waiting.len() >= WAITING {
            // Requested when the buffer is shown.
            return;
        }
        if self.nets[net].session.supports(Feature::History) {
            let newest = ("*".to_owned(), None);
            self.ask(index, HistoryRange::Latest, newest, PAGE, FetchKind::Latest);
        }
    }

    /// Requests the newest page of the shown buffer, if nothing of it is loaded.
    pub(super) fn first_look(&mut self) {
        let buffer = self.model.buffer();
        let empty = !buffer.lines.iter().any(|line| line.msgid.is_some());
        if buffer.kind != BufferKind::Server && buffer.joined && empty && !buffer.complete {
            self.first_history(self.model.current);
        }
    }

    /// Requests history at a reference point, if the server supports such points.
    pub(super) fn ask_history(
        &mut self,
        index: usize,
        range: HistoryRange,
        point: &MessageRef,
        limit: usize,
        fill: FetchKind,
    ) {
        let net = self.model.buffers[index].network;
        match self.nets[net].session.isupport().reference(point) {
            Some(reference) => self.ask(index, range, (reference, point.time), limit, fill),
            None => self.not_answered(index, fill, "the server does not know that place"),
        }
    }

    fn ask(
        &mut self,
        index: usize,
        range: HistoryRange,
        (point, from): (String, Option<u64>),
        limit: usize,
        fill: FetchKind,
    ) {
        let buffer = &mut self.model.buffers[index];
        // Cleared by the answer, a refusal or the timeout; until then, scrolling requests nothing.
        buffer.loading = true;
        let net = buffer.network;
        let most = self.nets[net].session.isupport().history;
        let question = HistoryRequest {
            buffer: buffer.raw_name.clone(),
            asked: buffer.raw_name.clone(),
            range,
            point,
            from,
            // For channels, the server sends MARKREAD by itself.
            marker: buffer.kind == BufferKind::Person && matches!(fill, FetchKind::Latest),
            limit: if most == 0 { limit } else { limit.min(most) },
            fill,
            at: self.monotonic,
        };
        self.nets[net].history_requests.waiting.push_back(question);
        self.send_waiting(net);
    }

    /// Sends waiting requests while the server has not too many to answer.
    fn send_waiting(&mut self, net: NetworkId) {
        let (state, model) = (&mut self.nets[net], &self.model);
        while state.history_requests.sent.len() < AT_ONCE
            && let Some(mut question) = state.history_requests.waiting.pop_front()
        {
            if model.find(net, &question.buffer).is_none() {
                // Closed meanwhile.
                continue;
            }
            // The timeout runs from sending, not from queueing.
            question.at = self.monotonic;
            question.asked.clone_from(&question.buffer);
            // The marker goes first: the page that follows is counted as unread by it.
            if question.marker && state.session.supports(Feature::ReadMarkers) {
                state.session.fetch_read_marker(&question.buffer);
            }
            let HistoryRequest {
                range,
                point,
                limit,
                ..
            } = &question;
            let session = &mut state.session;
            session.fetch_history(&question.buffer, *range, point, *limit);
            state.history_requests.sent.push(question);
        }
    }

    /// Applies a whole page of history, in the server's order.
    pub(super) fn page(&mut self, net: NetworkId, page: Page) {
        let casemap = self.model.networks[net].casemap;
        let is_it = |q: &str| casemap.same(q, &page.buffer);
        let questions = &self.nets[net].history_requests;
        let question = questions.sent.iter().find(|q| is_it(&q.asked)).cloned();
        // The buffer may have been renamed since: the request has its present name.
        let place = question.as_ref().map_or(&page.buffer, |q| &q.buffer);
        if let Some(index) = self.model.find(net, place) {
            let said = page.events.iter().filter_map(Event::message);
            let ids = said.filter_map(|said| said.msgid.as_deref());
            let neighbour = question.as_ref().map(HistoryRequest::neighbour);
            if question
                .as_ref()
                .is_some_and(|q| q.fill == FetchKind::Onward)
            {
                // A user who reads on downwards stays where they are.
                self.model.buffers[index].hold_at_the_end();
            }
            self.model.buffers[index].begin_page(ids, neighbour.unwrap_or_default());
        }
        // The request is still in `sent` here: `event` looks up its purpose to count unread
        // messages.
        for event in page.events {
            self.event(net, event);
        }
        self.nets[net].history_requests.take(is_it);
        self.send_waiting(net);
        // A page that was not requested, such as a playback, ends here.
        let Some(question) = question else { return };
        let Some(index) = self.model.find(net, &question.buffer) else {
            return;
        };
        let (count, first, last) = (page.count, page.first, page.last);
        let buffer = &mut self.model.buffers[index];
        buffer.loading = false;
        // A server that repeats itself, or goes the other way, is not asked again.
        let leads_on = buffer.end_page() > 0 || question.leads_on(first.as_ref(), last.as_ref());
        let full = count >= question.limit && leads_on;
        if !leads_on && count >= question.limit {
            self.flash("The server sends the same messages again; there may be more.");
        }
        let buffer = &mut self.model.buffers[index];
        // Remembered even if the page showed nothing, so that the next request goes further back.
        if matches!(
            question.fill,
            FetchKind::Latest | FetchKind::Before | FetchKind::Around(_)
        ) {
            buffer.asked_from = first.or(buffer.asked_from.take());
        }
        match question.fill {
            FetchKind::After(pages) if count >= question.limit => {
                // With 0 pages, `fill_on` stops and shows the newest page.
                let pages = if leads_on { pages } else { 0 };
                self.fill_on(index, &question.point, last, pages);
            }
            FetchKind::After(_) => {
                buffer.close_gap();
                self.resend_pending(index);
            }
            FetchKind::Before => {
                buffer.complete = !full;
                self.fill_screen(index);
            }
            FetchKind::Latest => {
                (buffer.complete, buffer.detached) = (!full, false);
                self.resend_pending(index);
                self.restore_scroll(index);
                self.fill_screen(index);
            }
            FetchKind::Around(msgid) => {
                buffer.onward = last;
                self.arrived(index, &msgid);
            }
            FetchKind::Oldest => {
                (buffer.complete, buffer.detached) = (true, full);
                buffer.onward = last;
                self.at_the_oldest(index);
            }
            FetchKind::Onward => {
                buffer.detached &= full;
                buffer.onward = last.or(buffer.onward.take());
            }
        }
        if index == self.model.current {
            self.model.seen();
        }
    }

    /// Goes on filling a gap that is longer than a page.
    fn fill_on(&mut self, index: usize, before: &str, last: Option<MessageRef>, pages: usize) {
        let net = self.model.buffers[index].network;
        let last = last.unwrap_or_default();
        let reference = self.nets[net].session.isupport().reference(&last);
        match reference {
            Some(point) if point != before && pages > 1 => {
                let point = (point, last.time);
                self.ask(
                    index,
                    HistoryRange::After,
                    point,
                    GAP_PAGE,
                    FetchKind::After(pages - 1),
                );
            }
            // Too much was missed to be loaded at once, or the server repeats itself: the newest
            // page is shown, and older ones are loaded by scrolling.
            _ => {
                let buffer = &mut self.model.buffers[index];
                buffer.forget_past();
                self.first_history(index);
            }
        }
    }

    /// Handles a refused request: the one for a buffer that the server names, else the oldest.
    pub(super) fn history_refused(&mut self, net: NetworkId, context: &[String], why: &str) {
        if context.iter().any(|word| word == "TARGETS") {
            return;
        }
        let casemap = self.model.networks[net].casemap;
        let questions = &mut self.nets[net].history_requests;
        let named = |q: &str| context.iter().any(|word| casemap.same(word, q));
        let question = questions.take(named).or_else(|| questions.take(|_| true));
        let Some(question) = question else { return };
        // A message that the server has deleted still has a time. That request has no message ID,
        // so the retry happens once.
        if let (FetchKind::After(_), true) = (&question.fill, question.point.starts_with("msgid="))
            && let Some(index) = self.model.find(net, &question.buffer)
            && let Some(time) = self.model.buffers[index].newest_said()
        {
            let point = MessageRef {
                msgid: None,
                time: Some(time.saturating_sub(1)),
            };
            return self.ask_history(index, HistoryRange::After, &point, GAP_PAGE, question.fill);
        }
        self.unanswered(net, question, why);
    }

    /// Gives up on requests that the server has not answered in time.
    pub(super) fn expire_requests(&mut self, net: NetworkId) {
        let now = self.monotonic;
        let late = |q: &HistoryRequest| now.saturating_sub(q.at) >= PATIENCE;
        // `sent` is in the order of sending, so only its head can be the next to expire.
        while self.nets[net]
            .history_requests
            .sent
            .first()
            .is_some_and(late)
        {
            let question = self.nets[net].history_requests.sent.remove(0);
            self.unanswered(net, question, "the server does not answer");
        }
    }

    fn unanswered(&mut self, net: NetworkId, question: HistoryRequest, why: &str) {
        self.send_waiting(net);
        if let Some(index) = self.model.find(net, &question.buffer) {
            self.model.buffers[index].loading = false;
            self.not_answered(index, question.fill, why);
        }
    }

    /// Handles a request that failed for good.
    fn not_answered(&mut self, index: usize, fill: FetchKind, why: &str) {
        self.changed = true;
        match fill {
            FetchKind::After(_) => {
                // A user who has left has no history; in a channel, the gap is of interest.
                match self.model.buffers[index].kind {
                    BufferKind::Channel => self.model.keep_gap(index, why),
                    BufferKind::Server | BufferKind::Person => {
                        self.model.buffers[index].close_gap()
                    }
                }
                self.say_unsent(index);
            }
            FetchKind::Latest => {
                self.say_unsent(index);
                self.restore_scroll(index);
            }
            FetchKind::Before => self.model.buffers[index].complete = true,
            FetchKind::Around(msgid) => self.arrived(index, &msgid),
            FetchKind::Oldest => {
                self.model.buffers[index].forget_past();
                self.first_history(index);
                if index == self.model.current {
                    self.report_error(&format!("The oldest messages cannot be shown: {why}."));
                }
            }
            FetchKind::Onward => {}
        }
    }

    /// Requests further pages until a screen is full: a page may hold joins and parts only.
    fn fill_screen(&mut self, index: usize) {
        let buffer = &mut self.model.buffers[index];
        let said = buffer.lines.iter().filter(|line| line.is_message()).count();
        let enough = said >= SCREENFUL || buffer.complete;
        buffer.more_pages = if enough { 0 } else { buffer.more_pages + 1 };
        if !enough && buffer.more_pages <= MORE_PAGES && !buffer.detached {
            self.ask_before(index);
        }
    }

    /// Sends again what was in flight when the connection was lost and is not in the server's
    /// history.
    pub(super) fn resend_pending(&mut self, index: usize) {
        let net = &self.nets[self.model.buffers[index].network];
        if !net.has_wanted_nick() {
            // It was written under another nick.
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
        // Removed from the buffer first: sending appends them again.
        for line in self.model.buffers[index].take_undelivered() {
            self.say_line_again(index, &line);
        }
    }

    /// Sends what was never sent. Of messages in flight, nobody can tell whether they arrived: the
    /// user decides.
    pub(super) fn say_unsent(&mut self, index: usize) {
        for line in &mut self.model.buffers[index].lines {
            if line.state == LineState::Unconfirmed {
                line.state = LineState::Failed {
                    why: SafeText::new("it may have arrived all the same"),
                };
            }
        }
        self.resend_pending(index);
    }

    /// Scrolls to where the user was reading in the previous run, if that message is loaded.
    fn restore_scroll(&mut self, index: usize) {
        let buffer = &self.model.buffers[index];
        let held = self.nets[buffer.network].held.remove(&buffer.raw_name);
        if let Some(line) = held.and_then(|msgid| buffer.by_msgid(&msgid)) {
            let line = line.id;
            self.model.buffers[index].scroll = Some(Scroll { line, hidden: 0 });
        }
    }

    /// Requests older messages, when the oldest line comes into sight.
    pub(super) fn load_older(&mut self) {
        let index = self.model.current;
        let buffer = self.model.buffer();
        let net = buffer.network;
        let can = buffer.kind != BufferKind::Server && !buffer.loading && !buffer.complete;
        if !can || !self.nets[net].is_online() || !self.nets[net].session.supports(Feature::History)
        {
            return;
        }
        self.ask_before(index);
    }

    /// Requests the page before everything requested so far.
    fn ask_before(&mut self, index: usize) {
        let buffer = &self.model.buffers[index];
        if let Some(point) = buffer.asked_from.clone().or(buffer.oldest_point()) {
            self.ask_history(index, HistoryRange::Before, &point, PAGE, FetchKind::Before);
        }
    }

    /// Requests the messages after those around a jump target, when their end comes into sight.
    pub(super) fn load_newer(&mut self) {
        let index = self.model.current;
        let buffer = self.model.buffer();
        let net = buffer.network;
        if !buffer.detached || buffer.loading || !self.nets[net].is_online() {
            return;
        }
        if let Some(point) = buffer.onward.clone().or(buffer.newest_point()) {
            self.ask_history(index, HistoryRange::After, &point, PAGE, FetchKind::Onward);
        }
    }
}
