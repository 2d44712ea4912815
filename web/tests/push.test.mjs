/**
 * The service worker: what it makes of a pushed line.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Person, setUp, until } from "./support.mjs";

const held = setUp();

test("pushed lines are shown, and go when they were read elsewhere", async () => {
  const ann = await Person.open(held.browser, held.server);
  await ann.context.grantPermissions(["notifications"], { origin: held.server.url });
  await ann.join("ann");
  await ann.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const worker = ann.context.serviceWorkers()[0] ?? (await ann.context.waitForEvent("serviceworker"));
  // As the browser gives a pushed line to the worker.
  const push = (line) => worker.evaluate((said) => globalThis.tell(said), line);
  const shown = () =>
    ann.page.evaluate(async () => {
      const own = await navigator.serviceWorker.ready;
      return (await own.getNotifications()).map(({ title, body, tag }) => `${tag}|${title}|${body}`).sort();
    });
  const look = async (wanted) => {
    let seen;
    await until(JSON.stringify(wanted), async () => {
      seen = JSON.stringify(await shown());
      return seen === JSON.stringify(wanted);
    }).catch((error) => assert.fail(`${error.message}, but ${seen}`));
  };
  // Words are shown only to who has agreed.
  await ann.page.locator(".head select.more").selectOption("settings");
  await ann.page.getByLabel("notify me").check();
  await ann.page.getByLabel("with what was said").check();
  await ann.page.getByRole("button", { name: "Done" }).click();
  await until("the note", () => worker.evaluate(async () => (await globalThis.notes()).words));
  // The reader looks elsewhere, so that nothing counts as seen.
  const session = await ann.context.newCDPSession(ann.page);
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
  await ann.page.evaluate(() => caches.delete("push"));
  await push(":bob!b@h PRIVMSG ann :between us");
  await look(["bob|bob|"]);
  assert.deepEqual(ann.problems, []);
});
