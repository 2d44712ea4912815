/**
 * The terminal client in a real terminal (tmux), for the tests of the page.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PARLOUR, until } from "./support.mjs";

let count = 0;

export class Terminal {
  /** Joins a server. */
  static async join(port, nick) {
    const terminal = new Terminal();
    count += 1;
    terminal.socket = `parlour-page-${process.pid}-${count}`;
    terminal.home = mkdtempSync(path.join(tmpdir(), "parlour-home-"));
    const { home } = terminal;
    const files = `HOME=${home} XDG_CONFIG_HOME=${home} XDG_STATE_HOME=${home}`;
    const command = `env TERM=tmux-256color LANG=C.UTF-8 ${files} ${PARLOUR} join localhost:${port} --nick ${nick}`;
    terminal.run("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", command);
    terminal.run("set", "-g", "escape-time", "0");
    await terminal.sees("▸ #lobby");
    return terminal;
  }

  run(...args) {
    return execFileSync("tmux", ["-u", "-L", this.socket, ...args], { encoding: "utf8" });
  }

  /** Types a line. */
  say(text) {
    this.run("send-keys", "-l", text);
    this.run("send-keys", "Enter");
  }

  /** Waits for a text on the screen. */
  sees(text) {
    return until(`${text} on the terminal`, () => this.run("capture-pane", "-p").includes(text));
  }

  /** Ends the client, and waits until it has written what it keeps. */
  async close() {
    const pid = Number(this.run("display-message", "-p", "#{pane_pid}"));
    this.run("kill-server");
    await until("the end of the client", () => {
      try {
        return !process.kill(pid, 0);
      } catch {
        return true;
      }
    });
    rmSync(this.home, { recursive: true, force: true });
  }
}
