/**
 * Markdown as people type it, converted to the codes of IRC formatting before it is sent, so that
 * every client shows it. The rules are those of the terminal client.
 */

const SIGNS = /** @type {[string, string][]} */ ([
  ["**", "\x02"],
  ["__", "\x02"],
  ["~~", "\x1e"],
  ["*", "\x02"],
  ["_", "\x1d"],
  ["`", "\x11"],
]);

const LETTER = /[\p{L}\p{N}]/u;

/** Characters that may stand before the first sign of a pair. */
const MAY_STAND_BEFORE = /[\s([{"'“‘«>\-–—*_~]/;

/**
 * Converts a message. A pair of signs encloses words of one line; what stands in a fence of code
 * stays as it is.
 *
 * @param {string} text
 */
export function toCodes(text) {
  let inFence = false;
  const lines = text.split("\n").map((line) => {
    const isFence = line.trimStart().startsWith("```");
    const result = isFence || inFence ? line : lineToCodes(line);
    if (isFence) inFence = !inFence;
    return result;
  });
  return lines.join("\n");
}

/** @param {string} line @returns {string} */
function lineToCodes(line) {
  let out = "";
  let at = 0;
  while (at < line.length) {
    const pair = MAY_STAND_BEFORE.test(line[at - 1] ?? " ") ? pairAt(line.slice(at)) : undefined;
    if (pair) {
      const { code, sign, inner } = pair;
      // Signs inside code are text.
      out += code + (code === "\x11" ? inner : lineToCodes(inner)) + code;
      at += 2 * sign.length + inner.length;
    } else {
      out += line[at];
      at += 1;
    }
  }
  return out;
}

/**
 * Returns the pair of signs that a text begins with.
 *
 * @param {string} text
 */
function pairAt(text) {
  for (const [sign, code] of SIGNS) {
    if (!text.startsWith(sign)) continue;
    const mark = sign[0];
    for (let end = text.indexOf(sign, sign.length); end > 0; end = text.indexOf(sign, end + 1)) {
      const inner = text.slice(sign.length, end);
      const after = text[end + sign.length] ?? " ";
      if (inner && !/^\s|\s$/.test(inner) && inner[0] !== mark && inner.at(-1) !== mark && !LETTER.test(after) && after !== mark && after !== "/") {
        return { sign, code, inner };
      }
    }
  }
  return undefined;
}

/**
 * Converts codes back to what one would type, to edit a message.
 *
 * @param {string} text
 */
export function fromCodes(text) {
  return text
    .replace(/\x02([^\x02\n]+)\x02/g, "**$1**")
    .replace(/\x1d([^\x1d\n]+)\x1d/g, "_$1_")
    .replace(/\x1e([^\x1e\n]+)\x1e/g, "~~$1~~")
    .replace(/\x11([^\x11\n]+)\x11/g, "`$1`");
}
