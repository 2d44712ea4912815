/**
 * Colours of nicks, by account or user name, so that they stay when the nick changes (UX.md §3.7).
 *
 * @import { Line } from "../model/line.js"
 */

/** Number of colours; the style sheet has them for light and dark. */
const COLOURS = 12;

/** @param {Line} line */
export function colourOf({ account, nick }) {
  return colourOfName(account || nick);
}

/** @param {string} name */
export function colourOfName(name) {
  let hash = 0;
  for (const char of name.toLowerCase()) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return `var(--nick-${hash % COLOURS})`;
}
