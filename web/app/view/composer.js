/**
 * The composer.
 *
 * @import { Chat } from "../model/chat.js"
 * @import { Room } from "../model/room.js"
 * @import { Shown } from "./chat.js"
 */

import { useLayoutEffect, useRef, useState } from "../../vendor/hooks.mjs";
import { html } from "../html.js";
import { save } from "../model/preferences.js";
import { expandEmoji } from "../text/emoji.js";
import { fromCodes, toCodes } from "../text/markdown.js";
import { plain } from "../text/safe.js";
import { complete } from "./complete.js";
import { Uploads, useUploads } from "./uploads.js";

/** Time between two notices of typing, in milliseconds (IRCv3 typing). */
const TYPING_EVERY = 3_000;
/** Messages that can be called back. */
const MOST_SENT = 100;
/** Lines that are not: they may hold a password. */
const IS_SECRET = /^\/(msg|query|quote|notice)\b/i;
/** Time after the last key after which the draft is kept, in milliseconds. */
const KEEP_AFTER = 400;

/** Returns what another app of the phone has shared with the page (share_target of the manifest), once. */
function takeShared() {
  const shared = new URLSearchParams(location.search);
  if (!location.search) return "";
  history.replaceState(history.state, "", location.pathname + location.hash);
  return ["title", "text", "url"].map((name) => shared.get(name)).filter(Boolean).join(" ");
}

/**
 * @param {object} props
 * @param {Chat} props.chat
 * @param {Room} props.room
 * @param {{ reply: string, edit: string }} props.target
 * @param {(target: { reply: string, edit: string }) => void} props.onTarget
 * @param {(shown: Shown) => void} props.onShow
 */
