/**
 * The quick switcher: rooms, people, searches, all by typing.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Batch } from "../irc/session.js"
 * @import { Message } from "../irc/message.js"
 * @import { Context } from "./actions.js"
 * @import { Shown } from "./chat.js"
 *
 * @typedef {object} Entry
 * @property {string} key
 * @property {string} label
 * @property {string} detail
 * @property {number} score
 * @property {() => void} open
 */

import { useEffect, useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { messagesOf } from "../irc/session.js";
import { COMMANDS, run } from "../model/commands.js";
import { safeLine } from "../text/safe.js";
import { ACTIONS, shownChord } from "./actions.js";
import { Dialog } from "./dialog.js";

/** Entries that are shown. */
const MOST = 12;

/**
 * Rates how well a name fits what was typed: its letters in order, best at the beginning. 0 if not at all.
 *
 * @param {string} name
 * @param {string} typed
 */
export function rate(name, typed) {
  if (!typed) return 1;
  const [in_, wanted] = [name.toLowerCase(), typed.toLowerCase()];
  const at = in_.indexOf(wanted);
  if (at >= 0) return 100 - Math.min(50, at) - Math.min(40, in_.length - wanted.length);
  let from = 0;
  for (const char of wanted) {
    const next = in_.indexOf(char, from);
    if (next < 0) return 0;
    from = next + 1;
  }
  return 5;
}

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {() => void} props.onClose
 * @param {(shown: Shown) => void} props.onShow
 * @param {() => void} props.onPeople
 */
export function Switcher({ chat, onClose, onShow, onPeople }) {
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const [listed, setListed] = useState(/** @type {{ name: string, people: number, topic: string }[]} */ ([]));
  useEffect(() => {
    if (!chat.isConnected) return;
    chat.session.request((answer) => setListed(channelsOf(answer)), "LIST");
  }, []);
  const entries = typed.startsWith(">")
    ? commandsFor({ chat, shown: { dialog: "" }, onShow, onPeople }, typed.slice(1).trim())
    : find(chat, typed, listed, onShow);
  const open = (/** @type {Entry | undefined} */ entry) => {
    if (!entry) return;
    onClose();
    entry.open();
  };
  /** @param {KeyboardEvent} event */
  const press = (event) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      event.preventDefault();
      setChosen((chosen + step + entries.length) % Math.max(1, entries.length));
    }
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (typed) return open(entries[chosen]);
    const next = chat.list.find((room) => room.mentions) ?? chat.list.find((room) => room.unread);
    if (next) {
      onClose();
      chat.show(next.name);
    }
  };
  return html`<${Dialog} label="Go to" kind="switcher" onClose=${onClose}>
    <form onSubmit=${submit} onKeyDown=${press}>
      <input
        value=${typed}
        placeholder="Go to…"
        aria-label="Go to"
        role="combobox"
        aria-expanded="true"
        aria-controls="switcher-list"
        aria-activedescendant=${entries[chosen] ? `switch-${chosen}` : undefined}
        autofocus
        autocomplete="off"
        onInput=${(/** @type {InputEvent & { currentTarget: HTMLInputElement }} */ event) => {
          setTyped(event.currentTarget.value);
          setChosen(0);
        }}
      />
      <ul role="listbox" id="switcher-list" aria-label="Places">
        ${entries.map(
          (entry, index) =>
            html`<li key=${entry.key} id=${`switch-${index}`} role="option" aria-selected=${index === chosen} onClick=${() => open(entry)}>
              <b>${entry.label}</b> <small>${entry.detail}</small>
            </li>`,
        )}
      </ul>
    </form>
    <p class="hint">#room joins, @nick writes to somebody, ?words searches, >words runs a command. Enter alone: the next mention.</p>
  <//>`;
}

/**
 * @param {Message | Batch} answer
 */
function channelsOf(answer) {
  const rows = messagesOf(answer).filter(({ command }) => command === "322");
  return rows.map(({ params }) => ({
    name: safeLine(params[1] ?? ""),
    people: Number(params[2] ?? 0),
    topic: safeLine(params[3] ?? ""),
  }));
}

