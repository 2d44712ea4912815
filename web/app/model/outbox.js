/**
 * Outbox: messages that the server has not confirmed yet. They outlast a lost connection and a
 * reload of the page.
 *
 * A message that was said without a connection was certainly not sent. What was on its way when the connection
 * was lost may have arrived: it is sent again only if the history since then does not have it.
 *
 * @import { Chat } from "./chat.js"
 * @import { Line } from "./line.js"
 * @import { Room } from "./room.js"
 *
 * @typedef {object} Pending
 * @property {string} key Key of its line.
 * @property {string} room
 * @property {string} text With the codes of formatting.
 * @property {string} reply
 * @property {string} edit
 * @property {boolean} action
 * @property {number} time
 * @property {string} after Id of the newest message of the room when it was sent.
 * @property {string} [problem] Reason why it was refused, if it was.
 * @property {boolean} wasSent True if it was on its way when the connection was lost.
 */

import { safeText } from "../text/safe.js";
import { event, newKey } from "./line.js";
import { load, save } from "./preferences.js";
import { changed } from "./store.js";

/** Messages that may wait. */
const MOST = 200;
/** Bytes of a message that others get uncut, whatever their nick, user and host are. */
const LINE = 330;
/** Clock difference that is tolerated when a message is looked for in the history, in milliseconds. */
const SKEW = 120_000;

const encoder = new TextEncoder();

export class Outbox {
  /** @param {Chat} chat */
  constructor(chat) {
    this.chat = chat;
    /** @type {Map<string, Pending>} Messages on their way, by label. */
    this.sent = new Map();
    /** @type {Pending[]} Messages that wait for a connection. */
    this.waiting = [];
    this.labels = 0;
    const kept = load("outbox", sessionStorage);
    if (Array.isArray(kept)) this.restored = /** @type {Pending[]} */ (kept);
  }

  /** @type {Pending[]} Messages of an earlier load of the page. */
  restored = [];

  get count() {
    return this.waiting.length + this.restored.length;
  }

  /**
   * Says something in a room.
   *
   * @param {Room} room
   * @param {{ text: string, reply?: string, edit?: string, action?: boolean }} message
   */
  say(room, { text, reply = "", edit = "", action = false }) {
    if (this.sent.size + this.waiting.length >= MOST) {
      return this.chat.tell("Too many messages wait to be sent. Wait until some have gone.");
    }
    const pending = { key: newKey(), room: room.name, text, reply, edit, action, time: Date.now(), wasSent: false, after: "" };
    if (edit) {
      this.chat.history.toEnd(room);
    } else {
      if (room.hasAfter) this.chat.history.toEnd(room);
      this.show(room, pending, "sending");
    }
    // A room that was never loaded is loaded first, and then the outbox is emptied.
    if (this.chat.isConnected && room.isLoaded) this.send(pending);
    else this.wait(pending);
    changed();
  }

  /** @param {Pending} pending */
  wait(pending) {
    this.waiting.push(pending);
    this.chat.find(pending.room)?.update(pending.key, { state: "waiting", problem: "" });
    this.keep();
  }

  /** True if nothing is kept any more: what is kept belongs to another login. */
  isOver = false;

  keep() {
    if (this.isOver) return;
    const refused = [...this.failed.values()].filter(({ edit }) => !edit);
    const all = [...refused, ...this.restored, ...this.waiting, ...this.sent.values()].map((pending) => ({
      ...pending,
      wasSent: pending.wasSent || [...this.sent.values()].includes(pending),
    }));
    save("outbox", all.length ? all : null, sessionStorage);
  }

  /** @param {Pending} pending */
  send(pending) {
    const { session } = this.chat;
    this.labels += 1;
    const label = `m${this.labels}`;
    pending.after = this.chat.find(pending.room)?.lines.findLast(({ id }) => id)?.id ?? "";
    this.sent.set(label, pending);
    this.keep();
    const tags = { label, "+draft/reply": pending.reply || undefined, "+draft/edit": pending.edit || undefined };
    const { room, text, action } = pending;
    const lines = text.split("\n");
    if (action) {
      session.sendTagged(tags, "PRIVMSG", room, `\x01ACTION ${lines.join(" ")}\x01`);
    } else if (lines.length === 1 && encoder.encode(text).length <= LINE) {
      session.sendTagged(tags, "PRIVMSG", room, text);
    } else {
      this.sendLines(pending, tags, lines);
    }
    if (!session.has("echo-message")) this.confirm(label, undefined, Boolean(pending.edit));
  }

