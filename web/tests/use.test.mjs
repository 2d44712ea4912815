/**
 * What people do with a mouse, fingers and files.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DESKTOP, PHONE, Person, ROUTED, Wire, axe, setUp, until } from "./support.mjs";

const held = setUp();

/** Drops or pastes a file onto an element, as the browser reports it. */
const give = (person, selector, type, name) =>
  person.page.evaluate(
    ([where, kind, called]) => {
      const data = new DataTransfer();
      data.items.add(new File(["words in a file"], called, { type: "text/plain" }));
      const init = { bubbles: true, cancelable: true };
      const event = kind === "paste" ? new ClipboardEvent(kind, { ...init, clipboardData: data }) : new DragEvent(kind, { ...init, dataTransfer: data });
      return !document.querySelector(where).dispatchEvent(event);
    },
    [selector, type, name],
  );

test("files are uploaded wherever they are dropped, and when they are pasted", async () => {
  const ann = await Person.open(held.browser, held.server);
  await ann.join("ann");
  // The browser would open what it is not kept from opening.
  assert.ok(await give(ann, ".lines", "dragover", "a.txt"));
  assert.ok(await give(ann, ".lines", "drop", "dropped.txt"));
  await ann.page.locator("a.file", { hasText: "dropped.txt" }).waitFor();
  assert.ok(await give(ann, ".composer textarea", "paste", "pasted.txt"));
  await ann.page.locator("a.file", { hasText: "pasted.txt" }).waitFor();
  assert.deepEqual(ann.problems, []);
});

test("a picture can be described, for those who do not see it", async () => {
  const ann = await Person.open(held.browser, held.server, ROUTED);
  await ann.join("ann");
  let request;
  await ann.page.route("**/uploads", (route) => (request = route));
  const dot = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  await ann.page.setInputFiles("input[type=file]", { name: "dot.png", mimeType: "image/png", buffer: dot });
  const field = ann.page.getByPlaceholder("What does it show?");
  await field.pressSequentially("a red dot");
  await until("the request", () => request);
  await request.continue();
  await until("the end of the upload", async () => (await ann.page.locator(".upload progress").getAttribute("value")) === "1");
  assert.equal(await ann.row("dot.png").count(), 0);
  await field.press("Enter");
  await ann.row("a red dot").locator("img[alt='a red dot']").waitFor();
  assert.deepEqual(ann.problems, []);
});

test("an upload that is cancelled or refused says nothing", async () => {
  const ann = await Person.open(held.browser, held.server, ROUTED);
  await ann.join("ann");
  let stalled;
  await ann.page.route("**/uploads", (route) => (stalled = route));
  await give(ann, ".lines", "drop", "slow.txt");
  await ann.page.locator(".upload", { hasText: "slow.txt" }).locator("progress").waitFor();
  await until("the request", () => stalled);
  await ann.page.locator(".upload button", { hasText: "Cancel" }).click();
  await until("the end of the upload", async () => (await ann.page.locator(".upload").count()) === 0);
  await ann.page.unroute("**/uploads");
  await ann.page.route("**/uploads", (route) => route.fulfill({ status: 507, contentType: "text/plain", body: "The quota of this server is used up.\n" }));
  ann.offline = true; // The console tells of the status.
  await give(ann, ".lines", "drop", "refused.txt");
  await ann.page.locator(".upload", { hasText: "quota of this server" }).waitFor();
  assert.equal(await ann.page.locator("li.row", { hasText: /slow|refused/ }).count(), 0);
});

