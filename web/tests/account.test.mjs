/**
 * Accounts in the page: the password is proven, not sent; read markers agree; links lead to messages.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Person, Wire, setUp, until } from "./support.mjs";

const held = setUp();

/** Notes what a page sends over its WebSocket. */
function listen(person) {
  const sent = [];
  person.page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(String(payload))));
  return sent;
}

const PASSWORD = "correct horse battery";

test("an account is made, and a login proves the password without sending it", async () => {
  const ann = await Person.open(held.browser, held.server);
  await ann.page.getByRole("button", { name: "Create an account" }).click();
  await ann.page.fill("input[name=nick]", "ann");
  await ann.page.fill("input[name=password]", PASSWORD);
  await ann.page.click("form button.primary");
  await ann.page.waitForSelector(".composer textarea");
  await ann.close();
  const again = await Person.open(held.browser, held.server);
  const sent = listen(again);
  await again.page.reload();
  await again.page.getByRole("button", { name: "Log in" }).click();
  await again.page.fill("input[name=nick]", "ann");
  await again.page.fill("input[name=password]", "not the password");
  await again.page.click("form button.primary");
  await again.page.getByRole("alert").waitFor();
  // What is typed from here on is the password, and does not end up in another field.
  assert.equal(await again.page.evaluate(() => document.activeElement.getAttribute("name")), "password");
  await again.page.fill("input[name=password]", PASSWORD);
  await again.page.click("form button.primary");
  await again.page.waitForSelector(".composer textarea");
  const all = sent.join("\n");
  const encoded = Buffer.from(PASSWORD).toString("base64").replace(/=+$/, "").slice(2, -2);
  assert.match(all, /AUTHENTICATE SCRAM-SHA-256/);
  assert.ok(!all.includes(PASSWORD) && !all.includes(encoded), "the password was sent");
  // What is kept for the next time is no password either.
  const kept = await again.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  assert.ok(!kept.includes(PASSWORD), kept);
  await again.page.reload();
  await again.page.waitForSelector(".composer textarea");
  await again.page.getByRole("button", { name: "Settings" }).last().click();
  await again.page.getByText("Logged in as ann").waitFor();
  assert.deepEqual(again.problems, []);
});

test("what was read in one place is read in the other", async () => {
  const one = await Person.open(held.browser, held.server);
  const other = await Person.open(held.browser, held.server);
  for (const person of [one, other]) {
    await person.page.getByRole("button", { name: "Log in" }).click();
    await person.page.fill("input[name=nick]", "ann");
    await person.page.fill("input[name=password]", PASSWORD);
    await person.page.click("form button.primary");
    await person.page.waitForSelector(".composer textarea");
  }
  const bob = await Wire.irc(held.server.port, "bob");
  await one.page.evaluate(() => globalThis.parlour.open("#side"));
  await one.page.locator(".head h1", { hasText: "#side" }).waitFor();
  await other.page.bringToFront();
  await other.page.evaluate(() => globalThis.parlour.show("#side"));
  await one.page.evaluate(() => globalThis.parlour.show("#side"));
  bob.send("PRIVMSG #lobby :ann: please look");
  const badge = (person) => person.page.locator(".room", { hasText: "lobby" }).locator(".mentions");
  await badge(one).waitFor();
  await badge(other).waitFor();
  await other.page.locator(".room", { hasText: "lobby" }).click();
  await other.sees("please look");
  await badge(other).waitFor({ state: "detached" });
  await badge(one).waitFor({ state: "detached" });
  assert.deepEqual([...one.problems, ...other.problems], []);
  bob.close();
});

test("a link opens at its message, far up in the history", async () => {
  const bob = await Wire.irc(held.server.port, "bea", "#long");
  for (let line = 0; line < 400; line += 1) bob.send(`PRIVMSG #long :line ${line} of many`);
  await bob.until(" 366 ");
  const ann = await Person.open(held.browser, held.server, undefined, "#/%23long");
  await ann.join("eve");
  await ann.sees("line 399 of many");
  // Up to the first line, page by page.
  await until("the first line", async () => {
    await ann.page.evaluate(() => {
      document.querySelector(".lines").scrollTop = 0;
    });
    return (await ann.page.getByText("line 0 of many").count()) > 0;
  });
  const id = await ann.page.locator("li.row", { hasText: "line 7 of many" }).getAttribute("data-key");
  await ann.close();
  const cat = await Person.open(held.browser, held.server, undefined, `#/%23long/${id}`);
  await cat.join("cat");
  await cat.page.locator("li.row.flash", { hasText: "line 7 of many" }).waitFor();
  // Near the end of what is loaded more comes, and what is read stays where it is.
  const places = await cat.page.evaluate(async () => {
    const list = document.querySelector(".lines");
    const place = () => {
      const edge = list.getBoundingClientRect().top;
      const row = [...list.querySelectorAll("[data-key]")].find((one) => one.getBoundingClientRect().bottom > edge + 1);
      return [row.dataset.key, row.getBoundingClientRect().top - edge];
    };
    const frames = async () => {
      for (let frame = 0; frame < 3; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
    };
    const { room } = globalThis.parlour;
    const before = room.lines.length;
    const seen = [];
    for (let step = 0; step < 40 && room.lines.length <= before + 60; step += 1) {
      list.scrollTop = list.scrollHeight - list.clientHeight - 150;
      const from = place();
      await frames();
      while (room.loading) await frames();
      seen.push([from, place()]);
    }
    return seen;
  });
  assert.ok(places.length < 40, "nothing more has come");
  for (const [[key, top], [keyAfter, topAfter]] of places) {
    assert.equal(keyAfter, key);
    // Browsers scroll by whole pixels.
    assert.ok(Math.abs(topAfter - top) <= 1, `${top} became ${topAfter}`);
  }
  await cat.page.getByRole("button", { name: /To the end|newer/ }).click();
  await cat.sees("line 399 of many");
  assert.deepEqual(cat.problems, []);
  bob.close();
});

test("everything goes by keys alone", async () => {
  const ann = await Person.open(held.browser, held.server);
  await ann.join("kay");
  const { keyboard } = ann.page;
  await keyboard.type("typed with keys");
  await keyboard.press("Enter");
  await ann.confirmed("typed with keys");
  await keyboard.press("ArrowUp");
  await ann.page.locator(".target", { hasText: "editing" }).waitFor();
  await keyboard.press("Control+A");
  await keyboard.type("edited with keys");
  await keyboard.press("Enter");
  await ann.row("edited with keys").getByText("(edited)").waitFor();
  await keyboard.press("Control+k");
  await ann.page.locator("dialog.switcher input").waitFor();
  await keyboard.type("#keys");
  await ann.page.getByText("join or create").waitFor();
  await keyboard.press("Enter");
  await ann.page.locator(".head h1", { hasText: "#keys" }).waitFor();
  await keyboard.press("Alt+ArrowUp");
  await until("another room", async () => (await ann.page.locator(".head h1").textContent()) !== "#keys");
  await keyboard.type("/topc words");
  await keyboard.press("Enter");
  await ann.page.getByRole("alert").waitFor();
  await keyboard.press("Control+A");
  await keyboard.type("@ka");
  await keyboard.press("Escape");
  await keyboard.press("Control+/");
  await ann.page.locator("dialog.help").waitFor();
  await keyboard.press("Escape");
  // A message takes letters once it has the focus.
  const row = ann.page.locator("li.row[data-key]").last();
  await row.focus();
  await keyboard.press("r");
  await ann.page.locator(".target", { hasText: "replying" }).waitFor();
  assert.deepEqual(ann.problems, []);
});
