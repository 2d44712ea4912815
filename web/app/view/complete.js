/**
 * Completion of nicks, rooms, emoji and commands.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Room } from "../model/room.js"
 */

import { EMOJI } from "../text/emoji.js";

/** Choices that are shown. */
const MOST = 8;
/** Lines that are searched for those who spoke last. */
const LAST = 200;

/**
 * Returns what the word before the cursor may become, and where it begins.
 *
 * @param {Chat} chat
 * @param {Room} room
 * @param {string} before Text before the cursor.
 * @param {boolean} wanted True if Tab was pressed; otherwise only a sign (`@ # : /`) opens the list.
 * @param {object} [commands] Commands by name, once they are known.
 * @returns {{ start: number, choices: string[] }}
 */
export function complete(chat, room, before, wanted, commands = {}) {
  const word = /\S*$/.exec(before)?.[0] ?? "";
  const start = before.length - word.length;
  const fold = chat.session.fold;
  const begins = (/** @type {string} */ name, /** @type {string} */ typed) => fold(name).startsWith(fold(typed));
  if (word.startsWith("/") && start === 0) {
    const found = Object.keys(commands).filter((name) => name.startsWith(word.slice(1)));
    return { start, choices: found.slice(0, MOST).map((name) => `/${name} `) };
  }
  if (/^:[a-z0-9_+-]{1,}$/.test(word)) {
    const found = EMOJI.filter(([name]) => name.startsWith(word.slice(1)));
    return { start, choices: found.slice(0, MOST).map(([, emoji]) => `${emoji} `) };
  }
  if (word.startsWith("#")) {
    const found = chat.list.filter((other) => other.isChannel && begins(other.name, word));
    return { start, choices: found.slice(0, MOST).map(({ name }) => `${name} `) };
  }
  const hasSign = word.startsWith("@");
  if (!hasSign && (!wanted || !word)) return { start, choices: [] };
  const typed = hasSign ? word.slice(1) : word;
  // Who spoke last is meant most often.
  const spoke = room.lines.slice(-LAST).map((line) => line.nick).reverse();
  const nicks = [...new Set([...spoke, ...[...room.members.values()].map(({ nick }) => nick)])];
  const found = nicks.filter((nick) => nick && begins(nick, typed) && !chat.isMe(nick));
  const end = start === 0 ? ": " : " ";
  return { start, choices: found.slice(0, MOST).map((nick) => (hasSign ? `@${nick} ` : nick + end)) };
}
