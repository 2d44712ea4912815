/** A picture in full size. */

import { html } from "../html.js";
import { Dialog } from "./dialog.js";

/**
 * @param {object} props
 * @param {string} props.url
 * @param {() => void} props.onClose
 */
export function Viewer({ url, onClose }) {
  return html`<${Dialog} label="Picture" kind="viewer" onClose=${onClose}>
    <img src=${url} alt="" />
    <p><a href=${url} download>Save</a> <button onClick=${onClose}>Close</button></p>
  <//>`;
}
