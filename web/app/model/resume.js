/**
 * Secret by which the server knows this page again after a lost connection or a reload (parlour/resume).
 */

import { load, save } from "./preferences.js";

/** Random bytes of it. */
const BYTES = 18;

/** Returns the secret of this tab, which it draws the first time. */
export function resumeSecret() {
  const kept = load("resume", sessionStorage);
  if (typeof kept === "string") return kept;
  const secret = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(BYTES))));
  save("resume", secret, sessionStorage);
  return secret;
}