test("operators stand first, and what is unread is counted", async () => {
  const ann = await Person.open(held.browser, held.server, undefined, "#/%23ranks");
  await ann.join("zoe");
  const bob = await Wire.irc(held.server.port, "abel", "#ranks");
  await until("both", async () => (await ann.page.locator(".people li").count()) === 2);
  assert.deepEqual(await ann.page.locator(".people li button").allInnerTexts().then((texts) => texts.map((text) => text.replace(/\s+/g, ""))), ["@zoe", "abel"]);
  await ann.goTo("#elsewhere");
  bob.send("PRIVMSG #ranks :one");
  bob.send("PRIVMSG #ranks :zoe, two");
  await ann.page.locator(".rooms .room", { hasText: "ranks" }).locator(".mentions", { hasText: "1" }).waitFor();
  await ann.page.locator(".rooms .room", { hasText: "ranks" }).click();
  await ann.page.locator(".unread-line", { hasText: /^2 new since \d\d:\d\d$/ }).waitFor();
  // After a reload, what was said before is not new to a guest.
  await ann.page.locator(".rooms .room", { hasText: "elsewhere" }).click();
  await ann.page.reload();
  await ann.page.waitForSelector(".composer textarea");
  await until("the second join", () => /:zoe\S* JOIN #ranks/.test(bob.seen));
  bob.send("PRIVMSG #ranks :three");
  await until("what is new", async () => (await ann.page.locator(".rooms .room", { hasText: "ranks" }).locator(".count").innerText()).startsWith("1"));
  assert.deepEqual(ann.problems, []);
  bob.close();
});

test("keys move through the messages and act on them", async () => {
  const ann = await Person.open(held.browser, held.server, undefined, "#/%23keys");
  await ann.join("keys");
  const bob = await Wire.irc(held.server.port, "kit", "#keys");
  for (let line = 0; line < 120; line += 1) bob.send(`PRIVMSG #keys :line ${line} to scroll`);
  bob.send("PRIVMSG #keys :see https://x.org/ and keys");
  await ann.sees("see https");
  const { keyboard } = ann.page;
  const list = ann.page.locator(".lines");
  const isAtEnd = () => list.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight < 50);
  await keyboard.press("PageUp");
  await keyboard.press("PageUp");
  await until("another place", async () => !(await isAtEnd()));
  await ann.page.locator("button.newer").waitFor();
  // What comes meanwhile does not move what is read.
  const top = () => list.evaluate((element) => {
    const edge = element.getBoundingClientRect().top;
    const rows = [...element.querySelectorAll("li.row")];
    const first = rows.find((row) => row.getBoundingClientRect().bottom > edge + 1);
    return `${first?.dataset.key} ${Math.round(first?.getBoundingClientRect().top - edge)}`;
  });
  const place = await top();
  bob.send("PRIVMSG #keys :another below");
  await ann.page.locator("button.newer", { hasText: "1 newer" }).waitFor();
  assert.equal(await top(), place);
  await keyboard.press("PageDown");
  await until("another place below", async () => (await top()) !== place);
  await keyboard.press("End");
  await ann.sees("another below");
  await until("the end", isAtEnd);
  // Letters on a message.
  const row = ann.row("see https");
  await row.focus();
  await keyboard.press("+");
  await row.locator(".reactions button[aria-pressed=true]", { hasText: "👍 1" }).waitFor();
  await row.focus();
  await keyboard.press(":");
  await ann.page.locator(".picker").waitFor();
  await keyboard.press("Escape");
  await row.focus();
  await keyboard.press("r");
  await ann.page.locator(".target", { hasText: "replying to" }).waitFor();
  await keyboard.press("Escape");
  await ann.say("mine to delete");
  await ann.confirmed("mine to delete");
  await ann.row("mine to delete").focus();
  await keyboard.press("d");
  await ann.page.locator("[role=alertdialog] button", { hasText: "Delete" }).click();
  await ann.page.locator(".gone").first().waitFor();
  assert.deepEqual(ann.problems, []);
  bob.close();
});

test("Back on a phone closes what is open, and stays", async () => {
  const ann = await Person.open(held.browser, held.server, PHONE);
  await ann.join("ann");
  const { page } = ann;
  const drawer = page.locator(".chat[data-drawer=true]");
  await page.locator("button.menu").tap();
  await drawer.waitFor();
  await page.goBack();
  await until("the end of the drawer", async () => (await drawer.count()) === 0);
  await page.getByRole("button", { name: "Search" }).tap();
  await page.locator("dialog.search").waitFor();
  await page.goBack();
  await until("the end of the dialog", async () => (await page.locator("dialog").count()) === 0);
  // A sheet over the drawer goes first.
  await page.locator("button.menu").tap();
  await drawer.waitFor();
  await page.locator(".rooms .room").first().click({ button: "right" });
  await page.locator("dialog.sheet").waitFor();
  await page.goBack();
  await until("the end of the sheet", async () => (await page.locator("dialog").count()) === 0);
  assert.equal(await drawer.count(), 1);
  await page.goBack();
  await until("the end of the drawer", async () => (await drawer.count()) === 0);
  await page.locator("button.people-button").tap();
  await page.locator("aside.people").waitFor();
  await page.goBack();
  await until("the end of the people", async () => (await page.locator("aside.people").count()) === 0);
  assert.equal(await page.locator(".composer textarea").count(), 1);
  // Enter is a new line there, and nothing is wider than the screen.
  await page.locator(".composer textarea").fill("one");
  await page.locator(".composer textarea").press("Enter");
  await page.locator(".composer textarea").pressSequentially("two");
  await page.locator(".composer .send").tap();
  await ann.sees("two");
  assert.match(await ann.row("two").locator(".body").innerText(), /one\ntwo/);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  assert.deepEqual(ann.problems, []);
});

test("a draft and a muted room are found again, whatever letters the room has", async () => {
  const ann = await Person.open(held.browser, held.server, undefined, "#/%23%C3%9Cber%5Buns%5D");
  await ann.join("ann");
  const { page } = ann;
  const entry = page.locator(".rooms .room", { hasText: "Über[uns]" });
  await entry.waitFor();
  await page.locator(".head select.more").selectOption("mute");
  await page.locator(".room[data-muted=true]").waitFor();
  await page.locator(".composer textarea").fill("half a thought");
  // At once: nothing may be lost between a key and the next moment.
  await page.reload();
  await until("the draft", async () => (await page.locator(".composer textarea").inputValue()) === "half a thought");
  await page.locator(".room[data-muted=true]", { hasText: "Über[uns]" }).waitFor();
  assert.deepEqual(ann.problems, []);
});

