/**
 * Session of IRC: capabilities, login, and what the server tells in the meantime. It knows no rooms;
 * it passes messages on, with batches gathered.
 *
 * @import { Message } from "./message.js"
 * @import { SavedKeys, Scram } from "./sasl.js"
 *
 * @typedef {object} Identity
 * @property {string} nick
 * @property {string} [resume] Secret by which the server knows this page again after a lost connection or a reload.
 * @property {string} [account] Account to log into.
 * @property {string} [password]
 * @property {SavedKeys} [saved] Keys of an earlier login.
 * @property {boolean} [register] True to register the account first.
 * @property {string} [mail] Mail address for the new account.
 *
 * @typedef {object} Batch
 * @property {string} type
 * @property {string[]} params
 * @property {Message} opening
 * @property {Message[]} messages
 * @property {Batch[]} batches
 *
 * @typedef {object} SessionHandlers
 * @property {() => void} registered
 * @property {(message: Message) => void} message
 * @property {(batch: Batch) => void} batch
 * @property {(problem: LoginProblem) => void} refused
 * @property {(lost: boolean) => void} changed
 *
 * @typedef {object} LoginProblem
 * @property {"nick" | "login" | "register" | "verify" | "password" | "banned"} what
 * @property {string} text
 */

import { folding } from "./casemap.js";
import { format, parse } from "./message.js";
import { Socket } from "./socket.js";

/** Batches of what was, rather than of what happens. */
const PAST = new Set(["chathistory", "soju.im/search"]);
const WANTED = [
  "account-notify",
  "account-tag",
  "away-notify",
  "batch",
  "cap-notify",
  "draft/account-registration",
  "draft/channel-rename",
  "draft/chathistory",
  "draft/event-playback",
  "draft/message-redaction",
  "draft/multiline",
  "draft/pre-away",
  "draft/read-marker",
  "draft/webpush",
  "echo-message",
  "extended-join",
  "extended-monitor",
  "invite-notify",
  "labeled-response",
  "message-tags",
  "multi-prefix",
  "parlour/resume",
  "sasl",
  "server-time",
  "setname",
  "soju.im/search",
  "standard-replies",
];

/** Times that a nick is asked for again which an earlier connection of this page may hold. */
const GHOST_TRIES = 6;
/** Pause between them, in milliseconds. */
const GHOST_PAUSE = 250;

/** Bytes of a piece of AUTHENTICATE (IRCv3 sasl-3.1). */
const PIECE = 400;

export class Session {
  /**
   * @param {string} url
   * @param {Identity} identity
   * @param {SessionHandlers} handlers
   */
  constructor(url, identity, handlers) {
    this.identity = identity;
    this.handlers = handlers;
    this.nick = identity.nick;
    this.isRegistered = false;
    this.reset();
    this.socket = new Socket(url, {
      opened: () => this.begin(),
      line: (line) => this.receive(line),
      lost: () => {
        this.isRegistered = false;
        handlers.changed(true);
      },
      waits: () => handlers.changed(false),
    });
  }

  /** @type {Map<string, string>} Capabilities that the server offers, with their values. */
  offered = new Map();
  /** @type {Set<string>} */
  caps = new Set();
  /** @type {Map<string, string>} */
  isupport = new Map();
  fold = folding("rfc1459");
  /** @type {Map<string, Batch>} */
  batches = new Map();
  account = "";
  label = 0;
  /** @type {Map<string, (answer: Message | Batch) => void>} Requests on their way, by label. */
  waiting = new Map();
  /** @type {Scram | undefined} */
  scram = undefined;
  saslInput = "";
  mechanism = "";
  nickTries = 0;
  negotiating = true;

  /** Forgets what belongs to one connection. */
  reset() {
    this.offered = new Map();
    this.caps = new Set();
    this.isupport = new Map();
    this.batches = new Map();
    this.account = "";
    this.waiting = new Map();
    this.scram = undefined;
    this.saslInput = "";
    this.mechanism = "";
    this.nickTries = 0;
    this.negotiating = true;
  }

  /** Begins to register on a new connection. */
  begin() {
    this.reset();
    this.nick = this.identity.nick;
    this.send("CAP", "LS", "302");
    this.send("NICK", this.identity.nick);
    this.send("USER", this.identity.nick.replace(/[^A-Za-z0-9_.-]/g, "") || "web", "0", "*", this.identity.nick);
  }

