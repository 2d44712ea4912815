/**
 * Redrawing: whoever changes the model says so, and the page is drawn once before the next frame.
 */

import { useEffect, useState } from "../../vendor/hooks.mjs";

/** Redraws that wait are done after this time even in a tab that is not shown, in milliseconds. */
const HIDDEN_DELAY = 250;

/** @type {Set<() => void>} */
const listeners = new Set();
let isPlanned = false;

/** Says that the model has changed. */
export function changed() {
  if (isPlanned) return;
  isPlanned = true;
  if (document.visibilityState === "visible") requestAnimationFrame(redraw);
  else setTimeout(redraw, HIDDEN_DELAY);
}

function redraw() {
  isPlanned = false;
  listeners.forEach((listener) => listener());
}

/** Hook of a component that is drawn anew when the model has changed. */
export function useModel() {
  const [, setCount] = useState(0);
  useEffect(() => {
    const listener = () => setCount((count) => count + 1);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
}
