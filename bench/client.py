#!/usr/bin/env python3
"""What a terminal client costs: python3 bench/client.py target/release/parlour [--lines N]

Each client runs in a pseudo-terminal of 80 x 24 against a parlour server of its own, all in one run: parlour, and
WeeChat and irssi where they are installed. Figures:

first frame     from the start until the first screenful has been written
memory          resident, idle in a room; and after so many lines, with the CPU time that they took
key to frame    from a key to its letter on the terminal, while 1,000 messages a second arrive
a new line      bytes to the terminal for one line at the bottom of a quiet room
idle            bytes to the terminal in five seconds in which nothing happens
resize          from SIGWINCH until the new screen has been written, with all those lines in the room
"""

import argparse
import fcntl
import os
import pty
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import termios
import threading
import time

from local_server import quantile, start

ROOM = "#bench"
LETTERS = "абвгдежзиклмнопрстуфхцчшщэюя"
SIZE = (24, 80)
# Lines a second that every client here takes.
PACE = 2_500


def median(values):
    return sorted(values)[len(values) // 2]


class Terminal:
    """A program in a pseudo-terminal; what it writes, with the moments."""

    def __init__(self, argv, env):
        self.began = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], argv, env)
        self.resize(*SIZE)
        self.written = 0

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, patience):
        """What it writes next; nothing if it is silent for so long."""
        ready, _, _ = select.select([self.fd], [], [], patience)
        if not ready:
            return b""
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            return b""
        self.written += len(data)
        return data

    def settle(self, quiet):
        """Reads until nothing has come for so long; the moment of the last byte."""
        last = time.perf_counter()
        while True:
            if self.read(quiet):
                last = time.perf_counter()
            else:
                return last

    def type(self, text):
        os.write(self.fd, text.encode())

    def resident(self):
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS"):
                    return int(line.split()[1]) / 1000
        return 0

    def cpu(self):
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


