/**
 * Messages of tags alone: typing and reactions.
 *
 * @import { Message } from "../irc/message.js"
 * @import { Chat } from "./chat.js"
 */

import { safeLine } from "../text/safe.js";
import { preferences } from "./preferences.js";

/** Time for which a notice of typing counts, in milliseconds (IRCv3 typing). */
const TYPING_FOR = 6_000;

/**
 * Handles a message of tags alone: typing and reactions.
 *
 * @param {Chat} chat
 * @param {Message} message
 */
export function receiveTags(chat, message) {
  const { tags, source } = message;
  if (preferences.ignored.includes(chat.session.fold(source.nick))) return;
  const room = chat.find(chat.roomOf(message));
  if (!room) return;
  const nick = safeLine(source.nick);
  const typing = tags.get("+typing");
  if (typing && !chat.isMe(source.nick)) {
    if (typing === "done") room.typing.delete(nick);
    else if (room.typing.size < 50) room.typing.set(nick, Date.now() + TYPING_FOR * (typing === "paused" ? 5 : 1));
  }
  const id = tags.get("+draft/reply") ?? tags.get("+reply") ?? "";
  for (const [name, remove] of /** @type {[string, boolean][]} */ ([["+draft/react", false], ["+draft/unreact", true]])) {
    const emoji = tags.get(name);
    if (emoji && id) room.react(id, safeLine(emoji), nick, remove);
  }
}
