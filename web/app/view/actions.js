/**
 * Actions of the page: by key, and by name in the quick switcher. The help is made of this table, so that
 * it cannot say anything else.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Shown } from "./chat.js"
 *
 * @typedef {object} Context
 * @property {Chat} chat
 * @property {Shown} shown
 * @property {(shown: Shown) => void} onShow
 * @property {() => void} onPeople Shows or hides the people.
 *
 * @typedef {object} Action
 * @property {string[]} keys Chords, as {@link chordOf} returns them.
 * @property {string} label
 * @property {(context: Context) => boolean | void} run Returns false if the key is left to the browser.
 */

import { preferences, prefer } from "../model/preferences.js";
import { nextRoom } from "./shortcuts.js";

/**
 * Returns a key press as `Ctrl+Alt+Shift+key`; Shift counts only where it makes no other character.
 *
 * @param {KeyboardEvent} event
 */
export function chordOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  const isLetter = /^[a-z]$/i.test(key);
  const parts = [
    (ctrlKey || metaKey) && "Ctrl",
    altKey && "Alt",
    shiftKey && (isLetter || key.length > 1) && "Shift",
    isLetter ? key.toUpperCase() : key,
  ];
  return parts.filter(Boolean).join("+");
}

/**
 * Returns a chord as people write it.
 *
 * @param {string} chord
 */
export const shownChord = (chord) => chord.replace("ArrowUp", "↑").replace("ArrowDown", "↓").replace("Escape", "Esc");

/**
 * @param {1 | -1} step
 * @param {boolean} onlyUnread
 * @returns {Action["run"]}
 */
const move = (step, onlyUnread) => ({ chat }) => {
  const next = nextRoom(chat, step, onlyUnread);
  if (next) chat.show(next.name);
};

/** Returns the theme that follows: the other one than is seen. */
export function nextTheme() {
  const { theme } = preferences;
  const isDark = theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
  return isDark ? /** @type {const} */ ("light") : /** @type {const} */ ("dark");
}

/** @type {Action[]} */
export const ACTIONS = [
  { keys: ["Ctrl+K"], label: "Go to a room or a person", run: ({ onShow }) => onShow({ dialog: "switcher" }) },
  { keys: ["Alt+ArrowUp"], label: "Room above", run: move(-1, false) },
  { keys: ["Alt+ArrowDown"], label: "Room below", run: move(1, false) },
  { keys: ["Alt+Shift+ArrowUp"], label: "Unread room above", run: move(-1, true) },
  { keys: ["Alt+Shift+ArrowDown"], label: "Unread room below", run: move(1, true) },
  {
    keys: ["Alt+A"],
    label: "Next mention, then next unread room",
    run: ({ chat }) => {
      const next = chat.list.find((other) => other.mentions) ?? chat.list.find((other) => other.unread);
      if (next) chat.show(next.name);
    },
  },
  {
    keys: ["Alt+Backspace"],
    label: "Last room, and back",
    run: ({ chat }) => {
      const before = chat.rooms.get(chat.previous);
      // In a text it deletes a word on some systems, and undoes on others.
      const field = document.activeElement;
      const isWriting = (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) && field.value !== "";
      if (!before || isWriting) return false;
      chat.show(before.name);
    },
  },
  { keys: ["Alt+U"], label: "First unread message", run: ({ chat }) => chat.room && chat.history.toUnread(chat.room) },
  { keys: ["Alt+M"], label: "Mentions of you", run: ({ onShow }) => onShow({ dialog: "mentions" }) },
  {
    keys: ["Ctrl+F"],
    label: "Search; again: the browser's own",
    run: ({ shown, onShow }) => (shown.dialog === "search" ? false : onShow({ dialog: "search" })),
  },
  { keys: ["Shift+Escape"], label: "Mark all rooms as read", run: ({ chat }) => chat.markAllRead() },
  { keys: ["Alt+S"], label: "People", run: ({ onPeople }) => onPeople() },
  { keys: ["Ctrl+/", "Alt+/"], label: "Keys and commands", run: ({ onShow }) => onShow({ dialog: "help" }) },
  { keys: [], label: "Settings", run: ({ onShow }) => onShow({ dialog: "settings" }) },
  { keys: [], label: "Light or dark", run: () => prefer({ theme: nextTheme() }) },
  { keys: [], label: "Mute or unmute this room", run: ({ chat }) => chat.room && chat.toggle(chat.room, "muted") },
  { keys: [], label: "Pin or unpin this room", run: ({ chat }) => chat.room && chat.toggle(chat.room, "pinned") },
  { keys: [], label: "Leave this room", run: ({ chat }) => chat.room && chat.close(chat.room) },
];
