/**
 * Service worker: opens the page without a connection, and shows what is pushed.
 *
 * The files have the hash of their content in their names, so that what is stored never is stale; the
 * page itself is asked for anew whenever there is a connection.
 */

const worker = /** @type {ServiceWorkerGlobalScope & typeof globalThis} */ (/** @type {unknown} */ (self));
const CACHE = "parlour-{{hash}}";
const FILES = ["./", "icon.svg", "manifest.webmanifest", "{{list}}"];

worker.addEventListener("install", (event) => {
  const store = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(FILES.map((file) => new Request(file, { headers: file === "./" ? { Accept: "text/html" } : {} })));
    await worker.skipWaiting();
  };
  event.waitUntil(store());
});

worker.addEventListener("activate", (event) => {
  const clean = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("parlour-") && name !== CACHE).map((name) => caches.delete(name)));
    await worker.clients.claim();
  };
  event.waitUntil(clean());
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const scope = new URL(worker.registration.scope);
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== scope.origin) return;
  const path = address.pathname.slice(scope.pathname.length);
  if (path.startsWith("assets/")) event.respondWith(stored(request));
  else if (request.mode === "navigate" && path === "") event.respondWith(fresh(request));
});

/** End of what was pushed before: each is told in its turn, so that none undoes the next. */
let before = Promise.resolve();

worker.addEventListener("push", (event) => {
  const line = event.data?.text() ?? "";
  before = before.then(() => tell(line)).catch(() => undefined);
  event.waitUntil(before);
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(`#/${encodeURIComponent(event.notification.tag)}`, worker.registration.scope).href;
  const open = async () => {
    const [page] = await ownPages();
    if (!page) return worker.clients.openWindow(address);
    await page.focus();
    return page.navigate(address).catch(() => undefined);
  };
  event.waitUntil(open());
});

/**
 * Shows what was pushed: one line of IRC.
 *
 * @param {string} line
 */
async function tell(line) {
  const [, read, until] = /^(?:@\S* )?(?::\S+ )?MARKREAD (\S+) timestamp=(\S+)/.exec(line) ?? [];
  if (read) return clear(read, until);
  const [, tags = "", nick, target, text] = /^(?:@(\S*) )?:([^ !]+)\S* (?:PRIVMSG|NOTICE) (\S+) :?(.*)$/s.exec(line) ?? [];
  if (!nick) return;
  const isChannel = /^[#&]/.test(target);
  const title = isChannel ? `${nick} in ${target}` : nick;
  const { ignored, muted, words } = await notes();
  // Folded as far as a browser knows; the server's case mapping may fold more.
  const isUnwanted = ignored.includes(nick.toLowerCase()) || (isChannel && muted.includes(target.toLowerCase()));
  const isSeen = isUnwanted || (await ownPages()).some((page) => page.focused);
  const action = /^\x01ACTION (.*?)\x01?$/s.exec(text);
  // Whoever holds the device sees it, so that words are shown only if the user has agreed.
  const said = !words ? "" : (action ? `${nick} ${action[1]}` : text).replace(/\x03(?:\d{1,2}(?:,\d{1,2})?)?|[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]/g, "");
  const [, time = ""] = /(?:^|;)time=([^;]*)/.exec(tags) ?? [];
  await show(title, { body: said, tag: isChannel ? target : nick, icon: "icon-192.png", data: time }, isSeen);
}

/**
 * Takes away the notification of a conversation that was read elsewhere, unless it is newer.
 *
 * @param {string} tag
 * @param {string} until
 */
async function clear(tag, until) {
  const shown = await worker.registration.getNotifications({ tag });
  const newer = shown.find(({ data }) => data > until);
  // It is shown once more: browsers end the subscription of a worker that shows nothing.
  if (newer) await show(newer.title, { body: newer.body, tag, icon: newer.icon, data: newer.data, silent: true, renotify: false }, false);
  else await show("Read elsewhere", { tag }, true);
}

/**
 * Shows a notification in place of the one with its tag; one that was seen goes at once.
 *
 * @param {string} title
 * @param {NotificationOptions & { renotify?: boolean }} options
 * @param {boolean} isSeen
 */
async function show(title, options, isSeen) {
  await worker.registration.showNotification(title, { renotify: !isSeen, silent: isSeen, ...options });
  if (!isSeen) return;
  // Browsers end the subscription of a worker that shows nothing, so that it is taken away instead.
  const shown = await worker.registration.getNotifications({ tag: options.tag });
  shown.forEach((notification) => notification.close());
}

/** Returns the open windows of this page, and of no other page of the host. */
async function ownPages() {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  return pages.filter((page) => page.url.startsWith(worker.registration.scope));
}

/** Returns whom the user does not want to hear, and whether words may be shown, as the page has noted it. */
async function notes() {
  const none = { ignored: [], muted: [], words: false };
  try {
    const kept = await (await caches.open("push")).match("notes.json");
    return { ...none, ...(await kept?.json()) };
  } catch {
    return none;
  }
}

/**
 * Returns a file from the cache, else from the server.
 *
 * @param {Request} request
 */
async function stored(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/**
 * Returns the page from the server, else from the cache.
 *
 * @param {Request} request
 */
async function fresh(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) return answer;
  } catch {
    // There is no connection.
  }
  return (await caches.match("./")) ?? Response.error();
}