  /**
   * Sends a message of several lines, as one where the server knows draft/multiline.
   *
   * @param {Pending} pending
   * @param {Record<string, string | undefined>} tags
   * @param {string[]} lines
   */
  sendLines({ room }, tags, lines) {
    const { session } = this.chat;
    if (!session.has("draft/multiline")) {
      const pieces = lines.filter(Boolean).flatMap((line) => split(line));
      // The label is the last one's, so that its echo confirms all of them.
      pieces.forEach((piece, index) =>
        session.sendTagged(index === pieces.length - 1 ? tags : { ...tags, label: undefined }, "PRIVMSG", room, piece),
      );
      return;
    }
    const batch = `b${this.labels}`;
    session.sendTagged(tags, "BATCH", `+${batch}`, "draft/multiline", room);
    for (const line of lines) {
      split(line).forEach((piece, index) =>
        session.sendTagged(
          { batch, "draft/multiline-concat": index > 0 ? "" : undefined },
          "PRIVMSG",
          room,
          piece,
        ),
      );
    }
    session.send("BATCH", `-${batch}`);
  }

  /**
   * Returns the most bytes and lines of a message.
   */
  get limits() {
    const { session } = this.chat;
    if (!session.has("draft/multiline")) return { bytes: 16_000, lines: 50 };
    const value = session.offered.get("draft/multiline") ?? "";
    const number = (/** @type {string} */ key, /** @type {number} */ usual) =>
      Number(new RegExp(`(?:^|,)${key}=(\\d+)`).exec(value)?.[1] ?? usual);
    return { bytes: number("max-bytes", 4096), lines: number("max-lines", 24) };
  }

  /**
   * Returns why a message cannot be sent as one; empty if it can.
   *
   * @param {string} text
   */
  tooLong(text) {
    const { bytes, lines } = this.limits;
    const size = encoder.encode(text).length;
    const count = text.split("\n").flatMap((line) => split(line)).length;
    if (size > bytes) return `The message has ${size} bytes; ${bytes} fit.`;
    return count > lines ? `The message has ${count} lines; ${lines} fit.` : "";
  }

  /**
   * Takes the echo of a message for its confirmation. Returns false if it is of another client.
   *
   * @param {string | undefined} label
   * @param {Line | undefined} echo
   * @param {boolean} isEdit
   */
  confirm(label, echo, isEdit) {
    const pending = label ? this.sent.get(label) : undefined;
    if (!label || !pending) return false;
    this.sent.delete(label);
    this.keep();
    const room = this.chat.find(pending.room);
    if (!room || isEdit) return true;
    this.settle(room, pending, echo);
    return true;
  }

  /**
   * Puts the kept message in place of the one that waited.
   *
   * @param {Room} room
   * @param {Pending} pending
   * @param {Line | undefined} echo
   */
  settle(room, pending, echo) {
    const index = room.lines.findIndex((line) => line.key === pending.key);
    if (index < 0) {
      if (echo) room.append(echo);
      return;
    }
    const [own] = room.lines.splice(index, 1);
    room.append({ ...own, ...echo, key: own.key, state: "" });
  }

  /**
   * Marks a message as not sent. Returns false if the label is none of a message.
   *
   * @param {string} label
   * @param {string} why
   */
  fail(label, why) {
    const pending = this.sent.get(label);
    if (!pending) return false;
    this.sent.delete(label);
    const room = this.chat.find(pending.room);
    if (pending.edit) this.chat.tell(`The edit was refused: ${why}`);
    else room?.update(pending.key, { state: "failed", problem: why });
    this.failed.set(pending.key, { ...pending, problem: why });
    this.keep();
    return true;
  }

