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
 * @property {() => void} stop
 */

import { useRef, useState } from "../../vendor/hooks.mjs";
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
      setList((before) => [...before, { number, name: file.name || "picture", done: 0, problem: "", stop }]);
      import("../model/upload.js")
        .then(({ upload }) => upload(chat, file, control.signal, (done) => change(number, { done })))
        .then((url) => {
          drop(number);
          if (url) chat.outbox.say(room, { text: url });
        })
        .catch((/** @type {unknown} */ error) => {
          if (!control.signal.aborted) change(number, { problem: error instanceof Error ? error.message : String(error) });
        });
    }
  };
  return { list, add, isPossible: Boolean(chat.session.filehost) };
}

/** @param {{ uploads: ReturnType<typeof useUploads> }} props */
export function Uploads({ uploads }) {
  return html`${uploads.list.map(
    ({ number, name, done, problem, stop }) =>
      html`<p class="upload" key=${number}>
        <span>${name}</span>
        ${problem ? html`<span class="problem" role="alert">${problem}</span>` : html`<progress max="1" value=${done} aria-label=${`Upload of ${name}`}></progress>`}
        <button type="button" onClick=${stop}>${problem ? "Close" : "Cancel"}</button>
      </p>`,
  )}`;
}
