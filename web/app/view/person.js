/**
 * Dialog about one person: facts, and what one can do with them.
 *
 * @import { Chat } from "../model/chat.js"
 */

import { useEffect, useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { messagesOf } from "../irc/session.js";
import { preferences, prefer, toggled } from "../model/preferences.js";
import { safeLine } from "../text/safe.js";
import { Dialog } from "./dialog.js";

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {string} props.nick
 * @param {() => void} props.onClose
 */
export function PersonDialog({ chat, nick, onClose }) {
  const [facts, setFacts] = useState(/** @type {string[]} */ (["Asking …"]));
  const { room, session } = chat;
  useEffect(() => {
    if (!chat.isConnected) return setFacts(["There is no connection."]);
    session.request((answer) => {
      const found = messagesOf(answer).map(({ command, params }) => factOf(command, params)).filter((fact) => fact !== "");
      setFacts(found.length ? found : ["Nobody of this name is here now."]);
    }, "WHOIS", nick);
  }, [nick]);
  const folded = session.fold(nick);
  const isOperator = chat.isOperator(room);
  const isHere = room?.members.has(folded) ?? false;
  const isIgnored = preferences.ignored.includes(folded);
  const act = (/** @type {() => void} */ action) => () => {
    onClose();
    action();
  };
  return html`<${Dialog} label=${`About ${nick}`} kind="person" onClose=${onClose}>
    <h2><bdi>${safeLine(nick)}</bdi></h2>
    <ul class="facts">
      ${facts.map((fact) => html`<li key=${fact} dir="auto">${fact}</li>`)}
    </ul>
    <p class="buttons">
      ${!chat.isMe(nick) && html`<button class="primary" onClick=${act(() => chat.open(nick))}>Write to them</button>`}
      ${!chat.isMe(nick) && html`<button onClick=${act(() => prefer({ ignored: toggled(preferences.ignored, folded) }))}>${isIgnored ? "Stop ignoring" : "Ignore"}</button>`}
      ${isOperator && isHere && room && !chat.isMe(nick) && html`<button onClick=${act(() => session.send("KICK", room.name, nick))}>Kick</button>`}
      ${isOperator && isHere && room && !chat.isMe(nick) && html`<button onClick=${act(() => {
        session.send("MODE", room.name, "+b", `${nick}!*@*`);
        session.send("KICK", room.name, nick);
      })}>Ban</button>`}
      <button onClick=${onClose}>Close</button>
    </p>
  <//>`;
}

/**
 * Returns a line of WHOIS as a sentence; empty for one that tells nothing to a person.
 *
 * @param {string} command
 * @param {string[]} params
 */
function factOf(command, params) {
  const last = safeLine(params.at(-1) ?? "");
  switch (command) {
    case "311":
      return `${last} (${safeLine(params[2] ?? "")}@${safeLine(params[3] ?? "")})`;
    case "330":
      return `Logged in as ${safeLine(params[2] ?? "")}`;
    case "301":
      return `Away: ${last}`;
    case "313":
      return "Server operator";
    case "335":
      return "Bot";
    case "317":
      return `Idle for ${Math.round(Number(params[2] ?? 0) / 60)} minutes`;
    case "319":
      return `In ${last}`;
    case "671":
      return "Encrypted connection";
    default:
      return "";
  }
}
