/**
 * Settings of notifications.
 *
 * @import { Chat } from "../model/chat.js"
 */

import { useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { preferences, prefer } from "../model/preferences.js";
import { changed } from "../model/store.js";
import { keepNotes, subscribe, unsubscribe, whyNot } from "../model/push.js";

/** @param {{ chat: Chat }} props */
export function PushSettings({ chat }) {
  const [problem, setProblem] = useState("");
  if (!("Notification" in globalThis)) return html`<p class="hint">Notifications: ${whyNot(chat) || "this browser shows none."}</p>`;
  const showWords = () => {
    prefer({ notifyWords: !preferences.notifyWords });
    changed();
    void keepNotes().catch(() => undefined);
  };
  const toggle = async () => {
    setProblem("");
    if (preferences.notify) {
      prefer({ notify: false });
      return unsubscribe(chat);
    }
    const answer = await Notification.requestPermission();
    if (answer === "granted") {
      prefer({ notify: true });
      const why = whyNot(chat);
      if (why) setProblem(`You are told while the page is open. ${why}`);
      await subscribe(chat).catch((/** @type {unknown} */ error) => setProblem(`The browser's push service does not answer: ${error}`));
    } else setProblem("The browser does not allow notifications for this page; its settings for the site change that.");
  };
  return html`<label class="check"><input type="checkbox" checked=${preferences.notify} onChange=${toggle} /> notify me of mentions and private messages</label>
    ${preferences.notify && html`<label class="check"><input type="checkbox" checked=${preferences.notifyWords} onChange=${showWords} /> with what was said</label>`}
    ${preferences.notify && chat.session.account && html`<p class="hint">
      Who has left with the last window is told nothing.
      <button type="button" onClick=${() => chat.session.send("NS", "SET", "ALWAYS-ON", "on")}>Stay in my rooms always</button>
    </p>`}
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}`;
}
