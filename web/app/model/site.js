/**
 * Facts that the server tells before one has joined.
 */

import { safeLine } from "../text/safe.js";
import { changed } from "./store.js";

export const site = { network: "", description: "", lobby: "#lobby", registration: true };

/** Loads it; without an answer the usual names do. */
export async function loadSite() {
  try {
    const answer = await fetch("site.json");
    const found = /** @type {Record<string, unknown>} */ (await answer.json());
    if (typeof found.network === "string") site.network = safeLine(found.network);
    if (typeof found.description === "string") site.description = safeLine(found.description);
    if (typeof found.lobby === "string") site.lobby = found.lobby;
    if (typeof found.registration === "boolean") site.registration = found.registration;
    changed();
  } catch {
    // Offline: the page opens all the same.
  }
}
