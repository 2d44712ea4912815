/**
 * A real server, real browsers, and people with other clients, for the tests of the page.
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import { after, afterEach, before } from "node:test";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** The binary under test. */
export const PARLOUR = process.env.PARLOUR ?? path.join(root, "target/debug/parlour");
/** Directory of the pictures of the page. */
export const PICTURES = process.env.PICTURES ?? path.join(root, "target/page-pictures");
/** Time that anything may take, in milliseconds. */
export const PATIENCE = Number(process.env.PATIENCE ?? 30_000);

/** A server that can be killed and started again on the same port and data. */
export class Server {
  static async start(args = []) {
    const server = new Server();
    server.data = mkdtempSync(path.join(tmpdir(), "parlour-page-"));
    server.args = args;
    server.port = 0;
    await server.launch();
    return server;
  }

  async launch() {
    const { data, port, args } = this;
    const arguments_ = ["serve", "--data", data, "--listen", `127.0.0.1:${port}`, ...args];
    this.child = spawn(PARLOUR, arguments_, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    this.port = await new Promise((resolve, reject) => {
      const hear = (piece) => {
        said += piece;
        const found = /listens on 127\.0\.0\.1:(\d+)/.exec(said);
        if (found) resolve(Number(found[1]));
      };
      this.child.stdout.on("data", hear);
      this.child.stderr.on("data", hear);
      this.child.on("exit", () => reject(new Error(`the server ended: ${said}`)));
    });
    this.url = `http://127.0.0.1:${this.port}/`;
  }

  /** Ends the server as a crash would. */
  async kill() {
    const gone = new Promise((resolve) => this.child.on("exit", resolve));
    this.child.removeAllListeners("exit");
    this.child.on("exit", () => undefined);
    this.child.kill("SIGKILL");
    await Promise.race([gone, new Promise((resolve) => this.child.once("close", resolve))]);
  }

  async stop() {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** Runs `parlour` with arguments; resolves to what it prints. */
  run(args, input = "") {
    return run([...args], input);
  }
}

/** Runs the binary; resolves to what it prints, and rejects if it fails. */
export function run(args, input = "", env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(PARLOUR, args, { env: { ...process.env, ...env } });
    let [out, error] = ["", ""];
    child.stdout.on("data", (piece) => (out += piece));
    child.stderr.on("data", (piece) => (error += piece));
    child.on("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`${args.join(" ")}: ${error}`))));
    child.stdin.end(input);
  });
}

/** A person with netcat, or a program that speaks IRC: lines out, lines in. */
export class Wire {
  static async connect(port, first) {
    const wire = new Wire();
    wire.seen = "";
    wire.waiting = [];
    wire.socket = net.connect(port, "127.0.0.1");
    wire.socket.setEncoding("utf8");
    wire.socket.on("error", () => undefined);
    wire.socket.on("data", (piece) => {
      wire.seen += piece;
      for (const match of piece.matchAll(/^PING (.*)\r$/gm)) wire.send(`PONG ${match[1]}`);
      wire.waiting = wire.waiting.filter(({ wanted, resolve }) => !wire.seen.includes(wanted) || (resolve(), false));
    });
    if (first) wire.socket.write(first);
    return wire;
  }

  static async irc(port, nick, channel = "#lobby") {
    const wire = await Wire.connect(port, `CAP REQ :message-tags server-time\r\nNICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\nCAP END\r\nJOIN ${channel}\r\n`);
    await wire.until(" 366 ");
    return wire;
  }

  send(line) {
    this.socket.write(`${line}\r\n`);
  }

  /** Waits for a text. */
  until(wanted) {
    if (this.seen.includes(wanted)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${wanted} did not come: ${this.seen.slice(-2000)}`)), PATIENCE);
      this.waiting.push({ wanted, resolve: () => (clearTimeout(late), resolve()) });
    });
  }

  close() {
    this.socket.destroy();
  }
}

/** Starts the browser. */
export const startBrowser = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--js-flags=--expose-gc",
    ],
  });

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

/** A page whose requests the test answers: those that pass a service worker do not come to it. */
export const ROUTED = { ...DESKTOP, serviceWorkers: "block" };

/** Somebody in a browser. What goes wrong in the page is noted, for the end of the test. */
export class Person {
  static async open(browser, server, options = DESKTOP, path_ = "") {
    const person = new Person();
    PEOPLE.add(person);
    person.problems = [];
    person.offline = false;
    person.context = await browser.newContext({ locale: "en-GB", ...options });
    person.page = await person.context.newPage();
    person.page.setDefaultTimeout(PATIENCE);
    person.page.on("console", (message) => {
      // What fails while the server is away is expected; everything else is a fault.
      if (/registration blocked by Playwright/.test(message.text())) return;
      const isNetwork = /net::ERR_|WebSocket connection to/.test(message.text());
      if (["error", "warning"].includes(message.type()) && !(isNetwork && person.offline)) person.problems.push(message.text());
    });
    person.page.on("pageerror", (error) => person.problems.push(String(error.stack ?? error)));
    person.page.on("dialog", (dialog) => person.problems.push(`dialog: ${dialog.message()}`));
    await person.page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
    await person.page.goto(server.url + path_);
    return person;
  }

  async join(nick) {
    await this.page.fill("input[name=nick]", nick);
    const composer = this.page.locator(".composer textarea");
    const taken = this.page.getByText("Nickname is already in use");
    // The person of the test before may not be gone yet: another try frees nobody's nick but theirs.
    await until("the chat", async () => {
      await this.page.click("form button.primary", { timeout: 1_000 }).catch(() => undefined);
      await composer.or(taken).first().waitFor();
      return composer.isVisible();
    });
  }

  async say(text) {
    await this.page.fill(".composer textarea", text);
    await this.page.click(".composer .send");
  }

  /** Waits until a room is shown. */
  at(name) {
    return this.page.locator(".head h1", { hasText: name }).waitFor();
  }

  /** Goes to a room by the quick switcher. */
  async goTo(name) {
    await this.page.keyboard.press("Control+k");
    await this.page.locator("dialog.switcher input").fill(name);
    await this.page.keyboard.press("Enter");
    await this.at(name);
  }

  /** The row of a message. */
  row(text) {
    return this.page.locator("li.row", { hasText: text }).last();
  }

  async sees(text) {
    await this.row(text).waitFor();
  }

  /** Waits until the server has confirmed a message. */
  async confirmed(text) {
    await this.sees(text);
    await until(`the confirmation of ${text}`, async () => (await this.row(text).locator(".state").count()) === 0);
  }

  async close() {
    PEOPLE.delete(this);
    await this.context.close();
  }
}

/** People who have not closed their browser. */
const PEOPLE = new Set();

/** Closes the browsers of a test that has failed half-way. */
export const closeAll = () => Promise.all([...PEOPLE].map((person) => person.close()));

/** Waits until something holds. */
export async function until(what, look) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Runs axe in a page; the policy of the page forbids scripts from elsewhere, so it is evaluated. */
export async function axe(person) {
  await person.page.evaluate(axeSource);
  const found = await person.page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  assert.deepEqual(told, []);
}

/** A browser and a server for the tests of a file; browsers of people are closed after each test. */
export function setUp() {
  const held = {};
  before(async () => {
    held.browser = await startBrowser();
    held.server = await Server.start();
  });
  afterEach(closeAll);
  after(async () => {
    await held.browser?.close();
    await held.server?.stop();
  });
  return held;
}
