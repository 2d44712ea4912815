/**
 * Keys, commands by name, and the sheets of actions.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { PHONE, Person, Wire, axe, setUp, until } from "./support.mjs";

const held = setUp();

/** Holds a finger on an element for as long as a long press takes. */
async function longPress(person, locator) {
  // Not while it is moving.
  await locator.tap({ trial: true });
  const box = await locator.boundingBox();
  const session = await person.context.newCDPSession(person.page);
  const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
  await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
  await person.page.locator("dialog.sheet").waitFor();
  await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}

test("the presence of who one writes to is seen", async () => {
  const ann = await Person.open(held.browser, held.server);
  await ann.join("ann");
  const bob = await Wire.irc(held.server.port, "bob", "#elsewhere");
  bob.send("PRIVMSG ann :psst");
  const state = (wanted) => ann.page.locator(`.room .sign[data-presence=${wanted}]`).waitFor();
  await state("online");
  bob.send("AWAY :out");
  await state("away");
  bob.send("AWAY");
  await state("online");
  bob.close();
  await state("offline");
  // Who is away already is seen as away at once, and a reload knows it as well.
  const back = await Wire.irc(held.server.port, "bob", "#elsewhere");
  await state("online");
  back.send("AWAY :out again");
  await state("away");
  await ann.page.locator(".rooms .room", { hasText: "bob" }).click();
  await ann.page.reload();
  await state("away");
  await axe(ann);
  assert.deepEqual(ann.problems, []);
  back.close();
});

test("everything can be done by its name", async () => {
  const ann = await Person.open(held.browser, held.server, undefined, "#/%23named");
  await ann.join("namer");
  const { page } = ann;
  const bob = await Wire.irc(held.server.port, "ned", "#named");
  await page.locator(".rooms .room", { hasText: "named" }).waitFor();
  const run = async (words) => {
    await page.keyboard.press("Control+k");
    await page.locator("dialog.switcher input").fill(`>${words}`);
    await page.locator("dialog.switcher li").first().waitFor();
    await page.keyboard.press("Enter");
    await until("the end of the switcher", async () => (await page.locator("dialog.switcher").count()) === 0);
  };
  await run("mute");
  await page.locator(".room[data-muted=true]", { hasText: "named" }).waitFor();
  await run("mute");
  await run("settings");
  await page.locator("dialog.settings").waitFor();
  await page.keyboard.press("Escape");
  await run("topic a topic by name");
  await bob.until("TOPIC #named :a topic by name");
  await page.locator(".composer textarea").fill("half a thought");
  await run("away");
  await until("the command", async () => (await page.locator(".composer textarea").inputValue()) === "/away ");
  assert.ok(await page.locator(".composer textarea").evaluate((field) => field === document.activeElement));
  // What was being written is not lost by it.
  await page.keyboard.press("Control+ArrowUp");
  assert.equal(await page.locator(".composer textarea").inputValue(), "half a thought");
  await page.locator(".composer textarea").fill("");
  await run("leave this room");
  await bob.until("PART #named");
  assert.deepEqual(ann.problems, []);
  bob.close();
});

test("a key that works in a text is left to it", async () => {
  const ann = await Person.open(held.browser, held.server, undefined, "#/%23texts");
  await ann.join("texter");
  const { page } = ann;
  await ann.at("#texts");
  await ann.goTo("#beside");
  await page.locator(".composer textarea").fill("two words");
  await page.keyboard.press("Alt+Backspace");
  await ann.at("#beside");
  // What is copied arrives, on pages without a clipboard of their own as well.
  await ann.say("to be copied");
  await ann.confirmed("to be copied");
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await ann.row("to be copied").focus();
  await page.keyboard.press("y");
  await page.locator(".composer textarea").focus();
  await page.keyboard.press("Control+v");
  await until("the copy", async () => (await page.locator(".composer textarea").inputValue()).includes("to be copied"));
  assert.deepEqual(ann.problems, []);
});

