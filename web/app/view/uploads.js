/**
 * Uploads on their way, with progress and a way to stop them.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Room } from "../model/room.js"
 *
 * @typedef {object} Upload
 * @property {number} number
 * @property {string} name
 * @property {number} done Part that has arrived, from 0 to 1.
 * @property {string} problem
 * @property {boolean} isPicture
 * @property {() => void} stop
 */

import { useEffect, useRef, useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";

/**
 * @param {Chat} chat
 * @param {Room} room
 */
export function useUploads(chat, room) {
  const [list, setList] = useState(/** @type {Upload[]} */ ([]));
  const next = useRef(0);
  const change = (/** @type {number} */ number, /** @type {Partial<Upload>} */ what) =>
    setList((before) => before.map((one) => (one.number === number ? { ...one, ...what } : one)));
  const descriptions = useRef(/** @type {Map<number, string>} */ (new Map()));
  /** Addresses of files that have arrived while they are being described. */
  const arrived = useRef(/** @type {Map<number, string>} */ (new Map()));
  /** Says a file that has arrived, with what it shows if that was described. */
  const say = (/** @type {number} */ number) => {
    const url = arrived.current.get(number);
    if (!url) return;
    const words = descriptions.current.get(number)?.trim();
    descriptions.current.delete(number);
    arrived.current.delete(number);
    drop(number);
    chat.outbox.say(room, { text: words ? `${words} ${url}` : url });
  };
  // Who leaves the room has described it.
  useEffect(() => () => [...arrived.current.keys()].forEach(say), []);
  const drop = (/** @type {number} */ number) => setList((before) => before.filter((one) => one.number !== number));
  const add = (/** @type {File[]} */ files) => {
    for (const file of files) {
      next.current += 1;
      const number = next.current;
      const control = new AbortController();
      const stop = () => {
        control.abort();
        drop(number);
      };
      setList((before) => [...before, { number, name: file.name || "picture", done: 0, problem: "", isPicture: file.type.startsWith("image/"), stop }]);
      import("../model/upload.js")
        .then(({ upload }) => upload(chat, file, control.signal, (done) => change(number, { done })))
        .then((url) => {
          arrived.current.set(number, url);
          if (document.activeElement?.id === `describe-${number}`) change(number, { done: 1 });
          else say(number);
        })
        .catch((/** @type {unknown} */ error) => {
          if (!control.signal.aborted) change(number, { problem: error instanceof Error ? error.message : String(error) });
        });
    }
  };
  const describe = (/** @type {number} */ number, /** @type {string} */ words) => void descriptions.current.set(number, words);
  return { list, add, say, describe, isPossible: Boolean(chat.session.filehost) };
}

/** @param {{ uploads: ReturnType<typeof useUploads> }} props */
export function Uploads({ uploads }) {
  return html`${uploads.list.map(
    ({ number, name, done, problem, isPicture, stop }) =>
      html`<p class="upload" key=${number}>
        <span>${name}</span>
        ${isPicture && !problem && html`<input
          id=${`describe-${number}`}
          placeholder="What does it show?"
          aria-label=${`What ${name} shows, for those who do not see it`}
          maxlength="200"
          onInput=${(/** @type {InputEvent & { currentTarget: HTMLInputElement }} */ event) => uploads.describe(number, event.currentTarget.value)}
          onBlur=${() => uploads.say(number)}
          onKeyDown=${(/** @type {KeyboardEvent & { currentTarget: HTMLInputElement }} */ event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            event.currentTarget.blur();
          }}
        />`}
        ${problem ? html`<span class="problem" role="alert">${problem}</span>` : html`<progress max="1" value=${done} aria-label=${`Upload of ${name}`}></progress>`}
        <button type="button" onClick=${stop}>${problem ? "Close" : "Cancel"}</button>
      </p>`,
  )}`;
}
