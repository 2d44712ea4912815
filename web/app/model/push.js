/**
 * Push messages: mentions and private messages while the page is closed (draft/webpush).
 *
 * @import { Chat } from "./chat.js"
 */

import { preferences } from "./preferences.js";

/** Time for which nobody must look at the page before the server is told, in milliseconds. */
const ABSENT_AFTER = 30_000;
/** Cache for what the service worker has to know, beside the one of the page's files. */
const NOTES = "push";

/**
 * Returns why the browser cannot be pushed to; empty if it can.
 *
 * @param {Chat} chat
 */
export function whyNot(chat) {
  if (!chat.session.has("draft/webpush") || !chat.session.isupport.get("VAPID")) return "This server sends no push messages.";
  if (!chat.session.account) return "Push messages are for accounts.";
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis)) {
    return /iPhone|iPad/.test(navigator.userAgent)
      ? "On this device, add the page to the home screen first, and open it from there."
      : "This browser takes no push messages.";
  }
  return "";
}

/**
 * Subscribes this browser, or renews its subscription. It has to be asked for by the user once; later it
 * is done at each connection.
 *
 * @param {Chat} chat
 */
export async function subscribe(chat) {
  if (whyNot(chat) || !preferences.notify) return;
  const { pushManager } = await navigator.serviceWorker.ready;
  const key = chat.session.isupport.get("VAPID") ?? "";
  let known = await pushManager.getSubscription();
  // A server whose key was lost cannot push to what was subscribed with the old one.
  if (known && base64url(known.options.applicationServerKey) !== key) {
    await known.unsubscribe();
    known = null;
  }
  const subscription = known ?? (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
  const { endpoint, keys } = subscription.toJSON();
  if (!endpoint || !keys) return;
  chat.session.send("WEBPUSH", "REGISTER", endpoint, `p256dh=${keys.p256dh};auth=${keys.auth}`);
  watch(chat);
}

/** @param {ArrayBuffer | null} bytes */
const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** Chat whose page is watched. */
let watched = /** @type {Chat | undefined} */ (undefined);
let timer = 0;

/**
 * Tells the server from now on whether somebody looks, so that it knows when to push.
 *
 * @param {Chat} chat
 */
function watch(chat) {
  if (!watched) document.addEventListener("visibilitychange", look);
  watched = chat;
  look();
}

function look() {
  clearTimeout(timer);
  if (document.visibilityState === "visible") return tellPresence(false);
  void keepNotes().catch(() => undefined);
  // Who only glances at another tab is not away.
  timer = window.setTimeout(() => tellPresence(true), ABSENT_AFTER);
}

/** @param {boolean} isAbsent */
function tellPresence(isAbsent) {
  if (!watched?.isConnected || watched.isAway || !watched.session.has("draft/pre-away")) return;
  if (isAbsent === watched.isAbsent) return;
  watched.isAbsent = isAbsent;
  watched.session.send("AWAY", ...(isAbsent ? ["*"] : []));
}

/** Keeps for the service worker whom the user does not want to hear, and whether words may be shown. */
export async function keepNotes() {
  const { ignored, muted, notifyWords } = preferences;
  const cache = await caches.open(NOTES);
  await cache.put("notes.json", new Response(JSON.stringify({ ignored, muted, words: notifyWords })));
}

/**
 * Ends the subscription of this browser.
 *
 * @param {Chat} chat
 */
export async function unsubscribe(chat) {
  if (!("serviceWorker" in navigator)) return;
  if (watched) {
    tellPresence(false);
    document.removeEventListener("visibilitychange", look);
    clearTimeout(timer);
    watched = undefined;
  }
  await caches.delete(NOTES);
  const worker = await navigator.serviceWorker.getRegistration();
  const subscription = await worker?.pushManager?.getSubscription();
  if (!subscription) return;
  if (chat.session.has("draft/webpush")) chat.session.send("WEBPUSH", "UNREGISTER", subscription.endpoint);
  await subscription.unsubscribe();
}