  /** @type {Map<string, Pending>} Messages that were refused, by the key of their line. */
  failed = new Map();

  /**
   * Sends a refused message again, or drops it.
   *
   * @param {Room} room
   * @param {string} key
   * @param {boolean} again
   */
  retry(room, key, again) {
    const pending = this.failed.get(key);
    this.failed.delete(key);
    if (again && pending) {
      room.update(key, { state: "sending", problem: "" });
      const next = { ...pending, problem: "", wasSent: false };
      if (this.chat.isConnected) this.send(next);
      else this.wait(next);
    } else {
      room.lines = room.lines.filter((line) => line.key !== key);
      this.keep();
    }
    changed();
  }

  /** Shows what an earlier load of the page has left: what waits, and what was refused. */
  restore() {
    for (const pending of this.restored) {
      const room = this.chat.obtain(pending.room);
      if (pending.problem) this.failed.set(pending.key, pending);
      if (!pending.edit) this.show(room, pending, pending.problem ? "failed" : "waiting");
    }
    this.restored = this.restored.filter(({ problem }) => !problem);
  }

  /**
   * Shows a message that is not kept yet, unless it is there.
   *
   * @param {Room} room
   * @param {Pending} pending
   * @param {Line["state"]} state
   */
  show(room, pending, state) {
    if (room.lines.some((line) => line.key === pending.key)) return;
    const { key, text, time, action, reply, problem = "" } = pending;
    const { nick, account } = this.chat.session;
    room.append({
      ...event(safeText(text), time),
      key,
      kind: action ? "action" : "message",
      nick,
      account,
      own: true,
      reply,
      state,
      problem,
    });
  }

  /** Handles the loss of the connection: what was on its way waits. */
  lost() {
    for (const pending of this.sent.values()) {
      this.waiting.push({ ...pending, wasSent: true });
      this.chat.find(pending.room)?.update(pending.key, { state: "waiting" });
    }
    this.sent.clear();
    this.keep();
  }

  /**
   * Sends what waits for a room, now that its history is known.
   *
   * @param {Room} room
   */
  flush(room) {
    if (!this.chat.isConnected) return;
    const isHere = (/** @type {Pending} */ pending) => this.chat.session.fold(pending.room) === room.folded;
    const restored = this.restored.filter(isHere);
    this.restored = this.restored.filter((pending) => !isHere(pending));
    const mine = [...restored, ...this.waiting.filter(isHere)];
    this.waiting = this.waiting.filter((pending) => !isHere(pending));
    const taken = new Set();
    for (const pending of mine) {
      const kept = pending.wasSent && !pending.edit ? this.findKept(room, pending, taken) : undefined;
      if (kept) {
        taken.add(kept.id);
        room.lines = room.lines.filter((line) => line.key !== pending.key);
        continue;
      }
      if (!pending.edit) this.show(room, pending, "sending");
      room.update(pending.key, { state: "sending" });
      this.send({ ...pending, wasSent: false });
    }
    this.keep();
    changed();
  }

  /**
   * @param {Room} room
   * @param {Pending} pending
   * @param {Set<string>} taken
   */
  findKept(room, pending, taken) {
    const text = safeText(pending.text);
    // An equal message that was there when this one was sent is another one.
    const known = room.lines.findIndex((line) => line.id !== "" && line.id === pending.after);
    return room.lines.find(
      (line, index) =>
        index > known &&
        line.own && line.id && !taken.has(line.id) && line.text === text && line.time >= pending.time - SKEW,
    );
  }
}

/**
 * Splits a line into pieces that fit, between words where that is possible.
 *
 * @param {string} line
 * @returns {string[]}
 */
export function split(line) {
  const pieces = [];
  let rest = line;
  while (encoder.encode(rest).length > LINE) {
    let [bytes, end, space] = [0, 0, 0];
    for (const char of rest) {
      bytes += encoder.encode(char).length;
      if (bytes > LINE) break;
      end += char.length;
      if (char === " ") space = end;
    }
    const cut = space > end / 2 ? space : end;
    pieces.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  pieces.push(rest);
  return pieces;
}
