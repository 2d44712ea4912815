/**
 * History: pages of messages, gaps after a reconnect, conversations, searches.
 *
 * @import { Batch } from "../irc/session.js"
 * @import { Message } from "../irc/message.js"
 * @import { Chat } from "./chat.js"
 * @import { Line } from "./line.js"
 * @import { Room } from "./room.js"
 *
 * @typedef {object} Found
 * @property {string} room
 * @property {Line} line
 */

import { preferences } from "./preferences.js";
import { changed } from "./store.js";
import { receiveTags } from "./tags.js";

/** Messages of one page. */
const PAGE = 50;
/** Messages of one page while a gap is filled. */
const GAP_PAGE = 200;
/** Time after which what the server could not read is asked for again, in milliseconds. */
const AGAIN_AFTER = 5_000;
/** Messages to which one can go back. */
const MOST_BACK = 50;
/** Pages of a gap that are loaded at once; what is older is loaded when the reader gets there. */
const GAP_PAGES = 5;

export class History {
  /** @param {Chat} chat */
  constructor(chat) {
    this.chat = chat;
    /** @type {Map<string, string>} Messages to show once their room is loaded, by room. */
    this.goals = new Map();
    /** @type {{ room: string, id: string, to: string }[]} Messages that the reader has left for the one they answer. */
    this.trail = [];
  }

  get isPossible() {
    return this.chat.isConnected && this.chat.session.has("draft/chathistory");
  }

  /** Messages that the server returns at most. */
  get most() {
    return Number(this.chat.session.isupport.get("CHATHISTORY")) || Infinity;
  }

  /**
   * Requests a page.
   *
   * @param {Room} room
   * @param {"before" | "after" | "around" | "latest"} side
   * @param {string} point
   * @param {number} limit
   * @param {(count: number, fresh: number) => void} then
   */
  request(room, side, point, limit, then) {
    if (room.loading || !this.isPossible) return;
    room.loading = side;
    const receive = (/** @type {Message | Batch} */ answer) => {
      if (!("messages" in answer)) {
        if (answer.params[1] === "MESSAGE_ERROR") {
          // The server could not read it now. Until it can, nothing may be taken for the newest.
          if (side === "latest" || side === "after") {
            room.loading = side;
            setTimeout(() => this.chat.isConnected && this.catchUp(room), AGAIN_AFTER);
          }
          return changed();
        }
        if (side === "before" || side === "latest") room.hasBefore = false;
        if (side === "around") this.chat.tell(`The message cannot be shown: ${answer.params.at(-1)}`);
        // Once, not at each connection.
        if (side === "latest" && !room.isChannel && !room.isLoaded) {
          this.chat.happened(room, "Nothing earlier can be shown: the server keeps what is said between accounts.");
        }
        // A conversation without history is written in all the same.
        if (side === "latest" || side === "after") {
          room.isLoaded = true;
          this.chat.outbox.flush(room);
        }
        return changed();
      }
      const batch = answer.type === "chathistory" ? answer : (answer.batches[0] ?? answer);
      const { count, fresh } = this.take(room, batch, side);
      then(count, fresh);
      changed();
    };
    this.chat.session.request(
      (answer) => {
        room.loading = "";
        receive(answer);
        this.follow(room);
      },
      "CHATHISTORY",
      side.toUpperCase(),
      room.name,
      point,
      String(Math.min(limit, this.most)),
    );
    changed();
  }

  /**
   * Shows the message that was to be shown once its room is loaded, if the room is still looked at.
   *
   * @param {Room} room
   */
  follow(room) {
    const goal = this.goals.get(room.folded);
    if (!goal || room.loading) return;
    this.goals.delete(room.folded);
    if (this.chat.current === room.folded) this.jump(room, goal);
  }

