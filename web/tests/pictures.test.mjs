/**
 * Pictures of the page: both sizes in both themes, of one conversation. They are looked at, and shown in
 * README and docs.
 */

import { mkdirSync } from "node:fs";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";
import { DESKTOP, PHONE, PICTURES, Person, Server, Wire, closeAll, run, startBrowser } from "./support.mjs";

let browser;
before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  browser = await startBrowser();
});
afterEach(closeAll);
after(async () => {
  await browser?.close();
});

/** Fills the rooms of a server. Returns who is there. */
async function scene(server) {
  const people = {};
  for (const nick of ["alice", "bob", "carol", "dave"]) {
    people[nick] = await Wire.irc(server.port, nick, "#lab");
    people[nick].send("CAP REQ :echo-message");
  }
  const { alice, bob, carol, dave } = people;
  alice.send("TOPIC #lab :Rack moves on Friday · be kind");
  const id = async (wire, text) => {
    await wire.until(text);
    return new RegExp(`msgid=([^; ]+)[^\\n]*${text.slice(0, 12)}`).exec(wire.seen)[1];
  };
  alice.send("PRIVMSG #lab :The new switch is in the rack. Port 7 is dead, the rest is fine.");
  const first = await id(alice, "The new switch is in");
  bob.send(`@+draft/reply=${first} PRIVMSG #lab :Did you try the other transceiver?`);
  for (const wire of [bob, carol, dave]) wire.send(`@+draft/react=👍;+draft/reply=${first} TAGMSG #lab`);
  carol.send(`@+draft/react=🎉;+draft/reply=${first} TAGMSG #lab`);
  alice.send("PRIVMSG #lab :The label says \x02FTLX8571\x02, the manual is at https://lab.example/switch");
  const token = JSON.parse(await run(["admin", "--json", "--data", server.data, "hook", "add", "ci", "#lab"])).token;
  await fetch(`${server.url}hooks/${token}`, { method: "POST", body: JSON.stringify({ text: "build 412 passed in 8 min" }) });
  carol.send("AWAY :lunch");
  for (const room of ["#general", "#ops"]) bob.send(`JOIN ${room}`);
  await bob.until(" 366 bob #ops ");
  await dave.until("build 412");
  return people;
}

for (const [name, options] of [["desktop", DESKTOP], ["phone", PHONE]]) {
  for (const theme of ["light", "dark"]) {
    test(`${name}, ${theme}`, async () => {
      const server = await Server.start();
      const { bob, dave } = await scene(server);
      const me = await Person.open(browser, server, { ...options, colorScheme: theme }, "#/%23lab");
      await me.page.evaluate(() => localStorage.setItem("parlour.rooms", JSON.stringify(["#lab", "#general", "#ops"])));
      await me.page.reload();
      await me.join("me");
      await me.page.locator(".head h1", { hasText: "#lab" }).waitFor();
      await me.sees("build 412");
      await me.page.locator(".room", { hasText: "ops" }).waitFor({ state: "attached" });
      bob.send("PRIVMSG #ops :me: can you look at the backup?");
      bob.send("PRIVMSG #general :good morning");
      await me.page.locator(".room", { hasText: "ops" }).locator(".mentions").waitFor({ state: "attached" });
      await me.say("Monday works. I bring *two spare* ones.");
      await me.sees("Monday works");
      dave.send("@+typing=active TAGMSG #lab");
      await me.page.getByText("dave is typing").waitFor();
      await me.page.screenshot({ path: path.join(PICTURES, `web-${name}-${theme}.png`) });
      if (name === "phone" && theme === "dark") {
        await me.page.getByRole("button", { name: "Rooms" }).click();
        await me.page.waitForTimeout(400);
        await me.page.screenshot({ path: path.join(PICTURES, "web-phone-rooms.png") });
      }
      await me.close();
      await server.stop();
    });
  }
}
