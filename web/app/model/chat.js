/**
 * The chat as one user sees it: rooms, people, and what is done with what the server says.
 *
 * @import { Message } from "../irc/message.js"
 * @import { Identity, LoginProblem } from "../irc/session.js"
 * @import { Line } from "./line.js"
 */

import { folding } from "../irc/casemap.js";
import { Session, messagesOf } from "../irc/session.js";
import { mentions, plain, safeLine, safeText } from "../text/safe.js";
import { parseTime } from "../text/time.js";
import { History } from "./history.js";
import { notify } from "./notifications.js";
import { Outbox } from "./outbox.js";
import { load, prefer, preferences, save, toggled } from "./preferences.js";
import { Presence } from "./presence.js";
import { HANDLERS } from "./handlers.js";
import { event } from "./line.js";
import { resumeSecret } from "./resume.js";
import { Room } from "./room.js";
import { changed } from "./store.js";

/** Members up to which it is asked who is away. */
const MOST_ASKED = 300;
/** Time between two read markers that are sent, in milliseconds. */
const MARK_EVERY = 800;
/** Private conversations that are asked for at the start. */
const CONVERSATIONS = "50";

export class Chat {
  /**
   * @param {string} url Address of the WebSocket.
   * @param {Identity} identity
   * @param {string[]} rooms Channels to join.
   */
  constructor(url, identity, rooms) {
    /** @type {Map<string, Room>} */
    this.rooms = new Map();
    this.wanted = new Set(rooms);
    this.current = "";
    /** @type {LoginProblem | undefined} */
    this.problem = undefined;
    /** True once the server has accepted the user. */
    this.isIn = false;
    /** Last sentence of the server or the page that belongs to no room. */
    this.notice = "";
    this.isAway = false;
    this.motd = "";
    this.serverName = "";
    this.isAtEnd = true;
    /** True from when the reader asks for the newest message until it is shown. */
    this.goesToEnd = false;
    /** @type {string} Message to show as soon as its room is there. */
    this.jumpTo = "";
    /** Text that the composer is to take, as soon as it is drawn. */
    this.toType = "";
    this.presence = new Presence(this);
    this.history = new History(this);
    this.outbox = new Outbox(this);
    this.markTimer = 0;
    /** @type {Set<Room>} Rooms whose read marker is to be sent. */
    this.marks = new Set();
    this.session = new Session(url, { ...identity, resume: resumeSecret() }, {
      registered: () => this.registered(),
      message: (message) => this.receive(message),
      batch: (batch) => this.history.receive(batch),
      refused: (problem) => {
        this.problem = problem;
        if (!this.isIn || problem.what === "login" || problem.what === "banned") this.session.socket.stop();
        changed();
      },
      changed: (lost) => {
        if (lost) this.lost();
        changed();
      },
    });
    // Names are folded as the server did the last time, until it says how.
    const casemapping = load("casemapping");
    if (typeof casemapping === "string") this.session.fold = folding(casemapping);
    this.typingTimer = setInterval(() => this.forgetTyping(), 2_000);
  }

  /** True if the rooms of the last time are shown, whether or not there is a connection. */
  isRestored = false;

  /**
   * Shows the rooms of the last time before there is a connection, so that one can write in them.
   *
   * @param {string[]} rooms
   * @param {string} last
   */
  restore(rooms, last) {
    rooms.forEach((name) => this.obtain(name));
    this.isRestored = rooms.length > 0;
    // A conversation is not among the rooms that are joined.
    if (last && this.isRestored && !this.session.isChannel(last)) this.obtain(last);
    this.current = (this.find(last) ?? this.list[0])?.folded ?? "";
    this.outbox.restore();
  }

  /** Returns whether the server is there. */
  get isConnected() {
    return this.session.isRegistered;
  }

  /** @returns {Room | undefined} */
  get room() {
    return this.rooms.get(this.current);
  }

  /** @param {string} name */
  find(name) {
    return this.rooms.get(this.session.fold(name));
  }

  /**
   * Returns the room of this name, and makes it if there is none.
   *
   * @param {string} name
   */
  obtain(name) {
    const folded = this.session.fold(name);
    const known = this.rooms.get(folded);
    if (known) return known;
    const room = new Room(safeLine(name), folded, this.session.isChannel(name));
    const draft = load(`draft.${folded}`);
    if (typeof draft === "string") room.draft = draft;
    this.rooms.set(folded, room);
    this.presence.watch(room);
    return room;
  }

