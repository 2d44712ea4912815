/**
 * Rows of the timeline.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Line } from "../model/line.js"
 * @import { Room } from "../model/room.js"
 * @import { Shown } from "./chat.js"
 */

import { useLayoutEffect, useRef } from "../../vendor/hooks.mjs";
import { Component } from "../../vendor/preact.mjs";
import { html } from "../html.js";
import { preferences, prefer } from "../model/preferences.js";
import { changed } from "../model/store.js";
import { COMMON } from "../text/emoji.js";
import { plain } from "../text/safe.js";
import { findUrls, renderText } from "../text/render.js";
import { fullTime, timeOfDay } from "../text/time.js";
import { Attachment, attachmentOf } from "./attachment.js";
import { colourOf } from "./colour.js";
import { lazy } from "./lazy.js";
import { actionsOn } from "./message_actions.js";

const Sheet = lazy(async () => (await import("./sheet.js")).Sheet);

/** Lines of text beyond which a message is folded. */
const FOLD_LINES = 20;
/** Characters beyond which a message is folded. */
const FOLD_TEXT = 2_000;
/** Emoji that are kept as used last. */
const RECENT = 6;

/**
 * @typedef {object} RowProps
 * @property {Chat} chat
 * @property {Room} room
 * @property {Line} line
 * @property {Line | undefined} answered
 * @property {boolean} isTogether
 * @property {boolean} isReachable
 * @property {boolean} isFlashed True if the reader has just jumped here.
 * @property {string} myNick
 * @property {number} people
 * @property {(shown: Shown) => void} onShow
 * @property {(target: { reply: string, edit: string }) => void} onTarget
 */

/**
 * @typedef {object} RowState
 * @property {boolean} isPicking True while the reactions are offered.
 * @property {boolean} isOpen True if a long message is shown as a whole.
 * @property {boolean} isAsking True while it is asked whether to delete the message.
 * @property {boolean} isMenu True while all actions are offered.
 * @property {boolean} isActive True while somebody looks at the row: most rows only pass by, without tools.
 */

/** @type {WeakMap<Element, Row>} Rows that are on the page, for the listeners of the timeline. */
const ROWS = new WeakMap();

/**
 * Returns the row that an element belongs to.
 *
 * @param {EventTarget | null} target
 */
export function rowOf(target) {
  const element = target instanceof Element ? target.closest("[data-key]") : null;
  return element ? ROWS.get(element) : undefined;
}

/**
 * Row of a message; drawn anew only if it has changed. It has no listeners of its own, since many rows come and
 * go while one scrolls: those of the timeline call it.
 *
 * @extends {Component<RowProps, RowState>}
 */
export class Row extends Component {
  /** @type {RowState} */
  state = { isPicking: false, isOpen: false, isAsking: false, isMenu: false, isActive: false };

  /**
   * @param {RowProps} next
   * @param {RowState} state
   */
  shouldComponentUpdate(next, state) {
    const now = this.props;
    return (
      state !== this.state ||
      next.line !== now.line ||
      next.answered !== now.answered ||
      next.isTogether !== now.isTogether ||
      next.isReachable !== now.isReachable ||
      next.isFlashed !== now.isFlashed ||
      next.myNick !== now.myNick
    );
  }

  /** @param {HTMLElement | null} element */
  attach = (element) => {
    if (element) ROWS.set(element, this);
  };

  /** @param {boolean} isActive */
  activate(isActive) {
    if (isActive !== this.state.isActive) this.setState({ isActive });
  }

  get canAct() {
    const { line } = this.props;
    return line.id !== "" && !line.deleted;
  }

  /** Offers all actions. */
  openMenu = () => {
    if (this.canAct) this.setState({ isMenu: true });
  };

  /** @param {string} emoji */
  react = (emoji) => {
    const { chat, room, line } = this.props;
    const { session } = chat;
    this.setState({ isPicking: false });
    const mine = line.reactions.find(([known]) => known === emoji)?.[1].includes(session.nick);
    const name = mine ? "+draft/unreact" : "+draft/react";
    session.sendTagged({ [name]: emoji, "+draft/reply": line.id }, "TAGMSG", room.name);
    prefer({ recent: [emoji, ...preferences.recent.filter((other) => other !== emoji)].slice(0, RECENT) });
  };