test("what was sent comes back, and a draft is not lost by it", async () => {
  const ann = await Person.open(held.browser, held.server, undefined, "#/%23recall");
  await ann.join("recaller");
  const field = ann.page.locator(".composer textarea");
  for (const text of ["first", "second"]) {
    await ann.say(text);
    await ann.confirmed(text);
  }
  await field.fill("half a thought");
  const seen = [];
  for (const key of ["ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown", "ArrowDown"]) {
    await field.press(`Control+${key}`);
    seen.push(await field.inputValue());
  }
  assert.deepEqual(seen, ["second", "first", "first", "second", "half a thought", "half a thought"]);
  assert.deepEqual(ann.problems, []);
});

test("mentions are listed, and the room before is a key away", async () => {
  const ann = await Person.open(held.browser, held.server, undefined, "#/%23first");
  await ann.join("listed");
  const { page } = ann;
  const bob = await Wire.irc(held.server.port, "len", "#first");
  bob.send("PRIVMSG #first :listed, look at this");
  bob.send("PRIVMSG #first :and nobody at that");
  bob.send("PRIVMSG listed :in private, and not by name");
  await ann.sees("nobody at that");
  await ann.goTo("#second");
  await page.keyboard.press("Alt+Backspace");
  await ann.at("#first");
  await page.keyboard.press("Alt+Backspace");
  await ann.at("#second");
  await page.keyboard.press("Alt+m");
  const found = page.locator("dialog .results button");
  await found.first().waitFor();
  await axe(ann);
  assert.deepEqual(await found.locator("span").allInnerTexts(), ["len listed, look at this"]);
  await found.click();
  await ann.at("#first");
  await page.locator("li.row.flash", { hasText: "look at this" }).waitFor();
  assert.deepEqual(ann.problems, []);
  bob.close();
});

test("keys on a message: mention, go and come back, unread from here", async () => {
  const ann = await Person.open(held.browser, held.server, undefined, "#/%23acts");
  await ann.join("actor");
  const { page } = ann;
  const bob = await Wire.irc(held.server.port, "abe", "#acts");
  bob.send("PRIVMSG #acts :the question");
  await ann.sees("the question");
  await ann.row("the question").focus();
  await page.keyboard.press("r");
  await ann.say("the answer");
  await ann.confirmed("the answer");
  await ann.row("the answer").locator(".body", { hasText: "the answer" }).waitFor();
  const answer = page.locator("li.row.own", { hasText: "the answer" });
  await answer.focus();
  await page.keyboard.press("g");
  await page.locator("li.row.flash:focus", { hasText: "the question" }).waitFor();
  await page.keyboard.press("Backspace");
  await page.locator("li.row.own:focus", { hasText: "the answer" }).waitFor();
  // By a click on what is answered as well.
  await answer.locator(".answered").click();
  await page.locator("li.row.flash:focus", { hasText: "the question" }).waitFor();
  await page.keyboard.press("Backspace");
  await page.locator("li.row.own:focus", { hasText: "the answer" }).waitFor();
  // With nowhere to go back to, it asks whether to delete.
  await page.keyboard.press("Backspace");
  await page.locator("[role=alertdialog] button", { hasText: "Keep" }).click();
  const question = page.locator("li.row:not(.own)", { hasText: "the question" });
  await question.focus();
  await page.keyboard.press("m");
  await until("the mention", async () => (await page.locator(".composer textarea").inputValue()) === "abe: ");
  await page.locator(".composer textarea").fill("");
  await question.focus();
  await page.keyboard.press("Enter");
  await page.locator("dialog.sheet").waitFor();
  await axe(ann);
  assert.deepEqual(await page.locator("dialog.sheet li span").allInnerTexts(), [
    "Reply",
    "Choose a reaction",
    "Mention the author",
    "Copy the text",
    "Copy a link to it",
    "Mark as unread from here",
    "Delete",
    "Cancel",
  ]);
  await page.locator("dialog.sheet button", { hasText: "unread from here" }).click();
  await page.locator(".unread-line", { hasText: "1 new since" }).waitFor();
  // It stays unread while other rooms are looked at, until the reader is back.
  await ann.goTo("#aside");
  const entry = page.locator(".rooms .room", { hasText: "acts" });
  await entry.locator(".count", { hasText: "1" }).waitFor();
  await entry.click();
  await until("the end of the count", async () => (await entry.locator(".count").count()) === 0);
  assert.deepEqual(ann.problems, []);
  bob.close();
});

