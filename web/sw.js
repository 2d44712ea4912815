/**
 * Service worker: opens the page without a connection, and shows what is pushed.
 *
 * The files have the hash of their content in their names, so that what is stored never is stale; the
 * page itself is asked for anew whenever there is a connection.
 */

const CACHE = "parlour-{{hash}}";
const FILES = ["./", "icon.svg", "manifest.webmanifest", "{{list}}"];

self.addEventListener("install", (event) => {
  const store = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(FILES.map((file) => new Request(file, { headers: file === "./" ? { Accept: "text/html" } : {} })));
    await self.skipWaiting();
  };
  event.waitUntil(store());
});

self.addEventListener("activate", (event) => {
  const clean = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("parlour-") && name !== CACHE).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const scope = new URL(self.registration.scope);
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== scope.origin) return;
  const path = address.pathname.slice(scope.pathname.length);
  if (path.startsWith("assets/")) event.respondWith(stored(request));
  else if (request.mode === "navigate" && path === "") event.respondWith(fresh(request));
});

/** Returns a file from the cache, else from the server. */
async function stored(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/** Returns the page from the server, else from the cache. */
async function fresh(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) return answer;
  } catch {
    // There is no connection.
  }
  return (await caches.match("./")) ?? Response.error();
}
