/**
 * The timeline of a room. Only a window of the loaded lines is on the page; it moves with the reader,
 * and pages of history are loaded when it comes near their end.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Line } from "../model/line.js"
 * @import { Room } from "../model/room.js"
 * @import { Shown } from "./chat.js"
 */

import { useEffect, useLayoutEffect, useRef, useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { changed } from "../model/store.js";
import { dayOf, isSameDay, timeOfDay } from "../text/time.js";
import { onLongPress } from "./press.js";
import { EventRow, Row, rowOf } from "./row.js";

/** Height of the lowest row, in pixels. */
const LOWEST = 23;
/** Lines by which the window moves. */
const STEP = 14;
/** Distance from an end at which the window moves, in pixels. */
const NEAR = 400;
/** Returns the number of lines on the page: those that are seen, and as far as the window moves at each end. */
const linesOnPage = () => Math.ceil((innerHeight + 2 * NEAR) / LOWEST);
/** Distance from the end within which new lines are followed, in pixels. */
const STICK = 40;
/** Time for which a message that was jumped to stands out, in milliseconds. */
const FLASH = 2_000;
/** Time between two announcements for screen readers, in milliseconds. */
const ANNOUNCE_EVERY = 1_000;
/** Time within which messages of one author stand together, in milliseconds. */
const TOGETHER = 5 * 60_000;

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {Room} props.room
 * @param {(shown: Shown) => void} props.onShow
 * @param {(target: { reply: string, edit: string }) => void} props.onTarget
 */
export function Timeline({ chat, room, onShow, onTarget }) {
  const list = useRef(/** @type {HTMLDivElement | null} */ (null));
  const rowList = useRef(/** @type {HTMLOListElement | null} */ (null));
  // Index behind the last line on the page; Infinity while the end is followed.
  const end = useRef(Infinity);
  const first = useRef(room.lines[0]?.key);
  const [, redraw] = useState(0);
  const setEnd = (/** @type {number} */ index) => {
    if (index === end.current) return;
    end.current = index;
    redraw((count) => count + 1);
  };
  const [focused, setFocused] = useState("");
  const [flashed, setFlashed] = useState("");
  const anchor = useRef(/** @type {{ key: string, top: number } | undefined} */ (undefined));
  const lastTop = useRef(0);
  const lastHeight = useRef(0);
  const { lines } = room;
  // A page that was loaded before moves all indices.
  if (first.current !== lines[0]?.key) {
    const shift = lines.findIndex((line) => line.key === first.current);
    if (shift > 0) end.current += shift;
    first.current = lines[0]?.key;
  }
  const most = linesOnPage();
  const to = Math.min(end.current, lines.length);
  const from = Math.max(0, to - most);
  const shown = lines.slice(from, to);

  /** Notes where the first visible line is, so that it stays there when lines come or go above. */
  const hold = () => {
    const element = list.current;
    if (!element) return;
    const top = element.getBoundingClientRect().top;
    for (const child of rowList.current?.children ?? []) {
      const box = child.getBoundingClientRect();
      const key = child instanceof HTMLElement ? child.dataset.key : undefined;
      if (key && box.bottom > top + 1) {
        anchor.current = { key, top: box.top - top };
        return;
      }
    }
  };

  /** Notes what the reader was shown. */
  const note = () => {
    const element = list.current;
    if (!element) return;
    lastTop.current = element.scrollTop;
    lastHeight.current = element.scrollHeight;
  };

  // The reader may have scrolled already, and the event of it is still to come.
  const seen = list.current;
  if (seen && seen.scrollHeight === lastHeight.current && seen.scrollTop !== lastTop.current) {
    if (seen.scrollTop < lastTop.current - STICK && !chat.goesToEnd) chat.isAtEnd = false;
    hold();
  }

  const followEnd = () => {
    const element = list.current;
    if (!element) return;
    element.scrollTop = element.scrollHeight;
    note();
  };

  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    if (chat.jumpTo) {
      const index = lines.findIndex((line) => line.key === chat.jumpTo);
      const row = row_(element, chat.jumpTo);
      if (index >= 0 && !row) {
        setEnd(Math.min(lines.length, index + Math.ceil(most / 2)));
        return;
      }
      if (row) {
        row.scrollIntoView({ block: "center" });
        const key = chat.jumpTo;
        setFlashed(key);
        setTimeout(() => setFlashed((now) => (now === key ? "" : now)), FLASH);
        // From here on the window stays where it is.
        end.current = Math.min(end.current, lines.length);
        row.focus({ preventScroll: true });
        chat.isAtEnd = false;
        hold();
      }
      chat.jumpTo = "";
    } else if (chat.isAtEnd && !room.hasAfter) {
      // A key may have led here from a window far up.
      setEnd(Infinity);
      followEnd();
    } else if (anchor.current) {
      const row = row_(element, anchor.current.key);
      if (row) {
        const now = row.getBoundingClientRect().top - element.getBoundingClientRect().top;
        element.scrollTop += now - anchor.current.top;
      }
    }
    chat.goesToEnd = false;
    note();
  });

  // Pictures and the composer change heights without a change of the model.
  useEffect(() => {
    const element = list.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => {
      if (chat.isAtEnd && !room.hasAfter) followEnd();
    });
    observer.observe(element);
    // Whatever grows in a row makes the list grow.
    if (rowList.current) observer.observe(rowList.current);
    return () => observer.disconnect();
  }, [room]);

  const move = () => {
    const element = list.current;
    // What was scrolled before the key or the button that leads to the end comes to nothing.
    if (!element || chat.goesToEnd) return;
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    const wasAtEnd = chat.isAtEnd;
    // Lines that have come since the last drawing belong to the end that is followed.
    const isLast = (end.current === Infinity || to >= lines.length) && !room.hasAfter;
    // Only the reader leaves the end; a picture that grows does not.
    // What the page has moved by itself is noted already: a key that leads to the end still counts.
    const moved = element.scrollTop - lastTop.current;
    if (isLast && below <= STICK) chat.isAtEnd = true;
    else if (moved < -1 || (moved > 1 && !isLast)) chat.isAtEnd = false;
    note();
    hold();
    if (chat.isAtEnd) {
      setEnd(Infinity);
      if (!wasAtEnd) {
        chat.markRead();
        changed();
      }
      return;
    }
    if (wasAtEnd) {
      // From here on the window stays where it is.
      if (end.current === Infinity) setEnd(lines.length);
      changed();
    }
    fill();
  };

  /** Moves the window, or loads a page, if one of its ends is near. */
  const fill = () => {
    const element = list.current;
    if (!element || chat.isAtEnd) return;
    // Of a short list both ends are near.
    const isAbove = element.scrollTop < NEAR;
    const isBelow = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    if (isAbove && from > 0) setEnd(Math.max(most, to - STEP));
    else if (isBelow && to < lines.length) setEnd(to + STEP);
    else if (isAbove && room.hasBefore) chat.history.loadBefore(room);
    else if (isBelow) chat.history.loadAfter(room);
  };
  const latestFill = useRef(fill);
  latestFill.current = fill;
  // Who waits at an end does not scroll when a page has come.
  useEffect(() => {
    const frame = requestAnimationFrame(() => latestFill.current());
    return () => cancelAnimationFrame(frame);
  }, [from, lines.length, room.loading]);

  const hovered = useRef(/** @type {Row | undefined} */ (undefined));
  /** @param {Row | undefined} row */
  const hover = (row) => {
    const before = hovered.current;
    if (row === before) return;
    hovered.current = row;
    row?.activate(true);
    if (before && before !== rowOf(document.activeElement)) before.activate(false);
  };
  const longPress = useRef(onLongPress((target) => {
    const row = target instanceof Element && target.closest("dialog") ? undefined : rowOf(target);
    return row?.canAct ? row.openMenu : undefined;
  }));

  /** @param {KeyboardEvent} event */
  const press = (event) => {
    const focusedRow = event.target instanceof Element && event.target.matches("[data-key]") ? rowOf(event.target) : undefined;
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (!focusedRow) return;
    if (!step) return focusedRow.press(event);
    const rows = [...(list.current?.querySelectorAll("[data-key][tabindex]") ?? [])];
    const at = rows.findIndex((row) => row === event.target);
    event.preventDefault();
    const next = rows[at + step];
    if (next instanceof HTMLElement) next.focus();
    else if (step > 0) document.querySelector("textarea")?.focus();
  };

  const below = chat.isAtEnd ? 0 : lines.filter((line) => line.id && !line.own && line.time > room.read).length;
  return html`<div class="timeline">
    <div
      ref=${list}
      class="lines"
      role="log"
      aria-label=${`Messages in ${room.name}`}
      aria-live="off"
      aria-busy=${room.loading !== ""}
      tabindex="0"
      onScroll=${move}
      onKeyDown=${press}
      onFocusIn=${(/** @type {FocusEvent} */ event) => {
        const row = rowOf(event.target);
        if (row) setFocused(row.props.line.key);
        row?.activate(true);
      }}
      onFocusOut=${(/** @type {FocusEvent} */ event) => {
        const row = rowOf(event.target);
        if (row !== hovered.current && row !== rowOf(event.relatedTarget)) row?.activate(false);
      }}
      onMouseOver=${(/** @type {MouseEvent} */ event) => hover(rowOf(event.target))}
      onMouseLeave=${() => hover(undefined)}
      ...${longPress.current}
    >
      <ol ref=${rowList}>
      <li class="edge">
        ${room.loading === "before" || (room.loading === "latest" && !lines.length)
          ? "Loading …"
          : from > 0 || room.hasBefore
            ? html`<button onClick=${() => (from > 0 ? setEnd(Math.max(most, to - STEP)) : chat.history.loadBefore(room))}>▲ Earlier messages</button>`
            : "This is the beginning."}
      </li>
      ${rows(chat, room, shown, { focused, flashed }, onShow, onTarget)}
      ${room.hasAfter && to >= lines.length && html`<li class="edge">${room.loading === "after" ? "Loading …" : "▼ Later messages"}</li>`}
      </ol>
    </div>
    ${!chat.isAtEnd &&
    html`<button class="newer" onClick=${() => {
      setEnd(Infinity);
      chat.history.toEnd(room);
      chat.markRead();
    }}>▼ ${below ? `${below} newer` : "To the end"}</button>`}
    <${Announcer} room=${room} />
    <${Typing} room=${room} />
  </div>`;
}

