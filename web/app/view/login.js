/**
 * The first screen: join as a guest, log in, or register.
 *
 * @import { Identity, LoginProblem } from "../irc/session.js"
 */

import { useLayoutEffect, useRef, useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { savedLogin } from "../model/preferences.js";
import { site } from "../model/site.js";

/** @typedef {"guest" | "login" | "register"} Way */

const WAYS = /** @type {[Way, string][]} */ ([
  ["guest", "Join as a guest"],
  ["login", "Log in"],
  ["register", "Create an account"],
]);

/**
 * @param {object} props
 * @param {LoginProblem | undefined} props.problem
 * @param {boolean} props.isBusy
 * @param {string} props.notice
 * @param {(identity: Identity) => void} props.onJoin
 * @param {(code: string) => void} props.onVerify
 * @param {() => void} props.onCancel
 */
export function Login({ problem, isBusy, notice, onJoin, onVerify, onCancel }) {
  const known = savedLogin();
  const [way, setWay] = useState(/** @type {Way} */ (known?.account ? "login" : "guest"));
  const [nick, setNick] = useState(known?.account ?? known?.nick ?? "");
  const [password, setPassword] = useState("");
  const [mail, setMail] = useState("");
  const [code, setCode] = useState("");
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const secret = useRef(/** @type {HTMLInputElement | null} */ (null));
  // Before it is seen what is wrong, and never while something is being typed: the rest of a password would
  // go into the field of the nick.
  useLayoutEffect(() => {
    if (document.activeElement instanceof HTMLInputElement) return;
    const wanted = problem?.what === "login" ? (secret.current ?? field.current) : field.current;
    wanted?.focus();
  }, [way, problem]);
  if (problem?.what === "verify") {
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      onVerify(code.trim());
    };
    return html`<main class="login">
      <form onSubmit=${submit}>
        <h1>Check your mail</h1>
        <p>${problem.text}</p>
        <label>Code <input ref=${field} value=${code} autocomplete="one-time-code" onInput=${take(setCode)} /></label>
        <button class="primary">Confirm</button>
        <button type="button" onClick=${onCancel}>Back</button>
      </form>
    </main>`;
  }
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const name = nick.trim();
    if (!name) return;
    if (way === "guest") onJoin({ nick: name });
    else onJoin({ nick: name, account: name, password, register: way === "register", mail: mail.trim() });
  };
  const isPrivate = globalThis.isSecureContext;
  return html`<main class="login">
    <form onSubmit=${submit} aria-busy=${isBusy}>
      <h1><img src="icon.svg" alt="" width="40" height="40" /> ${site.network || location.hostname}</h1>
      ${site.description && html`<p class="hint">${site.description}</p>`}
      <div class="ways" role="group" aria-label="How to join">
        ${WAYS.filter(([name]) => name !== "register" || site.registration).map(
          ([name, label]) =>
            html`<button type="button" aria-pressed=${way === name} onClick=${() => setWay(name)}>${label}</button>`,
        )}
      </div>
      <label>
        ${way === "guest" ? "What should we call you?" : "Account name"}
        <input
          ref=${field}
          name="nick"
          value=${nick}
          maxlength="64"
          required
          autocomplete="username"
          autocapitalize="none"
          spellcheck=${false}
          onInput=${take(setNick)}
        />
      </label>
      ${way !== "guest" &&
      html`<label>
        Password
        <input
          ref=${secret}
          type="password"
          name="password"
          value=${password}
          required
          autocomplete=${way === "register" ? "new-password" : "current-password"}
          onInput=${take(setPassword)}
        />
      </label>`}
      ${way === "register" &&
      html`<label>Mail address, if this server asks for one <input type="email" value=${mail} autocomplete="email" onInput=${take(setMail)} /></label>`}
      ${way !== "guest" && !isPrivate && html`<p class="hint">This page was opened without encryption. To log in, open it with https:// instead of http://.</p>`}
      ${(problem || notice) && html`<p class=${problem ? "problem" : "hint"} role="alert">${problem?.text ?? notice}</p>`}
      <button class="primary" disabled=${isBusy}>${isBusy ? "Connecting …" : way === "register" ? "Create it and join" : "Join"}</button>
      ${isBusy && html`<button type="button" onClick=${onCancel}>Cancel</button>`}
      <p class="hint">${hint(way)}</p>
    </form>
  </main>`;
}

/** @param {Way} way */
function hint(way) {
  switch (way) {
    case "guest":
      return "No account is needed. With one, your nick is yours, and you see what you missed.";
    case "login":
      return "The same account works in every IRC client and in the terminal.";
    case "register":
      return "The password protects your nick on this server.";
  }
}

/**
 * @param {(value: string) => void} set
 * @returns {(event: InputEvent & { currentTarget: HTMLInputElement }) => void}
 */
const take = (set) => (event) => set(event.currentTarget.value);
