/**
 * Room: a channel or a private conversation, with the messages that are loaded of it.
 *
 * @import { Line } from "./line.js"
 * @import { State } from "./presence.js"
 *
 * @typedef {object} Member
 * @property {string} nick
 * @property {string} ranks Signs, highest first.
 * @property {boolean} away
 * @property {string} account
 *
 * @typedef {object} Edit
 * @property {string} id
 * @property {string} target
 * @property {string} text
 * @property {string} from
 * @property {string} account
 */

/** Lines that are kept while the newest are shown; older ones are loaded again when they are wanted. */
const MOST_LIVE = 1_000;
/** Lines that stay when there are more. */
const KEPT_LIVE = 600;
/** Lines that are kept at all. */
const MOST = 6_000;
/** Edits of messages that are not loaded. */
const MOST_ORPHANS = 200;
/** Emoji on one message, and people of each. */
const MOST_REACTIONS = 30;

export class Room {
  /**
   * @param {string} name
   * @param {string} folded
   * @param {boolean} isChannel
   */
  constructor(name, folded, isChannel) {
    this.name = name;
    this.folded = folded;
    this.isChannel = isChannel;
    this.joined = false;
    this.topic = "";
    /** @type {Map<string, Member>} */
    this.members = new Map();
    /** @type {Line[]} */
    this.lines = [];
    /** @type {Map<string, Edit[]>} Edits by the id of their message. */
    this.orphans = new Map();
    this.hasBefore = true;
    /** True if there are newer messages than the loaded ones. */
    this.hasAfter = false;
    /** @type {"" | "before" | "after" | "around" | "latest"} */
    this.loading = "";
    this.isLoaded = false;
    /** Time at which the user has joined first; 0 if they have not. */
    this.entered = 0;
    /** Time up to which it is read; -1 if the server has not told. */
    this.read = -1;
    /** Time behind which the line of the unread messages stands; 0 for none. */
    this.unreadLine = 0;
    this.unread = 0;
    this.mentions = 0;
    /** True if there may be more unread messages than are loaded. */
    this.hasMoreUnread = false;
    /** True if the reader has marked a message as unread, until they look elsewhere. */
    this.isKeptUnread = false;
    /** @type {State} Presence of whom a private conversation is with. */
    this.presence = "";
    /** Time of the newest message that is known of. */
    this.newest = 0;
    /** @type {Map<string, number>} Who types, and until when it counts. */
    this.typing = new Map();
    this.draft = "";
    /** @type {string[]} What was sent to it, newest first, to be called back. */
    this.sent = [];
    /** Ids of the oldest and newest entry of history that is loaded, if they are no lines. */
    this.firstId = "";
    this.lastId = "";
  }

  /** @param {string} id */
  find(id) {
    return id ? this.lines.find((line) => line.id === id || line.editIds.includes(id)) : undefined;
  }

  /**
   * Replaces a line by a changed copy, so that the page sees what to draw anew.
   *
   * @param {string} key
   * @param {Partial<Line>} change
   */
  update(key, change) {
    const index = this.lines.findIndex((line) => line.key === key);
    if (index >= 0) this.lines[index] = { ...this.lines[index], ...change };
  }

  /**
   * Adds a line that has just been said. Returns false if it is there already.
   *
   * @param {Line} line
   */
  append(line) {
    this.newest = Math.max(this.newest, line.time);
    if (line.id && this.find(line.id)) return false;
    // What came before it may still be on its way, and is asked for again if it does not arrive.
    if (line.id && !this.hasAfter && this.loading !== "after") this.lastId = line.id;
    // What is loaded is not next to it: it comes when the reader gets there.
    if (this.hasAfter && !line.state) return false;
    const waiting = this.lines.findIndex((other) => other.state !== "");
    // What is not sent yet stays last.
    if (waiting < 0 || line.state) this.lines.push(line);
    else this.lines.splice(waiting, 0, line);
    this.adopt(line);
    return true;
  }

  /**
   * Adds a page of history. Returns how many lines are new.
   *
   * @param {Line[]} lines In order.
   * @param {"before" | "after" | "around" | "latest"} side
   */
  merge(lines, side) {
    if (side === "around") this.lines = this.lines.filter((line) => line.state !== "");
    const known = new Set(this.lines.flatMap((line) => (line.id ? [line.id, ...line.editIds] : [])));
    const fresh = lines.filter((line) => !known.has(line.id));
    if (side === "before") {
      this.lines = [...fresh, ...this.lines];
    } else {
      const waiting = this.lines.filter((line) => line.state !== "");
      const settled = this.lines.filter((line) => line.state === "");
      // A message may have arrived while its page was on the way.
      const merged = [...settled, ...fresh];
      if (settled.length && fresh.length && settled[settled.length - 1].time > fresh[0].time) {
        merged.sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
      }
      this.lines = [...merged, ...waiting];
    }
    fresh.forEach((line) => {
      this.newest = Math.max(this.newest, line.time);
      this.adopt(line);
    });
    return fresh.length;
  }