/**
 * @param {HTMLElement} list
 * @param {string} key
 * @returns {HTMLElement | null}
 */
const row_ = (list, key) => list.querySelector(`[data-key="${CSS.escape(key)}"]`);

/**
 * Returns the rows of the lines: days, the line of the unread, messages, joins and leaves in one.
 *
 * @param {Chat} chat
 * @param {Room} room
 * @param {Line[]} lines
 * @param {{ focused: string, flashed: string }} keys
 * @param {(shown: Shown) => void} onShow
 * @param {(target: { reply: string, edit: string }) => void} onTarget
 */
function rows(chat, room, lines, { focused, flashed }, onShow, onTarget) {
  const out = [];
  const reachable = lines.some((line) => line.key === focused) ? focused : (lines.findLast((line) => line.kind !== "event")?.key ?? "");
  /** @type {Line | undefined} */
  let before;
  /** @type {number | undefined} */
  let lastTime;
  const firstUnread = room.firstUnread;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    if (lastTime === undefined || !isSameDay(lastTime, line.time)) {
      out.push(html`<li class="day" key=${`d${line.key}`}><span>${dayOf(line.time)}</span></li>`);
      before = undefined;
    }
    lastTime = line.time;
    if (line === room.lines[firstUnread]) {
      const count = room.lines.slice(firstUnread).filter(({ own, kind }) => !own && kind !== "event").length;
      const isMore = room.hasAfter || (room.hasBefore && !room.lines.some(({ id, time }) => id && time <= room.unreadLine));
      out.push(html`<li class="unread-line" key=${`u${line.key}`}><span>${count}${isMore ? "+" : ""} new since ${timeOfDay(line.time)}</span></li>`);
      before = undefined;
    }
    if (line.kind === "event" || line.kind === "error") {
      const run = [line];
      while (isFolded(line) && lines[index + 1] && isFolded(lines[index + 1]) && isSameDay(line.time, lines[index + 1].time)) {
        index += 1;
        run.push(lines[index]);
      }
      out.push(html`<${EventRow} key=${line.key} lines=${run} />`);
      before = undefined;
      continue;
    }
    const isTogether =
      before !== undefined &&
      before.nick === line.nick &&
      before.kind === line.kind &&
      line.kind === "message" &&
      !line.reply &&
      line.time - before.time < TOGETHER;
    out.push(
      html`<${Row}
        key=${line.key}
        chat=${chat}
        room=${room}
        line=${line}
        answered=${line.reply ? room.find(line.reply) : undefined}
        isTogether=${isTogether}
        isReachable=${line.key === reachable}
        isFlashed=${line.key === flashed}
        myNick=${chat.session.nick}
        people=${room.members.size}
        onShow=${onShow}
        onTarget=${onTarget}
      />`,
    );
    before = line;
  }
  return out;
}

