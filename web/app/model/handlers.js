/**
 * Messages of the server that change the chat, by their command or number.
 *
 * @import { Message } from "../irc/message.js"
 * @import { Chat } from "./chat.js"
 * @import { Member, Room } from "./room.js"
 */

import { safeLine } from "../text/safe.js";
import { event } from "./line.js";
import { preferences, save } from "./preferences.js";
import { receiveTags } from "./tags.js";

/**
 * @param {Chat} chat
 * @param {string} entry Nick with the signs of its ranks, perhaps with user and host.
 * @returns {Member}
 */
function memberOf(chat, entry) {
  const signs = chat.session.prefixes;
  let end = 0;
  while (signs.includes(entry[end] ?? " ")) end += 1;
  const nick = entry.slice(end).split("!")[0] ?? "";
  return { nick, ranks: entry.slice(0, end), away: false, account: "" };
}

/** @type {Record<string, (chat: Chat, message: Message) => void>} */
export const HANDLERS = {
  PRIVMSG: (chat, message) => chat.said(message),
  NOTICE: (chat, message) => chat.said(message),
  TAGMSG: (chat, message) => receiveTags(chat, message),
  JOIN: (chat, { source, params, tags }) => {
    const [name = "", account = ""] = params;
    const room = chat.obtain(name);
    const member = { nick: source.nick, ranks: "", away: false, account: account === "*" ? "" : account };
    if (!chat.isMe(source.nick)) {
      room.members.set(chat.session.fold(source.nick), member);
      chat.happened(room, `+${safeLine(source.nick)}`, tags.get("time"));
      return;
    }
    room.joined = true;
    room.entered ||= Date.parse(tags.get("time") ?? "") || Date.now();
    room.members.clear();
    room.name = safeLine(name);
    chat.wanted.add(name);
    chat.keepRooms();
    chat.entered(room);
    const isPending = chat.pending !== undefined && chat.session.fold(chat.pending) === room.folded;
    if (isPending) chat.pending = undefined;
    if (isPending || !chat.current) chat.show(name);
  },
  PART: (chat, { source, params, tags }) => {
    const room = chat.find(params[0] ?? "");
    if (!room) return;
    if (chat.isMe(source.nick)) return chat.forget(room);
    room.members.delete(chat.session.fold(source.nick));
    chat.happened(room, `−${safeLine(source.nick)}`, tags.get("time"));
  },
  KICK: (chat, { source, params, tags }) => {
    const [name = "", nick = "", reason = ""] = params;
    const room = chat.find(name);
    if (!room) return;
    const why = reason && reason !== nick ? ` (${safeLine(reason)})` : "";
    chat.happened(room, `${safeLine(source.nick)} kicked ${safeLine(nick)}${why}`, tags.get("time"));
    room.members.delete(chat.session.fold(nick));
    if (chat.isMe(nick)) {
      room.joined = false;
      chat.wanted.delete(room.name);
      chat.keepRooms();
    }
  },
  QUIT: (chat, { source, tags }) => {
    for (const room of chat.channelsOf(source.nick)) {
      room.members.delete(chat.session.fold(source.nick));
      chat.happened(room, `−${safeLine(source.nick)}`, tags.get("time"));
    }
  },
  NICK: (chat, { source, params, tags }) => {
    const [nick = ""] = params;
    const [before, after] = [chat.session.fold(source.nick), chat.session.fold(nick)];
    for (const room of chat.rooms.values()) {
      const member = room.members.get(before);
      if (!member) continue;
      room.members.delete(before);
      room.members.set(after, { ...member, nick });
      chat.happened(room, `${safeLine(source.nick)} is now ${safeLine(nick)}`, tags.get("time"));
    }
    if (chat.session.fold(chat.session.nick) === after) {
      const { account, saved } = chat.session.identity;
      save("login", { nick, account, saved });
    }
  },
  TOPIC: (chat, { source, params, tags }) => {
    const room = chat.find(params[0] ?? "");
    if (!room) return;
    room.topic = safeLine(params[1] ?? "");
    const said = room.topic ? `set the topic: ${room.topic}` : "removed the topic";
    chat.happened(room, `${safeLine(source.nick)} ${said}`, tags.get("time"));
  },
  331: (chat, { params }) => {
    const room = chat.find(params[1] ?? "");
    if (room) room.topic = "";
  },
  332: (chat, { params }) => {
    const room = chat.find(params[1] ?? "");
    if (room) room.topic = safeLine(params[2] ?? "");
  },
  353: (chat, { params }) => {
    const room = chat.find(params[2] ?? "");
    for (const entry of (params[3] ?? "").split(" ").filter(Boolean)) {
      const member = memberOf(chat, entry);
      room?.members.set(chat.session.fold(member.nick), member);
    }
  },
  366: (chat, { params }) => {
    const room = chat.find(params[1] ?? "");
    if (room) chat.askWhoIsAway(room);
  },
  MODE: (chat, { source, params, tags }) => {
    const [name = "", modes = "", ...values] = params;
    const room = chat.find(name);
    if (!room) return;
    applyRanks(chat, room, modes, [...values]);
    chat.happened(room, `${safeLine(source.nick)} set ${safeLine([modes, ...values].join(" "))}`, tags.get("time"));
  },
  AWAY: (chat, { source, params }) => {
    const folded = chat.session.fold(source.nick);
    for (const room of chat.channelsOf(source.nick)) {
      const member = room.members.get(folded);
      if (member) room.members.set(folded, { ...member, away: params.length > 0 });
    }
    chat.presence.away(source.nick, params.length > 0);
  },
  ACCOUNT: (chat, { source, params }) => {
    const folded = chat.session.fold(source.nick);
    for (const room of chat.channelsOf(source.nick)) {
      const member = room.members.get(folded);
      if (member) room.members.set(folded, { ...member, account: params[0] === "*" ? "" : (params[0] ?? "") });
    }
  },
  RENAME: (chat, { params, tags }) => {
    const [old = "", name = ""] = params;
    const room = chat.find(old);
    if (!room || !chat.session.isChannel(name)) return;
    const isShown = chat.current === room.folded;
    chat.rooms.delete(room.folded);
    chat.wanted.delete(old);
    chat.wanted.add(name);
    room.folded = chat.session.fold(name);
    room.name = safeLine(name);
    chat.rooms.set(room.folded, room);
    if (isShown) chat.current = room.folded;
    chat.keepRooms();
    chat.happened(room, `${safeLine(old)} is now ${room.name}`, tags.get("time"));
  },
  REDACT: (chat, message) => {
    chat.find(chat.roomOf(message))?.redact(message.params[1] ?? "");
  },
  MARKREAD: (chat, { params }) => {
    const room = chat.find(params[0] ?? "");
    const time = Date.parse((params[1] ?? "").replace("timestamp=", ""));
    if (!room) return;
    const isFirst = room.read < 0;
    // Of a channel that was never read, what was said before one came is not new.
    const known = Number.isFinite(time) ? time : room.isChannel ? room.entered : 0;
    if (!room.isKeptUnread) room.read = Math.max(room.read, known);
    room.count(preferences.muted.includes(room.folded));
    if (isFirst && room.unread && room.read > 0) room.unreadLine = room.read;
    chat.markRead();
  },
  INVITE: (chat, { source, params }) => {
    if (!chat.isMe(params[0] ?? "")) return;
    chat.tell(`${source.nick} invites you to ${params[1]}. To join, type /join ${params[1]}`, "event");
  },
  301: (chat, { params }) => {
    const room = chat.find(params[1] ?? "");
    if (room) room.append(event(`${safeLine(params[1] ?? "")} is away: ${safeLine(params[2] ?? "")}`, Date.now()));
  },
  305: (chat) => {
    chat.isAway = false;
  },
  306: (chat) => {
    // A page that nobody looks at is absent rather than away.
    chat.isAway = !chat.isAbsent;
  },
  372: (chat, { params }) => {
    chat.motd += `${safeLine(params[1] ?? "")}\n`;
  },
  375: (chat) => {
    chat.motd = "";
  },
  730: (chat, { params }) => chat.presence.listed(params[1] ?? "", true),
  731: (chat, { params }) => chat.presence.listed(params[1] ?? "", false),
  FAIL: (chat, message) => chat.failed(message),
  ERROR: (chat, { params }) => {
    chat.notice = safeLine(params[0] ?? "");
  },
  470: (chat, { params }) => {
    chat.pending = params[2];
  },
};

/**
 * Applies the ranks of a MODE.
 *
 * @param {Chat} chat
 * @param {Room} room
 * @param {string} modes
 * @param {string[]} values
 */
function applyRanks(chat, room, modes, values) {
  const { prefixes, rankModes, isupport } = chat.session;
  const [lists = "", always = "", set = ""] = (isupport.get("CHANMODES") ?? "").split(",");
  let adds = true;
  for (const mode of modes) {
    if (mode === "+" || mode === "-") {
      adds = mode === "+";
      continue;
    }
    const at = rankModes.indexOf(mode);
    if (at < 0) {
      if (lists.includes(mode) || always.includes(mode) || (adds && set.includes(mode))) values.shift();
      continue;
    }
    const folded = chat.session.fold(values.shift() ?? "");
    const member = room.members.get(folded);
    if (!member) continue;
    const without = member.ranks.replace(prefixes[at], "");
    const ranks = [...(adds ? without + prefixes[at] : without)];
    ranks.sort((a, b) => prefixes.indexOf(a) - prefixes.indexOf(b));
    room.members.set(folded, { ...member, ranks: ranks.join("") });
  }
}
