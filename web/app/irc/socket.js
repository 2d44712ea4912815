/**
 * WebSocket that is made anew whenever it is lost.
 *
 * The first attempt follows at once, the others after 1 to 30 seconds with full jitter, so that the
 * browsers of a large server do not all come back at the same moment. A socket that is dead without
 * having been closed (a laptop that slept, a network that changed) is found by a ping of IRC.
 */

/** Shortest and longest time between two attempts, in milliseconds. */
const SHORTEST = 1_000;
const LONGEST = 30_000;
/** Silence before a ping, in milliseconds. */
const PING_AFTER = 30_000;
/** Time for the answer to a ping, in milliseconds. */
const PONG_WITHIN = 10_000;
/** Time for a socket to open, in milliseconds. */
const OPEN_WITHIN = 15_000;
/** Time after which a connection counts as good, so that the next loss begins with short waits. */
const GOOD_AFTER = 30_000;

/**
 * @typedef {object} SocketHandlers
 * @property {() => void} opened
 * @property {(line: string) => void} line
 * @property {() => void} lost
 * @property {() => void} waits Called when the time of the next attempt has changed.
 */

export class Socket {
  /**
   * @param {string} url
   * @param {SocketHandlers} handlers
   */
  constructor(url, handlers) {
    this.url = url;
    this.handlers = handlers;
    /** @type {WebSocket | undefined} */
    this.socket = undefined;
    this.attempts = 0;
    /** Time of the last attempt in milliseconds since 1970. */
    this.tried = 0;
    this.opened = 0;
    this.heard = 0;
    this.pinged = 0;
    /** Time of the next attempt in milliseconds since 1970; 0 if none is planned. */
    this.next = 0;
    this.stopped = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.wake = () => {
      if (document.visibilityState !== "visible") return;
      this.check();
      // The user looks, or the network is back: no reason to wait any longer, but not in every moment either.
      if (!this.socket && navigator.onLine && Date.now() - this.tried > SHORTEST) this.open();
    };
    addEventListener("online", this.wake);
    addEventListener("focus", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.heartbeat = setInterval(() => this.check(), 5_000);
    this.open();
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Connects now. */
  open() {
    clearTimeout(this.timer);
    this.next = 0;
    if (this.stopped || this.socket) return;
    this.tried = Date.now();
    const socket = new WebSocket(this.url, ["text.ircv3.net"]);
    this.socket = socket;
    this.pinged = Date.now();
    socket.onopen = () => {
      this.opened = this.heard = Date.now();
      this.pinged = 0;
      this.handlers.opened();
    };
    socket.onmessage = (event) => {
      this.heard = Date.now();
      this.pinged = 0;
      if (typeof event.data === "string") this.handlers.line(event.data);
    };
    socket.onclose = () => this.gone(socket);
    this.handlers.waits();
  }

  /**
   * Handles the end of a socket, and plans the next.
   *
   * @param {WebSocket} socket
   */
  gone(socket) {
    if (this.socket !== socket) return;
    this.socket = undefined;
    if (this.opened && Date.now() - this.opened > GOOD_AFTER) this.attempts = 0;
    this.opened = 0;
    const most = Math.min(LONGEST, SHORTEST * 2 ** this.attempts);
    const wait = this.attempts === 0 ? 100 : SHORTEST + Math.random() * (most - SHORTEST);
    this.attempts += 1;
    this.next = Date.now() + wait;
    clearTimeout(this.timer);
    if (!this.stopped) this.timer = setTimeout(() => this.open(), wait);
    this.handlers.lost();
    this.handlers.waits();
  }

  /** Looks whether the socket is alive, and whether it is time to connect. */
  check() {
    if (this.stopped) return;
    const now = Date.now();
    if (!this.socket) {
      if (this.next <= now) this.open();
      return;
    }
    const limit = this.isOpen ? PONG_WITHIN : OPEN_WITHIN;
    if (this.pinged && now - this.pinged > limit) {
      const dead = this.socket;
      dead.onclose = null;
      dead.onmessage = null;
      dead.onopen = null;
      dead.close();
      this.gone(dead);
    } else if (this.isOpen && !this.pinged && now - this.heard > PING_AFTER) {
      this.pinged = now;
      this.send("PING parlour");
    }
  }

  /** @param {string} line */
  send(line) {
    if (this.isOpen) this.socket?.send(line);
  }

  /** Closes the socket for good. */
  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.heartbeat);
    removeEventListener("online", this.wake);
    removeEventListener("focus", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    this.socket?.close();
  }
}