  /**
   * Merges a batch of history into its room.
   *
   * @param {Room} room
   * @param {Batch} batch
   * @param {"before" | "after" | "around" | "latest"} side
   */
  take(room, batch, side) {
    const { chat } = this;
    /** @type {Line[]} */
    const lines = [];
    /** @type {Message[]} */
    const later = [];
    for (const message of batch.messages) {
      if (message.command === "PRIVMSG" || message.command === "NOTICE") {
        if (preferences.ignored.includes(chat.session.fold(message.source.nick))) continue;
        if (message.tags.get("+draft/edit")) later.push(message);
        else lines.push(chat.lineOf(message));
      } else {
        later.push(message);
      }
    }
    const fresh = room.merge(lines, side);
    const ids = batch.messages.map((message) => message.tags.get("msgid") ?? "").filter(Boolean);
    if (ids.length) room.extend(ids[0] ?? "", ids.at(-1) ?? "", side);
    for (const message of later) {
      const edits = message.tags.get("+draft/edit");
      if (edits) {
        const { id, text, from, account } = chat.lineOf(message);
        room.edit({ id, target: edits, text, from, account });
      } else if (message.command === "TAGMSG") {
        receiveTags(chat, message);
      } else if (message.command === "REDACT") {
        room.redact(message.params[1] ?? "");
      }
    }
    room.count(preferences.muted.includes(room.folded));
    return { count: batch.messages.length, fresh };
  }

  /**
   * Handles a batch that was not asked for, such as a replay.
   *
   * @param {Batch} batch
   */
  receive(batch) {
    if (batch.type === "chathistory") {
      const room = this.chat.obtain(batch.params[0] ?? "");
      this.take(room, batch, "after");
    } else {
      batch.messages.forEach((message) => this.chat.receive(message));
    }
    changed();
  }

  /**
   * Loads what a room has missed.
   *
   * @param {Room} room
   */
  catchUp(room) {
    const { chat } = this;
    room.loading = "";
    if (!this.isPossible) {
      room.isLoaded = true;
      room.hasBefore = false;
      return chat.outbox.flush(room);
    }
    if (room.isLoaded && room.newestId && !room.hasAfter) {
      this.fillGap(room, GAP_PAGES);
      return;
    }
    if (room.isLoaded && room.hasAfter) {
      chat.outbox.flush(room);
      return this.follow(room);
    }
    this.request(room, "latest", "*", PAGE, (count) => {
      room.isLoaded = true;
      room.hasBefore = count >= Math.min(PAGE, this.most);
      room.count(preferences.muted.includes(room.folded));
      if (room.unread && room.read > 0) room.unreadLine = room.read;
      chat.outbox.flush(room);
      chat.markRead();
    });
  }

  /**
   * Loads the messages since the last one, page by page; a long gap from its other end.
   *
   * @param {Room} room
   * @param {number} pages
   */
  fillGap(room, pages) {
    const { chat } = this;
    this.request(room, "after", `msgid=${room.newestId}`, GAP_PAGE, (count) => {
      if (count < Math.min(GAP_PAGE, this.most)) {
        chat.outbox.flush(room);
        chat.markRead();
      } else if (pages > 1) {
        this.fillGap(room, pages - 1);
      } else {
        // The reader has missed a thousand messages: begin anew at the newest.
        room.lines = room.lines.filter((line) => line.state !== "");
        room.firstId = room.lastId = "";
        room.isLoaded = false;
        this.catchUp(room);
      }
    });
  }

  /** @param {Room} room */
  loadBefore(room) {
    if (!room.hasBefore || !room.oldestId) return;
    this.request(room, "before", `msgid=${room.oldestId}`, PAGE, (count) => {
      room.hasBefore = count >= Math.min(PAGE, this.most);
    });
  }

  /** @param {Room} room */
  loadAfter(room) {
    if (!room.hasAfter || !room.newestId) return;
    this.request(room, "after", `msgid=${room.newestId}`, PAGE, (count) => {
      room.hasAfter = count >= Math.min(PAGE, this.most);
    });
  }

  /**
   * Shows a message, and loads what is around it if need be.
   *
   * @param {Room} room
   * @param {string} id
   */
  jump(room, id) {
    const { chat } = this;
    const isThere = room.find(id);
    chat.show(room.name);
    if (isThere) {
      chat.jumpTo = isThere.key;
      return changed();
    }
    // What is on its way would be mixed with what is around the message.
    if (room.loading || !chat.isConnected || (room.isChannel && !room.joined)) return void this.goals.set(room.folded, id);
    this.request(room, "around", `msgid=${id}`, PAGE, () => {
      room.isLoaded = true;
      room.hasBefore = true;
      room.hasAfter = true;
      const line = room.find(id);
      if (chat.current !== room.folded) return;
      if (line) {
        chat.jumpTo = line.key;
        chat.isAtEnd = false;
      } else {
        chat.tell("This message is not there any more, or you may not read it.");
        this.toEnd(room);
      }
    });
  }

