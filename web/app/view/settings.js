/**
 * Settings, and the list of keys.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Shown } from "./chat.js"
 */

import { useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { messagesOf } from "../irc/session.js";
import { preferences, prefer } from "../model/preferences.js";
import { ACTIONS, shownChord } from "./actions.js";
import { Dialog } from "./dialog.js";
import { forgetLogin } from "../model/forget.js";
import { unsubscribe } from "../model/push.js";
import { MESSAGE_ACTIONS } from "./message_actions.js";
import { PushSettings } from "./push.js";

/** Time for the push service to end a subscription, in milliseconds. */
const LEAVE_PATIENCE = 2_000;

/** Keys of the line that one writes, and of the lists. */
const WRITING = /** @type {[string, string][]} */ ([
  ["Enter", "send"],
  ["Shift+Enter", "new line"],
  ["Tab", "complete a nick, a room, an :emoji: or a /command"],
  ["↑ in an empty line", "edit your last message"],
  ["Ctrl+↑ ↓", "what you sent before, and back to what you were writing"],
  ["Esc", "stop a reply or an edit"],
  ["PgUp PgDn", "earlier, later messages"],
  ["End", "the newest message, while nothing is typed"],
]);

/**
 * @param {object} props
 * @param {() => void} props.onClose
 */
export function HelpDialog({ onClose }) {
  const entry = (/** @type {string} */ key, /** @type {string} */ what) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`;
  return html`<${Dialog} label="Keys" kind="help" onClose=${onClose}>
    <h2 tabindex="-1" autofocus>Keys</h2>
    <dl>
      ${ACTIONS.filter(({ keys }) => keys.length).map(({ keys, label }) => entry(keys.map(shownChord).join(", "), label))}
    </dl>
    <h3>Where you write</h3>
    <dl>
      ${WRITING.map(([key, what]) => entry(key, what))}
    </dl>
    <h3>On a message (↑ ↓ or Tab lead there)</h3>
    <dl>
      ${MESSAGE_ACTIONS.filter(({ keys }) => keys.length).map(({ keys, label }) => entry(keys.map(shownChord).join(", "), label))}
    </dl>
    <p class="hint">The first list is also found by name: Ctrl+K, then >, and so are the commands: /join #room, /msg nick text, /me, /nick, /topic, /away, /back, /invite nick, /kick nick, /part, /whois nick, /quote line. A line that begins with // is sent with one slash.</p>
    <p class="buttons"><button onClick=${onClose}>Close</button></p>
  <//>`;
}

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {() => void} props.onClose
 * @param {() => void} props.onLeave
 * @param {(shown: Shown) => void} props.onShow
 */
export function SettingsDialog({ chat, onClose, onLeave, onShow }) {
  const leave = async () => {
    // Whoever uses the browser next must not be told this user's messages.
    const patience = new Promise((resolve) => setTimeout(resolve, LEAVE_PATIENCE));
    await Promise.race([unsubscribe(chat).catch(() => undefined), patience]);
    onLeave();
    forgetLogin();
  };
  const { session } = chat;
  const [nick, setNick] = useState(session.nick);
  const [problem, setProblem] = useState("");
  const [, redraw] = useState(0);
  const set = (/** @type {Partial<typeof preferences>} */ change) => {
    prefer(change);
    redraw((count) => count + 1);
  };
  const rename = (/** @type {Event} */ event) => {
    event.preventDefault();
    const wanted = nick.trim();
    if (!wanted || wanted === session.nick) return onClose();
    session.request((answer) => {
      const message = messagesOf(answer)[0];
      if (/^4/.test(message?.command ?? "")) setProblem(message?.params.at(-1) ?? "");
      else onClose();
    }, "NICK", wanted);
  };
  const canRegister = !session.account && session.has("draft/account-registration") && globalThis.isSecureContext;
  return html`<${Dialog} label="Settings" kind="settings" onClose=${onClose}>
    <h2>Settings</h2>
    <p>${session.account ? `Logged in as ${session.account}.` : "You are here as a guest."}</p>
    <form class="inline" onSubmit=${rename}>
      <label>Nick <input value=${nick} maxlength="64" onInput=${(/** @type {InputEvent & { currentTarget: HTMLInputElement }} */ event) => setNick(event.currentTarget.value)} /></label>
      <button>Change</button>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    </form>
    ${canRegister && html`<${Register} chat=${chat} />`}
    <fieldset>
      <legend>Colours</legend>
      ${/** @type {const} */ (["auto", "light", "dark"]).map(
        (theme) =>
          html`<label class="check" key=${theme}><input type="radio" name="theme" checked=${preferences.theme === theme} onChange=${() => set({ theme })} /> ${theme === "auto" ? "as the system" : theme}</label>`,
      )}
    </fieldset>
    <label class="check"><input type="checkbox" checked=${preferences.shortcuts} onChange=${() => set({ shortcuts: !preferences.shortcuts })} /> single letters act on a focused message</label>
    <label class="check"><input type="checkbox" checked=${preferences.stripImages} onChange=${() => set({ stripImages: !preferences.stripImages })} /> remove place and camera from pictures before they are uploaded</label>
    <label class="check"><input type="checkbox" checked=${chat.isAway} onChange=${() => session.send(...(chat.isAway ? ["AWAY"] : ["AWAY", "away"]))} /> away</label>
    <${PushSettings} chat=${chat} />
    <p class="buttons">
      <button onClick=${() => onShow({ dialog: "help" })}>Keys</button>
      <button onClick=${leave}>${session.account ? "Log out" : "Leave"}</button>
      <button class="primary" onClick=${onClose}>Done</button>
    </p>
  <//>`;
}

/**
 * Makes an account of the guest's nick.
 *
 * @param {{ chat: Chat }} props
 */
function Register({ chat }) {
  const [password, setPassword] = useState("");
  const [answer, setAnswer] = useState("");
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    chat.session.request((reply) => {
      const message = "messages" in reply ? reply.messages[0] : reply;
      setAnswer(message?.params.at(-1) ?? "");
      const { identity } = chat.session;
      if (message?.params[0] === "SUCCESS") Object.assign(identity, { account: chat.session.nick, password });
    }, "REGISTER", "*", "*", password);
  };
  return html`<form class="inline" onSubmit=${submit}>
    <label>Keep this nick: choose a password <input type="password" autocomplete="new-password" required value=${password} onInput=${(/** @type {InputEvent & { currentTarget: HTMLInputElement }} */ event) => setPassword(event.currentTarget.value)} /></label>
    <button>Create an account</button>
    ${answer && html`<p role="status">${answer}</p>`}
  </form>`;
}