  /** @param {string} cap */
  has(cap) {
    return this.caps.has(cap);
  }

  /** @param {...string} words */
  send(...words) {
    this.socket.send(format(words));
  }

  /**
   * @param {Record<string, string | undefined>} tags
   * @param {...string} words
   */
  sendTagged(tags, ...words) {
    this.socket.send(format(words, tags));
  }

  /**
   * Sends a request; the answer (one message, or a batch) goes to `answered`.
   *
   * @param {(answer: Message | Batch) => void} answered
   * @param {...string} words
   */
  request(answered, ...words) {
    this.label += 1;
    const label = `q${this.label}`;
    this.waiting.set(label, answered);
    this.sendTagged({ label }, ...words);
  }

  /** @param {string} line */
  receive(line) {
    const message = parse(line.replace(/[\r\n]+$/, ""));
    const reference = message.tags.get("batch");
    const outer = reference ? this.batches.get(reference) : undefined;
    if (message.command === "BATCH") {
      this.receiveBatch(message, outer);
    } else if (outer) {
      outer.messages.push(message);
    } else {
      this.deliver(message);
    }
  }

  /**
   * @param {Message} message
   * @param {Batch | undefined} outer
   */
  receiveBatch(message, outer) {
    const [reference = "", type = "", ...params] = message.params;
    const name = reference.slice(1);
    if (reference.startsWith("+")) {
      const batch = { type, params, opening: message, messages: [], batches: [] };
      this.batches.set(name, batch);
      return;
    }
    const batch = this.batches.get(name);
    if (!batch) return;
    this.batches.delete(name);
    const outerName = batch.opening.tags.get("batch");
    const parent = outer ?? (outerName ? this.batches.get(outerName) : undefined);
    if (parent) {
      if (batch.type === "draft/multiline") parent.messages.push(joined(batch));
      else parent.batches.push(batch);
      return;
    }
    const waiting = this.waiting.get(batch.opening.tags.get("label") ?? "");
    if (batch.type === "draft/multiline") {
      this.deliver(joined(batch));
    } else if (waiting) {
      this.waiting.delete(batch.opening.tags.get("label") ?? "");
      if (!PAST.has(batch.type)) batch.messages.forEach((inner) => this.observe(inner));
      waiting(batch);
    } else if (batch.type === "labeled-response") {
      batch.messages.forEach((inner) => this.deliver(inner));
      batch.batches.forEach((inner) => this.handlers.batch(inner));
    } else {
      if (!PAST.has(batch.type)) batch.messages.forEach((inner) => this.observe(inner));
      this.handlers.batch(batch);
    }
  }

  /** Address that the server takes files at, if it does. */
  get filehost() {
    return this.isupport.get("soju.im/FILEHOST") ?? this.isupport.get("draft/FILEHOST");
  }

  /** @param {Message} message */
  deliver(message) {
    this.observe(message);
    const label = message.tags.get("label");
    const waiting = label ? this.waiting.get(label) : undefined;
    if (label && waiting) {
      this.waiting.delete(label);
      waiting(message);
    }
    this.handlers.message(message);
  }

  /**
   * Follows what concerns the session itself.
   *
   * @param {Message} message
   */
  observe({ command, params, source }) {
    switch (command) {
      case "CAP":
        return this.receiveCap(params);
      case "AUTHENTICATE":
        return void this.receiveSasl(params[0] ?? "");
      case "PING":
        return this.send("PONG", params[0] ?? "");
      case "NICK":
        if (this.fold(source.nick) === this.fold(this.nick)) {
          this.nick = params[0] ?? this.nick;
          this.identity.nick = this.nick;
        }
        return;
      case "001":
        this.nick = params[0] ?? this.nick;
        return;
      case "005":
        return this.receiveTokens(params.slice(1, -1));
      case "376":
      case "422":
        if (this.isRegistered) return;
        this.isRegistered = true;
        this.handlers.registered();
        return;
      case "900":
        this.account = params[2] ?? "";
        return;
      case "901":
        this.account = "";
        return;
      case "903":
        return this.endCap();
      case "902":
      case "904":
      case "905":
      case "906":
        return this.handlers.refused({ what: "login", text: "The account name or the password is not right." });
      case "908":
        return;
      case "432":
      case "433":
      case "436":
      case "437":
        return this.nickRefused(params);
      case "464":
        return this.handlers.refused({ what: "password", text: "This server wants a password to connect." });
      case "465":
        return this.handlers.refused({ what: "banned", text: params.at(-1) ?? "You are banned here." });
      case "REGISTER":
        return this.receiveRegister(params);
      case "VERIFY":
        if (params[0] === "SUCCESS") this.startLogin();
        return;
      case "FAIL":
        if (params[0] === "REGISTER" || params[0] === "VERIFY") {
          this.handlers.refused({ what: "register", text: params.at(-1) ?? "" });
        }
        return;
      default:
        return;
    }
  }

