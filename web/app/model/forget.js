/**
 * The end of a login on this device.
 */

import { prefer, save } from "./preferences.js";

/** Forgets the login, and what was written and not sent: whoever logs in next must not say it. */
export function forgetLogin() {
  save("login", null);
  save("rooms", null);
  save("last", null);
  prefer({ notify: false, ignored: [], muted: [], pinned: [] });
  save("outbox", null, sessionStorage);
  save("resume", null, sessionStorage);
  Object.keys(localStorage)
    .filter((key) => key.startsWith("parlour.draft."))
    .forEach((key) => localStorage.removeItem(key));
}
