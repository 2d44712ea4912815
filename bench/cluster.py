#!/usr/bin/env python3
"""cluster.py [ROUNDS]: what a cluster costs, three NATS servers and three nodes on this machine, beside a server on
its own, in turns. PARLOUR names the binary (default: target/release/parlour).

Clients are on one node. CPU is that of this node's process, each process where the system puts it; the other nodes
apply all of it as well, and the NATS servers sync each message three times. `rooms` and `dm` are as fast as it goes,
where all six processes share the machine; `mixed` and `paced` have the same rate here and there, so that what a delivery
costs can be compared. Latency: one client at a time speaks on node 1, and one on node 3 reads. Stream: what JetStream
alone takes of batches of the size that the nodes send under load, one at a time.

    cluster.py join [MESSAGES]      how long a new node takes until it serves, with so many messages of history
"""
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import local_server

ROOT = pathlib.Path(__file__).resolve().parent.parent
PARLOUR = os.environ.get("PARLOUR", str(ROOT / "target/release/parlour"))
ROUNDS = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1] != "join" else 3
PORT = 26000
MESSAGES = 500
# A batch under load: so many messages, of so many bytes each in the stream.
BATCH, BYTES = 300, 105


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


def stream_alone(seconds):
    """Returns the messages a second that JetStream takes in batches, each once the one before is acknowledged."""
    nats = socket.create_connection(("127.0.0.1", PORT + 101))
    nats.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    nats.settimeout(10)
    seen = b""

    def until(wanted):
        nonlocal seen
        while wanted not in seen:
            seen += nats.recv(65536)
        before, _, seen = seen.partition(wanted)
        return before

    def ask(subject, payload):
        nats.sendall(b"PUB %s answer %d\r\n%s\r\n" % (subject, len(payload), payload))
        until(b"MSG answer ")
        return until(b"\r\n") and until(b"\r\n")

    nats.sendall(b'CONNECT {"verbose":false}\r\nSUB answer 1\r\n')
    ask(b"$JS.API.STREAM.CREATE.ALONE", json.dumps({"name": "ALONE", "subjects": ["alone"], "num_replicas": 3}).encode())
    batch = os.urandom(BATCH * BYTES)
    sent, begun = 0, time.monotonic()
    while time.monotonic() - begun < seconds:
        ask(b"alone", batch)
        sent += 1
    taken = time.monotonic() - begun
    ask(b"$JS.API.STREAM.DELETE.ALONE", b"")
    return sent * BATCH / taken


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
        "mixed": ["mixed", "--rate", "1000", "--seconds", "5"],
        "paced": ["paced", "--rate", "200", "--members", "300", "--seconds", "5"],
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
            found.setdefault(("stream", "alone"), []).append({"messages_per_s": stream_alone(4)})
    for (name, where), values in found.items():
        if name == "latency":
            p50, p99 = (local_server.quantile(values, share) for share in (0.5, 0.99))
            print(f"{name:8} {where:8} p50 {p50:.2f} ms, p99 {p99:.2f} ms")
        else:
            keys = sorted({key for value in values for key in value})
            chosen = [key for key in keys if key in ("deliveries_per_s", "server_cpu_us_per_delivery", "messages_per_s")]
            for value in values:
                print(f"{name:8} {where:8} " + ", ".join(f"{key} {value[key]:.4g}" for key in chosen or keys if isinstance(value[key], (int, float))))


def join(messages):
    """Fills a cluster, and takes the time until a new node says that it is ready."""
    with Cluster() as cluster, tempfile.TemporaryDirectory() as data:
        begun = time.monotonic()
        while messages > 0:
            messages -= measure(PORT + 1, cluster.node(1), "dm", "--seconds", "10")["messages"]
        print(f"filled in {time.monotonic() - begun:.0f} s")
        urls = ",".join(f"nats://127.0.0.1:{PORT + 101 + number}" for number in range(3))
        begun = time.monotonic()
        node, port = local_server.start(PARLOUR, data, "--cluster", urls, "--node", "new")
        while True:
            with contextlib.suppress(urllib.error.URLError):
                if urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").status == 200:
                    break
        print(f"a new node serves after {time.monotonic() - begun:.1f} s")
        local_server.stop(node)


if __name__ == "__main__":
    if sys.argv[1:2] == ["join"]:
        join(int(sys.argv[2]) if sys.argv[2:] else 1_000_000)
    else:
        main()