  /** Returns the rooms in the order of the list: channels, then conversations; pinned ones first. */
  get list() {
    const weight = (/** @type {Room} */ room) =>
      (room.isChannel ? 0 : 2) + (preferences.pinned.includes(room.folded) ? 0 : 1);
    return [...this.rooms.values()].sort((a, b) => weight(a) - weight(b) || a.name.localeCompare(b.name));
  }

  /** @param {string} nick */
  isMe(nick) {
    return this.session.fold(nick) === this.session.fold(this.session.nick);
  }

  registered() {
    this.isIn = true;
    this.problem = undefined;
    this.session.wasRegistered = true;
    this.serverName = this.session.isupport.get("NETWORK") ?? "";
    // Names are folded as this server does.
    const known = [...this.rooms.values()];
    const current = this.room;
    this.rooms.clear();
    for (const room of known) {
      room.folded = this.session.fold(room.name);
      this.rooms.set(room.folded, room);
    }
    this.current = current?.folded ?? "";
    const { identity } = this.session;
    const { nick, account, saved } = identity;
    // From here on the keys of the login do in place of the password.
    if (saved) identity.password = undefined;
    save("login", { nick, account, saved });
    save("casemapping", this.session.isupport.get("CASEMAPPING") ?? null);
    const names = [...this.wanted, ...[...this.rooms.values()].filter((room) => room.joined).map((room) => room.name)];
    const channels = [...new Set(names.map((name) => (this.session.isChannel(name) ? name : "")).filter(Boolean))];
    for (let at = 0; at < channels.length; at += 10) {
      this.session.send("JOIN", channels.slice(at, at + 10).join(","));
    }
    [...this.rooms.values()].forEach((room) => {
      if (!room.isChannel) this.entered(room);
    });
    if (this.session.account && this.session.has("draft/chathistory")) {
      const now = new Date().toISOString();
      this.session.request((answer) => this.history.conversations(answer), "CHATHISTORY", "TARGETS", `timestamp=${now}`, "timestamp=1970-01-01T00:00:00.000Z", CONVERSATIONS);
    }
    this.presence.begin();
    if (this.isAway) this.session.send("AWAY", "away");
    this.sendMarks();
    if (preferences.notify) void import("./push.js").then(({ subscribe }) => subscribe(this)).catch(() => undefined);
    changed();
  }

  /** True if the server was told that nobody looks, so that it pushes. */
  isAbsent = false;

  lost() {
    this.isAbsent = false;
    this.presence.lost();
    for (const room of this.rooms.values()) {
      room.loading = "";
      room.typing.clear();
    }
    this.outbox.lost();
  }

  /**
   * Loads what is missing of a room that was just entered, on this or an earlier connection.
   *
   * @param {Room} room
   */
  entered(room) {
    this.history.catchUp(room);
    if (!room.isChannel && this.session.has("draft/read-marker")) this.session.send("MARKREAD", room.name);
  }

  /**
   * Shows a room.
   *
   * @param {string} name
   */
  show(name) {
    const room = this.obtain(name);
    if (room.folded !== this.current) {
      const before = this.room;
      if (before) before.unreadLine = 0;
      if (before) before.isKeptUnread = false;
      this.previous = this.current;
      this.current = room.folded;
      this.isAtEnd = !room.hasAfter;
      room.unreadLine = room.read > 0 && room.unread ? room.read : 0;
      if (!room.isChannel && this.isConnected && !room.isLoaded) this.entered(room);
    }
    save("last", room.name);
    this.markRead();
    changed();
  }

  /**
   * Mutes or pins a room, or undoes it.
   *
   * @param {Room} room
   * @param {"muted" | "pinned"} which
   */
  toggle(room, which) {
    prefer({ [which]: toggled(preferences[which], room.folded) });
    room.count(preferences.muted.includes(room.folded));
    changed();
  }

  /**
   * Returns whether the user is an operator of a channel.
   *
   * @param {Room | undefined} room
   */
  isOperator(room) {
    const me = room?.members.get(this.session.fold(this.session.nick));
    return /[~&@%]/.test(me?.ranks ?? "");
  }

  /** Folded name of the room that was shown before. */
  previous = "";

  /**
   * Marks a room as unread from a message on. It stays so until the reader looks elsewhere.
   *
   * @param {Room} room
   * @param {Line} line
   */
  markUnread(room, line) {
    room.read = line.time - 1;
    room.unreadLine = room.read;
    room.isKeptUnread = true;
    this.marks.delete(room);
    room.count(preferences.muted.includes(room.folded));
    changed();
  }

