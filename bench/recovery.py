#!/usr/bin/env python3
"""recovery.py PARLOUR: kills a server at full speed, and takes how long its next start needs to apply the journal.

Rooms of ten in which everybody speaks, for SECS seconds (4); then kill -9, and a start. ROUNDS (3) times.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

from local_server import start, stop

PARLOUR = pathlib.Path(sys.argv[1]).resolve()


def timed_start(data, log):
    """Starts a server; returns it, its port, and how long it took until it listened, in ms."""
    begun = time.monotonic()
    server, port = start(PARLOUR, data, log=log)
    return server, port, (time.monotonic() - begun) * 1000


for number in range(int(os.environ.get("ROUNDS", "3"))):
    with tempfile.TemporaryDirectory(dir=".") as folder:
        folder = pathlib.Path(folder)
        data, log = folder / "data", open(folder / "log", "w+")
        server, port, empty = timed_start(data, log)
        load = [PARLOUR, "bench", "rooms", "--addr", f"127.0.0.1:{port}", "--seconds", "60", "--json"]
        load = subprocess.Popen(load, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # The time at full speed, after half a second each of set-up and warm-up: the load says nothing until its end.
        time.sleep(1 + float(os.environ.get("SECS", "4")))
        server.send_signal(signal.SIGKILL)
        server.wait()
        load.wait()
        journal = sum(file.stat().st_size for file in (data / "journal").iterdir())
        server, _, again = timed_start(data, log)
        stop(server)
        log.seek(0)
        applied = re.search(r"(\d+) commits of the journal", log.read())
        print(f"start on an empty directory {empty:.0f} ms; after kill -9 {again:.0f} ms, "
              f"with {applied.group(1) if applied else 'no'} commits of the journal applied ({journal >> 20} MiB of segments)")