class Talker:
    """Somebody in the room who talks."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(f"NICK talker\r\nUSER t 0 * :t\r\nJOIN {ROOM}\r\n".encode())
        threading.Thread(target=self.drain, daemon=True).start()
        time.sleep(0.5)

    def drain(self):
        try:
            while self.socket.recv(1 << 16):
                pass
        except OSError:
            pass

    def say(self, text):
        self.socket.sendall(f"PRIVMSG {ROOM} :{text}\r\n".encode())

    def many(self, count):
        """So many lines, no faster than the slowest client takes them."""
        begin, batch = time.perf_counter(), 250
        for first in range(0, count, batch):
            lines = (f"PRIVMSG {ROOM} :line {number} of many, with a few words that are as long as usual\r\n"
                     for number in range(first, first + batch))
            self.socket.sendall("".join(lines).encode())
            time.sleep(max(0, begin + first / PACE - time.perf_counter()))


def clients(parlour, home, port):
    """The clients, each with its command and what it takes to be in the room."""
    env = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home, "TERM": "xterm-256color",
           "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "COLORTERM": ""}
    # Without TLS: the others are not to pay for it, nor is it.
    yield "parlour", [parlour, f"irc://127.0.0.1:{port}", "--nick", "me", "--channel", ROOM], env, []
    if shutil.which("weechat"):
        yield "WeeChat", ["weechat", "-d", f"{home}/weechat"], env, [
            f"/server add b 127.0.0.1/{port} -notls -nicks=me", "/connect b", f"/join {ROOM}"]
    if shutil.which("irssi"):
        yield "irssi", ["irssi", f"--home={home}/irssi", "--nick=me"], env, [
            f"/connect -notls 127.0.0.1 {port}", f"/join {ROOM}"]


def measure(name, argv, env, commands, port, lines):
    out = {}
    frames = []
    for _ in range(5):
        terminal = Terminal(argv, env)
        while terminal.written < 200:
            terminal.read(5)
        frames.append((time.perf_counter() - terminal.began) * 1000)
        terminal.settle(0.3)
        terminal.end()
    out["first frame, ms"] = f"{median(frames):.0f}"
    terminal = Terminal(argv, env)
    terminal.settle(1.5)
    for command in commands:
        terminal.type(command + "\r")
        terminal.settle(1.5)
    talker = Talker(port)
    # Some take their time to join.
    seen, end = b"", time.perf_counter() + 20
    while b"heureka" not in seen:
        if time.perf_counter() > end:
            raise SystemExit(f"{name} is not in the room; last: {seen[-600:]!r}")
        talker.say("heureka")
        until = time.perf_counter() + 1
        while (left := until - time.perf_counter()) > 0:
            seen += terminal.read(left)
    terminal.settle(2)
    out["memory idle, MB"] = f"{terminal.resident():.1f}"

    before = terminal.written
    terminal.settle(5)
    out["idle, bytes in 5 s"] = str(terminal.written - before)

    before = terminal.written
    for number in range(40):
        talker.say(f"a new line, number {number}, of a usual length for talk")
        terminal.settle(0.15)
    out["a new line, bytes"] = f"{(terminal.written - before) / 40:.0f}"

    stop = threading.Event()

    def talk():
        number, begin = 0, time.perf_counter()
        while not stop.is_set():
            due = int((time.perf_counter() - begin) * 1000)
            while number < due:
                talker.say(f"message {number} of a thousand a second")
                number += 1
            time.sleep(0.002)

    thread = threading.Thread(target=talk)
    thread.start()
    times = []
    for round_ in range(10):
        for letter in LETTERS:
            begin = time.perf_counter()
            terminal.type(letter)
            wanted, seen = letter.encode(), b""
            while wanted not in seen:
                seen += terminal.read(1)
                if time.perf_counter() - begin > 5:
                    break
            times.append((time.perf_counter() - begin) * 1000)
            # Until the next key, what comes is read as it comes.
            until = time.perf_counter() + 0.02
            while (left := until - time.perf_counter()) > 0:
                terminal.read(left)
        terminal.type("\x15")
        terminal.read(0.1)
    stop.set()
    thread.join()
    out["key to frame p50, ms"] = f"{median(times):.1f}"
    out["key to frame p99, ms"] = f"{quantile(times, 0.99):.1f}"
    terminal.settle(1)

    cpu = terminal.cpu()
    sender = threading.Thread(target=talker.many, args=(lines,))
    sender.start()
    while sender.is_alive():
        terminal.read(0.2)
    terminal.settle(3)
    out[f"memory after {lines:,} lines, MB"] = f"{terminal.resident():.1f}"
    out[f"CPU for {lines:,} lines, s"] = f"{terminal.cpu() - cpu:.2f}"

    resizes = []
    for number in range(20):
        columns = 70 if number % 2 == 0 else SIZE[1]
        begin = time.perf_counter()
        terminal.resize(SIZE[0], columns)
        resizes.append((terminal.settle(0.15) - begin) * 1000)
    out["resize p50, ms"] = f"{median(resizes):.1f}"
    out["resize p99, ms"] = f"{quantile(resizes, 0.99):.1f}"
    terminal.end()
    talker.socket.close()
    return out


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("parlour")
    arguments.add_argument("--lines", type=int, default=100_000)
    given = arguments.parse_args()
    parlour = os.path.abspath(given.parlour)
    results = {}
    with tempfile.TemporaryDirectory() as place:
        for number in range(3):
            home = os.path.join(place, f"home{number}")
            os.makedirs(home)
            process, port = start(parlour, os.path.join(place, f"data{number}"))
            try:
                found = list(clients(parlour, home, port))
                if number >= len(found):
                    continue
                name, argv, env, commands = found[number]
                results[name] = measure(name, argv, env, commands, port, given.lines)
                print(name, results[name], file=sys.stderr)
            finally:
                process.terminate()
                process.wait()
    names = list(results)
    print("| figure |" + "".join(f" {name} |" for name in names))
    print("|---|" + "---:|" * len(names))
    for figure in results[names[0]]:
        print(f"| {figure} |" + "".join(f" {results[name][figure]} |" for name in names))


if __name__ == "__main__":
    main()
