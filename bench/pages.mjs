/**
 * Cost of open pages for the server, beside IRC clients on WebSockets.
 *
 *     cargo build --release && (cd web && npm install --no-package-lock)
 *     node bench/pages.mjs [COUNT] [ROUNDS]
 *
 * What a page asks for and says is recorded from one in Chromium: its requests, and its lines until it shows the
 * room. COUNT sockets then do the same under their own nicks, files included (pages), or without the files (clients
 * that ask for as much: capabilities, history, who is there), or send the handshake of a small client (clients that only
 * listen). In turns, each with a server of its own: memory and CPU after all have joined, and CPU while ten messages a second
 * reach all of them.
 */

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
process.env.PARLOUR ??= path.join(ROOT, "target/release/parlour");
const { DESKTOP, Server, Wire, startBrowser, until } = await import("../web/tests/support.mjs");

const [count, rounds] = [Number(process.argv[2] ?? 1_000), Number(process.argv[3] ?? 3)];
/** Sockets that are opened at once. */
const AT_ONCE = 50;
/** Messages, and how many a second. */
const [MESSAGES, RATE] = [200, 10];
/** Nick of the page that is recorded; no other word of a line has these letters. */
const RECORDED = "zqxrecorded";
const LISTENER = ["CAP LS 302", "NICK @", "USER @ 0 * @", "CAP REQ :batch echo-message message-tags server-time", "CAP END", "JOIN #lobby"];

/** Records what a page asks for, and what it says. */
async function record() {
  const server = await Server.start();
  const browser = await startBrowser();
  const context = await browser.newContext(DESKTOP);
  const page = await context.newPage();
  const [paths, lines] = [new Set(), []];
  page.on("request", (request) => request.url().startsWith("http") && paths.add(new URL(request.url()).pathname));
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => lines.push(String(payload))));
  await page.goto(server.url);
  await page.fill("input[name=nick]", RECORDED);
  await page.click("form button.primary");
  await page.waitForSelector(".composer textarea");
  let before = -1;
  await until("a quiet page", async () => {
    const isQuiet = lines.length === before;
    before = lines.length;
    // Nothing tells that a page will say no more: it is quiet if this long nothing came.
    await page.waitForTimeout(1_500);
    return isQuiet;
  });
  await browser.close();
  await server.stop();
  return { paths: [...paths], lines: lines.map((line) => line.replaceAll(RECORDED, "@")) };
}

/** A WebSocket that sends lines, and counts what comes. */
class Socket {
  constructor(port, lines) {
    this.joined = new Promise((resolve, reject) => {
      let seen = "";
      this.bytes = 0;
      this.socket = net.connect(port, "127.0.0.1");
      this.socket.on("error", reject);
      this.socket.on("data", (piece) => {
        this.bytes += piece.length;
        if (seen === undefined) return;
        seen += piece.toString("latin1");
        if (seen.includes("\r\n\r\n") && !this.isOpen) {
          this.isOpen = true;
          this.socket.write(Buffer.concat(lines.map(frame)));
        }
        if (seen.includes(" 366 ")) {
          seen = undefined;
          resolve();
        }
      });
      const key = randomBytes(16).toString("base64");
      this.socket.write(
        `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: text.ircv3.net\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
      );
    });
  }
}

/** Returns a text as a masked frame (RFC 6455 §5.2); the mask is zero, which is allowed. */
function frame(text) {
  const body = Buffer.from(text);
  const length = body.length < 126 ? [0x80 | body.length] : [0x80 | 126, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), body]);
}

/** Fetches paths over one connection, as a browser asks for them. */
async function fetchAll(port, paths) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (const wanted of paths) {
    await new Promise((resolve, reject) => {
      const headers = { "Accept-Encoding": "br", Accept: wanted === "/" ? "text/html" : "*/*" };
      const request = http.get({ port, host: "127.0.0.1", path: wanted, agent, headers }, (answer) => answer.resume().on("end", resolve));
      request.on("error", reject);
    });
  }
  agent.destroy();
}

/** Returns the resident memory of a process in kB, and the CPU that it has used in seconds. */
function costOf(pid) {
  const memory = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return { memory, cpu: (Number(fields[11]) + Number(fields[12])) / 100 };
}

async function measure(kind, { paths, lines }) {
  const server = await Server.start();
  const { pid } = server.child;
  const empty = costOf(pid);
  const sockets = [];
  const open = async () => {
    while (sockets.length < count) {
      const nick = `n${sockets.length}`;
      const socket = new Socket(server.port, (kind === "listeners" ? LISTENER : lines).map((line) => line.replaceAll("@", nick)));
      sockets.push(socket);
      if (kind === "pages") await fetchAll(server.port, paths);
      await socket.joined;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, open));
  // Connections of the files that were fetched end, and memory of the joins is given back.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const joined = costOf(pid);
  const bot = await Wire.irc(server.port, "bot");
  const before = costOf(pid);
  const bytes = sockets.reduce((sum, socket) => sum + socket.bytes, 0);
  for (let sent = 0; sent < MESSAGES; sent += 1) {
    bot.send(`PRIVMSG #lobby :message ${sent} for everybody who is here`);
    // The rate of the messages.
    await new Promise((resolve) => setTimeout(resolve, 1_000 / RATE));
  }
  bot.send("PING end");
  await bot.until("PONG");
  const after = costOf(pid);
  const received = sockets.reduce((sum, socket) => sum + socket.bytes, 0) - bytes;
  sockets.forEach(({ socket }) => socket.destroy());
  bot.close();
  await server.stop();
  return {
    kind,
    "memory of each, kB": (joined.memory - empty.memory) / count,
    "CPU of a join, ms": ((joined.cpu - empty.cpu) / count) * 1_000,
    "CPU of 1,000 deliveries, ms": ((after.cpu - before.cpu) / (MESSAGES * count)) * 1_000_000,
    "bytes of a delivery": received / (MESSAGES * count),
  };
}

const KINDS = ["listeners", "clients", "pages"];
const recorded = await record();
console.error(`a page asks for ${recorded.paths.length} files and says:\n  ${recorded.lines.join("\n  ")}`);
const runs = [];
for (let round = 0; round < rounds; round += 1) {
  for (const kind of KINDS) {
    runs.push(await measure(kind, recorded));
    console.error(JSON.stringify(runs.at(-1)));
  }
}
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const of = (kind, key) => median(runs.filter((run) => run.kind === kind).map((run) => run[key]));
console.log(`| ${count} at once, median of ${rounds} rounds | clients that only listen | clients that ask as pages do | pages |\n|---|---:|---:|---:|`);
for (const key of Object.keys(runs[0]).slice(1)) console.log(`| ${key} | ${KINDS.map((kind) => of(kind, key).toFixed(1)).join(" | ")} |`);
