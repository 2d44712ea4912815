/**
 * Messages as elements: formatting codes, code, links, mentions. Strings never become markup.
 *
 * @import { ComponentChildren } from "preact"
 */

import { html } from "../html.js";
import { LinkifyIt } from "../../vendor/linkify-it.mjs";

/** Longest link that is one; a longer one is text. */
const LONGEST_LINK = 2048;

// Only what begins with one of these schemes is a link, as in the terminal client.
const links = new LinkifyIt({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
links.add("ftp:", null);
links.add("//", null);

const COLOURS = 16;

/** Line that begins or ends a block of code; it stays among what is split by it. */
const FENCE = /^([ \t]*```[^\n`]*\n?)/m;

/** Beginnings of links: most messages have none, and need no closer look. */
const MAY_BE_LINK = /https?:\/\/|mailto:/i;

/**
 * Finds the links of a text.
 *
 * @param {string} text
 */
const findLinks = (text) => (MAY_BE_LINK.test(text) ? (links.match(text) ?? []) : []);

/**
 * @typedef {object} Style
 * @property {boolean} bold
 * @property {boolean} italic
 * @property {boolean} underlined
 * @property {boolean} struck
 * @property {boolean} code
 * @property {boolean} reversed
 * @property {number} fg Colour of mIRC from 0 to 15; -1 for none.
 * @property {number} bg
 */

/** @returns {Style} */
const noStyle = () => ({
  bold: false,
  italic: false,
  underlined: false,
  struck: false,
  code: false,
  reversed: false,
  fg: -1,
  bg: -1,
});

/**
 * Renders the text of a message. Lines between fences become a block of code.
 *
 * @param {string} text Text that was made safe.
 * @param {(name: string) => boolean} isName Tells a nick, to set it off.
 * @returns {ComponentChildren}
 */
export function renderText(text, isName) {
  const pieces = text.split(FENCE);
  const out = [];
  for (let at = 0; at < pieces.length; at += 2) {
    const [opening = "", piece = ""] = [pieces[at - 1], pieces[at]];
    const isBehindOpening = at % 4 === 2;
    if (!isBehindOpening) out.push(renderCodes(piece, isName));
    else if (at + 1 < pieces.length) out.push(html`<pre class="block"><code>${piece.replace(/\n$/, "")}</code></pre>`);
    // A fence that is never closed is text.
    else out.push(renderCodes(opening + piece, isName));
  }
  return out;
}

/**
 * @param {string} text
 * @param {(name: string) => boolean} isName
 */
function renderCodes(text, isName) {
  const out = [];
  let style = noStyle();
  let from = 0;
  const codes = /[\x02\x0f\x11\x16\x1d\x1e\x1f]|\x03(?:(\d{1,2})(?:,(\d{1,2}))?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?/g;
  for (let found = codes.exec(text); found; found = codes.exec(text)) {
    out.push(renderRun(text.slice(from, found.index), style, isName));
    from = found.index + found[0].length;
    style = { ...style };
    switch (found[0][0]) {
      case "\x02":
        style.bold = !style.bold;
        break;
      case "\x1d":
        style.italic = !style.italic;
        break;
      case "\x1f":
        style.underlined = !style.underlined;
        break;
      case "\x1e":
        style.struck = !style.struck;
        break;
      case "\x11":
        style.code = !style.code;
        break;
      case "\x16":
        style.reversed = !style.reversed;
        break;
      case "\x03":
        style.fg = found[1] === undefined ? -1 : Number(found[1]);
        if (found[1] === undefined) style.bg = -1;
        else if (found[2] !== undefined) style.bg = Number(found[2]);
        break;
      case "\x0f":
        style = noStyle();
        break;
      default:
        break;
    }
  }
  out.push(renderRun(text.slice(from), style, isName));
  return out;
}

/**
 * @param {string} text
 * @param {Style} style
 * @param {(name: string) => boolean} isName
 * @returns {ComponentChildren}
 */
function renderRun(text, style, isName) {
  if (!text) return "";
  if (style.code) return html`<code>${text}</code>`;
  const inside = renderLinks(text, isName);
  const names = [
    style.bold && "bold",
    style.italic && "italic",
    style.underlined && "underlined",
    style.struck && "struck",
    style.reversed && "reversed",
    style.fg >= 0 && style.fg < COLOURS && `fg-${style.fg}`,
    style.fg >= 0 && style.fg === style.bg && "spoiler",
  ].filter(Boolean);
  if (!names.length) return inside;
  const focus = names.includes("spoiler") ? 0 : undefined;
  return html`<span class=${names.join(" ")} tabindex=${focus}>${inside}</span>`;
}

/**
 * @param {string} text
 * @param {(name: string) => boolean} isName
 */
function renderLinks(text, isName) {
  const found = findLinks(text);
  const out = [];
  let from = 0;
  for (const { index, lastIndex, url } of found) {
    const target = safeUrl(url);
    if (!target) continue;
    out.push(renderNames(text.slice(from, index), isName));
    // The browser's own form shows the real host of a look-alike, in Punycode.
    out.push(
      html`<a href=${target} title=${target} target="_blank" rel="noopener noreferrer nofollow">${text.slice(index, lastIndex)}</a>`,
    );
    from = lastIndex;
  }
  out.push(renderNames(text.slice(from), isName));
  return out;
}

/**
 * @param {string} text
 * @param {(name: string) => boolean} isName
 */
function renderNames(text, isName) {
  if (!text) return "";
  const words = text.split(/([^\s,:;.!?()"'<>@]+)/);
  let hasName = false;
  const out = words.map((word, index) => {
    if (index % 2 === 0 || !isName(word)) return word;
    hasName = true;
    return html`<span class="name">${word}</span>`;
  });
  return hasName ? out : text;
}

/**
 * Returns the address of a link if it may be one: http, https or mailto.
 *
 * @param {string} url
 */
export function safeUrl(url) {
  if (url.length > LONGEST_LINK) return undefined;
  try {
    const parsed = new URL(url);
    return ["http:", "https:", "mailto:"].includes(parsed.protocol) ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the addresses of a message's links.
 *
 * @param {string} text
 */
export function findUrls(text) {
  const found = findLinks(text);
  return found.map(({ url }) => safeUrl(url)).filter((url) => url !== undefined);
}
