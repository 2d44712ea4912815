/**
 * The end of a login on this device.
 */

import { save } from "./preferences.js";

/** Forgets the login, and what was written and not sent: whoever logs in next must not say it. */
export function forgetLogin() {
  save("login", null);
  save("rooms", null);
  save("outbox", null, sessionStorage);
  Object.keys(localStorage)
    .filter((key) => key.startsWith("parlour.draft."))
    .forEach((key) => localStorage.removeItem(key));
}