/**
 * Returns the actions of the page and the commands of the composer that fit.
 *
 * @param {Context} context
 * @param {string} typed
 * @returns {Entry[]}
 */
function commandsFor(context, typed) {
  const { chat } = context;
  /** @type {Entry[]} */
  const entries = ACTIONS.map((action) => ({
    key: action.label,
    label: action.label,
    detail: action.keys.map(shownChord).join(", "),
    score: rate(action.label, typed),
    open: () => void action.run(context),
  }));
  const [name = "", ...rest] = typed.replace(/^\//, "").split(/\s+/);
  for (const command of Object.keys(COMMANDS)) {
    const { room } = chat;
    const words = rest.join(" ");
    const isWhole = command === name && words !== "";
    entries.push({
      key: `/${command}`,
      label: isWhole ? `/${command} ${words}` : `/${command}`,
      detail: isWhole ? "run" : "write it",
      score: isWhole ? 200 : rate(command, typed.replace(/^\//, "")) - 1,
      open: () => {
        if (isWhole && room) chat.tell(run(chat, room, `${command} ${words}`) || `/${command} was sent.`, "event");
        else if (room) chat.toType = `/${command} `;
      },
    });
  }
  return entries.filter(({ score, key }) => score > 0 && (chat.room || !key.startsWith("/"))).sort((a, b) => b.score - a.score).slice(0, MOST);
}

/**
 * @param {Chat} chat
 * @param {string} typed
 * @param {{ name: string, people: number, topic: string }[]} listed
 * @param {(shown: Shown) => void} show
 * @returns {Entry[]}
 */
function find(chat, typed, listed, show) {
  const text = typed.trim();
  const [sign, words] = "#@?".includes(text[0] ?? " ") ? [text[0], text.slice(1)] : ["", text];
  if (sign === "?") {
    return [{ key: "?", label: `Search for “${words}”`, detail: "in all rooms", score: 1, open: () => show({ dialog: "search", about: words }) }];
  }
  /** @type {Entry[]} */
  const entries = [];
  const add = (/** @type {string} */ name, /** @type {string} */ detail, /** @type {number} */ bonus, /** @type {() => void} */ open) => {
    const score = rate(name, sign === "@" ? words : text);
    const key = chat.session.fold(name);
    if (score > 0 && !entries.some((entry) => entry.key === key)) entries.push({ key, label: name, detail, score: score + bonus, open });
  };
  for (const room of chat.list) {
    if ((sign === "#" && !room.isChannel) || (sign === "@" && room.isChannel)) continue;
    const state = room.mentions ? `${room.mentions} ${room.mentions === 1 ? "mention" : "mentions"}` : room.unread ? `${room.unread} unread` : room.topic;
    add(room.name, state, 20 + (room.mentions ? 2 : 0) + (room.unread ? 1 : 0), () => chat.show(room.name));
  }
  if (sign !== "@") {
    for (const { name, people, topic } of listed) add(name, `${people} ${people === 1 ? "person" : "people"}. ${topic}`, 5, () => chat.open(name));
  }
  if (sign !== "#" && text) {
    for (const room of chat.list) {
      for (const { nick } of room.members.values()) {
        if (!chat.isMe(nick)) add(nick, "write to them", 0, () => chat.open(nick));
      }
    }
  }
  entries.sort((a, b) => b.score - a.score);
  const exact = chat.session.fold(sign === "@" ? words : text);
  if (words && !/[\s,]/.test(text) && !entries.some(({ key }) => key === exact)) {
    if (sign === "@") entries.push({ key: text, label: words, detail: "write to them", score: 0, open: () => chat.open(words) });
    else {
      const name = sign === "#" ? text : `#${text}`;
      if (!entries.some(({ key }) => key === chat.session.fold(name))) {
        entries.push({ key: name, label: name, detail: "join or create", score: 0, open: () => chat.open(name) });
      }
    }
  }
  return entries.slice(0, MOST);
}
