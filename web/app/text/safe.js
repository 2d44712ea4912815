/**
 * Text that others wrote, made fit to be shown: without control characters and without what could
 * reorder or hide the text around it (UX.md §4.1 has the same rules for the terminal).
 */

/** Characters of a message that are shown at most; the server accepts no more. */
const MOST = 16 * 1024;

/** Control characters other than the codes of formatting, tab and line feed. */
const CONTROLS = /[\0\x01\x05-\x08\x0b-\x0e\x10\x12-\x15\x17-\x1a\x1b\x1c\x7f-\x9f]/g;
/** Bidirectional controls: overrides, embeddings, isolates, marks that only reorder. */
const BIDI = /[\u202a-\u202e\u2066-\u2069]/g;
/** Invisible fillers, and tags outside of flags. */
const INVISIBLE = /[\u115f\u1160\u3164\uffa0\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e001f}]/gu;
/** More than four marks on one letter. */
const STACKED = /(\p{M}{4})\p{M}+/gu;

/**
 * Returns a text of several lines, with the codes of formatting.
 *
 * @param {string} raw
 */
export function safeText(raw) {
  const cut = raw.length > MOST ? `${raw.slice(0, MOST)}…` : raw;
  return cut
    .replace(/[\u2028\u2029]|\r\n?/g, "\n")
    .replace(CONTROLS, "")
    .replace(BIDI, "")
    .replace(INVISIBLE, "")
    .replace(STACKED, "$1");
}

/**
 * Returns a name, a topic or another text on one line, without formatting.
 *
 * @param {string} raw
 */
export function safeLine(raw) {
  return plain(safeText(raw)).replace(/[\n\t\x1f]+/g, " ");
}

/**
 * Removes the codes of formatting (Modern IRC, formatting).
 *
 * @param {string} text
 */
export function plain(text) {
  return text
    .replace(/\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?/g, "")
    .replace(/[\x02\x0f\x11\x16\x1d\x1e\x1f]/g, "");
}

/**
 * Returns whether a text has a name as a word of its own, outside links.
 *
 * @param {string} text
 * @param {string} name
 */
export function mentions(text, name) {
  if (!name) return false;
  const [lower, wanted] = [text.toLowerCase().replace(/\bhttps?:\/\/\S+/g, " "), name.toLowerCase()];
  const inNick = /[\p{L}\p{N}_[\]\\`^{}|-]/u;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + 1)) {
    const before = lower[at - 1] ?? " ";
    const after = lower.slice(at + wanted.length);
    if (!inNick.test(before) && (!inNick.test(after[0] ?? " ") || /^['’]s(?![\p{L}\p{N}])/u.test(after))) {
      return true;
    }
  }
  return false;
}
