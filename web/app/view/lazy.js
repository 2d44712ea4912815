/**
 * Parts of the page that are loaded when they are first wanted.
 *
 * @import { ComponentType } from "preact"
 */

import { useEffect, useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";

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
  return (props) => {
    const [, setReady] = useState(loaded !== undefined);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (component) => {
          loaded = component;
          setReady(true);
        },
        // Offline, and never loaded before: the next attempt may do better.
        () => undefined,
      );
    }, []);
    return loaded ? html`<${loaded} ...${props} />` : null;
  };
}
