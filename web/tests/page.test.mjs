/**
 * The page in a real browser, on a desk and on a phone, beside people with netcat, IRC and the
 * terminal client.
 */

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { DESKTOP, PHONE, PICTURES, Person, Server, Wire, axe, closeAll, startBrowser, until } from "./support.mjs";
import { Terminal } from "./terminal.mjs";

let browser;
before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
});

afterEach(closeAll);

for (const [name, options] of [["desktop", DESKTOP], ["phone", PHONE]]) {
  describe(`on a ${name}`, () => {
    let server;
    before(async () => {
      server = await Server.start();
    });
    after(() => server.stop());

    test("four kinds of clients talk in one room", async () => {
      const ann = await Person.open(browser, server, options);
      const bea = await Person.open(browser, server, DESKTOP);
      await axe(ann);
      await ann.join("ann");
      await bea.join("bea");
      const cat = await Wire.connect(server.port, "cat\nhi from netcat\n");
      await ann.sees("hi from netcat");
      await ann.say("hello *everybody*");
      await bea.sees("hello everybody");
      await cat.until("ann: hello everybody");
      const dan = await Terminal.join(server.port, "dan");
      dan.say("from the *terminal*");
      await ann.sees("from the terminal");
      assert.equal(await bea.row("from the").locator(".bold").textContent(), "terminal");
      await bea.say("seen by the terminal, dan?");
      await dan.sees("seen by the terminal, dan?");
      await cat.until("bea: seen by the terminal, dan?");
      await dan.close();
      assert.equal(await bea.row("hello").locator(".bold").textContent(), "everybody");
      // Typing is seen, and ends.
      await bea.page.locator(".composer textarea").pressSequentially("abc");
      await ann.page.getByText("bea is typing").waitFor();
      await bea.page.fill(".composer textarea", "");
      await until("the end of typing", async () => (await ann.page.getByText("bea is typing").count()) === 0);
      // A message of several lines is one.
      await ann.say("one\ntwo\nthree");
      await bea.sees("one");
      assert.match(await bea.row("one").locator(".body").innerText(), /one\ntwo\nthree/);
      await axe(ann);
      // And with something unread.
      const eve = await Wire.irc(server.port, "eve");
      eve.send("PRIVMSG ann :psst");
      await until("the unread message", () => ann.page.locator(".rooms .mentions").count());
      await axe(ann);
      eve.close();
      assert.deepEqual([...ann.problems, ...bea.problems], []);
      cat.close();
      await ann.close();
      await bea.close();
    });

    test("reply, react, edit, delete, search", async () => {
      const ann = await Person.open(browser, server, options);
      const bea = await Person.open(browser, server, DESKTOP);
      await ann.join("ann");
      await bea.join("bea");
      await bea.say("which port is dead?");
      const row = ann.row("which port");
      await row.waitFor();
      const use = async (person, which, label) => {
        await which.hover();
        await which.focus();
        await which.getByRole("button", { name: label, exact: true }).click();
      };
      await use(ann, row, "Reply");
      await ann.say("port seven, I think");
      await bea.row("port seven").locator(".answered", { hasText: "which port" }).waitFor();
      await use(bea, bea.row("port seven"), "React");
      await bea.page.getByRole("button", { name: "🎉" }).first().click();
      await ann.row("port seven").locator(".reactions", { hasText: "🎉 1" }).waitFor();
      await ann.page.locator(".reactions button[aria-pressed]").last().click();
      await bea.row("port seven").locator(".reactions", { hasText: "🎉 2" }).waitFor();
      await use(ann, ann.row("port seven"), "Edit");
      await ann.say("port eight, in fact");
      await bea.row("port eight").getByText("(edited)").waitFor();
      await bea.say("to be deleted");
      await ann.sees("to be deleted");
      await use(bea, bea.row("to be deleted"), "More");
      await bea.page.locator("dialog.sheet button", { hasText: "Delete" }).click();
      await bea.page.locator("[role=alertdialog] button", { hasText: "Delete" }).click();
      await ann.page.locator(".gone").first().waitFor();
      assert.equal(await ann.page.getByText("to be deleted").count(), 0);
      await axe(ann);
      // The search finds what was said, and leads to it.
      await ann.page.getByRole("button", { name: "Search" }).first().click();
      await ann.page.fill("dialog input[type=search]", "dead");
      await ann.page.locator("dialog form button").click();
      await ann.page.locator("dialog .results button", { hasText: "which port" }).first().click();
      await ann.page.locator("li.row.flash", { hasText: "which port" }).waitFor();
      // What was done stays done after a reload.
      await ann.page.reload();
      await ann.row("port eight").locator(".reactions", { hasText: "🎉 2" }).waitFor();
      assert.equal(await ann.page.getByText("to be deleted").count(), 0);
      assert.deepEqual([...ann.problems, ...bea.problems], []);
      await ann.close();
      await bea.close();
    });

    test("a picture is uploaded, seen and opened", async () => {
      const ann = await Person.open(browser, server, options);
      const bea = await Person.open(browser, server, DESKTOP);
      await ann.join("ann");
      await bea.join("bea");
      const bytes = await bea.page.evaluate(async () => {
        const canvas = new OffscreenCanvas(320, 200);
        const brush = canvas.getContext("2d");
        brush.fillStyle = "#2f5fd0";
        brush.fillRect(0, 0, 320, 200);
        brush.fillStyle = "#ffd479";
        brush.fillRect(40, 40, 120, 80);
        const blob = await canvas.convertToBlob({ type: "image/png" });
        return [...new Uint8Array(await blob.arrayBuffer())];
      });
      await ann.page.setInputFiles("input[type=file]", { name: "rack.png", mimeType: "image/png", buffer: Buffer.from(bytes) });
      const picture = bea.page.locator(".picture img").last();
      await picture.waitFor();
      await until("the picture", () => picture.evaluate((image) => image.complete && image.naturalWidth > 0));
      assert.deepEqual(await picture.evaluate((image) => [image.width, image.height]), [320, 200]);
      await bea.page.locator(".picture").last().click();
      await bea.page.locator("dialog.viewer img").waitFor();
      await bea.page.keyboard.press("Escape");
      await until("the end of the viewer", async () => (await bea.page.locator("dialog").count()) === 0);
      await bea.row("rack.png").focus();
      await bea.page.keyboard.press("v");
      await bea.page.locator("dialog.viewer img").waitFor();
      await bea.page.keyboard.press("Escape");
      // What is no picture is offered for saving.
      await ann.page.setInputFiles("input[type=file]", { name: "a <b>.txt", mimeType: "text/plain", buffer: Buffer.from("words") });
      await bea.page.locator("a.file", { hasText: ".txt" }).waitFor();
      assert.deepEqual([...ann.problems, ...bea.problems], []);
      await ann.close();
      await bea.close();
    });

    test("after a crash of the server nothing is missing", async () => {
      const own = await Server.start();
      const ann = await Person.open(browser, own, options);
      await ann.join("ann");
      await ann.say("before the crash");
      await ann.confirmed("before the crash");
      ann.offline = true;
      await own.kill();
      await ann.page.locator(".banner", { hasText: "Offline" }).waitFor();
      await ann.page.fill(".composer textarea", "said while away");
      await ann.page.click(".composer .send");
      await ann.page.locator(".banner", { hasText: "1 unsent" }).waitFor();
      await own.launch();
      const eve = await Wire.irc(own.port, "eve");
      eve.send("PRIVMSG #lobby :said by another");
      await ann.page.locator(".banner").waitFor({ state: "detached" });
      await eve.until("said while away");
      await ann.sees("said by another");
      await ann.confirmed("said while away");
      assert.equal(await ann.page.locator("li.row .body", { hasText: "said while away" }).count(), 1);
      assert.equal(await ann.page.locator("li.row .body", { hasText: "before the crash" }).count(), 1);
      assert.deepEqual(ann.problems, []);
      eve.close();
      await ann.close();
      await own.stop();
    });

    test("without a network, and back", async () => {
      const ann = await Person.open(browser, server, options, "#/%23tunnel");
      await ann.join("ann");
      const eve = await Wire.irc(server.port, "eve", "#tunnel");
      ann.offline = true;
      await ann.context.setOffline(true);
      eve.send("PRIVMSG #tunnel :said to nobody yet");
      eve.send("PING kept");
      await eve.until("PONG");
      await ann.say("said in the tunnel");
      // Neither has gone through.
      await ann.row("said in the tunnel").locator(".state").waitFor();
      assert.equal(await ann.page.getByText("said to nobody yet").count(), 0);
      await ann.context.setOffline(false);
      await ann.confirmed("said in the tunnel");
      await ann.sees("said to nobody yet");
      await eve.until("said in the tunnel");
      for (const text of ["said in the tunnel", "said to nobody yet"]) {
        assert.equal(await ann.page.locator("li.row .body", { hasText: text }).count(), 1);
      }
      assert.deepEqual(ann.problems, []);
      eve.close();
      await ann.close();
    });

    test("the page opens without a connection", async () => {
      const own = await Server.start();
      const ann = await Person.open(browser, own, options);
      await ann.join("ann");
      await ann.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
      await until("the cache", () => ann.page.evaluate(async () => {
        const names = await caches.keys();
        const cache = names[0] && (await caches.open(names[0]));
        return cache && (await cache.keys()).length > 20;
      }));
      ann.offline = true;
      await own.kill();
      await ann.page.reload();
      // The rooms are there, and what is written waits.
      await ann.page.locator(".banner", { hasText: "Offline" }).waitFor();
      await ann.say("written without a connection");
      await ann.sees("waits for the connection");
      await own.launch();
      await ann.confirmed("written without a connection");
      const eve = await Wire.irc(own.port, "eve");
      await ann.say("and with one");
      await eve.until("and with one");
      eve.close();
      assert.deepEqual(ann.problems, []);
      await ann.close();
      await own.stop();
    });
  });
}