  remove = () => {
    const { chat, room, line } = this.props;
    this.setState({ isAsking: false });
    for (const id of [...line.editIds, line.id]) chat.session.send("REDACT", room.name, id);
  };

  get actionContext() {
    return {
      ...this.props,
      onReact: this.react,
      onPick: () => this.setState({ isPicking: true }),
      onAsk: () => this.setState({ isAsking: true }),
      onMenu: this.openMenu,
    };
  }

  /**
   * Handles a key that is pressed on the row itself.
   *
   * @param {KeyboardEvent} event
   */
  press(event) {
    // Single characters can be switched off (WCAG 2.1.4).
    if (event.key.length === 1 && !preferences.shortcuts) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const action = actionsOn(this.actionContext).find(({ keys }) => keys.includes(event.key));
    if (!action) return;
    event.preventDefault();
    action.run(this.actionContext);
    changed();
  }

  get choices() {
    const context = this.actionContext;
    const shown = actionsOn(context).filter(({ hidden }) => !hidden);
    return shown.map(({ keys, label, run }) => ({ label, key: keys[0], run: () => (run(context), changed()) }));
  }

  render() {
    const { chat, room, line, answered, isTogether, isReachable, isFlashed, onShow, onTarget } = this.props;
    const { isPicking, isOpen, isAsking, isMenu, isActive } = this.state;
    const { session } = chat;
    const { canAct, react } = this;
    const setPicking = (/** @type {boolean} */ picking) => this.setState({ isPicking: picking });
    const isName = (/** @type {string} */ word) => room.members.has(session.fold(word));
    const isLong = line.text.length > FOLD_TEXT || line.text.split("\n").length > FOLD_LINES;
    const attachments = line.deleted ? [] : findUrls(line.text).map(attachmentOf).filter((found) => found !== undefined);
    const classes = ["row", line.mention && "mention", line.own && "own", isTogether && "together", isFlashed && "flash", line.state].filter(Boolean);
    const time = html`<time datetime=${new Date(Math.min(8.64e15, Math.max(-8.64e15, line.time))).toISOString()} title=${isActive ? fullTime(line.time) : undefined}>${timeOfDay(line.time)}</time>`;
    return html`<li
      class=${classes.join(" ")}
      ref=${this.attach}
      data-key=${line.key}
      tabindex=${isReachable ? 0 : -1}
    >
      ${line.reply &&
      html`<button class="answered" onClick=${() => chat.history.toAnswered(room, line)}>
        ↪ ${answered ? html`<b>${answered.nick}</b> <bdi>${answered.deleted ? "deleted" : plain(answered.text).slice(0, 120)}</bdi>` : "an earlier message"}
      </button>`}
      ${isTogether
        ? html`<span class="at">${time}</span>`
        : html`<div class="by">
            <span class="avatar" aria-hidden="true" style=${{ background: colourOf(line) }}>${[...line.nick][0] ?? "?"}</span>
            <button class="nick" style=${{ color: colourOf(line) }} onClick=${() => onShow({ dialog: "person", about: line.nick })}>
              <bdi>${line.nick}</bdi>
            </button>
            ${line.bot && html`<span class="tag">bot</span>`} ${line.kind === "notice" && html`<span class="tag">notice</span>`} ${time}
          </div>`}
      <div class=${`text ${line.kind}`} data-folded=${isLong && !isOpen}>
        ${line.deleted
          ? html`<i class="gone">message deleted</i>`
          : html`<div dir="auto" class="body">
              ${line.kind === "action" ? html`<b>${line.nick}</b> ` : ""}${renderText(line.text, isName)}${line.edited ? html` <small>(edited)</small>` : ""}
            </div>`}
      </div>
      ${isLong && html`<button class="unfold" onClick=${() => this.setState({ isOpen: !isOpen })}>${isOpen ? "Show less" : "Show all"}</button>`}
      ${attachments.map((found) => html`<${Attachment} key=${found.url} attachment=${found} words=${plain(line.text).replace(/\S+:\/\/\S+/g, "").trim().slice(0, 200)} onShow=${onShow} />`)}
      ${line.reactions.length > 0 &&
      html`<div class="reactions">
        ${line.reactions.map(
          ([emoji, nicks]) =>
            html`<button
              key=${emoji}
              aria-pressed=${nicks.includes(session.nick)}
              title=${nicks.slice(0, 20).join(", ")}
              onClick=${() => react(emoji)}
            >
              <span>${emoji}</span> ${nicks.length}
            </button>`,
        )}
        ${canAct && html`<button class="add" aria-label="Add a reaction" onClick=${() => setPicking(!isPicking)}>+</button>`}
      </div>`}
      ${line.state === "sending" && html`<span class="state" title="On its way">◌ sending</span>`}
      ${line.state === "waiting" && html`<span class="state">◌ waits for the connection</span>`}
      ${line.state === "failed" &&
      html`<p class="failed" role="alert">
        ✗ Not sent: ${line.problem}
        <button onClick=${() => chat.outbox.retry(room, line.key, true)}>Retry</button>
        <button onClick=${() => chat.outbox.retry(room, line.key, false)}>Drop</button>
      </p>`}
      ${isAsking &&
      html`<p class="failed" role="alertdialog" aria-label="Delete the message?">
        Delete this message for everybody?
        <button onClick=${this.remove}>Delete</button>
        <button onClick=${() => this.setState({ isAsking: false })}>Keep</button>
      </p>`}
      ${isMenu &&
      html`<${Sheet}
        label=${`Message of ${line.nick}`}
        emoji=${[...new Set([...preferences.recent, ...COMMON])].slice(0, RECENT)}
        onEmoji=${react}
        choices=${this.choices}
        onClose=${() => this.setState({ isMenu: false })}
      />`}
      ${isPicking && html`<${Picker} onPick=${react} onClose=${() => setPicking(false)} />`}
      ${canAct &&
      isActive &&
      html`<div class="tools" role="group" aria-label="Actions">
        <button title="React (:)" aria-label="React" onClick=${() => setPicking(!isPicking)}>☺</button>
        <button title="Reply (r)" aria-label="Reply" onClick=${() => onTarget({ reply: line.id, edit: "" })}>↩</button>
        ${line.own && html`<button title="Edit (e)" aria-label="Edit" onClick=${() => onTarget({ reply: "", edit: line.id })}>✎</button>`}
        <button title="More (Enter)" aria-label="More" onClick=${this.openMenu}>⋯</button>
      </div>`}
    </li>`;
  }
}