  /**
   * Applies edits that came before their message.
   *
   * @param {Line} line
   */
  adopt(line) {
    if (!line.id) return;
    const edits = this.orphans.get(line.id);
    this.orphans.delete(line.id);
    edits?.forEach((edit) => this.edit(edit));
  }

  /**
   * Applies an edit, if its author is the message's.
   *
   * @param {Edit} edit
   */
  edit(edit) {
    const line = this.find(edit.target);
    if (!line) {
      const others = this.orphans.get(edit.target) ?? [];
      if (this.orphans.size < MOST_ORPHANS) this.orphans.set(edit.target, [...others, edit].slice(-MOST_ORPHANS));
      return;
    }
    const isAuthor = edit.account || line.account ? edit.account === line.account : edit.from === line.from;
    if (!isAuthor || line.deleted || line.editIds.includes(edit.id)) return;
    this.update(line.key, { text: edit.text, edited: true, editIds: [...line.editIds, edit.id] });
  }

  /**
   * Marks a message as deleted.
   *
   * @param {string} id
   */
  redact(id) {
    const line = this.find(id);
    if (line) this.update(line.key, { deleted: true, text: "", reactions: [], reply: "" });
  }

  /**
   * Adds or removes a reaction.
   *
   * @param {string} id
   * @param {string} emoji
   * @param {string} nick
   * @param {boolean} remove
   */
  react(id, emoji, nick, remove) {
    const line = this.find(id);
    if (!line || line.deleted || !emoji || emoji.length > 32) return;
    const others = line.reactions.map(([known, nicks]) => {
      if (known !== emoji) return /** @type {[string, string[]]} */ ([known, nicks]);
      const without = nicks.filter((other) => other !== nick);
      return /** @type {[string, string[]]} */ ([known, remove ? without : [...without, nick]]);
    });
    if (!remove && !others.some(([known]) => known === emoji)) others.push([emoji, [nick]]);
    this.update(line.key, { reactions: others.filter(([, nicks]) => nicks.length).slice(0, MOST_REACTIONS) });
  }

  /**
   * Bounds what is kept. Returns true if lines have gone.
   *
   * @param {boolean} isAtEnd True if the reader sees the newest.
   */
  trim(isAtEnd) {
    if (isAtEnd && !this.hasAfter && this.lines.length > MOST_LIVE) {
      this.lines = this.lines.slice(-KEPT_LIVE);
      this.firstId = "";
      this.hasBefore = true;
      return true;
    }
    if (!isAtEnd && this.lines.length > MOST) {
      const waiting = this.lines.filter((line) => line.state !== "");
      this.lines = [...this.lines.filter((line) => line.state === "").slice(0, MOST / 2), ...waiting];
      this.lastId = "";
      this.hasAfter = true;
      return true;
    }
    return false;
  }

  /**
   * Counts what is unread.
   *
   * @param {boolean} isMuted
   */
  count(isMuted) {
    const since = this.read < 0 ? Number.MAX_SAFE_INTEGER : this.read;
    const unread = this.lines.filter((line) => line.time > since && !line.own && line.id && line.kind !== "event");
    this.mentions = unread.filter((line) => line.mention).length;
    this.unread = isMuted ? 0 : unread.length;
    const oldest = this.lines.find((line) => line.id);
    this.hasMoreUnread = unread.length > 0 && this.hasBefore && oldest !== undefined && oldest.time > since;
  }

  /** Returns the index of the first message behind the line of the unread ones; -1 if there is none. */
  get firstUnread() {
    if (!this.unreadLine) return -1;
    return this.lines.findIndex((line) => line.time > this.unreadLine && !line.own && line.kind !== "event");
  }

  /** Returns the id of the oldest message or event that is loaded. */
  get oldestId() {
    return this.firstId || (this.lines.find((line) => line.id)?.id ?? "");
  }

  /** Returns the id of the newest message or event that is loaded. */
  get newestId() {
    return this.lastId || (this.lines.findLast((line) => line.id)?.id ?? "");
  }

  /**
   * Notes the ends of a page, whose first and last may be events that no line shows.
   *
   * @param {string} first
   * @param {string} last
   * @param {"before" | "after" | "around" | "latest"} side
   */
  extend(first, last, side) {
    if (side === "around" || side === "before" || !this.firstId) this.firstId = first;
    if (side === "around" || side !== "before" || !this.lastId) this.lastId = last;
  }

  /** Returns the members by rank and name. */
  sortedMembers() {
    const order = "~&@%+";
    const rank = (/** @type {Member} */ member) => {
      const at = order.indexOf(member.ranks[0] ?? " ");
      return at < 0 ? order.length : at;
    };
    return [...this.members.values()].sort((a, b) => rank(a) - rank(b) || a.nick.localeCompare(b.nick));
  }
}
