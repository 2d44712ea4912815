/**
 * Layers over the chat: dialogs, sheets, the drawer of rooms. On a phone, Back closes the topmost one. For
 * that, one entry of the history stands for all of them, as long as there are any.
 */

import { useLayoutEffect, useRef } from "../../vendor/hooks.mjs";

/** @type {(() => void)[]} Layers, each with what closes it, topmost last. */
const layers = [];
/** True while there is an entry for them. */
let isPushed = false;
/** True while the browser is on its way back from the entry: one that is pushed meanwhile would be left. */
let isReturning = false;

/** Returns whether the page is as narrow as on a phone. */
export const isNarrow = () => matchMedia("(max-width: 899px)").matches;

function push() {
  if (isPushed || isReturning || !layers.length || !isNarrow()) return;
  isPushed = true;
  history.pushState({ covered: true }, "");
}

function pull() {
  if (layers.length || !isPushed) return;
  isPushed = false;
  if (!history.state?.covered) return;
  isReturning = true;
  history.back();
}

globalThis.addEventListener?.("popstate", () => {
  const wasReturning = isReturning;
  isReturning = false;
  if (!wasReturning && isPushed) {
    isPushed = false;
    const isMore = layers.length > 1;
    layers.at(-1)?.();
    if (!isMore) return;
  }
  push();
});

/**
 * Hook of a component that is a layer while it is open.
 *
 * @param {boolean} isOpen
 * @param {() => void} close
 */
export function useLayer(isOpen, close) {
  const latest = useRef(close);
  latest.current = close;
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    const layer = () => latest.current();
    layers.push(layer);
    push();
    return () => {
      layers.splice(layers.indexOf(layer), 1);
      // One dialog may be followed by another at once.
      queueMicrotask(pull);
    };
  }, [isOpen]);
}
