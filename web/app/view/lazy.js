/**
 * Parts of the page that are loaded when they are first wanted.
 *
 * @import { ComponentType } from "preact"
 */

import { useLayoutEffect, useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";

/** @type {(() => Promise<unknown>)[]} */
const parts = [];

/** Loads every part, so that none is missing when the connection is, or when the server has changed. */
export const loadParts = () => parts.forEach((load) => load().catch(() => undefined));

/**
 * Returns a component that loads another one, and then is it.
 *
 * @template P
 * @param {() => Promise<ComponentType<P>>} load
 * @returns {(props: P) => any}
 */
export function lazy(load) {
  /** @type {ComponentType<P> | undefined} */
  let loaded;
  parts.push(load);
  return (props) => {
    const [, setReady] = useState(loaded !== undefined);
    const [hasFailed, setFailed] = useState(false);
    useLayoutEffect(() => {
      if (loaded) return;
      load().then(
        (component) => {
          loaded = component;
          setReady(true);
        },
        // Offline and never loaded before, or the server was updated meanwhile.
        () => setFailed(true),
      );
    }, []);
    if (hasFailed) return html`<p class="problem toast" role="alert">This cannot be loaded. <a href="">Reload</a></p>`;
    return loaded ? html`<${loaded} ...${props} />` : null;
  };
}
