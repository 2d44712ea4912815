/**
 * The head of a room: name, topic, buttons.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Room } from "../model/room.js"
 * @import { Shown } from "./chat.js"
 */

import { html } from "../html.js";
import { preferences } from "../model/preferences.js";
import { renderText } from "../text/render.js";

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {Room} props.room
 * @param {boolean} props.hasPeople
 * @param {() => void} props.onDrawer
 * @param {() => void} props.onPeople
 * @param {(shown: Shown) => void} props.onShow
 */
export function Header({ chat, room, hasPeople, onDrawer, onPeople, onShow }) {
  const others = chat.list.filter((other) => other !== room);
  const [mentions, unread] = [others.reduce((sum, { mentions }) => sum + mentions, 0), others.some((other) => other.unread)];
  const isMuted = preferences.muted.includes(room.folded);
  const isPinned = preferences.pinned.includes(room.folded);
  const act = (/** @type {Event & { currentTarget: HTMLSelectElement }} */ event) => {
    const { value } = event.currentTarget;
    event.currentTarget.value = "";
    if (value === "mute") chat.toggle(room, "muted");
    if (value === "pin") chat.toggle(room, "pinned");
    if (value === "leave") chat.close(room);
    if (value === "read") chat.markAllRead();
    if (value === "settings") onShow({ dialog: "settings" });
    if (value === "person") onShow({ dialog: "person", about: room.name });
  };
  return html`<header class="head">
    <button class="menu" onClick=${onDrawer}><span aria-hidden="true">≡</span><i class="unseen">Rooms</i>${mentions ? html` <b>@${mentions}</b>` : unread ? html` <b>•</b>` : ""}</button>
    <h1>${room.name}</h1>
    <p class="topic" dir="auto" title=${room.topic}>${room.isChannel ? renderText(room.topic, () => false) : room.presence}</p>
    <button onClick=${() => onShow({ dialog: "search", about: "" })} aria-label="Search">⌕</button>
    ${room.isChannel && html`<button class="people-button" onClick=${onPeople} aria-pressed=${hasPeople}><span aria-hidden="true">☺</span><i class="unseen">People</i> ${room.members.size}</button>`}
    <select class="more" aria-label="More" onChange=${act}>
      <option value="" selected hidden>⋯</option>
      ${!room.isChannel && html`<option value="person">About ${room.name}</option>`}
      <option value="pin">${isPinned ? "Unpin" : "Pin"}</option>
      <option value="mute">${isMuted ? "Unmute" : "Mute"}</option>
      <option value="read">Mark all rooms as read</option>
      <option value="settings">Settings</option>
      <option value="leave">${room.isChannel ? "Leave" : "Close"}</option>
    </select>
  </header>`;
}
