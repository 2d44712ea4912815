/**
 * Movement between rooms by keys.
 *
 * @import { Chat } from "../model/chat.js"
 */

/**
 * Returns the room above or below in the list.
 *
 * @param {Chat} chat
 * @param {1 | -1} step
 * @param {boolean} onlyUnread
 */
export function nextRoom(chat, step, onlyUnread) {
  const { list } = chat;
  const at = list.findIndex((room) => room.folded === chat.current);
  for (let passed = 1; passed <= list.length; passed += 1) {
    const room = list[(at + step * passed + list.length * passed) % list.length];
    if (room && (!onlyUnread || room.unread || room.mentions)) return room;
  }
  return undefined;
}
