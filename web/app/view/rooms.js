/**
 * The list of rooms.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Room } from "../model/room.js"
 * @import { Shown } from "./chat.js"
 */

import { useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { preferences } from "../model/preferences.js";
import { lazy } from "./lazy.js";
import { onLongPress } from "./press.js";

const Sheet = lazy(async () => (await import("./sheet.js")).Sheet);

/** Unread messages beyond which the number does not matter. */
const MOST = 99;

/** @param {number} count */
const shorten = (count) => (count > MOST ? `${MOST}+` : String(count));

/** Signs of who is there, by presence. */
const SIGNS = { "": "·", online: "●", away: "◐", offline: "○" };

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {(shown: Shown) => void} props.onShow
 * @param {() => void} props.onClose
 * @param {() => void} props.onTheme
 */
export function Rooms({ chat, onShow, onClose, onTheme }) {
  const channels = chat.list.filter((room) => room.isChannel);
  const direct = chat.list.filter((room) => !room.isChannel);
  const entry = (/** @type {Room} */ room) => html`<${Entry} key=${room.folded} chat=${chat} room=${room} onClose=${onClose} />`;
  return html`<nav class="rooms" aria-label="Rooms">
    <button class="go" onClick=${() => onShow({ dialog: "switcher" })}><span>⌕ Go to…</span><kbd>Ctrl K</kbd></button>
    <div class="lists">
      <h2>${chat.serverName || "Rooms"} <span class=${chat.isConnected ? "online" : "offline"}>${chat.isConnected ? "online" : "offline"}</span></h2>
      <ul>
        ${channels.map(entry)}
      </ul>
      ${direct.length > 0 &&
      html`<h2>Direct</h2>
        <ul>
          ${direct.map(entry)}
        </ul>`}
    </div>
    <div class="me">
      <button class="nick" onClick=${() => onShow({ dialog: "settings" })} title="Settings">
        ${chat.session.nick}${chat.isAway ? " (away)" : ""}
      </button>
      <button onClick=${onTheme} aria-label="Light or dark">☾</button>
      <button onClick=${() => onShow({ dialog: "settings" })} aria-label="Settings">⚙</button>
    </div>
  </nav>`;
}

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {Room} props.room
 * @param {() => void} props.onClose
 */
function Entry({ chat, room, onClose }) {
  const isMuted = preferences.muted.includes(room.folded);
  const isCurrent = room.folded === chat.current;
  const name = room.isChannel ? room.name.slice(1) : room.name;
  const open = () => {
    chat.show(room.name);
    onClose();
  };
  const [isMenu, setMenu] = useState(false);
  const choices = [
    { label: isMuted ? "Unmute" : "Mute", run: () => chat.toggle(room, "muted") },
    { label: preferences.pinned.includes(room.folded) ? "Unpin" : "Pin", run: () => chat.toggle(room, "pinned") },
    { label: "Mark as read", run: () => chat.markAllRead([room]) },
    { label: room.isChannel ? "Leave" : "Close the conversation", run: () => chat.close(room) },
  ];
  return html`<li>
    <button
      class="room"
      data-unread=${room.unread > 0}
      data-muted=${isMuted}
      aria-current=${isCurrent ? "page" : undefined}
      title=${room.isChannel ? room.topic || undefined : room.presence || undefined}
      onClick=${open}
      ...${onLongPress(() => () => setMenu(true))}
      onContextMenu=${(/** @type {MouseEvent} */ event) => {
        event.preventDefault();
        setMenu(true);
      }}
    >
      <span class="sign" data-presence=${room.presence} aria-hidden="true">${room.isChannel ? "#" : SIGNS[room.presence]}</span>
      <span class="name">${name}</span>${room.presence && html`<i class="unseen"> ${room.presence}</i>`}
      ${room.draft && !isCurrent && html`<span class="draft" title="A draft waits here">✎</span>`}
      ${isMuted && html`<span class="muted">muted</span>`}
      ${room.mentions > 0 && html`<span class="mentions"><span aria-hidden="true">@</span>${shorten(room.mentions)}<i class="unseen">${room.mentions === 1 ? " mention" : " mentions"}</i></span>`}
      ${room.unread > 0 && html`<span class="count">${shorten(room.unread)}${room.hasMoreUnread && room.unread <= MOST ? "+" : ""}<i class="unseen"> unread</i></span>`}
    </button>
    ${isMenu && html`<${Sheet} label=${room.name} choices=${choices} onClose=${() => setMenu(false)} />`}
  </li>`;
}
