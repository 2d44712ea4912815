/** Dialog over the page: Escape, or a click beside it, closes it. */

import { useLayoutEffect, useRef } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { useLayer } from "./layers.js";

/**
 * @param {object} props
 * @param {string} props.label
 * @param {string} [props.kind] Class of the dialog.
 * @param {() => void} props.onClose
 * @param {import("preact").ComponentChildren} [props.children]
 */
export function Dialog({ label, kind = "", onClose, children }) {
  useLayer(true, onClose);
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  // Before it is seen: what is typed from then on belongs to the dialog.
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const click = (/** @type {MouseEvent} */ event) => {
    if (event.target === dialog.current) onClose();
  };
  return html`<dialog ref=${dialog} class=${kind} aria-label=${label} onClick=${click} onCancel=${(/** @type {Event} */ event) => {
    event.preventDefault();
    onClose();
  }}>
    <div class="inside">${children}</div>
  </dialog>`;
}
