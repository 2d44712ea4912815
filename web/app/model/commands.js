/**
 * Commands of the composer.
 *
 * @import { Chat } from "./chat.js"
 * @import { Room } from "./room.js"
 *
 * @typedef {(chat: Chat, room: Room, rest: string) => string | void} Command Returns why it cannot be done.
 */

import { messagesOf } from "../irc/session.js";

/** @param {string} rest @returns {[string, string]} */
const firstWord = (rest) => {
  const [, first = "", after = ""] = /^(\S*)\s*(.*)$/s.exec(rest) ?? [];
  return [first, after];
};

/** @type {Record<string, Command>} */
export const COMMANDS = {
  join: (chat, _, rest) => {
    const [name, key] = firstWord(rest);
    if (!name) return "Which room? /join #room";
    chat.open(chat.session.isChannel(name) ? name : `#${name}`, key || undefined);
  },
  part: (chat, room) => chat.close(room),
  msg: (chat, _, rest) => {
    const [nick, text] = firstWord(rest);
    if (!nick) return "To whom? /msg nick text";
    chat.open(nick);
    const target = chat.find(nick);
    if (text && target) chat.outbox.say(target, { text });
  },
  query: (chat, room, rest) => COMMANDS.msg?.(chat, room, rest),
  me: (chat, room, rest) => {
    if (!rest) return "What do you do? /me waves";
    chat.outbox.say(room, { text: rest, action: true });
  },
  nick: (chat, _, rest) => {
    if (!rest) return "Which nick? /nick name";
    chat.session.send("NICK", rest.trim());
  },
  topic: (chat, room, rest) => {
    if (!rest) return room.topic ? `The topic is: ${room.topic}` : "There is no topic.";
    chat.session.send("TOPIC", room.name, rest);
  },
  away: (chat, _, rest) => chat.session.send("AWAY", rest || "away"),
  back: (chat) => chat.session.send("AWAY"),
  invite: (chat, room, rest) => {
    if (!rest) return "Whom? /invite nick";
    chat.session.send("INVITE", rest.trim(), room.name);
  },
  kick: (chat, room, rest) => {
    const [nick, reason] = firstWord(rest);
    if (!nick) return "Whom? /kick nick reason";
    chat.session.send("KICK", room.name, nick, reason);
  },
  op: (chat, room, rest) => chat.session.send("MODE", room.name, "+o", rest.trim()),
  deop: (chat, room, rest) => chat.session.send("MODE", room.name, "-o", rest.trim()),
  voice: (chat, room, rest) => chat.session.send("MODE", room.name, "+v", rest.trim()),
  mode: (chat, room, rest) => chat.session.send("MODE", room.name, ...rest.split(/\s+/).filter(Boolean)),
  notice: (chat, _, rest) => {
    const [target, text] = firstWord(rest);
    if (!text) return "To whom, and what? /notice target text";
    chat.session.send("NOTICE", target, text);
  },
  whois: (chat, _, rest) => {
    if (!rest) return "Whom? /whois nick";
    chat.session.request((answer) => {
      messagesOf(answer).forEach(({ params }) => chat.tell(params.slice(1).join(" "), "event"));
    }, "WHOIS", rest.trim());
  },
  shrug: (chat, room, rest) => chat.outbox.say(room, { text: `${rest} ¯\\_(ツ)_/¯`.trim() }),
  quote: (chat, _, rest) => chat.session.socket.send(rest.replace(/[\r\n]/g, " ")),
};

/**
 * Runs a command. Returns why it cannot be done; empty if it was.
 *
 * @param {Chat} chat
 * @param {Room} room
 * @param {string} line Without its slash.
 */
export function run(chat, room, line) {
  const [name, rest] = firstWord(line);
  const fits = Object.keys(COMMANDS).filter((known) => known.startsWith(name.toLowerCase()));
  const found = COMMANDS[name.toLowerCase()] ?? (name && fits.length === 1 ? COMMANDS[fits[0] ?? ""] : undefined);
  if (!found) {
    const near = fits.length ? ` Did you mean ${fits.map((known) => `/${known}`).join(", ")}?` : " Ctrl+/ lists the commands.";
    return `There is no command /${name}.${near}`;
  }
  if (!chat.isConnected && name !== "me") return "There is no connection; the command was not sent.";
  return found(chat, room, rest.trim()) ?? "";
}
