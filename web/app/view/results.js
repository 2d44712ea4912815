/**
 * A list of messages from several rooms; each leads to its place.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Found } from "../model/history.js"
 */

import { html } from "../html.js";
import { plain } from "../text/safe.js";
import { dayOf, timeOfDay } from "../text/time.js";

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {Found[]} props.found
 * @param {() => void} props.onClose
 */
export function Results({ chat, found, onClose }) {
  const go = (/** @type {Found} */ { room, line }) => {
    onClose();
    chat.history.jump(chat.obtain(room), line.id);
  };
  return html`<ol class="results">
    ${found.map(
      ({ room, line }) =>
        html`<li key=${line.id}>
          <button onClick=${() => go({ room, line })}>
            <small>${room} · ${dayOf(line.time)}, ${timeOfDay(line.time)}</small>
            <span dir="auto"><b>${line.nick}</b> ${plain(line.text).slice(0, 240)}</span>
          </button>
        </li>`,
    )}
  </ol>`;
}
