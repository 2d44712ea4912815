/**
 * Search in messages.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Found } from "../model/history.js"
 */

import { useEffect, useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { Dialog } from "./dialog.js";
import { Results } from "./results.js";

/** Messages that are shown. */
const LIMIT = "50";

/**
 * Reads a query: words, `from:nick`, `in:#room`, `before:` and `after:` a date.
 *
 * @param {string} text
 */
export function parseQuery(text) {
  /** @type {Record<string, string>} */
  const query = {};
  const words = text.split(/\s+/).filter((word) => {
    const [, key = "", value = ""] = /^(from|in|before|after):(.+)$/.exec(word) ?? [];
    if (!key) return true;
    const time = Date.parse(value);
    if (key === "from" || key === "in") query[key] = value;
    else if (Number.isFinite(time)) query[key] = new Date(time).toISOString();
    else return true;
    return false;
  });
  const rest = words.join(" ").trim();
  return rest ? { text: rest, ...query } : query;
}

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {string} props.query
 * @param {() => void} props.onClose
 */
export function SearchDialog({ chat, query, onClose }) {
  const [text, setText] = useState(query);
  const [found, setFound] = useState(/** @type {Found[] | string} */ (""));
  const [isEverywhere, setEverywhere] = useState(query !== "");
  const { room } = chat;
  const search = () => {
    const parsed = parseQuery(text.trim());
    if (!Object.keys(parsed).length) return;
    /** @type {Record<string, string>} */
    const here = isEverywhere || parsed.in || !room ? {} : { in: room.name };
    setFound("Searching …");
    chat.history.search({ ...here, ...parsed, limit: LIMIT }, (result) => setFound(typeof result === "string" || result.length ? result : "Nothing was found."));
  };
  useEffect(() => {
    if (query) search();
  }, []);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    search();
  };
  return html`<${Dialog} label="Search" kind="search" onClose=${onClose}>
    <form role="search" onSubmit=${submit}>
      <input
        type="search"
        value=${text}
        placeholder="words, from:nick, before:2026-11-20"
        aria-label="Search for"
        autofocus
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
          // The browser would empty the field first.
          if (event.key !== "Escape") return;
          event.preventDefault();
          onClose();
        }}
        onInput=${(/** @type {InputEvent & { currentTarget: HTMLInputElement }} */ event) => setText(event.currentTarget.value)}
      />
      <button class="primary">Search</button>
    </form>
    ${room && html`<label class="check"><input type="checkbox" checked=${isEverywhere} onChange=${() => setEverywhere(!isEverywhere)} /> in all rooms, not only ${room.name}</label>`}
    ${typeof found === "string"
      ? html`<p class="hint" role="status">${found}</p>`
      : html`<${Results} chat=${chat} found=${found} onClose=${onClose} />`}
  <//>`;
}
