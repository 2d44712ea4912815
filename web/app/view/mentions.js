/**
 * Mentions of the user: those that are loaded, and those that the server's search finds.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Found } from "../model/history.js"
 * @import { Line } from "../model/line.js"
 */

import { useEffect, useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { mentions, plain } from "../text/safe.js";
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
  const [older, setOlder] = useState(/** @type {Found[] | string} */ ("Searching …"));
  const { nick } = chat.session;
  // Whatever is said in private is for the user; here it counts only if it names them.
  const isNamed = (/** @type {Line} */ line) => line.mention && mentions(plain(line.text), nick);
  useEffect(() => {
    chat.history.search({ text: nick, limit: String(MOST) }, (found) => {
      setOlder(typeof found === "string" ? `What is not loaded was not searched. ${found}` : found.filter(({ line }) => isNamed(line)));
    });
  }, []);
  /** @type {Found[]} */
  const loaded = chat.list.flatMap((room) => room.lines.filter((line) => line.id && !line.deleted && isNamed(line)).map((line) => ({ room: room.name, line })));
  const known = new Set(loaded.map(({ line }) => line.id));
  const all = [...loaded, ...(typeof older === "string" ? [] : older).filter(({ line }) => !known.has(line.id))];
  all.sort((a, b) => b.line.time - a.line.time);
  return html`<${Dialog} label="Mentions" kind="search" onClose=${onClose}>
    <h2>Mentions</h2>
    ${all.length > 0 && html`<${Results} chat=${chat} found=${all.slice(0, MOST)} onClose=${onClose} />`}
    ${typeof older === "string" ? html`<p class="hint" role="status">${older}</p>` : all.length === 0 && html`<p class="hint" role="status">Nobody has mentioned you.</p>`}
    <p class="buttons"><button onClick=${onClose}>Close</button></p>
  <//>`;
}
