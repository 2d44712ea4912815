#!/usr/bin/env python3
"""Makes the README's pictures from the running program: scripts/pictures.py target/release/parlour

A server, a few people who talk, and the terminal client in tmux at three sizes; what is on its screen then becomes
docs/pictures/*.svg.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import unicodedata
from pathlib import Path
from xml.sax.saxutils import escape

PLACE = Path(__file__).resolve().parent.parent / "docs" / "pictures"
CELL = (8.4, 18)
BEHIND, TEXT = "#1a1b26", "#d5d9e8"
SIXTEEN = ["#15161e", "#f7768e", "#9ece6a", "#e0af68", "#7aa2f7", "#bb9af7", "#7dcfff", "#a9b1d6",
           "#8b90a0", "#ff8a8a", "#7ddf8f", "#ffd479", "#89bafa", "#d1a3e6", "#57cccc", "#ffffff"]


def indexed(number):
    if number < 16:
        return SIXTEEN[number]
    if number >= 232:
        level = 8 + 10 * (number - 232)
        return f"#{level:02x}{level:02x}{level:02x}"
    steps = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#{:02x}{:02x}{:02x}".format(steps[number // 36], steps[number // 6 % 6], steps[number % 6])


class Style:
    def __init__(self):
        self.fg = self.bg = None
        self.flags = set()

    def take(self, codes):
        numbers = [int(code or 0) for code in codes.split(";")]
        while numbers:
            code = numbers.pop(0)
            if code == 0:
                self.__init__()
            elif code in (1, 2, 3, 4, 7, 9):
                self.flags.add(code)
            elif code in (22, 23, 24, 27, 29):
                self.flags -= {22: {1, 2}, 23: {3}, 24: {4}, 27: {7}, 29: {9}}[code]
            elif code in (38, 48):
                kind = numbers.pop(0)
                if kind == 5:
                    colour = indexed(numbers.pop(0))
                else:
                    colour = "#{:02x}{:02x}{:02x}".format(*[numbers.pop(0) for _ in range(3)])
                if code == 38:
                    self.fg = colour
                else:
                    self.bg = colour
            elif 30 <= code < 38:
                self.fg = SIXTEEN[code - 30]
            elif 90 <= code < 98:
                self.fg = SIXTEEN[code - 82]
            elif 40 <= code < 48:
                self.bg = SIXTEEN[code - 40]
            elif code == 39:
                self.fg = None
            elif code == 49:
                self.bg = None

    def key(self):
        fg, bg = self.fg or TEXT, self.bg
        if 7 in self.flags:
            fg, bg = bg or BEHIND, fg
        return fg, bg, frozenset(self.flags & {1, 2, 3, 4, 9})


def cells(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def svg(screen, width, height):
    wide, high = CELL
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * wide + 24:.0f}" height="{height * high + 24}" '
           'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">',
           f'<rect width="100%" height="100%" rx="8" fill="{BEHIND}"/>']
    # tmux says a style once, also where it goes on in the next row.
    style = Style()
    for row, line in enumerate(screen.split("\n")[:height]):
        column = 0
        y = 12 + row * high
        line = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\", "", line)
        for part in re.split(r"(\x1b\[[0-9;]*m)", line):
            if part.startswith("\x1b["):
                style.take(part[2:-1])
                continue
            if not part:
                continue
            fg, bg, flags = style.key()
            count, x = cells(part), 12 + column * wide
            if bg:
                out.append(f'<rect x="{x:.1f}" y="{y}" width="{count * wide:.1f}" height="{high}" fill="{bg}"/>')
            # Word by word, so that a font of other widths moves nothing.
            for found in re.finditer(r"[^ ]+", part):
                shown = found.group()
                lead = cells(part[:found.start()])
                extra = ' font-weight="bold"' if 1 in flags else ""
                extra += ' font-style="italic"' if 3 in flags else ""
                extra += ' text-decoration="underline"' if 4 in flags else ""
                extra += ' opacity="0.65"' if 2 in flags else ""
                out.append(f'<text x="{x + lead * wide:.1f}" y="{y + 13.5}" fill="{fg}"{extra} '
                           f'textLength="{cells(shown) * wide:.1f}" lengthAdjust="spacingAndGlyphs">{escape(shown)}</text>')
            column += count
    out.append("</svg>\n")
    return "\n".join(out)


class Person:
    def __init__(self, port, nick):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.settimeout(5)
        self.buffer = b""
        self.send("CAP REQ :message-tags batch echo-message server-time draft/multiline draft/message-redaction")
        self.send(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nCAP END\r\nJOIN #lab\r\nJOIN #ops\r\nPING ready")
        self.until("PONG")

    def send(self, line):
        self.socket.sendall(f"{line}\r\n".encode())

    def until(self, text):
        while text.encode() not in self.buffer:
            self.buffer += self.socket.recv(65536)
        seen, self.buffer = self.buffer.decode(), b""
        return seen

    def say(self, text, room="#lab", tags=""):
        """Says something; its id."""
        self.send(f"{tags}PRIVMSG {room} :{text}")
        seen = self.until(f"PRIVMSG {room} :{text}")
        return re.findall(r"msgid=([^; ]+)", seen)[-1]


def main():
    parlour = os.path.abspath(sys.argv[1])
    PLACE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        config = Path(place) / "parlour.toml"
        config.write_text('[server]\nnetwork = "homelab"\n[[listen]]\naddress = "127.0.0.1:0"\n')
        server = subprocess.Popen([parlour, "serve", "--data", f"{place}/data", "--config", str(config)],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = next(int(line.strip().rsplit(":", 1)[1]) for line in server.stdout if " listens on " in line)
        tmux = ["tmux", "-u", "-L", f"parlour-pictures-{os.getpid()}"]

        def run(*arguments):
            return subprocess.run([*tmux, *arguments], check=True, capture_output=True, text=True).stdout

        def until(text):
            for _ in range(100):
                if text in run("capture-pane", "-p"):
                    return
                time.sleep(0.1)
            raise SystemExit(f"{text!r} did not come:\n" + run("capture-pane", "-p"))

        def shoot(name, width, height):
            time.sleep(0.5)
            screen = run("capture-pane", "-p", "-e")
            (PLACE / f"{name}.svg").write_text(svg(screen, width, height))
            print(f"docs/pictures/{name}.svg")

        try:
            alice, bob, carol = (Person(port, nick) for nick in ("alice", "bob", "carol"))
            alice.send("TOPIC #lab :Rack moves on Tuesday · be kind")
            run("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "30",
                f"env HOME={place} XDG_CONFIG_HOME={place} XDG_STATE_HOME={place} TERM=tmux-256color LANG=C.UTF-8 "
                f"{parlour} join localhost:{port} --nick me --channel '#lab' --channel '#ops'")
            until("▸ #lab")
            first = alice.say("The new switch is in the rack. Port 7 is dead, the rest works.")
            bob.say("Did you try the other transceiver? https://lab.home/p/7f3a", tags=f"@+draft/reply={first} ")
            for person, sign in ((bob, "👍"), (carol, "👍"), (carol, "🎉")):
                person.send(f"@+draft/react={sign};+draft/reply={first} TAGMSG #lab")
            gone = carol.say("oops, wrong room")
            carol.send(f"REDACT #lab {gone}")
            run("send-keys", "-l", "I can bring a spare SFP on Monday. Would need the exact model number though.")
            run("send-keys", "Enter")
            until("model number")
            carol.say("disk 3 of the NAS is slow again", "#ops")
            carol.say("me, could you look?", "#ops")
            carol.say("me: the label says FTLX8571, please bring two")
            bob.say("\x01ACTION goes for \x0304coffee\x03\x01")
            bob.send("PRIVMSG me :psst, cake at four")
            alice.send("@+typing=active TAGMSG #lab")
            run("send-keys", "-l", "Will do, two of them")
            until("alice is typing")
            shoot("talk", 120, 30)
            run("resize-window", "-x", "80", "-y", "24")
            run("send-keys", "C-g")
            run("send-keys", "-l", "op")
            until("Go to")
            shoot("switcher", 80, 24)
            run("send-keys", "Escape")
            time.sleep(0.3)
            run("resize-window", "-x", "40", "-y", "20")
            shoot("phone", 40, 20)
        finally:
            subprocess.run([*tmux, "kill-server"], capture_output=True, check=False)
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