test("what was refused, and what waits, outlasts a reload", async () => {
  const ann = await Person.open(held.browser, held.server);
  await ann.join("ann");
  const { page } = ann;
  await page.locator(".composer textarea").pressSequentially("/msg nobodyhere are you there?");
  await page.keyboard.press("Enter");
  await page.locator("p.failed", { hasText: "No such nick" }).waitFor();
  // Told once, at the message.
  assert.equal(await page.getByText("No such nick").count(), 1);
  await page.reload();
  await page.locator(".rooms .room", { hasText: "nobodyhere" }).click();
  await page.locator("p.failed", { hasText: "No such nick" }).waitFor();
  const late = await Wire.irc(held.server.port, "nobodyhere", "#elsewhere");
  await page.locator("p.failed button", { hasText: "Retry" }).click();
  await late.until("are you there?");
  await ann.confirmed("are you there?");
  // The command is not left in the room where it was typed.
  await page.locator(".rooms .room", { hasText: "lobby" }).click();
  assert.equal(await page.locator(".composer textarea").inputValue(), "");
  assert.deepEqual(ann.problems, []);
  late.close();
});

test("two tabs agree on what is muted", async () => {
  const ann = await Person.open(held.browser, held.server, undefined, "#/%23tabs");
  // A guest's nick is one tab's.
  await ann.page.getByRole("button", { name: "Create an account" }).click();
  await ann.page.fill("input[name=password]", "correct-horse");
  await ann.join("tabby");
  await ann.page.locator(".rooms .room", { hasText: "tabs" }).waitFor();
  const other = await ann.context.newPage();
  await other.goto(held.server.url);
  await other.locator(".rooms .room", { hasText: "tabs" }).waitFor();
  await ann.page.locator(".head select.more").selectOption("mute");
  await other.locator(".room[data-muted=true]", { hasText: "tabs" }).waitFor();
  await other.locator(".head select.more").selectOption("pin");
  assert.deepEqual(await ann.page.evaluate(() => JSON.parse(localStorage.getItem("parlour.preferences")).muted), ["#tabs"]);
  assert.deepEqual(ann.problems, []);
});

test("the reactions take the focus, and Escape closes them", async () => {
  const ann = await Person.open(held.browser, held.server);
  await ann.join("ann");
  await ann.say("choose one");
  await ann.confirmed("choose one");
  const row = ann.row("choose one");
  await row.focus();
  await ann.page.keyboard.press(":");
  await ann.page.locator(".picker button:focus").waitFor();
  await ann.page.keyboard.press("Escape");
  await until("the end of the reactions", async () => (await ann.page.locator(".picker").count()) === 0);
  await ann.page.locator("li.row:focus", { hasText: "choose one" }).waitFor();
  await ann.page.keyboard.press(":");
  await ann.page.locator(".picker button:focus").waitFor();
  await ann.page.locator(".composer textarea").click();
  await until("the end of the reactions", async () => (await ann.page.locator(".picker").count()) === 0);
  assert.deepEqual(ann.problems, []);
});

test("it can be installed, and takes what other apps share", async () => {
  const ann = await Person.open(held.browser, held.server, undefined, "?title=A+title&text=some+words&url=https%3A%2F%2Fx.org%2F");
  await ann.join("ann");
  assert.equal(await ann.page.locator(".composer textarea").inputValue(), "A title some words https://x.org/");
  assert.equal(new URL(ann.page.url()).search, "");
  const session = await ann.context.newCDPSession(ann.page);
  const { errors, data } = await session.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  assert.equal(JSON.parse(data).share_target.action, "./");
  assert.deepEqual(ann.problems, []);
});

for (const theme of ["light", "dark"]) {
  for (const [name, options] of [["desktop", DESKTOP], ["phone", PHONE]]) {
    test(`every dialog is accessible, ${theme}, ${name}`, async () => {
      const ann = await Person.open(held.browser, held.server, { ...options, colorScheme: theme });
      const { page } = ann;
      await page.getByRole("button", { name: "Create an account" }).click();
      await axe(ann);
      await page.getByRole("button", { name: "Guest" }).click();
      await ann.join("ann");
      await ann.say("something to look for");
      await ann.confirmed("something to look for");
      const shown = async (open, selector) => {
        await open();
        await page.locator(selector).first().waitFor();
        await axe(ann);
        await page.keyboard.press("Escape");
        await until("the end of the dialog", async () => (await page.locator("dialog").count()) === 0);
      };
      await shown(() => page.keyboard.press("Control+k"), "dialog.switcher li");
      await shown(() => page.keyboard.press("Control+/"), "dialog.help");
      await shown(() => page.locator(".head select.more").selectOption("settings"), "dialog input[type=checkbox]");
      await shown(() => page.locator(".row button.nick").first().click(), "dialog .facts");
      await shown(async () => {
        await page.getByRole("button", { name: "Search" }).first().click();
        await page.fill("dialog input[type=search]", "something");
        await page.locator("dialog form button").click();
      }, "dialog .results li");
      if (options === PHONE) {
        await page.locator("button.menu").tap();
        await page.locator(".chat[data-drawer=true]").waitFor();
        await axe(ann);
      }
      assert.deepEqual(ann.problems, []);
    });
  }
}