  /**
   * Shows the message that another one answers.
   *
   * @param {Room} room
   * @param {Line} line
   */
  toAnswered(room, line) {
    if (!line.reply) return;
    this.trail = [...this.trail, { room: room.name, id: line.id, to: line.reply }].slice(-MOST_BACK);
    this.jump(room, line.reply);
  }

  /**
   * Goes back from an answered message to the one that answers it. Returns false if the reader has come to it
   * another way.
   *
   * @param {string} id
   */
  back(id) {
    const last = this.trail.pop();
    if (last?.to !== id) this.trail = [];
    const room = last?.to === id ? this.chat.find(last.room) : undefined;
    if (!last || !room) return false;
    this.jump(room, last.id);
    return true;
  }

  /**
   * Shows the first message that was not read, and loads what is around it if need be.
   *
   * @param {Room} room
   */
  toUnread(room) {
    const { chat } = this;
    const since = room.unreadLine;
    if (!since) return;
    const show = () => {
      const line = room.lines[room.firstUnread];
      if (!line || chat.current !== room.folded) return;
      chat.jumpTo = line.key;
      chat.isAtEnd = false;
      changed();
    };
    const oldest = room.lines.find((line) => line.id);
    const isThere = !room.hasBefore || (oldest && oldest.time <= since);
    // Without the rest, the first one that is loaded is better than nothing.
    if (isThere || room.loading || !this.isPossible) return show();
    this.request(room, "around", `timestamp=${new Date(since).toISOString()}`, PAGE, () => {
      room.isLoaded = true;
      room.hasBefore = true;
      room.hasAfter = true;
      show();
    });
  }

  /**
   * Shows the newest messages.
   *
   * @param {Room} room
   */
  toEnd(room) {
    this.chat.isAtEnd = true;
    this.chat.goesToEnd = true;
    if (room.hasAfter) {
      room.lines = room.lines.filter((line) => line.state !== "");
      room.firstId = room.lastId = "";
      room.hasAfter = false;
      room.isLoaded = false;
      this.catchUp(room);
    }
    changed();
  }

  /**
   * Lists the private conversations that the server knows.
   *
   * @param {Message | Batch} answer
   */
  conversations(answer) {
    if (!("messages" in answer)) return;
    const inner = answer.batches.flatMap((batch) => batch.messages);
    for (const { command, params } of [...answer.messages, ...inner]) {
      const name = params[1] ?? "";
      if (command !== "CHATHISTORY" || params[0] !== "TARGETS" || this.chat.session.isChannel(name)) continue;
      const isNew = !this.chat.find(name);
      const room = this.chat.obtain(name);
      room.newest = Math.max(room.newest, Date.parse(params[2] ?? "") || 0);
      if (isNew) this.chat.entered(room);
    }
    changed();
  }

  /**
   * Searches messages.
   *
   * @param {Record<string, string>} query Attributes of soju.im/search.
   * @param {(found: Found[] | string) => void} then Takes what was found, or the reason why nothing was.
   */
  search(query, then) {
    const { chat } = this;
    if (!chat.session.has("soju.im/search") || !chat.isConnected) {
      return then(chat.isConnected ? "This server has no search." : "There is no connection.");
    }
    const escape = (/** @type {string} */ value) =>
      value.replace(/[;\s\\]/g, (char) => (char === ";" ? "\\:" : char === "\\" ? "\\\\" : "\\s"));
    const words = Object.entries(query).map(([name, value]) => `${name}=${escape(value)}`);
    chat.session.request(
      (answer) => {
        if (!("messages" in answer)) return then(answer.params.at(-1) ?? "The search has failed.");
        const batch = answer.type === "labeled-response" ? (answer.batches[0] ?? answer) : answer;
        const said = batch.messages.filter(({ command }) => command === "PRIVMSG" || command === "NOTICE");
        then(said.map((message) => ({ room: chat.roomOf(message), line: chat.lineOf(message) })));
        changed();
      },
      "SEARCH",
      words.join(";"),
    );
  }
}
