/**
 * The page beside The Lounge: first load, time until one can write, memory in the browser, findings of axe.
 *
 *     cargo build --release && (cd web && npm install --no-package-lock)
 *     node bench/page.mjs OUTDIR [rounds]
 *
 * Both are clients of one parlour server with a room of 1,000 messages, in one headless Chromium, in turns, each
 * time with a cold cache. The Lounge (public mode) is installed by name into OUTDIR, with the Node it asks for; its
 * irc-framework comes from npm rather than from a repository. OUTDIR gets page.json (every run) and page.md (medians).
 */

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
process.env.PARLOUR ??= path.join(ROOT, "target/release/parlour");
const { DESKTOP, Server, Wire, startBrowser } = await import("../web/tests/support.mjs");
const axeSource = readFileSync(createRequire(path.join(ROOT, "web/package.json")).resolve("axe-core/axe.min.js"), "utf8");

const [out, rounds = "5"] = process.argv.slice(2);
if (!out) {
  console.error("usage: node bench/page.mjs OUTDIR [rounds]");
  process.exit(2);
}
/** Messages in the room. */
const MESSAGES = 1_000;
const LOUNGE = { private: true, dependencies: { thelounge: "4.5.2", node: "22.23.3" }, overrides: { "irc-framework": "4.14.0" } };

/** Returns a port that is free. */
const freePort = () =>
  new Promise((resolve) => {
    const probe = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** Installs and starts The Lounge for one IRC server. */
async function startLounge(ircPort) {
  const dir = path.resolve(out, "lounge");
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, "package.json"), JSON.stringify(LOUNGE));
  execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund"], { cwd: dir, stdio: ["ignore", "ignore", "inherit"] });
  const port = await freePort();
  const home = path.join(dir, "home");
  mkdirSync(home, { recursive: true });
  const defaults = {
    name: "parlour", host: "127.0.0.1", port: ircPort, password: "", tls: false, rejectUnauthorized: false,
    nick: "guest%%", username: "guest", realname: "guest", join: "#long", leaveMessage: "",
  };
  const config = { public: true, host: "127.0.0.1", port, prefetch: false, lockNetwork: false, defaults };
  writeFileSync(path.join(home, "config.js"), `module.exports = ${JSON.stringify(config)};`);
  const child = spawn(path.join(dir, "node_modules/.bin/node"), ["node_modules/thelounge/index.js", "start"], {
    cwd: dir, env: { ...process.env, THELOUNGE_HOME: home }, stdio: ["ignore", "pipe", "pipe"],
  });
  await new Promise((resolve, reject) => {
    child.stdout.on("data", (piece) => String(piece).includes("Available at") && resolve());
    child.on("exit", () => reject(new Error("The Lounge ended")));
  });
  return { child, url: `http://127.0.0.1:${port}/` };
}

/** How one joins, writes and reads in each of the two. */
const PAGES = {
  parlour: {
    join: async (page, nick) => {
      await page.fill("input[name=nick]", nick);
      await page.click("form button.primary");
    },
    form: "input[name=nick]",
    field: ".composer textarea",
    path: "#/%23long",
    seen: (page, text) => page.locator("li.row", { hasText: text }).last().waitFor(),
  },
  lounge: {
    join: async (page, nick) => {
      await page.fill("input[name=nick], #connect\\:nick", nick);
      await page.click("button[type=submit]");
    },
    form: "#connect\\:nick",
    field: "#input",
    path: "",
    seen: (page, text) => page.locator("#chat .msg", { hasText: text }).last().waitFor(),
  },
};

/** Collects garbage; returns the bytes of the heap that are left. */
async function heapOf(session) {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize;
}

/** Opens a page with an empty cache, joins, and measures. */
async function measure(browser, name, url, nick, bot) {
  const { join, form, field, seen } = PAGES[name];
  const context = await browser.newContext(DESKTOP);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  const loaded = { bytes: 0, scripts: 0, styles: 0, requests: 0 };
  const types = new Map();
  session.on("Network.responseReceived", ({ requestId, type }) => types.set(requestId, type));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    loaded.requests += 1;
    loaded.bytes += encodedDataLength;
    if (types.get(requestId) === "Script") loaded.scripts += encodedDataLength;
    if (types.get(requestId) === "Stylesheet") loaded.styles += encodedDataLength;
  });
  const begun = performance.now();
  await page.goto(url + PAGES[name].path);
  await page.waitForSelector(form);
  const formAfter = performance.now() - begun;
  const joined = performance.now();
  await join(page, nick);
  await page.waitForSelector(field);
  const writeAfter = formAfter + performance.now() - joined;
  const first = { ...loaded };
  // The Lounge shows the field before it has joined.
  await bot.until(`:${nick}!`);
  const heapFirst = await heapOf(session);
  await page.evaluate(axeSource);
  const axe = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`)));
  if (name === "lounge") await page.locator('.channel-list-item[data-name="#long"]').click();
  bot.send(`PRIVMSG #long :begin of ${nick}`);
  await seen(page, `begin of ${nick}`);
  // Both hold the same messages: those that arrive while they look.
  for (let line = 0; line < MESSAGES; line += 1) bot.send(`PRIVMSG #long :${line} of ${nick}: some words that somebody says, as people do`);
  await seen(page, `${MESSAGES - 1} of ${nick}`);
  const heapMany = await heapOf(session);
  const elements = await page.evaluate(() => document.querySelectorAll("*").length);
  await context.close();
  return { name, ...first, formAfter, writeAfter, heapFirst, heapMany, elements, axe };
}

const server = await Server.start();
const lounge = await startLounge(server.port);
const browser = await startBrowser();
const bot = await Wire.irc(server.port, "bot", "#long");
const runs = [];
try {
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const [name, url] of [["parlour", server.url], ["lounge", lounge.url]]) {
      runs.push(await measure(browser, name, url, `${name}${round}`, bot));
      console.error(JSON.stringify({ ...runs.at(-1), axe: runs.at(-1).axe.length }));
    }
  }
} finally {
  await browser.close();
  lounge.child.kill();
  bot.close();
  await server.stop();
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const of = (name, key) => median(runs.filter((run) => run.name === name).map((run) => run[key]));
const ROWS = [
  ["first load, kB on the wire", "bytes", 1_000, 1],
  ["… of it scripts", "scripts", 1_000, 1],
  ["… of it styles", "styles", 1_000, 1],
  ["requests", "requests", 1, 0],
  ["the form is there after, ms", "formAfter", 1, 0],
  ["one can write after, ms", "writeAfter", 1, 0],
  ["heap after joining, MB", "heapFirst", 1_000_000, 1],
  [`heap with ${MESSAGES} messages, MB`, "heapMany", 1_000_000, 1],
  ["elements then", "elements", 1, 0],
];
const axe = (name) => runs.findLast((run) => run.name === name).axe.length;
const table = [
  `| median of ${rounds} rounds | parlour | The Lounge ${LOUNGE.dependencies.thelounge} |`,
  "|---|---|---|",
  ...ROWS.map(([label, key, unit, digits]) => `| ${label} | ${["parlour", "lounge"].map((name) => (of(name, key) / unit).toFixed(digits)).join(" | ")} |`),
  `| rules of axe that are broken | ${axe("parlour")} | ${axe("lounge")} |`,
].join("\n");
writeFileSync(path.join(out, "page.json"), JSON.stringify(runs, null, 1));
writeFileSync(path.join(out, "page.md"), `${table}\n`);
console.log(table);