export function Composer({ chat, room, target, onTarget, onShow }) {
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const picker = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [text, setText] = useState(() => room.draft || takeShared());
  const [choices, setChoices] = useState(/** @type {string[]} */ ([]));
  const [chosen, setChosen] = useState(0);
  const [problem, setProblem] = useState("");
  const draftBefore = useRef("");
  const lastTyping = useRef(0);
  // Place for the cursor once the text is drawn; -1 for none.
  const caret = useRef(-1);
  // How far back the message is that was called back; 0 is what was being written.
  const recalled = useRef({ at: 0, draft: "" });
  const isTouch = matchMedia("(pointer: coarse)").matches;
  const uploads = useUploads(chat, room);
  const reply = target.reply ? room.find(target.reply) : undefined;
  const edited = target.edit ? room.find(target.edit) : undefined;

  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
    if (caret.current < 0) return;
    element.selectionStart = element.selectionEnd = caret.current;
    caret.current = -1;
  }, [text]);
  // Before the room is seen: no letter typed into it may be lost.
  useLayoutEffect(() => {
    // On a phone the keyboard would cover the room that was just opened.
    if (!isTouch) field.current?.focus();
  }, []);
  // Before the user sees what is edited: what is typed from then on belongs to the edit.
  useLayoutEffect(() => {
    if (target.reply) field.current?.focus();
    if (!edited) return;
    draftBefore.current = text;
    setText(fromCodes(edited.text));
    field.current?.focus();
  }, [target.reply, target.edit]);
  const keepDraft = () => {
    // After a logout nothing is kept for whoever comes next.
    if (!chat.outbox.isOver) save(`draft.${room.folded}`, room.draft || null);
  };
  useLayoutEffect(() => {
    if (target.edit) return undefined;
    room.draft = text;
    const timer = setTimeout(keepDraft, KEEP_AFTER);
    return () => clearTimeout(timer);
  }, [text, target.edit]);
  // The room, or the page, may be left before that.
  useLayoutEffect(() => {
    addEventListener("pagehide", keepDraft);
    return () => {
      removeEventListener("pagehide", keepDraft);
      keepDraft();
    };
  }, []);
  // Typing anywhere goes to the composer.
  useLayoutEffect(() => {
    /** @param {KeyboardEvent} event */
    const press = (event) => {
      const { target: at, key, ctrlKey, altKey, metaKey } = event;
      const isFree = at === document.body || (at instanceof HTMLElement && at.matches(".lines"));
      if (isFree && key.length === 1 && key !== " " && !ctrlKey && !altKey && !metaKey) field.current?.focus();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);

  // Wherever a file is dropped: the browser would leave the page for it.
  useLayoutEffect(() => {
    /** @param {DragEvent} event */
    const drag = (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (event.type === "drop") takeFiles(event.dataTransfer);
    };
    addEventListener("dragover", drag);
    addEventListener("drop", drag);
    return () => {
      removeEventListener("dragover", drag);
      removeEventListener("drop", drag);
    };
  });

  const stop = () => {
    if (target.edit) setText(draftBefore.current);
    onTarget({ reply: "", edit: "" });
    setProblem("");
  };

  /** Commands, from the first "/" on. */
  const commands = useRef(/** @type {typeof import("../model/commands.js") | undefined} */ (undefined));
  const loadCommands = async () => (commands.current ??= await import("../model/commands.js"));

  const runCommand = async (/** @type {string} */ said) => {
    const answer = await loadCommands().then(
      ({ run }) => run(chat, room, said.slice(1)),
      () => "Commands cannot be loaded. Reload the page.",
    );
    if (!answer) return;
    setProblem(answer);
    setText((now) => now || said);
  };

  const send = () => {
    const said = text.replace(/\s+$/, "");
    if (!said.trim()) return;
    if (!target.edit) remember(said);
    recalled.current = { at: 0, draft: "" };
    if (said.startsWith("/") && !said.startsWith("//") && !target.edit) {
      void runCommand(said);
    } else {
      const typed = said.startsWith("//") ? said.slice(1) : said;
      const message = toCodes(expandEmoji(typed));
      const why = chat.outbox.tooLong(message);
      if (why) return setProblem(`${why} Shorten it, or upload it as a file.`);
      chat.isAtEnd = true;
      chat.outbox.say(room, { text: message, reply: target.reply, edit: target.edit });
    }
    setText(target.edit ? draftBefore.current : "");
    // A command may lead to another room before this one is drawn again.
    room.draft = target.edit ? draftBefore.current : "";
    draftBefore.current = "";
    save(`draft.${room.folded}`, null);
    setChoices([]);
    setProblem("");
    lastTyping.current = 0;
    onTarget({ reply: "", edit: "" });
  };

  const type = (/** @type {string} */ value) => {
    setText(value);
    setProblem("");
    const now = Date.now();
    const { session } = chat;
    if (!session.has("message-tags") || value.startsWith("/") || target.edit) return;
    if (!value) {
      if (lastTyping.current) session.sendTagged({ label: "typing", "+typing": "done" }, "TAGMSG", room.name);
      lastTyping.current = 0;
    } else if (now - lastTyping.current > TYPING_EVERY) {
      lastTyping.current = now;
      session.sendTagged({ label: "typing", "+typing": "active" }, "TAGMSG", room.name);
    }
  };

  const remember = (/** @type {string} */ said) => {
    if (said.trim() && !IS_SECRET.test(said)) room.sent = [said, ...room.sent.filter((other) => other !== said)].slice(0, MOST_SENT);
  };

  /** @param {1 | -1} step */
  const recall = (step) => {
    const { at, draft } = recalled.current;
    const next = at + step;
    if (next < 0 || next > room.sent.length) return;
    recalled.current = { at: next, draft: at === 0 ? text : draft };
    type(next === 0 ? draft : (room.sent[next - 1] ?? ""));
  };

  useLayoutEffect(() => {
    const { toType } = chat;
    if (!toType) return;
    chat.toType = "";
    // A command stands alone; what was being written is called back with Ctrl+↑.
    if (toType.startsWith("/")) remember(text);
    type(toType.startsWith("/") ? toType : text + toType);
    field.current?.focus();
  });

  const offer = (/** @type {HTMLTextAreaElement} */ element, /** @type {boolean} */ wanted) => {
    if (element.value.startsWith("/") && !commands.current) loadCommands().then(() => offer(element, wanted), () => undefined);
    const found = complete(chat, room, element.value.slice(0, element.selectionStart), wanted, commands.current?.COMMANDS);
    setChoices(found.choices);
    setChosen(0);
    return found;
  };

  const take = (/** @type {string} */ choice) => {
    const element = field.current;
    if (!element) return;
    const { start } = complete(chat, room, element.value.slice(0, element.selectionStart), true, commands.current?.COMMANDS);
    const value = element.value.slice(0, start) + choice + element.value.slice(element.selectionStart);
    // With the text itself: what is typed next belongs behind what was chosen.
    if (value !== text) caret.current = start + choice.length;
    type(value);
    setChoices([]);
    element.focus();
  };

  /** @param {KeyboardEvent & { currentTarget: HTMLTextAreaElement }} event */
  const press = (event) => {
    const { key, shiftKey, ctrlKey, altKey, metaKey, currentTarget: element } = event;
    if (event.isComposing) return;
    const isPlain = !shiftKey && !ctrlKey && !altKey && !metaKey;
    if (choices.length && (key === "ArrowDown" || key === "ArrowUp")) {
      event.preventDefault();
      const step = key === "ArrowDown" ? 1 : -1;
      return setChosen((chosen + step + choices.length) % choices.length);
    }
    if (key === "Tab" && isPlain) {
      const found = choices.length ? { choices } : offer(element, true);
      const choice = found.choices[choices.length ? chosen : 0];
      // With nothing to complete, Tab moves on as everywhere.
      if (!choice) return;
      event.preventDefault();
      if (found.choices.length === 1 || choices.length) take(choice);
      return;
    }
    if (key === "Enter" && choices.length && isPlain) {
      event.preventDefault();
      return take(choices[chosen] ?? "");
    }
    if (key === "Enter" && isPlain && !isTouch) {
      event.preventDefault();
      send();
    } else if (key === "Enter" && (ctrlKey || metaKey)) {
      event.preventDefault();
      send();
    } else if (key === "Escape") {
      if (choices.length) setChoices([]);
      else if (target.reply || target.edit) stop();
      else if (isPlain) chat.markRead();
    } else if ((key === "PageUp" || key === "PageDown") && isPlain) {
      event.preventDefault();
      const lines = document.querySelector(".lines");
      lines?.scrollBy(0, lines.clientHeight * (key === "PageUp" ? -0.9 : 0.9));
    } else if (key === "End" && isPlain && !element.value) {
      chat.history.toEnd(room);
    } else if ((key === "ArrowUp" || key === "ArrowDown") && (ctrlKey || metaKey) && !altKey && !shiftKey && !target.edit) {
      event.preventDefault();
      recall(key === "ArrowUp" ? 1 : -1);
    } else if (key === "ArrowUp" && isPlain && !element.value) {
      const last = room.lines.findLast((line) => line.own && line.id && !line.deleted && line.kind === "message");
      if (!last) return;
      event.preventDefault();
      onTarget({ reply: "", edit: last.id });
    }
  };

  /** @param {DataTransfer | null} data */
  const takeFiles = (data) => {
    const files = [...(data?.files ?? [])];
    if (files.length) uploads.add(files);
    return files.length > 0;
  };

  const isCommand = text.startsWith("/") && !text.startsWith("//");
  return html`<form
    class="composer"
    onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      send();
    }}
  >
    ${(reply || edited) &&
    html`<p class="target">
      ${reply ? html`↩ replying to <b>${reply.nick}</b>: <bdi>${plain(reply.text).slice(0, 100)}</bdi>` : "✎ editing your message"}
      <button type="button" onClick=${stop} aria-label="Cancel">✕</button>
    </p>`}
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <${Uploads} uploads=${uploads} />
    ${choices.length > 0 &&
    html`<ul class="choices" role="listbox" aria-label="Completions">
      ${choices.map(
        (choice, index) =>
          html`<li key=${choice} role="option" aria-selected=${index === chosen} onMouseDown=${(/** @type {Event} */ event) => {
            event.preventDefault();
            take(choice);
          }}>${choice}</li>`,
      )}
    </ul>`}
    <div class="line">
      ${uploads.isPossible &&
      html`<button type="button" class="attach" aria-label="Upload a file" onClick=${() => picker.current?.click()}>+</button>
        <input
          ref=${picker}
          type="file"
          multiple
          hidden
          aria-label="File to upload"
          onChange=${(/** @type {Event & { currentTarget: HTMLInputElement }} */ event) => {
            uploads.add([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = "";
          }}
        />`}
      <textarea
        ref=${field}
        rows="1"
        value=${text}
        data-command=${isCommand}
        placeholder=${`Message ${room.name}`}
        aria-label=${`Message ${room.name}`}
        onInput=${(/** @type {InputEvent & { currentTarget: HTMLTextAreaElement }} */ event) => {
          type(event.currentTarget.value);
          offer(event.currentTarget, false);
        }}
        onKeyDown=${press}
        onPaste=${(/** @type {ClipboardEvent} */ event) => {
          if (takeFiles(event.clipboardData)) event.preventDefault();
        }}
      ></textarea>
      <button class="send" aria-label="Send" disabled=${!text.trim()}>➤</button>
    </div>
  </form>`;
}
