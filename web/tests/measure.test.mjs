/**
 * Smoothness: a room of many messages, and typing while many arrive.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Person, Wire, setUp, until } from "./support.mjs";

/** Messages of the long room. */
const MANY = 50_000;
/** Messages per second that arrive while somebody types, and how many in all. */
const RATE = 100;
const BURST = 300;

const held = setUp();

test("a room of 50,000 messages is read up and down with few elements on the page", async () => {
  const bot = await Wire.irc(held.server.port, "bot", "#long");
  // Loopback is exempt from the rate limit; the socket slows the sender down.
  let sent = "";
  for (let line = 0; line < MANY; line += 1) sent += `PRIVMSG #long :line ${line} of a long room\r\n`;
  bot.socket.write(sent);
  bot.send("PING filled");
  await bot.until("filled");
  const ann = await Person.open(held.browser, held.server, undefined, "#/%23long");
  await ann.join("ann");
  await ann.sees(`line ${MANY - 1} of`);
  // Tasks of the page beyond 50 ms; the browser reports them.
  await ann.page.evaluate(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)))).observe({ type: "longtask" });
  });
  let pages = 0;
  await until("the reader far up", async () => {
    await ann.page.mouse.move(700, 400);
    await ann.page.mouse.wheel(0, -3000);
    pages += 1;
    const first = await ann.page.locator("li.row .body").first().innerText();
    return Number(/line (\d+)/.exec(first)?.[1]) < MANY - 1_500;
  });
  const { rows, lines, longTasks } = await ann.page.evaluate(() => ({
    rows: document.querySelectorAll(".lines li").length,
    lines: globalThis.parlour.room.lines.length,
    longTasks: globalThis.longTasks,
  }));
  assert.ok(rows < 300, `${rows} elements in the timeline`);
  assert.ok(lines <= 6_000, `${lines} lines are kept`);
  console.log(`# ${pages} turns of the wheel; tasks beyond 50 ms: ${JSON.stringify(longTasks)}`);
  await ann.page.getByRole("button", { name: /To the end|newer/ }).click();
  await ann.sees(`line ${MANY - 1} of`);
  assert.deepEqual(ann.problems, []);
  bot.close();
});

test("nothing that is typed is lost while 100 messages a second arrive", async () => {
  const ann = await Person.open(held.browser, held.server);
  await ann.join("typist");
  const bot = await Wire.irc(held.server.port, "chatter");
  let said = 0;
  const timer = setInterval(() => {
    bot.send(`PRIVMSG #lobby :message ${said}`);
    said += 1;
    if (said === BURST) clearInterval(timer);
  }, 1000 / RATE);
  const typed = "the quick brown fox jumps over the lazy dog, and 0123456789 times";
  await ann.page.locator(".composer textarea").pressSequentially(typed, { delay: 20 });
  assert.equal(await ann.page.locator(".composer textarea").inputValue(), typed);
  await ann.sees(`message ${BURST - 1}`);
  assert.equal(await ann.page.locator(".composer textarea").inputValue(), typed);
  assert.deepEqual(ann.problems, []);
  bot.close();
});