  /**
   * Joins a channel, or begins a conversation, and shows it.
   *
   * @param {string} name
   * @param {string} [key]
   */
  open(name, key) {
    if (this.session.isChannel(name)) {
      this.wanted.add(name);
      this.pending = name;
      if (this.find(name)?.joined) this.show(name);
      // Without a connection, it is joined with the others once there is one.
      else if (this.isConnected) this.session.send("JOIN", name, ...(key ? [key] : []));
    } else {
      this.show(name);
    }
  }

  /**
   * Follows an address of the page: to a room, or to a message in it.
   *
   * @param {{ room: string, id: string }} address
   */
  follow({ room: name, id }) {
    const room = this.find(name);
    if (room) return id ? this.history.jump(room, id) : this.show(name);
    if (id) this.history.goals.set(this.session.fold(name), id);
    this.open(name);
  }

  /** @type {string | undefined} Channel that is shown as soon as it is joined. */
  pending = undefined;

  /**
   * Leaves a channel, or closes a conversation.
   *
   * @param {Room} room
   */
  close(room) {
    if (room.isChannel && room.joined) this.session.send("PART", room.name);
    this.forget(room);
  }

  /** @param {Room} room */
  forget(room) {
    this.presence.unwatch(room);
    this.rooms.delete(room.folded);
    this.wanted = new Set([...this.wanted].filter((name) => this.session.fold(name) !== room.folded));
    this.keepRooms();
    if (this.current === room.folded) {
      this.current = "";
      const [next] = this.list;
      if (next) this.show(next.name);
    }
    changed();
  }

  keepRooms() {
    const joined = [...this.rooms.values()].filter((room) => room.isChannel && room.joined);
    save("rooms", joined.map((room) => room.name));
  }

  /** Sets the read marker of the room that is shown, if the reader sees its end. */
  markRead() {
    const { room } = this;
    const looks = document.visibilityState === "visible" && document.hasFocus();
    if (!room || room.isKeptUnread || !looks || !this.isAtEnd || room.hasAfter || !this.isConnected) return;
    const newest = room.lines.findLast((line) => line.id)?.time ?? 0;
    if (newest <= room.read) return;
    room.read = newest;
    room.count(preferences.muted.includes(room.folded));
    if (this.session.has("draft/read-marker")) {
      this.marks.add(room);
      clearTimeout(this.markTimer);
      this.markTimer = window.setTimeout(() => this.sendMarks(), MARK_EVERY);
    }
    changed();
  }

  /** Sends the read markers that have moved. Without a connection they wait for it. */
  sendMarks() {
    if (!this.isConnected) return;
    for (const room of this.marks) this.session.send("MARKREAD", room.name, `timestamp=${new Date(room.read).toISOString()}`);
    this.marks.clear();
  }

  /**
   * Marks rooms as read.
   *
   * @param {Iterable<Room>} [rooms] All, if none are given.
   */
  markAllRead(rooms = this.rooms.values()) {
    for (const room of rooms) {
      const newest = Math.max(room.newest, room.read);
      if (!room.unread && !room.mentions) continue;
      room.read = newest;
      room.isKeptUnread = false;
      room.count(false);
      this.session.send("MARKREAD", room.name, `timestamp=${new Date(newest).toISOString()}`);
    }
    changed();
  }

  forgetTyping() {
    const now = Date.now();
    let isChanged = false;
    for (const room of this.rooms.values()) {
      for (const [nick, until] of room.typing) {
        if (until < now) isChanged = room.typing.delete(nick) || isChanged;
      }
    }
    if (isChanged) changed();
  }

  /**
   * Says something of the page's own in the room that is shown.
   *
   * @param {string} text
   * @param {"event" | "error"} [kind]
   */
  tell(text, kind = "error") {
    if (this.room) this.room.append(event(safeLine(text), Date.now(), kind));
    else this.notice = safeLine(text);
    changed();
  }

  /**
   * Returns the line of a message.
   *
   * @param {Message} message
   * @returns {Line}
   */
  lineOf({ tags, source, command, params }) {
    const raw = params[1] ?? "";
    const action = /^\x01ACTION (.*?)\x01?$/s.exec(raw);
    const text = safeText(action ? action[1] : raw);
    const own = this.isMe(source.nick);
    const isPrivate = !this.session.isChannel((params[0] ?? "").replace(/^[~&@%+]/, ""));
    const line = event(text, parseTime(tags.get("time")));
    const id = tags.get("msgid") ?? "";
    return {
      ...line,
      key: id || line.key,
      id,
      kind: action ? "action" : command === "NOTICE" ? "notice" : "message",
      nick: safeLine(source.nick),
      account: tags.get("account") ?? "",
      from: `${source.nick}!${source.user}@${source.host}`,
      own,
      mention: !own && (isPrivate || mentions(plain(text), this.session.nick)),
      bot: tags.has("bot"),
      reply: tags.get("+draft/reply") ?? tags.get("+reply") ?? "",
    };
  }

