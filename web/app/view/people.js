/**
 * The people of a room.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Member, Room } from "../model/room.js"
 * @import { Shown } from "./chat.js"
 */

import { useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { safeLine } from "../text/safe.js";
import { colourOfName } from "./colour.js";

/** People that are listed; the filter finds the others. */
const MOST = 200;

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {Room} props.room
 * @param {(shown: Shown) => void} props.onShow
 * @param {() => void} props.onClose
 */
export function People({ chat, room, onShow, onClose }) {
  const [filter, setFilter] = useState("");
  const wanted = filter.toLowerCase();
  const all = room.sortedMembers().filter(({ nick }) => nick.toLowerCase().includes(wanted));
  const [here, away] = [all.filter((member) => !member.away), all.filter((member) => member.away)];
  const entry = (/** @type {Member} */ { nick, ranks, account }) => html`<li key=${nick}>
    <button onClick=${() => onShow({ dialog: "person", about: nick })}>
      <span class="rank" aria-hidden="true">${ranks[0] ?? ""}</span>
      <bdi style=${{ color: colourOfName(account || nick) }}>${safeLine(nick)}</bdi>
    </button>
  </li>`;
  return html`<aside class="people" aria-label="People">
    <h2>People <span>${room.members.size}</span> <button class="close" onClick=${onClose} aria-label="Close">✕</button></h2>
    ${room.members.size > 20 && html`<input type="search" placeholder="Filter" aria-label="Filter people" value=${filter} onInput=${(/** @type {InputEvent & { currentTarget: HTMLInputElement }} */ event) => setFilter(event.currentTarget.value)} />`}
    <h3>Here</h3>
    <ul>
      ${here.slice(0, MOST).map(entry)}
    </ul>
    ${here.length > MOST && html`<p class="hint">and ${here.length - MOST} more</p>`}
    ${away.length > 0 &&
    html`<h3>Away</h3>
      <ul class="away">
        ${away.slice(0, MOST).map(entry)}
      </ul>`}
  </aside>`;
}
