/**
 * The page: the login, or the chat.
 *
 * @import { Identity } from "../irc/session.js"
 */

import { useEffect, useRef, useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { Chat } from "../model/chat.js";
import { parseAddress } from "../model/address.js";
import { load, savedLogin } from "../model/preferences.js";
import { loadSite, site } from "../model/site.js";
import { useModel } from "../model/store.js";
import { ChatView } from "./chat.js";
import { Login } from "./login.js";

/** Returns the address of the WebSocket: beside the page, behind a proxy as well. */
function socketAddress() {
  const address = new URL(".", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  address.hash = address.search = "";
  return address.href;
}

/** @returns {string[]} The channels of the last time. */
function keptRooms() {
  const kept = load("rooms");
  return Array.isArray(kept) ? kept.filter((name) => typeof name === "string") : [];
}

/** Returns the channels to join: those of the last time, and the one of the address. */
function wantedRooms() {
  const rooms = keptRooms();
  const asked = parseAddress(location.hash);
  if (asked?.room.startsWith("#")) rooms.push(asked.room);
  return rooms.length ? rooms : [site.lobby];
}

/** @param {Identity} identity */
function enter(identity) {
  const chat = new Chat(socketAddress(), identity, wantedRooms());
  const last = load("last");
  chat.restore(keptRooms(), typeof last === "string" ? last : "");
  // For tests in a real browser, and for people who look into the page.
  Object.assign(globalThis, { parlour: chat });
  return chat;
}

export function Page() {
  useModel();
  const [chat, setChat] = useState(/** @type {Chat | undefined} */ (undefined));
  const isStarted = useRef(false);
  useEffect(() => {
    if (isStarted.current) return;
    isStarted.current = true;
    const login = savedLogin();
    void loadSite();
    // Guests are asked for their nick once; then the page opens where they were.
    if (login && (!login.account || login.saved)) {
      const chat = enter({ ...login });
      // A page that was left a moment ago may still hold the nick.
      chat.session.wasRegistered = true;
      setChat(chat);
    }
  }, []);
  useEffect(() => {
    if (!chat) return undefined;
    const followAddress = () => {
      const asked = parseAddress(location.hash);
      if (asked) chat.follow(asked);
    };
    addEventListener("hashchange", followAddress);
    return () => removeEventListener("hashchange", followAddress);
  }, [chat]);
  if (!chat || (!chat.isIn && (!chat.isRestored || chat.problem))) {
    const wait = chat && !chat.problem;
    return html`<${Login}
      problem=${chat?.problem}
      isBusy=${wait}
      notice=${wait && !chat.isConnected && chat.session.socket.attempts > 1 ? "The server does not answer. Trying again …" : ""}
      onVerify=${(/** @type {string} */ code) => chat?.session.send("VERIFY", chat.session.identity.account ?? "*", code)}
      onCancel=${() => {
        chat?.quit();
        setChat(undefined);
      }}
      onJoin=${(/** @type {Identity} */ identity) => {
        chat?.quit();
        setChat(enter(identity));
      }}
    />`;
  }
  const leave = () => {
    chat.quit();
    setChat(undefined);
  };
  return html`<${ChatView} chat=${chat} onLeave=${leave} />`;
}