/** @param {Line} line */
const isFolded = (line) => line.kind === "event" && /^[+−]\S+$/.test(line.text);

/**
 * Tells screen readers of new messages, at most once a second.
 *
 * @param {{ room: Room }} props
 */
function Announcer({ room }) {
  const [[id, text], setSaid] = useState(["", ""]);
  const seen = useRef(room.newest);
  const timer = useRef(0);
  useEffect(() => {
    if (room.newest <= seen.current || timer.current) return;
    timer.current = window.setTimeout(() => {
      timer.current = 0;
      const fresh = room.lines.filter((line) => line.id && !line.own && line.time > seen.current);
      seen.current = room.newest;
      const [only] = fresh;
      if (fresh.length === 1 && only) setSaid([only.id, `${only.nick}: ${only.text.slice(0, 300)}`]);
      else if (fresh.length > 1) setSaid(["", `${fresh.length} new messages in ${room.name}`]);
    }, ANNOUNCE_EVERY);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return html`<p class="unseen" role="status" aria-live="polite">${id && room.find(id)?.deleted ? "" : text}</p>`;
}

/** @param {{ room: Room }} props */
function Typing({ room }) {
  const nicks = [...room.typing.keys()];
  const text =
    nicks.length === 0
      ? ""
      : nicks.length === 1
        ? `${nicks[0]} is typing …`
        : nicks.length < 4
          ? `${nicks.slice(0, -1).join(", ")} and ${nicks.at(-1)} are typing …`
          : "Several people are typing …";
  return html`<p class="typing">${text}</p>`;
}
