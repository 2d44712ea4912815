/**
 * Mentions of the user: those that are loaded, and those that the server's search finds.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Found } from "../model/history.js"
 */

import { useEffect, useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { Dialog } from "./dialog.js";
import { Results } from "./results.js";

/** Mentions that are shown. */
const MOST = 50;

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {() => void} props.onClose
 */
export function MentionsDialog({ chat, onClose }) {
  const [older, setOlder] = useState(/** @type {Found[] | undefined} */ (undefined));
  useEffect(() => {
    const query = { text: chat.session.nick, limit: String(MOST) };
    chat.history.search(query, (found) => setOlder(typeof found === "string" ? [] : found.filter(({ line }) => line.mention)));
  }, []);
  /** @type {Found[]} */
  const loaded = chat.list.flatMap((room) => room.lines.filter((line) => line.mention && line.id && !line.deleted).map((line) => ({ room: room.name, line })));
  const known = new Set(loaded.map(({ line }) => line.id));
  const all = [...loaded, ...(older ?? []).filter(({ line }) => !known.has(line.id))];
  all.sort((a, b) => b.line.time - a.line.time);
  return html`<${Dialog} label="Mentions" kind="search" onClose=${onClose}>
    <h2>Mentions</h2>
    ${all.length
      ? html`<${Results} chat=${chat} found=${all.slice(0, MOST)} onClose=${onClose} />`
      : html`<p class="hint" role="status">${older ? "Nobody has mentioned you." : "Searching …"}</p>`}
    <p class="buttons"><button onClick=${onClose}>Close</button></p>
  <//>`;
}
