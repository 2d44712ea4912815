/**
 * The service worker: what it makes of a pushed line.
 */

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Person, Server, closeAll, startBrowser, until } from "./support.mjs";

let browser;
let server;
before(async () => {
  browser = await startBrowser();
  server = await Server.start();
});
afterEach(closeAll);
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("pushed lines are shown, and go when they were read elsewhere", async () => {
  const ann = await Person.open(browser, server);
  await ann.context.grantPermissions(["notifications"], { origin: server.url });
  await ann.join("ann");
  await ann.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const session = await ann.context.newCDPSession(ann.page);
  const registration = new Promise((resolve) =>
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const own = registrations.find(({ isDeleted }) => !isDeleted);
      if (own) resolve(own.registrationId);
    }),
  );
  await session.send("ServiceWorker.enable");
  const registrationId = await registration;
  const push = (data) => session.send("ServiceWorker.deliverPushMessage", { origin: server.url.slice(0, -1), registrationId, data });
  const shown = () =>
    ann.page.evaluate(async () => {
      const own = await navigator.serviceWorker.ready;
      return (await own.getNotifications()).map(({ title, body, tag }) => `${tag}|${title}|${body}`).sort();
    });
  const look = (wanted) => until(JSON.stringify(wanted), async () => JSON.stringify(await shown()) === JSON.stringify(wanted));
  // The reader looks elsewhere, so that nothing counts as seen.
  await session.send("Emulation.setFocusEmulationEnabled", { enabled: false });
  await (await ann.context.newPage()).bringToFront();
  await push("@msgid=1;time=2026-11-29T12:00:00.000Z :bob!b@h PRIVMSG #lobby :ann, \x02look\x02 \u202ethere");
  await look(["#lobby|bob in #lobby|ann, look there"]);
  await push(":bob!b@h PRIVMSG ann :\x01ACTION waves\x01");
  await look(["#lobby|bob in #lobby|ann, look there", "bob|bob|bob waves"]);
  await push("no line of IRC at all");
  // Read before it was said: an answer that is late.
  await push("MARKREAD #lobby timestamp=2026-11-29T11:59:59.999Z");
  await look(["#lobby|bob in #lobby|ann, look there", "bob|bob|bob waves"]);
  await push("MARKREAD #lobby timestamp=2026-11-29T12:00:00.000Z");
  await look(["bob|bob|bob waves"]);
  await push("MARKREAD bob timestamp=2026-11-29T00:00:00.000Z");
  await look([]);
  assert.deepEqual(ann.problems, []);
});
