/**
 * Push messages: mentions and private messages while the page is closed (draft/webpush).
 *
 * @import { Chat } from "./chat.js"
 */

import { preferences } from "./preferences.js";

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
  const worker = await navigator.serviceWorker.ready;
  const known = await worker.pushManager.getSubscription();
  const key = chat.session.isupport.get("VAPID") ?? "";
  const subscription = known ?? (await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
  const { endpoint, keys } = subscription.toJSON();
  if (endpoint && keys) chat.session.send("WEBPUSH", "REGISTER", endpoint, `p256dh=${keys.p256dh};auth=${keys.auth}`);
}

/**
 * Ends the subscription of this browser.
 *
 * @param {Chat} chat
 */
export async function unsubscribe(chat) {
  if (!("serviceWorker" in navigator)) return;
  const worker = await navigator.serviceWorker.getRegistration();
  const subscription = await worker?.pushManager?.getSubscription();
  if (!subscription) return;
  if (chat.session.has("draft/webpush")) chat.session.send("WEBPUSH", "UNREGISTER", subscription.endpoint);
  await subscription.unsubscribe();
}
