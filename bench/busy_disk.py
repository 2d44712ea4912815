#!/usr/bin/env python3
"""busy_disk.py PARLOUR: latency of a paced room while something else writes to the same disk.

In turns, quiet and busy: paced (1000 members, 50 messages a second), and beside it, in the same seconds, a synced append of
1,500 bytes every 10 ms, which is what the device allows. Busy: another process writes and syncs 32 MiB at a time.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

from local_server import quantile, start, stop as stop_server

PARLOUR = pathlib.Path(sys.argv[1]).resolve()
SECONDS = os.environ.get("SECS", "6")


def append(path, stop, times):
    """Appends and syncs, every 10 ms."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.posix_fallocate(file, 0, 8 << 20)
    offset = 0
    while not stop.is_set():
        begun = time.monotonic()
        os.pwrite(file, b"x" * 1500, offset)
        os.fdatasync(file)
        times.append((time.monotonic() - begun) * 1000)
        offset = (offset + 1504) % (8 << 20)
        # The pace of the appends: one after the other would be load of its own.
        time.sleep(0.01)
    os.close(file)


def disturb(path, stop):
    """Writes and syncs large files."""
    block = os.urandom(1 << 20)
    while not stop.is_set():
        with open(path, "wb") as file:
            for _ in range(32):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())


print("| disk | paced p50 / p99 / p99.9, ms | synced append p50 / p99 / p99.9, ms |\n|---|---:|---:|")
for number in range(int(os.environ.get("ROUNDS", "2"))):
    for busy in (False, True):
        with tempfile.TemporaryDirectory(dir=".") as folder:
            folder, stop, times = pathlib.Path(folder), threading.Event(), []
            server, port = start(PARLOUR, folder / "data", before=["taskset", "-c", "0"])
            others = [threading.Thread(target=append, args=(folder / "append", stop, times))]
            if busy:
                others.append(threading.Thread(target=disturb, args=(folder / "large", stop)))
            for other in others:
                other.start()
            load = ["taskset", "-c", "1", PARLOUR, "bench", "paced", "--rate", "50", "--addr", f"127.0.0.1:{port}", "--seconds", SECONDS, "--json"]
            figures = json.loads(subprocess.run(load, capture_output=True, text=True).stdout)
            stop.set()
            for other in others:
                other.join()
            stop_server(server)
            ours = " / ".join(f"{figures[f'lat_{name}_us'] / 1000:.1f}" for name in ("p50", "p99", "p999"))
            device = " / ".join(f"{quantile(times, share):.1f}" for share in (0.5, 0.99, 0.999))
            print(f"| {'busy' if busy else 'quiet'} | {ours} | {device} |", flush=True)
