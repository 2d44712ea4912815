/**
 * Actions on a message: by key, from its tools, from its sheet. One table, so that they agree.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Line } from "../model/line.js"
 * @import { Room } from "../model/room.js"
 * @import { Shown } from "./chat.js"
 *
 * @typedef {object} Context
 * @property {Chat} chat
 * @property {Room} room
 * @property {Line} line
 * @property {(shown: Shown) => void} onShow
 * @property {(target: { reply: string, edit: string }) => void} onTarget
 * @property {(emoji: string) => void} onReact
 * @property {() => void} onPick Shows the reactions to choose from.
 * @property {() => void} onAsk Asks whether the message is to be deleted.
 * @property {() => void} onMenu Shows all actions.
 *
 * @typedef {object} MessageAction
 * @property {string[]} keys
 * @property {string} label
 * @property {boolean} [hidden] True if it is done by key only.
 * @property {boolean} [always] True if it is done on deleted and unsent messages as well.
 * @property {(context: Context) => boolean} [fits] Returns whether it can be done; always if missing.
 * @property {(context: Context) => void} run
 */

import { formatAddress } from "../model/address.js";
import { findUrls } from "../text/render.js";
import { plain } from "../text/safe.js";
import { attachmentOf } from "./attachment.js";
import { copy } from "./clipboard.js";

/**
 * @param {Chat} chat
 * @param {string} text
 */
const copyOf = async (chat, text) => {
  if (!(await copy(text))) chat.tell("The browser does not let this page use the clipboard.");
};

/** @param {Context} context */
const pictureOf = ({ line }) => findUrls(line.text).map(attachmentOf).find((found) => found?.thumb);

/** @param {Context} context */
const mayDelete = ({ chat, room, line }) => line.own || chat.isOperator(room);

/** @type {MessageAction[]} */
export const MESSAGE_ACTIONS = [
  { keys: ["r"], label: "Reply", run: ({ line, onTarget }) => onTarget({ reply: line.id, edit: "" }) },
  { keys: ["e"], label: "Edit", fits: ({ line }) => line.own, run: ({ line, onTarget }) => onTarget({ reply: "", edit: line.id }) },
  { keys: ["+", "="], label: "React with the first reaction", hidden: true, run: ({ line, onReact }) => onReact(line.reactions[0]?.[0] ?? "👍") },
  { keys: [":"], label: "Choose a reaction", run: ({ onPick }) => onPick() },
  {
    keys: ["m"],
    label: "Mention the author",
    fits: ({ line }) => !line.own,
    run: ({ chat, line }) => {
      chat.toType = chat.room?.draft ? ` @${line.nick} ` : `${line.nick}: `;
    },
  },
  { keys: ["y"], label: "Copy the text", run: ({ chat, line }) => void copyOf(chat, plain(line.text)) },
  { keys: [], label: "Copy a link to it", run: ({ chat, room, line }) => void copyOf(chat, formatAddress(room.name, line.id)) },
  {
    keys: ["o"],
    label: "Open its link",
    fits: ({ line }) => findUrls(line.text).length > 0,
    run: ({ line }) => {
      const [url] = findUrls(line.text);
      if (url) window.open(url, "_blank", "noopener,noreferrer");
    },
  },
  {
    keys: ["v"],
    label: "View its picture",
    fits: (context) => pictureOf(context) !== undefined,
    run: (context) => context.onShow({ dialog: "picture", about: pictureOf(context)?.url ?? "" }),
  },
  { keys: ["g"], label: "Go to what it answers", fits: ({ line }) => line.reply !== "", run: ({ chat, room, line }) => chat.history.toAnswered(room, line) },
  { keys: ["u"], label: "Mark as unread from here", fits: ({ line }) => !line.own, run: ({ chat, room, line }) => chat.markUnread(room, line) },
  { keys: ["d", "Delete"], label: "Delete", fits: mayDelete, run: ({ onAsk }) => onAsk() },
  {
    keys: ["Backspace"],
    label: "Go back from an answered message; else delete",
    hidden: true,
    always: true,
    run: (context) => {
      const { chat, line } = context;
      if (!chat.history.back(line.id) && line.id && !line.deleted && mayDelete(context)) context.onAsk();
    },
  },
  { keys: ["Enter"], label: "All of these", hidden: true, run: ({ onMenu }) => onMenu() },
  { keys: ["i", "Escape"], label: "Back to the line that you write", hidden: true, always: true, run: () => document.querySelector("textarea")?.focus() },
];

/**
 * Returns the actions that can be done on a message now.
 *
 * @param {Context} context
 */
export function actionsOn(context) {
  const { line } = context;
  const isWhole = line.id !== "" && !line.deleted;
  return MESSAGE_ACTIONS.filter(({ fits, always }) => (isWhole || always) && (!fits || fits(context)));
}