  /**
   * Returns the name of the room that a message belongs to.
   *
   * @param {Message} message
   */
  roomOf({ source, params }) {
    const target = params[0] ?? "";
    const bare = target.replace(/^[~&@%+]+(?=[#&])/, "");
    if (this.session.isChannel(bare)) return bare;
    return this.isMe(source.nick) ? target : source.nick;
  }

  /** @param {Message} message */
  receive(message) {
    const handle = HANDLERS[message.command];
    if (handle) handle(this, message);
    else if (/^[45]\d\d$/.test(message.command)) this.failed(message);
    changed();
  }

  /**
   * Shows an error of the server: at the message that it answers, or in the room that is shown.
   *
   * @param {Message} message
   */
  failed(message) {
    const label = message.tags.get("label");
    const text = message.params.at(-1) ?? "";
    if (label && this.outbox.fail(label, text)) return;
    if (label || !this.isIn || message.command === "422") return;
    const about = message.params.slice(1, -1).join(" ");
    this.tell(about ? `${about}: ${text}` : text);
  }

  /**
   * Handles a message that was said.
   *
   * @param {Message} message
   */
  said(message) {
    const { tags, source } = message;
    if (!source.nick || (!source.user && source.nick.includes("."))) {
      return this.tell(message.params[1] ?? "", "event");
    }
    if (preferences.ignored.includes(this.session.fold(source.nick))) return;
    if (/^\x01(?!ACTION )/.test(message.params[1] ?? "")) return;
    const line = this.lineOf(message);
    const room = this.obtain(this.roomOf(message));
    room.typing.delete(line.nick);
    const edits = tags.get("+draft/edit");
    if (edits) {
      this.outbox.confirm(tags.get("label"), line, true);
      room.edit({ id: line.id, target: edits, text: line.text, from: line.from, account: line.account });
      return;
    }
    if (line.own && this.outbox.confirm(tags.get("label"), line, false)) return;
    if (!room.append(line)) {
      if (room.hasAfter && !line.own) this.count(room, line);
      return;
    }
    if (room.folded === this.current && room.trim(this.isAtEnd)) this.isAtEnd = true;
    else if (room.folded !== this.current) room.trim(true);
    if (!line.own) this.count(room, line);
  }

  /**
   * @param {Room} room
   * @param {Line} line
   */
  count(room, line) {
    const isMuted = preferences.muted.includes(room.folded);
    if (line.time <= room.read) return;
    if (line.mention) room.mentions += 1;
    if (!isMuted) room.unread += 1;
    if (room.unreadLine === 0 && room.read >= 0 && !(room.folded === this.current && this.isAtEnd && document.hasFocus())) {
      room.unreadLine = room.read || line.time - 1;
    }
    if (line.mention && (!isMuted || !room.isChannel)) notify(this, room, line);
    if (room.folded === this.current) this.markRead();
  }

  /**
   * Notes an event of a channel, and merges it with the one before if both are joins and leaves.
   *
   * @param {Room} room
   * @param {string} text
   * @param {string} [time] Value of the tag `time`.
   */
  happened(room, text, time) {
    room.append(event(text, parseTime(time)));
  }

  /**
   * Returns the channels that somebody is in.
   *
   * @param {string} nick
   */
  channelsOf(nick) {
    const folded = this.session.fold(nick);
    return [...this.rooms.values()].filter((room) => room.members.has(folded));
  }

  /** @param {Room} room */
  askWhoIsAway(room) {
    if (room.members.size > MOST_ASKED) return;
    this.session.request(
      (answer) => {
        for (const { command, params } of messagesOf(answer)) {
          if (command !== "354") continue;
          const [, nick = "", flags = "", account = ""] = params;
          this.presence.away(nick, flags.startsWith("G"));
          const member = room.members.get(this.session.fold(nick));
          if (!member) continue;
          const known = { ...member, away: flags.startsWith("G"), account: account === "0" ? "" : account };
          room.members.set(this.session.fold(nick), known);
        }
        changed();
      },
      "WHO",
      room.name,
      "%nfa",
    );
  }

  /** Leaves the server and forgets the login. */
  quit() {
    clearInterval(this.typingTimer);
    this.outbox.isOver = true;
    this.session.quit();
  }
}
