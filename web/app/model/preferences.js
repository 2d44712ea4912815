/**
 * Memory of the page in the browser. Everything here may be missing or wrong: storage can be
 * forbidden, full, or written by another version.
 *
 * @import { SavedKeys } from "../irc/sasl.js"
 *
 * @typedef {object} Login
 * @property {string} nick
 * @property {string} [account]
 * @property {SavedKeys} [saved]
 *
 * @typedef {object} Preferences
 * @property {"auto" | "light" | "dark"} theme
 * @property {boolean} shortcuts True if single letters act on a focused message.
 * @property {boolean} notify True if mentions are shown by the system.
 * @property {boolean} notifyWords True if notifications show what was said.
 * @property {boolean} stripImages True if pictures are encoded anew before they are sent.
 * @property {string[]} muted Rooms that count no unread messages, folded.
 * @property {string[]} pinned Rooms that stand first, folded.
 * @property {string[]} recent Emoji that were used last.
 * @property {string[]} ignored Nicks whose messages are not shown, folded.
 */

/** @type {Preferences} */
const DEFAULTS = {
  theme: "auto",
  shortcuts: true,
  notify: false,
  notifyWords: false,
  stripImages: true,
  muted: [],
  pinned: [],
  recent: [],
  ignored: [],
};

/**
 * @param {string} name
 * @param {Storage} [storage]
 * @returns {unknown}
 */
export function load(name, storage = localStorage) {
  try {
    return JSON.parse(storage.getItem(`parlour.${name}`) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Keeps a value; `null` removes it.
 *
 * @param {string} name
 * @param {unknown} value
 * @param {Storage} [storage]
 */
export function save(name, value, storage = localStorage) {
  try {
    if (value === null) storage.removeItem(`parlour.${name}`);
    else storage.setItem(`parlour.${name}`, JSON.stringify(value));
  } catch {
    // Without storage the page works until it is closed.
  }
}

/** @returns {Preferences} */
function loadPreferences() {
  const found = load("preferences");
  const known = typeof found === "object" && found ? /** @type {Record<string, unknown>} */ (found) : {};
  const entries = Object.entries(DEFAULTS).map(([name, value]) => {
    const kept = known[name];
    const fits = typeof kept === typeof value && Array.isArray(kept) === Array.isArray(value);
    return [name, fits ? kept : value];
  });
  return /** @type {Preferences} */ (Object.fromEntries(entries));
}

export const preferences = loadPreferences();

/**
 * Changes preferences and keeps them.
 *
 * @param {Partial<Preferences>} change
 */
export function prefer(change) {
  Object.assign(preferences, change);
  save("preferences", preferences);
  applyTheme();
}

/** Takes what another tab has preferred. Returns false if something else was stored. */
export function takePreferences(/** @type {StorageEvent} */ { key }) {
  if (key !== "parlour.preferences") return false;
  Object.assign(preferences, loadPreferences());
  applyTheme();
  return true;
}

/** Sets the colours of the page. */
export function applyTheme() {
  const { theme } = preferences;
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** @returns {Login | undefined} */
export function savedLogin() {
  const found = load("login");
  const login = /** @type {Login | null} */ (found);
  return typeof login?.nick === "string" && login.nick ? login : undefined;
}

/**
 * @param {string[]} list
 * @param {string} entry
 */
export function toggled(list, entry) {
  return list.includes(entry) ? list.filter((other) => other !== entry) : [...list, entry];
}