/**
 * @param {object} props
 * @param {(emoji: string) => void} props.onPick
 * @param {() => void} props.onClose
 */
function Picker({ onPick, onClose }) {
  const all = [...new Set([...preferences.recent, ...COMMON])];
  const list = useRef(/** @type {HTMLDivElement | null} */ (null));
  useLayoutEffect(() => list.current?.querySelector("button")?.focus(), []);
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    const row = list.current?.closest("[data-key]");
    onClose();
    if (row instanceof HTMLElement) row.focus();
  };
  return html`<div
    ref=${list}
    class="picker"
    role="group"
    aria-label="Reactions"
    onKeyDown=${press}
    onFocusOut=${(/** @type {FocusEvent} */ event) => {
      // By Tab, or by a click elsewhere.
      if (!(event.relatedTarget instanceof Node && list.current?.contains(event.relatedTarget))) onClose();
    }}
  >
    ${all.map((emoji) => html`<button key=${emoji} aria-label=${emoji} onClick=${() => onPick(emoji)}>${emoji}</button>`)}
  </div>`;
}

/**
 * Row of what has happened; joins and leaves in a row stand in one.
 *
 * @param {{ lines: Line[] }} props
 */
export function EventRow({ lines }) {
  const [first] = lines;
  return html`<li class=${`row ${first.kind}`} data-key=${first.key} role=${first.kind === "error" ? "alert" : undefined}>
    <span class="at">${timeOfDay(first.time)}</span>
    <span dir="auto">${lines.map((line) => line.text).join(" ")}</span>
  </li>`;
}
