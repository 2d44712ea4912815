#!/usr/bin/env python3
"""million.py PARLOUR [MESSAGES]: says a million messages (or so many) in 100 channels, and then asks for pages of
history and searches, one at a time. Prints the server's resident memory and its files before and after, how long
the search index took to come after, and how long pages and searches took. Loopback only; one server, ended by
its id; needs about 1 GB in the temporary directory."""

import os
import random
import socket
import statistics
import sys
import tempfile
import time

import local_server
from local_server import stop

CHANNELS = 100
SPEAKERS = 10
ASKED = 400
VOCABULARY = 30_000
IN_FLIGHT = 200


def field(pid: int, name: str) -> int:
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith(name):
                return int(line.split()[1]) / 1024
    return 0


def megabytes(path: str) -> float:
    return sum(os.path.getsize(p) for p in (path, path + "-wal") if os.path.exists(p)) / 1e6


class Client:
    def __init__(self, port: int, nick: str, caps: str):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.reader = self.socket.makefile("rb", buffering=1 << 20)
        self.send(f"CAP REQ :{caps}\r\nNICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nCAP END\r\n")
        self.until(b" 422 ")

    def send(self, text: str) -> None:
        self.socket.sendall(text.encode())

    def until(self, wanted: bytes) -> bytes:
        while True:
            line = self.reader.readline()
            if not line:
                sys.exit("the server has closed the connection")
            if wanted in line:
                return line

    def synced(self) -> None:
        self.send("PING done\r\n")
        self.until(b" PONG ")


def start(parlour: str, data: str):
    began = time.perf_counter()
    server, port = local_server.start(parlour, data)
    return server, port, time.perf_counter() - began


def word(random: random.Random) -> str:
    # Few words often and many words seldom, as people speak.
    return f"w{int(VOCABULARY ** random.random())}"


def fill(port: int, messages: int) -> float:
    chance = random.Random(1)
    speakers = [Client(port, f"s{n}", "message-tags") for n in range(SPEAKERS)]
    for number, speaker in enumerate(speakers):
        own = range(number, CHANNELS, SPEAKERS)
        speaker.send("".join(f"JOIN #c{n}\r\n" for n in own))
        speaker.synced()
    began = time.perf_counter()
    said = 0
    while said < messages:
        for number, speaker in enumerate(speakers):
            lines = []
            for _ in range(IN_FLIGHT):
                channel = number + SPEAKERS * chance.randrange(CHANNELS // SPEAKERS)
                words = " ".join(word(chance) for _ in range(chance.randrange(3, 20)))
                lines.append(f"PRIVMSG #c{channel} :{words}\r\n")
            speaker.send("".join(lines) + "PING done\r\n")
            said += IN_FLIGHT
        for speaker in speakers:
            speaker.until(b" PONG ")
    return time.perf_counter() - began


def timed(client: Client, asks, end: bytes) -> str:
    took = []
    for ask in asks:
        began = time.perf_counter()
        client.send(ask + "\r\n")
        while True:
            line = client.until(end)
            if b"BATCH -" in line or b"FAIL" in line:
                break
        took.append((time.perf_counter() - began) * 1000)
    cuts = statistics.quantiles(took, n=100)
    return f"p50 {cuts[49]:7.2f} ms   p95 {cuts[94]:7.2f} ms   max {max(took):7.2f} ms"


def main() -> None:
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    parlour, messages = sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 1_000_000
    with tempfile.TemporaryDirectory() as home:
        data = home + "/data"
        server, port, _ = start(parlour, data)
        try:
            before = field(server.pid, "VmRSS")
            took = fill(port, messages)
            print(f"{messages} messages in {took:.1f} s, {messages / took:,.0f} a second")
            asker = Client(port, "asker", "batch server-time message-tags draft/chathistory soju.im/search")
            asker.send("".join(f"JOIN #c{n}\r\n" for n in range(0, CHANNELS, 2)))
            asker.synced()
            # The last that was said is found once the index has come so far.
            client = Client(port, "last", "message-tags")
            client.send("JOIN #c0\r\nPRIVMSG #c0 :thelastofall\r\n")
            client.synced()
            began = time.perf_counter()
            while True:
                asker.send("SEARCH text=thelastofall\r\nPING done\r\n")
                found = False
                while b" PONG " not in (line := asker.reader.readline()):
                    found = found or (b"batch=" in line and b"PRIVMSG" in line)
                if found:
                    break
                time.sleep(0.2)
            print(f"the search index has come after {time.perf_counter() - began:.1f} s more")
            print(f"resident memory {before:.1f} MB before, {field(server.pid, 'VmRSS'):.1f} MB after")
            stop(server)
            print(f"parlour.db {megabytes(data + '/parlour.db'):.0f} MB, search.db {megabytes(data + '/search.db'):.0f} MB")
            server, port, began = start(parlour, data)
            print(f"started again in {began * 1000:.0f} ms, resident memory {field(server.pid, 'VmRSS'):.1f} MB")
            asker = Client(port, "asker", "batch server-time message-tags draft/chathistory soju.im/search")
            asker.send("".join(f"JOIN #c{n}\r\n" for n in range(CHANNELS)))
            asker.synced()
            chance = random.Random(2)
            channel = lambda: f"#c{chance.randrange(CHANNELS)}"
            now = time.time()
            moment = lambda: time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(now - chance.random() * took))
            each = range(ASKED)
            history = {
                "newest 100 of a channel": [f"CHATHISTORY LATEST {channel()} * 100" for _ in each],
                "100 before a moment": [f"CHATHISTORY BEFORE {channel()} timestamp={moment()} 100" for _ in each],
                "100 around a moment": [f"CHATHISTORY AROUND {channel()} timestamp={moment()} 100" for _ in each],
            }
            rare = lambda: f"w{chance.randrange(VOCABULARY // 2, VOCABULARY)}"
            often = lambda: f"w{chance.randrange(1, 20)}"
            search = {
                "a rare word, everywhere": [f"SEARCH text={rare()};limit=50" for _ in each],
                "a common word, everywhere": [f"SEARCH text={often()};limit=50" for _ in each],
                "a rare and a common word": [f"SEARCH text={rare()}\\s{often()};limit=50" for _ in each],
                "two common words of a channel": [
                    f"SEARCH text={often()}\\s{often()};in={channel()};limit=50" for _ in each
                ],
                "a phrase of common words": [f'SEARCH text="{often()}\\s{often()}";limit=50' for _ in each],
                "the beginning of a word": [f"SEARCH text={rare()[:4]}*;limit=50" for _ in each],
                "a word of one nick": [f"SEARCH text={often()};from=s{chance.randrange(SPEAKERS)};limit=50" for _ in each],
            }
            for name, asks in history.items():
                print(f"history, {name:32} {timed(asker, asks, b'BATCH -')}")
            for name, asks in search.items():
                print(f"search,  {name:32} {timed(asker, asks, b'BATCH -')}")
            print(f"resident memory {field(server.pid, 'VmRSS'):.1f} MB, at most {field(server.pid, 'VmHWM'):.1f} MB")
        finally:
            stop(server)


main()
