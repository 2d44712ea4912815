#!/usr/bin/env python3
"""startup.py PARLOUR: how long it takes from starting the server on an empty data directory to its
banner, which it shows once it listens. Prints median and maximum of 21 starts in milliseconds."""

import subprocess
import sys
import tempfile
import time


def start(binary: str) -> float:
    with tempfile.TemporaryDirectory() as data:
        begun = time.perf_counter()
        command = [binary, "serve", "--listen", "127.0.0.1:0", "--data", data + "/new"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as server:
            server.stdout.readline()
            took = time.perf_counter() - begun
            server.terminate()
        return took * 1000


if len(sys.argv) != 2:
    sys.exit(__doc__)
times = sorted(start(sys.argv[1]) for _ in range(21))
print(f"median {times[len(times) // 2]:.1f} ms, maximum {times[-1]:.1f} ms")