  /** @param {string[]} params */
  receiveCap([, sub = "", ...rest]) {
    const words = (rest.at(-1) ?? "").split(" ").filter(Boolean);
    switch (sub.toUpperCase()) {
      case "LS":
      case "NEW": {
        for (const word of words) {
          const [name, value = ""] = word.split(/=(.*)/s);
          this.offered.set(name, value);
        }
        if (rest[0] === "*" && rest.length > 1) return;
        const wanted = WANTED.filter((cap) => this.offered.has(cap) && !this.caps.has(cap));
        if (wanted.length) this.send("CAP", "REQ", wanted.join(" "));
        else if (this.negotiating) this.endCap();
        return;
      }
      case "DEL":
        for (const word of words) {
          this.offered.delete(word);
          this.caps.delete(word);
        }
        return;
      case "ACK":
        for (const word of words) {
          if (word.startsWith("-")) this.caps.delete(word.slice(1));
          else this.caps.add(word);
        }
        if (this.negotiating) this.startLogin();
        return;
      case "NAK":
        // All are refused for the sake of one.
        if (words.length > 1) words.forEach((word) => this.send("CAP", "REQ", word));
        else if (this.negotiating) this.endCap();
        return;
      default:
        return;
    }
  }

  /** Registers the account or logs in, if that is wanted; otherwise goes on as a guest. */
  startLogin() {
    const { account, password, register, mail } = this.identity;
    if (!account) return this.endCap();
    if (register && password !== undefined) {
      this.send("REGISTER", account, mail || "*", password);
      return;
    }
    if (this.mechanism) return;
    const offered = (this.offered.get("sasl") ?? "").split(",");
    if (!this.has("sasl")) {
      return this.handlers.refused({
        what: "login",
        text: "This server takes no password over this connection. Open the page with https://, or join as a guest.",
      });
    }
    if (offered.includes("SCRAM-SHA-256")) {
      if (!globalThis.crypto?.subtle) {
        return this.handlers.refused({
          what: "login",
          text: "To log in, open this page with https:// (or on this machine with localhost). Guests can join as it is.",
        });
      }
      this.mechanism = "SCRAM-SHA-256";
    } else if (offered.includes("PLAIN") && password !== undefined) {
      this.mechanism = "PLAIN";
    } else {
      return this.handlers.refused({ what: "login", text: "This server offers no login that this page can do." });
    }
    this.send("AUTHENTICATE", this.mechanism);
  }

  /** @param {string} piece */
  async receiveSasl(piece) {
    if (piece !== "+") this.saslInput += piece;
    if (piece.length === PIECE) return;
    const encoded = this.saslInput;
    this.saslInput = "";
    const { account = "", password, saved } = this.identity;
    try {
      const { Scram, decodeText } = await import("./sasl.js");
      const input = encoded ? decodeText(encoded) : "";
      if (this.mechanism === "PLAIN") {
        await this.sendSasl(`\0${account}\0${password}`);
      } else if (!this.scram) {
        this.scram = new Scram(account, { password, saved });
        await this.sendSasl(this.scram.first());
      } else if (!this.scram.expected) {
        await this.sendSasl(await this.scram.final(input));
      } else {
        this.scram.verify(input);
        this.send("AUTHENTICATE", "+");
      }
    } catch (error) {
      this.send("AUTHENTICATE", "*");
      this.handlers.refused({ what: "login", text: error instanceof Error ? error.message : String(error) });
    }
  }

