/**
 * Lines of IRC with their tags (Modern IRC, IRCv3 message-tags).
 *
 * @typedef {object} Source
 * @property {string} nick Nick, or the name of a server.
 * @property {string} user User name; empty for a server.
 * @property {string} host Host; empty for a server.
 *
 * @typedef {object} Message
 * @property {Map<string, string>} tags
 * @property {Source} source
 * @property {string} command Command in capitals, or a numeric.
 * @property {string[]} params
 */

const UNESCAPED = /** @type {Record<string, string>} */ ({ ":": ";", s: " ", "\\": "\\", r: "\r", n: "\n" });
const ESCAPED = /** @type {Record<string, string>} */ ({
  ";": "\\:",
  " ": "\\s",
  "\\": "\\\\",
  "\r": "\\r",
  "\n": "\\n",
});

/**
 * Parses a line without its line end.
 *
 * @param {string} line
 * @returns {Message}
 */
export function parse(line) {
  let rest = line;
  /** @returns {string} */
  const word = () => {
    const end = rest.indexOf(" ");
    const found = end < 0 ? rest : rest.slice(0, end);
    rest = end < 0 ? "" : rest.slice(end + 1).replace(/^ +/, "");
    return found;
  };
  const tags = new Map();
  if (rest.startsWith("@")) {
    for (const tag of word().slice(1).split(";")) {
      const at = tag.indexOf("=");
      const [name, value] = at < 0 ? [tag, ""] : [tag.slice(0, at), tag.slice(at + 1)];
      tags.set(name, unescapeTag(value));
    }
  }
  const source = rest.startsWith(":") ? parseSource(word().slice(1)) : { nick: "", user: "", host: "" };
  const command = word().toUpperCase();
  const params = [];
  while (rest) {
    if (rest.startsWith(":")) {
      params.push(rest.slice(1));
      break;
    }
    params.push(word());
  }
  return { tags, source, command, params };
}

/**
 * @param {string} text
 * @returns {Source}
 */
function parseSource(text) {
  const [, nick = text, user = "", host = ""] = /^([^!@]*)(?:!([^@]*))?(?:@(.*))?$/.exec(text) ?? [];
  return { nick, user, host };
}

/** @param {string} value */
function unescapeTag(value) {
  return value.replace(/\\(.?)/g, (_, next) => UNESCAPED[next] ?? next);
}

/**
 * Escapes the value of a tag.
 *
 * @param {string} value
 */
export function escapeTag(value) {
  return value.replace(/[; \\\r\n]/g, (char) => ESCAPED[char] ?? char);
}

/**
 * Formats a line. Line ends inside a parameter, which could forge further lines, become spaces.
 *
 * @param {string[]} words Command and parameters; only the last may be empty or hold spaces.
 * @param {Record<string, string | undefined>} [tags] Tags; those that are undefined are left out.
 */
export function format(words, tags = {}) {
  const list = Object.entries(tags)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (value ? `${name}=${escapeTag(value)}` : name));
  const clean = words.map((word) => word.replace(/[\r\n\0]+/g, " "));
  const last = clean.length - 1;
  const parts = clean.map((word, index) => {
    if (index < last || index === 0) return word.replace(/ /g, "");
    return word === "" || word.startsWith(":") || word.includes(" ") ? `:${word}` : word;
  });
  return (list.length ? `@${list.join(";")} ` : "") + parts.join(" ");
}
