#!/usr/bin/env python3
"""unread.py PARLOUR [CONNECTIONS]: so many connections ask for 60 kB of long answers each before they
are welcomed, and read none. Prints the server's largest resident memory, and how long a PING of
somebody else took at worst, within 5 seconds. One shard; loopback only."""

import os
import resource
import socket
import sys
import tempfile
import threading
import time

from local_server import start

SECONDS = 5
ASK = b"CAP REQ :draft/extended-isupport batch\r\n"
LINES = b"ISUPPORT\n" * 6_600


def resident(pid: int) -> int:
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("VmRSS"):
                return int(line.split()[1]) // 1024
    return 0


def ping(port: int, until: float, worst: list) -> None:
    with socket.create_connection(("127.0.0.1", port)) as own:
        own.sendall(b"NICK bystander\r\nUSER b 0 * :b\r\n")
        reader = own.makefile("rb")
        while b" 422 " not in reader.readline():
            pass
        while time.perf_counter() < until:
            asked = time.perf_counter()
            own.sendall(b"PING x\r\n")
            while b" PONG " not in reader.readline():
                pass
            worst.append(time.perf_counter() - asked)
            time.sleep(0.02)


if not 2 <= len(sys.argv) <= 3:
    sys.exit(__doc__)
count = int(sys.argv[2]) if len(sys.argv) == 3 else 300
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
with tempfile.TemporaryDirectory() as home:
    config = os.path.join(home, "parlour.toml")
    with open(config, "w") as file:
        file.write("[server]\nshards = 1\n")
    server, port = start(sys.argv[1], home + "/data", "--config", config)
    try:
        attackers = []
        for _ in range(count):
            attacker = socket.create_connection(("127.0.0.1", port))
            attacker.sendall(ASK)
            attacker.setblocking(False)
            attackers.append(attacker)
        until, worst = time.perf_counter() + SECONDS, []
        other = threading.Thread(target=ping, args=(port, until, worst), daemon=True)
        other.start()
        time.sleep(0.5)
        most = 0
        for attacker in attackers:
            try:
                attacker.send(LINES)
            except OSError:
                pass
        while time.perf_counter() < until and server.poll() is None:
            most = max(most, resident(server.pid))
            time.sleep(0.01)
        other.join(60)
        shown = f"{max(worst) * 1000:.0f} ms" if worst and not other.is_alive() else "no answer"
        ended = "" if server.poll() is None else f"; the server ended with {server.returncode}"
        print(f"{count} connections: {most} MB, worst PING {shown}{ended}")
    finally:
        server.terminate()
        server.wait()