  /** @param {string} text */
  async sendSasl(text) {
    const { encodeText } = await import("./sasl.js");
    const encoded = encodeText(text);
    for (let at = 0; at < encoded.length; at += PIECE) {
      this.send("AUTHENTICATE", encoded.slice(at, at + PIECE));
    }
    if (encoded.length % PIECE === 0) this.send("AUTHENTICATE", "+");
  }

  /** @param {string[]} params */
  receiveRegister([status = "", account = "", text = ""]) {
    if (status === "SUCCESS") {
      this.identity.register = false;
      this.account = account;
      if (this.isRegistered) this.handlers.changed(false);
      // The keys for the next time come of a login.
      else this.startLogin();
    } else if (status === "VERIFICATION_REQUIRED") {
      this.handlers.refused({ what: "verify", text });
    }
  }

  /**
   * Ends the negotiation. What was proven by a login is kept in place of the password.
   */
  endCap() {
    if (!this.negotiating) return;
    this.negotiating = false;
    if (this.has("parlour/resume") && this.identity.resume) this.send("RESUME", this.identity.resume);
    if (this.scram?.keys) this.identity.saved = this.scram.keys;
    this.send("CAP", "END");
  }

  /** @param {string[]} params */
  nickRefused(params) {
    const text = params.at(-1) ?? "";
    if (this.isRegistered) return;
    // After a reconnect or a reload the old session may still hold the nick, for a moment; if for longer,
    // another one is better than none.
    if (this.wasRegistered && this.nickTries < GHOST_TRIES + 3) {
      this.nickTries += 1;
      const tries = this.nickTries;
      if (tries > GHOST_TRIES) {
        this.nick = this.identity.nick + "_".repeat(tries - GHOST_TRIES);
        this.send("NICK", this.nick);
        return;
      }
      setTimeout(() => {
        if (!this.isRegistered && this.nickTries === tries) this.send("NICK", this.nick);
      }, GHOST_PAUSE);
      return;
    }
    this.handlers.refused({ what: "nick", text });
  }

  /** @param {string[]} tokens */
  receiveTokens(tokens) {
    for (const token of tokens) {
      const [name, value = ""] = token.split(/=(.*)/s);
      if (name.startsWith("-")) this.isupport.delete(name.slice(1));
      else this.isupport.set(name, value.replace(/\\x([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))));
    }
    this.fold = folding(this.isupport.get("CASEMAPPING") ?? "rfc1459");
  }

  /** True once the server has accepted this identity: a nick that is taken then is one's own ghost. */
  wasRegistered = false;

  /** @param {string} name */
  isChannel(name) {
    return name !== "" && (this.isupport.get("CHANTYPES") ?? "#").includes(name[0]);
  }

  /** Returns the signs of ranks, highest first. */
  get prefixes() {
    return /\)(.*)$/.exec(this.isupport.get("PREFIX") ?? "(ov)@+")?.[1] ?? "";
  }

  /** Returns the letters of ranks, highest first. */
  get rankModes() {
    return /^\((.*)\)/.exec(this.isupport.get("PREFIX") ?? "(ov)@+")?.[1] ?? "";
  }

  /** Ends the session for good. */
  quit() {
    this.send("QUIT");
    this.socket.stop();
  }
}

/**
 * Returns the messages of an answer to a request.
 *
 * @param {Message | Batch} answer
 */
export const messagesOf = (answer) => ("messages" in answer ? answer.messages : [answer]);

/**
 * Returns a multi-line message as one (draft/multiline).
 *
 * @param {Batch} batch
 * @returns {Message}
 */
function joined(batch) {
  const [first] = batch.messages;
  let text = "";
  batch.messages.forEach((message, index) => {
    const continues = index === 0 || message.tags.has("draft/multiline-concat");
    text += (continues ? "" : "\n") + (message.params[1] ?? "");
  });
  const tags = new Map([...(first?.tags ?? []), ...batch.opening.tags]);
  tags.delete("batch");
  return {
    tags,
    source: batch.opening.source,
    command: first?.command ?? "PRIVMSG",
    params: [batch.params[0] ?? "", text],
  };
}
