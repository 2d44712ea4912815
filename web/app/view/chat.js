/**
 * The chat: rooms, timeline, people, and the dialogs over them.
 *
 * @import { Chat } from "../model/chat.js"
 */

import { useEffect, useLayoutEffect, useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { parseAddress } from "../model/address.js";
import { prefer, preferences, takePreferences } from "../model/preferences.js";
import { changed, useModel } from "../model/store.js";
import { ACTIONS, chordOf, nextTheme } from "./actions.js";
import { Composer } from "./composer.js";
import { Header } from "./header.js";
import { isNarrow, useLayer } from "./layers.js";
import { lazy, loadParts } from "./lazy.js";
import { Rooms } from "./rooms.js";
import { Timeline } from "./timeline.js";

/** Time after which the parts are loaded that are not needed at once, in milliseconds. */
const LOAD_AFTER = 1_000;

const People = lazy(async () => (await import("./people.js")).People);
const PersonDialog = lazy(async () => (await import("./person.js")).PersonDialog);
const MentionsDialog = lazy(async () => (await import("./mentions.js")).MentionsDialog);
const SearchDialog = lazy(async () => (await import("./search.js")).SearchDialog);
const SettingsDialog = lazy(async () => (await import("./settings.js")).SettingsDialog);
const HelpDialog = lazy(async () => (await import("./settings.js")).HelpDialog);
const Switcher = lazy(async () => (await import("./switcher.js")).Switcher);
const Viewer = lazy(async () => (await import("./viewer.js")).Viewer);

/**
 * Dialog that is shown over or beside the timeline.
 *
 * @typedef {object} Shown
 * @property {"" | "switcher" | "search" | "mentions" | "settings" | "help" | "person" | "picture"} dialog
 * @property {string} [about] Nick, query or address that the dialog is about.
 */

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {() => void} props.onLeave
 */
export function ChatView({ chat, onLeave }) {
  useModel();
  const [shown, setShown] = useState(/** @type {Shown} */ ({ dialog: "" }));
  const [hasPeople, setPeople] = useState(() => matchMedia("(min-width: 900px)").matches);
  const [isDrawerOpen, setDrawer] = useState(false);
  const [target, setTarget] = useState({ reply: "", edit: "" });
  const { room } = chat;
  const close = () => setShown({ dialog: "" });
  useEffect(() => {
    const asked = parseAddress(location.hash);
    if (asked) chat.follow(asked);
  }, [chat]);
  useLayoutEffect(() => setTarget({ reply: "", edit: "" }), [room?.folded]);
  useEffect(() => {
    // A reload leads to the room that was seen last, not to the one of a link that was followed once.
    const asked = parseAddress(location.hash);
    if (asked && room && chat.session.fold(asked.room) !== room.folded && chat.find(asked.room)) {
      history.replaceState(history.state, "", location.pathname + location.search);
    }
  }, [room?.folded]);
  useEffect(() => {
    const timer = setTimeout(loadParts, LOAD_AFTER);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    const look = () => chat.markRead();
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [chat]);
  useEffect(() => {
    const { list } = chat;
    const mentions = list.reduce((sum, other) => sum + other.mentions, 0);
    const unread = list.some((other) => other.unread > 0);
    document.title = `${mentions ? `(${mentions}) ` : unread ? "• " : ""}${room?.name ?? chat.serverName} · ${chat.serverName || "parlour"}`;
    if ("setAppBadge" in navigator) void navigator.setAppBadge(mentions).catch(() => undefined);
  });
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const press = (event) => {
      const chord = chordOf(event);
      const action = ACTIONS.find(({ keys }) => keys.includes(chord));
      if (action) {
        if (action.run({ chat, shown, onShow: setShown, onPeople: () => setPeople((before) => !before) }) !== false) event.preventDefault();
      } else if (chord === "Escape" && isDrawerOpen) {
        setDrawer(false);
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [chat, shown.dialog, isDrawerOpen]);
  useLayer(isDrawerOpen, () => setDrawer(false));
  useLayer(hasPeople && isNarrow() && Boolean(room?.isChannel), () => setPeople(false));
  useEffect(() => {
    const take = (/** @type {StorageEvent} */ event) => {
      if (!takePreferences(event)) return;
      for (const known of chat.rooms.values()) known.count(preferences.muted.includes(known.folded));
      changed();
    };
    addEventListener("storage", take);
    return () => removeEventListener("storage", take);
  }, [chat]);
  const show = (/** @type {Shown} */ next) => setShown(next);
  return html`<div class="chat" data-drawer=${isDrawerOpen} data-people=${hasPeople}>
    <${Rooms}
      chat=${chat}
      onShow=${show}
      onClose=${() => setDrawer(false)}
      onTheme=${() => prefer({ theme: nextTheme() })}
    />
    ${isDrawerOpen && html`<div class="scrim" onClick=${() => setDrawer(false)}></div>`}
    <main>
      <${Banner} chat=${chat} />
      ${room
        ? html`<${Header}
              chat=${chat}
              room=${room}
              onDrawer=${() => setDrawer(true)}
              onPeople=${() => setPeople(!hasPeople)}
              hasPeople=${hasPeople}
              onShow=${show}
            />
            <${Timeline} key=${room.folded} chat=${chat} room=${room} onShow=${show} onTarget=${setTarget} />
            <${Composer} key=${`c${room.folded}`} chat=${chat} room=${room} target=${target} onTarget=${setTarget} onShow=${show} />`
        : html`<${Nothing} chat=${chat} onShow=${show} />`}
    </main>
    ${room?.isChannel && hasPeople && html`<${People} chat=${chat} room=${room} onShow=${show} onClose=${() => setPeople(false)} />`}
    ${shown.dialog === "switcher" && html`<${Switcher} chat=${chat} onClose=${close} onShow=${show} onPeople=${() => setPeople(!hasPeople)} />`}
    ${shown.dialog === "search" && html`<${SearchDialog} chat=${chat} query=${shown.about ?? ""} onClose=${close} />`}
    ${shown.dialog === "mentions" && html`<${MentionsDialog} chat=${chat} onClose=${close} />`}
    ${shown.dialog === "settings" && html`<${SettingsDialog} chat=${chat} onClose=${close} onLeave=${onLeave} onShow=${show} />`}
    ${shown.dialog === "help" && html`<${HelpDialog} onClose=${close} />`}
    ${shown.dialog === "person" && html`<${PersonDialog} chat=${chat} nick=${shown.about ?? ""} onClose=${close} />`}
    ${shown.dialog === "picture" && html`<${Viewer} url=${shown.about ?? ""} onClose=${close} />`}
  </div>`;
}

/**
 * Says that the connection is lost, and what waits.
 *
 * @param {{ chat: Chat }} props
 */
function Banner({ chat }) {
  const [, tick] = useState(0);
  useEffect(() => {
    if (chat.isConnected) return undefined;
    const timer = setInterval(() => tick((count) => count + 1), 1_000);
    return () => clearInterval(timer);
  }, [chat, chat.isConnected]);
  if (chat.isConnected && !chat.notice) return null;
  // The first attempts of a page that has just been opened are not worth a word.
  if (!chat.isIn && chat.session.socket.attempts < 2) return null;
  if (chat.isConnected) {
    const dismiss = () => {
      chat.notice = "";
      tick((count) => count + 1);
    };
    return html`<div class="banner" role="status">${chat.notice} <button onClick=${dismiss}>Close</button></div>`;
  }
  const { socket } = chat.session;
  const { count } = chat.outbox;
  const seconds = Math.max(0, Math.round((socket.next - Date.now()) / 1000));
  const unsent = count ? ` — ${count} unsent` : "";
  if (socket.stopped) {
    return html`<div class="banner" role="alert">
      ${chat.problem?.text ?? "Disconnected."}${unsent} <button onClick=${() => location.reload()}>Log in again</button>
    </div>`;
  }
  return html`<div class="banner" role="status">
    <span>Offline${unsent}. ${socket.next ? `Reconnecting in ${seconds} s.` : "Connecting …"}</span>
    <button onClick=${() => socket.open()}>Now</button>
  </div>`;
}

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {(shown: Shown) => void} props.onShow
 */
function Nothing({ chat, onShow }) {
  return html`<div class="nothing">
    <p>You are in no room${chat.serverName ? ` of ${chat.serverName}` : ""}.</p>
    <button class="primary" onClick=${() => onShow({ dialog: "switcher" })}>Find a room</button>
  </div>`;
}
