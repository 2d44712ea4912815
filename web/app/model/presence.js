/**
 * Presence of the people one writes to in private (IRCv3 Monitor and extended-monitor).
 *
 * @import { Chat } from "./chat.js"
 * @import { Room } from "./room.js"
 *
 * @typedef {"" | "online" | "away" | "offline"} State Empty while it is not known.
 */

import { messagesOf } from "../irc/session.js";
import { changed } from "./store.js";

/** Bytes of nicks in one line. */
const LINE = 300;
/** Time between two questions whether somebody is away, in milliseconds: other requests are more urgent. */
const ASK_EVERY = 500;

export class Presence {
  /** @param {Chat} chat */
  constructor(chat) {
    this.chat = chat;
    /** @type {Set<string>} Nicks that are to be watched, and are not yet. */
    this.due = new Set();
    /** @type {Set<Room>} Conversations with people of whom it is to be asked whether they are away. */
    this.unasked = new Set();
    this.timer = 0;
  }

  get isPossible() {
    return this.chat.isConnected && this.chat.session.isupport.has("MONITOR");
  }

  /** Begins anew on a new connection. */
  begin() {
    for (const room of this.chat.rooms.values()) this.watch(room);
  }

  /** Forgets what was known on a connection that is lost. */
  lost() {
    this.due.clear();
    this.unasked.clear();
    for (const room of this.chat.rooms.values()) room.presence = "";
  }

  /**
   * Watches whom a private conversation is with.
   *
   * @param {Room} room
   */
  watch(room) {
    if (room.isChannel || !this.isPossible) return;
    // Many conversations are listed at once, and become one line.
    if (!this.due.size) queueMicrotask(() => this.flush());
    this.due.add(room.name);
  }

  flush() {
    const nicks = [...this.due];
    this.due.clear();
    if (!this.isPossible) return;
    let line = "";
    for (const nick of nicks) {
      if (line && line.length + nick.length > LINE) {
        this.chat.session.send("MONITOR", "+", line);
        line = "";
      }
      line = line ? `${line},${nick}` : nick;
    }
    if (line) this.chat.session.send("MONITOR", "+", line);
  }

  /**
   * Ends the watch over whom a conversation was with.
   *
   * @param {Room} room
   */
  unwatch(room) {
    this.due.delete(room.name);
    this.unasked.delete(room);
    if (!room.isChannel && this.isPossible) this.chat.session.send("MONITOR", "-", room.name);
  }

  /**
   * Takes a list of who is there, or is not.
   *
   * @param {string} list Nicks or full sources, with commas between.
   * @param {boolean} isOnline
   */
  listed(list, isOnline) {
    for (const entry of list.split(",").filter(Boolean)) {
      const [nick = ""] = entry.split("!");
      const room = this.chat.find(nick);
      if (!room || room.isChannel) continue;
      room.presence = isOnline ? "online" : "offline";
      if (isOnline) this.lookWhetherAway(room);
    }
  }

  /**
   * Notes that somebody has gone away or is back.
   *
   * @param {string} nick
   * @param {boolean} isAway
   */
  away(nick, isAway) {
    const room = this.chat.find(nick);
    if (room && !room.isChannel && room.presence) room.presence = isAway ? "away" : "online";
  }

  /** @param {Room} room */
  lookWhetherAway(room) {
    const folded = this.chat.session.fold(room.name);
    const [channel] = this.chat.channelsOf(room.name);
    if (channel) return this.away(room.name, channel.members.get(folded)?.away ?? false);
    // A mask would be answered with everybody whom it fits.
    if (/[*?]/.test(room.name)) return;
    this.unasked.add(room);
    if (!this.timer) this.askNext();
  }

  askNext() {
    const [room] = this.unasked;
    this.timer = 0;
    if (!room || !this.isPossible) return;
    this.unasked.delete(room);
    this.askWhetherAway(room);
    this.timer = window.setTimeout(() => this.askNext(), ASK_EVERY);
  }

  /** @param {Room} room */
  askWhetherAway(room) {
    this.chat.session.request(
      (answer) => {
        for (const { command, params } of messagesOf(answer)) {
          if (command === "354" && this.chat.find(params[1] ?? "") === room) this.away(room.name, (params[2] ?? "").startsWith("G"));
        }
        changed();
      },
      "WHO",
      room.name,
      "%nf",
    );
  }
}