test("the first unread message is found, however much came since", async () => {
  const ann = await Person.open(held.browser, held.server);
  await ann.page.evaluate(() => localStorage.setItem("parlour.rooms", JSON.stringify(["#far", "#lobby"])));
  const bob = await Wire.irc(held.server.port, "fay", "#far");
  // An account, since a guest has read nothing before they came.
  await ann.page.getByRole("button", { name: "Create an account" }).click();
  await ann.page.fill("input[name=nick]", "farah");
  await ann.page.fill("input[type=password]", "correct-horse");
  await ann.page.click("form button.primary");
  await ann.page.waitForSelector(".composer textarea");
  const { page } = ann;
  await page.locator(".rooms .room", { hasText: "far" }).click();
  await bob.until(":farah!");
  bob.send("PRIVMSG #far :the last one read");
  await ann.sees("the last one read");
  await until("the marker", () => page.evaluate(() => {
    const { marks, room } = globalThis.parlour;
    return marks.size === 0 && room.lines.some(({ id }) => id) && room.lines.every(({ id, time }) => !id || time <= room.read);
  }));
  // The server has it once it answers what was sent behind it.
  await page.evaluate(() => new Promise((resolve) => globalThis.parlour.session.request(resolve, "PING", "sync")));
  await page.locator(".rooms .room", { hasText: "lobby" }).click();
  await page.goto("about:blank");
  bob.send("PRIVMSG #far :the first unread");
  for (let line = 0; line < 150; line += 1) bob.send(`PRIVMSG #far :one more ${line}`);
  bob.send("PING done");
  await bob.until("PONG");
  await page.goto(held.server.url);
  const entry = page.locator(".rooms .room", { hasText: "far" });
  await entry.locator(".count", { hasText: "+" }).waitFor();
  await entry.click();
  await page.locator(".unread-line", { hasText: /^\d+\+ new since/ }).waitFor();
  await page.keyboard.press("Alt+u");
  await page.locator("li.row.flash", { hasText: "the first unread" }).waitFor();
  await ann.sees("the last one read");
  assert.deepEqual(ann.problems, []);
  bob.close();
});

test("a long press opens what can be done with a message or a room", async () => {
  const ann = await Person.open(held.browser, held.server, PHONE, "#/%23pressed");
  await ann.join("presser");
  const { page } = ann;
  const bob = await Wire.irc(held.server.port, "pip", "#pressed");
  bob.send("PRIVMSG #pressed :hold this");
  await ann.sees("hold this");
  await longPress(ann, ann.row("hold this"));
  await axe(ann);
  for (const button of await page.locator("dialog.sheet button").all()) {
    assert.ok((await button.boundingBox()).height >= 44, await button.innerText());
  }
  await page.locator("dialog.sheet .emoji button").first().tap();
  await ann.row("hold this").locator(".reactions button").first().waitFor();
  await longPress(ann, ann.row("hold this").locator(".body"));
  await page.locator("dialog.sheet button", { hasText: "Reply" }).tap();
  await page.locator(".target", { hasText: "replying to" }).waitFor();
  await page.locator("button.menu").tap();
  const entry = page.locator(".rooms .room", { hasText: "pressed" });
  await longPress(ann, entry);
  await page.locator("dialog.sheet button", { hasText: "Mute" }).tap();
  await page.locator(".room[data-muted=true]", { hasText: "pressed" }).waitFor();
  // The press itself has not opened the room: the drawer is still there.
  assert.equal(await page.locator(".chat[data-drawer=true]").count(), 1);
  assert.deepEqual(ann.problems, []);
  bob.close();
});
