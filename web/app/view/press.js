/**
 * Long presses of a finger. Not every browser makes a `contextmenu` of them.
 */

/** Time after which a press is a long one, in milliseconds. */
const LONG = 500;
/** Time within which the click of a press follows, in milliseconds. */
const CLICK = 300;
/** Distance by which a finger may slip meanwhile, in pixels. */
const SLIP = 10;

/** End of the press that is on its way. */
let cancel = () => undefined;

/**
 * Returns the handlers of an element that answers long presses.
 *
 * @param {(target: EventTarget | null) => (() => void) | undefined} find Returns what a press on something does.
 */
export function onLongPress(find) {
  return {
    /** @param {TouchEvent} event */
    onTouchStart(event) {
      cancel();
      const [touch] = event.touches;
      const element = event.currentTarget;
      const act = find(event.target);
      if (!touch || event.touches.length > 1 || !element || !act) return;
      const timer = setTimeout(() => {
        cancel();
        // The click that follows belongs to the press.
        const swallow = (/** @type {Event} */ click) => {
          click.preventDefault();
          click.stopPropagation();
        };
        addEventListener("click", swallow, { capture: true, once: true });
        const release = () => removeEventListener("click", swallow, { capture: true });
        addEventListener("touchend", () => setTimeout(release, CLICK), { capture: true, once: true });
        navigator.vibrate?.(10);
        act();
      }, LONG);
      const slip = (/** @type {Event} */ moved) => {
        const now = moved instanceof TouchEvent ? moved.touches[0] : undefined;
        if (!now || Math.hypot(now.clientX - touch.clientX, now.clientY - touch.clientY) > SLIP) cancel();
      };
      const ends = /** @type {const} */ (["touchend", "touchcancel"]);
      cancel = () => {
        clearTimeout(timer);
        element.removeEventListener("touchmove", slip);
        ends.forEach((name) => removeEventListener(name, cancel, true));
        cancel = () => undefined;
        return undefined;
      };
      element.addEventListener("touchmove", slip, { passive: true });
      ends.forEach((name) => addEventListener(name, cancel, true));
    },
    /** @param {MouseEvent & { pointerType?: string }} event */
    onContextMenu(event) {
      // The browser's own menu would cover what the press has opened.
      if (event.pointerType === "touch") event.preventDefault();
    },
  };
}
