#!/usr/bin/env python3
"""cluster.py [ROUNDS]: what a cluster costs, three NATS servers and three nodes on this machine, beside a server on
its own, in turns. PARLOUR names the binary (default: target/release/parlour).

Clients are on one node. CPU is that of this node's process, each process where the system puts it; the other nodes
apply all of it as well, and the NATS servers sync each message three times. Latency: one client at a time speaks on
node 1, and one on node 3 reads.
"""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

import local_server

ROOT = pathlib.Path(__file__).resolve().parent.parent
PARLOUR = os.environ.get("PARLOUR", str(ROOT / "target/release/parlour"))
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
PORT = 26000
MESSAGES = 500


def measure(port, pid, *workload):
    """Runs a workload of parlour bench against a server and returns its figures."""
    words = [PARLOUR, "bench", "--json", "--pid", str(pid), "--addr", f"127.0.0.1:{port}", *workload]
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


class Client:
    """IRC client in #latency."""

    def __init__(self, port, nick):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.seen = b""
        self.send(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nJOIN #latency")
        self.until(b" 366 ")

    def send(self, line):
        self.socket.sendall(f"{line}\r\n".encode())

    def until(self, wanted):
        while wanted not in self.seen:
            self.seen += self.socket.recv(65536)
        self.seen = self.seen.partition(wanted)[2]


def latency(speaker, reader):
    """Returns the times of messages from one port to another, in milliseconds."""
    one, other = Client(speaker, "speaker"), Client(reader, "reader")
    times = []
    for number in range(MESSAGES):
        begun = time.monotonic()
        one.send(f"PRIVMSG #latency :message {number} of many")
        other.until(f"message {number} of".encode())
        times.append((time.monotonic() - begun) * 1000)
    return times


class Cluster:
    """Cluster by scripts/cluster, until it is left."""

    def __enter__(self):
        self.data = tempfile.TemporaryDirectory()
        environment = {**os.environ, "PORT": str(PORT), "PARLOUR": PARLOUR}
        command = [str(ROOT / "scripts/cluster"), self.data.name]
        self.script = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
        for line in self.script.stdout:
            if "Ctrl+C" in line:
                break
        return self

    def __exit__(self, *_):
        os.killpg(self.script.pid, signal.SIGTERM)
        # It waits for all that it has started.
        self.script.wait()
        self.data.cleanup()

    def node(self, number):
        """Returns the process of a node."""
        wanted = f"{self.data.name}/node{number}"
        for entry in pathlib.Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_text().split("\0")
            except OSError:
                continue
            if words[0] == PARLOUR and wanted in words:
                return int(entry.name)
        raise SystemExit(f"node {number} does not run")


def main():
    workloads = {
        "rooms": ["rooms", "--rooms", "100", "--members", "10", "--window", "1", "--seconds", "4"],
        "dm": ["dm", "--seconds", "4"],
    }
    found = {}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as data:
            server, port = local_server.start(PARLOUR, data)
            for name, workload in workloads.items():
                found.setdefault((name, "alone"), []).append(measure(port, server.pid, *workload))
            found.setdefault(("latency", "alone"), []).extend(latency(port, port))
            local_server.stop(server)
        with Cluster() as cluster:
            for name, workload in workloads.items():
                found.setdefault((name, "cluster"), []).append(measure(PORT + 1, cluster.node(1), *workload))
            found.setdefault(("latency", "cluster"), []).extend(latency(PORT + 1, PORT + 3))
    for (name, where), values in found.items():
        if name == "latency":
            p50, p99 = (local_server.quantile(values, share) for share in (0.5, 0.99))
            print(f"{name:8} {where:8} p50 {p50:.2f} ms, p99 {p99:.2f} ms")
        else:
            keys = sorted({key for value in values for key in value})
            chosen = [key for key in keys if key in ("deliveries_per_s", "server_cpu_us_per_delivery", "lat_p50_ms", "lat_p99_ms")]
            for value in values:
                print(f"{name:8} {where:8} " + ", ".join(f"{key} {value[key]:.4g}" for key in chosen or keys if isinstance(value[key], (int, float))))


if __name__ == "__main__":
    main()
