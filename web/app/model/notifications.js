/**
 * Notifications of the system for mentions while the page is open but not looked at.
 *
 * @import { Chat } from "./chat.js"
 * @import { Line } from "./line.js"
 * @import { Room } from "./room.js"
 */

import { plain } from "../text/safe.js";
import { preferences } from "./preferences.js";

/**
 * Shows a notification, unless the reader looks at the page.
 *
 * @param {Chat} chat
 * @param {Room} room
 * @param {Line} line
 */
export function notify(chat, room, line) {
  const looks = document.visibilityState === "visible" && document.hasFocus();
  // What is pushed is not told twice.
  if (looks || chat.isAbsent || !preferences.notify || globalThis.Notification?.permission !== "granted") return;
  const title = room.isChannel ? `${line.nick} in ${room.name}` : line.nick;
  try {
    const shown = new Notification(title, { body: preferences.notifyWords ? plain(line.text).slice(0, 300) : "", tag: room.folded });
    shown.onclick = () => {
      window.focus();
      chat.show(room.name);
      shown.close();
    };
  } catch {
    // Phones show notifications only from a service worker; there, push does it.
  }
}
