/**
 * Hostile input: nothing of it runs, hides or reorders anything.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Person, Wire, setUp, until } from "./support.mjs";

const MARKUP = [
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "\"><svg onload=alert(1)>",
  "{{constructor.constructor('alert(1)')()}}",
  "javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
];

const held = setUp();

test("markup in every field is text", async () => {
  const ann = await Person.open(held.browser, held.server);
  await ann.join("ann");
  const evil = await Wire.connect(
    held.server.port,
    `CAP REQ :message-tags\r\nNICK evil\r\nUSER <b>x</b> 0 * :${MARKUP[0]}\r\nCAP END\r\nJOIN #lobby\r\n`,
  );
  await evil.until(" 366 ");
  for (const text of MARKUP) {
    evil.send(`PRIVMSG #lobby :${text}`);
    evil.send(`NOTICE #lobby :${text}`);
    evil.send(`PRIVMSG #lobby :\x01ACTION ${text}\x01`);
    evil.send(`TOPIC #lobby :${text}`);
    evil.send(`PRIVMSG ann :${text}`);
    evil.send(`AWAY :${text}`);
  }
  evil.send("@+draft/reply=<img/src=x>;+draft/react=<b>b</b> TAGMSG #lobby");
  evil.send("@+draft/reply=\"><script> PRIVMSG #lobby :answers nothing");
  evil.send("PRIVMSG #lobby :end of markup");
  await ann.sees("end of markup");
  const found = await ann.page.evaluate(() => ({
    injected: document.querySelectorAll(".lines img, .lines script, .lines svg, .head img, .head svg").length,
    links: [...document.querySelectorAll(".lines a, .head a")].map((link) => link.protocol),
  }));
  assert.equal(found.injected, 0);
  assert.deepEqual(found.links.filter((protocol) => !["http:", "https:", "mailto:"].includes(protocol)), []);
  // The person behind it, in a dialog of their own.
  await ann.page.locator(".row button.nick", { hasText: "evil" }).first().click();
  await ann.page.locator("dialog .facts li", { hasText: "In #lobby" }).waitFor();
  assert.equal(await ann.page.locator("dialog .facts img").count(), 0);
  assert.deepEqual(ann.problems, []);
  evil.close();
});

test("markup in names, reasons, edits, lists and results is text", async () => {
  const ann = await Person.open(held.browser, held.server, undefined, "#/%23own");
  await ann.join("nora");
  const bad = "<img/src=x/onerror=alert(1)>";
  const evil = await Wire.irc(held.server.port, "mean", "#own");
  // Channels may have such names; they are listed, shown and joined.
  evil.send(`JOIN #${bad}`);
  await evil.until(`JOIN #${bad}`);
  evil.send(`TOPIC #${bad} :${MARKUP[1]} \u202Ereversed`);
  evil.send(`INVITE nora #${bad}`);
  evil.send(`BATCH +1 draft/multiline #own`);
  evil.send("@+typing=active TAGMSG #own");
  evil.send(`PRIVMSG #own :first ${bad}`);
  const seen = (text) => ann.page.locator("li.row .body", { hasText: text }).last().waitFor();
  await seen("first <img");
  const own = await Wire.connect(held.server.port, "CAP REQ :message-tags echo-message batch draft/multiline\r\nNICK edits\r\nUSER e 0 * :e\r\nCAP END\r\nJOIN #own\r\n");
  await own.until(" 366 ");
  own.send("PRIVMSG #own :to be edited");
  await own.until("to be edited");
  const [, id] = /msgid=([^; ]+)[^\n]*to be edited/.exec(own.seen);
  own.send(`@+draft/edit=${id} PRIVMSG #own :edited ${MARKUP[2]}`);
  await seen("edited \"><svg");
  own.send("BATCH +m draft/multiline #own");
  own.send(`@batch=m PRIVMSG #own :${MARKUP[0]}`);
  own.send(`@batch=m PRIVMSG #own :${MARKUP[1]}`);
  own.send("BATCH -m");
  await seen("<script>");
  own.send(`PART #own :${bad}`);
  evil.send(`NICK mean2`);
  // The list of the switcher, and the room itself.
  await ann.page.keyboard.press("Control+k");
  await ann.page.locator("dialog.switcher input").fill(`#${bad}`);
  await ann.page.locator("dialog.switcher li", { hasText: /person|people/ }).first().waitFor();
  await ann.page.keyboard.press("Enter");
  await ann.page.locator(".head h1", { hasText: bad }).waitFor();
  assert.ok(!(await ann.page.locator(".head .topic").innerText()).includes("\u202e"));
  evil.send(`KICK #${bad} nora :${MARKUP[0]}`);
  await ann.page.locator(".lines", { hasText: "kicked" }).waitFor();
  // What a search finds.
  await ann.page.keyboard.press("Control+f");
  await ann.page.locator("dialog.search input[type=search]").fill("first");
  await ann.page.locator("dialog.search input[type=checkbox]").check();
  await ann.page.locator("dialog.search form button").click();
  await ann.page.locator("dialog.search .results", { hasText: "first <img" }).waitFor();
  assert.equal(await ann.page.locator("#page img:not(.avatar), #page script, #page svg").count(), 0);
  // An address with markup in it.
  await ann.page.goto(`${held.server.url}#/%23${encodeURIComponent(bad)}x/${encodeURIComponent(bad)}`);
  await ann.page.reload();
  await ann.page.waitForSelector(".composer textarea");
  assert.equal(await ann.page.locator("#page img, #page script, #page svg").count(), 0);
  assert.deepEqual(ann.problems, []);
  evil.close();
  own.close();
});

test("control characters and overrides are gone", async () => {
  const ann = await Person.open(held.browser, held.server);
  await ann.join("bea");
  const evil = await Wire.irc(held.server.port, "odd");
  const overrides = "\u202Eevil\u202C \u2066x\u2069 a\u0007b\u001b[31mc \u{e0041}";
  evil.send(`PRIVMSG #lobby :overrides ${overrides} end`);
  evil.send(`PRIVMSG #lobby :zalgo ${"a" + "\u0301".repeat(200)} end`);
  evil.send("PRIVMSG #lobby :https://xn--e1awd7f.com/ and https://аpple.com/ look alike");
  await ann.sees("look alike");
  const texts = await ann.page.locator(".lines .body").allInnerTexts();
  assert.ok(!texts.some((text) => /[\u202a-\u202e\u2066-\u2069\u0007\u001b]/.test(text)), "controls are shown");
  const zalgo = texts.find((text) => text.startsWith("zalgo"));
  assert.ok(zalgo.length < 30, zalgo);
  const titles = await ann.page.locator(".lines a").evaluateAll((links) => links.map((link) => link.title));
  assert.ok(titles.some((title) => title.startsWith("https://xn--pple-43d.com")), titles.join(" "));
  for (const link of await ann.page.locator(".lines a").all()) {
    assert.match(await link.getAttribute("rel"), /noopener/);
  }
  assert.deepEqual(ann.problems, []);
  evil.close();
});

test("a huge message, a flood of lines and a lying clock stay usable", async () => {
  const ann = await Person.open(held.browser, held.server);
  await ann.join("cat");
  const evil = await Wire.connect(
    held.server.port,
    "CAP REQ :message-tags batch draft/multiline server-time\r\nNICK big\r\nUSER b 0 * :b\r\nCAP END\r\nJOIN #lobby\r\n",
  );
  await evil.until(" 366 ");
  evil.send("BATCH +1 draft/multiline #lobby");
  for (let line = 0; line < 30; line += 1) evil.send(`@batch=1 PRIVMSG #lobby :${"x".repeat(60)} ${line}`);
  evil.send("BATCH -1");
  evil.send("@time=1970-01-01T00:00:00.000Z PRIVMSG #lobby :of yesterday");
  evil.send("@time=9999-12-31T23:59:59.999Z PRIVMSG #lobby :of tomorrow");
  evil.send("@time=nonsense PRIVMSG #lobby :of never");
  await ann.sees("of never").catch((error) => {
    throw new Error(`${error.message}: ${evil.seen.slice(-1500)}`);
  });
  assert.equal(await ann.page.getByRole("button", { name: "Show all" }).count(), 1);
  const order = await ann.page.locator(".lines .body").allInnerTexts();
  const at = (text) => order.findIndex((other) => other.includes(text));
  assert.ok(at("of yesterday") < at("of tomorrow") && at("of tomorrow") < at("of never"));
  assert.deepEqual(ann.problems, []);
  evil.close();
});

test("a page from elsewhere is not let in", async () => {
  const ann = await Person.open(held.browser, held.server);
  await ann.page.goto("about:blank");
  ann.offline = true;
  const outcome = await ann.page.evaluate(async (url) => {
    const socket = await new Promise((resolve) => {
      const opened = new WebSocket(url.replace("http", "ws"), ["text.ircv3.net"]);
      opened.onopen = () => resolve("open");
      opened.onerror = () => resolve("refused");
    });
    const posted = await fetch(`${url}uploads`, { method: "POST", body: "x" }).then((answer) => answer.status, () => "refused");
    return { socket, posted };
  }, held.server.url);
  assert.deepEqual(outcome, { socket: "refused", posted: "refused" });
});

test("a server that lies about its own clock does not reorder the page", async () => {
  // Lines that parlour never sends, fed to the model; its own connection is closed at once.
  const lines = [
    ":s CAP * LS :",
    ":s 001 dan :hi",
    ":s 005 dan CHANTYPES=# PREFIX=(ov)@+ CASEMAPPING=ascii :are supported",
    ":s 422 dan :none",
    ":dan!d@h JOIN #lobby",
    ":s 353 dan = #lobby :@dan eve",
    ":s 366 dan #lobby :end",
    "@time=1970-01-01T00:00:00Z :eve!e@h PRIVMSG #lobby :first",
    "@time=+999999-01-01T00:00:00Z :eve!e@h PRIVMSG #lobby :second",
    "@time=x;msgid= :eve!e@h PRIVMSG #lobby :third",
    ":eve!e@h PRIVMSG #lobby",
    ":s BATCH -none",
    "@batch=none :eve!e@h PRIVMSG #lobby :of no batch",
    ":s 353",
    ":eve!e@h MODE #lobby +ooo dan",
    ":eve!e@h MARKREAD #lobby timestamp=nonsense",
    ":eve!e@h RENAME #lobby",
    "@+draft/edit=zzz :eve!e@h PRIVMSG #lobby :an edit of nothing",
    ":eve!e@h PRIVMSG #lobby :last",
  ];
  const ann = await Person.open(held.browser, held.server);
  await ann.join("ann");
  ann.offline = true;
  const order = await ann.page.evaluate((said) => {
    const { constructor: Chat } = globalThis.parlour;
    const chat = new Chat(location.href.replace("http", "ws"), { nick: "dan" }, []);
    chat.session.socket.stop();
    for (const line of said) chat.session.receive(line);
    return chat.find("#lobby")?.lines.filter((line) => line.kind === "message").map((line) => line.text);
  }, lines);
  assert.deepEqual(order?.slice(0, 3), ["first", "second", "third"]);
  assert.equal(order?.at(-1), "last");
  assert.deepEqual(ann.problems, []);
});

test("a rename that is history is not one's own", async () => {
  const earlier = await Wire.irc(held.server.port, "renamed");
  earlier.send("NICK another");
  await earlier.until(" NICK ");
  earlier.send("PRIVMSG #lobby :said after the rename");
  earlier.send("PING kept");
  await earlier.until("PONG");
  earlier.close();
  const person = await Person.open(held.browser, held.server);
  await person.join("renamed");
  await person.sees("said after the rename");
  await person.say("still the same");
  await person.page.locator(".row.own", { hasText: "still the same" }).waitFor();
  assert.match(await person.page.locator(".rooms").innerText(), /^renamed$/m);
  assert.deepEqual(person.problems, []);
});

test("who leaves leaves nothing behind for the next user", async () => {
  const person = await Person.open(held.browser, held.server);
  await person.join("leaver");
  await person.page.fill(".composer textarea", "a secret that was never sent");
  const kept = () => person.page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]));
  await until("the draft", async () => (await kept()).includes("a secret"));
  await person.page.evaluate(() => {
    const known = JSON.parse(localStorage.getItem("parlour.preferences") ?? "{}");
    localStorage.setItem("parlour.preferences", JSON.stringify({ ...known, ignored: ["enemy"], notify: true }));
  });
  await person.page.reload();
  await person.page.waitForSelector(".composer textarea");
  await person.page.click("button[aria-label=Settings]");
  await person.page.locator("dialog button", { hasText: "Leave" }).click();
  await person.page.waitForSelector("input[name=nick]");
  await until("the end of what was kept", async () => !/a secret|enemy|leaver|"notify":true/.test((await kept()).replaceAll("\\", "")));
  assert.deepEqual(person.problems, []);
});
