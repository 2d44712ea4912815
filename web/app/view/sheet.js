/**
 * A sheet of actions: what a long press, or ⋯, offers.
 *
 * @typedef {object} Choice
 * @property {string} label
 * @property {string} [key] Key that does the same.
 * @property {() => void} run
 */

import { html } from "../html.js";
import { Dialog } from "./dialog.js";

/**
 * @param {object} props
 * @param {string} props.label
 * @param {string[]} [props.emoji] Reactions that are offered.
 * @param {(emoji: string) => void} [props.onEmoji]
 * @param {Choice[]} props.choices
 * @param {() => void} props.onClose
 */
export function Sheet({ label, emoji = [], onEmoji, choices, onClose }) {
  /** @param {KeyboardEvent} event */
  const press = (event) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!step || !(event.currentTarget instanceof HTMLElement)) return;
    event.preventDefault();
    const buttons = [...event.currentTarget.querySelectorAll("button")];
    const at = buttons.findIndex((button) => button === document.activeElement);
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  };
  const act = (/** @type {() => void} */ run) => () => {
    onClose();
    run();
  };
  return html`<${Dialog} label=${label} kind="sheet" onClose=${onClose}>
    <div onKeyDown=${press}>
      ${emoji.length > 0 &&
      html`<p class="emoji">
        ${emoji.map((one) => html`<button key=${one} aria-label=${`React with ${one}`} onClick=${act(() => onEmoji?.(one))}>${one}</button>`)}
      </p>`}
      <ul>
        ${choices.map(
          ({ label: words, key, run }) =>
            html`<li key=${words}><button onClick=${act(run)}><span>${words}</span>${key && html`<kbd aria-hidden="true">${key}</kbd>`}</button></li>`,
        )}
        <li><button onClick=${onClose}><span>Cancel</span><kbd aria-hidden="true">Esc</kbd></button></li>
      </ul>
    </div>
  <//>`;
}
