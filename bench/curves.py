#!/usr/bin/env python3
"""curves.py PARLOUR OUT: what a server of its own costs, by members, channels, connections and rate.

Each point is a run of `parlour bench` against a fresh server on processor 0, the load on processor 1. Writes OUT/curves.json
and a picture of each curve (SVG). BUSY=1 adds latency while a backup, retention, checkpoints and the index run.
"""
import json
import math
import os
import pathlib
import subprocess
import sys
import threading
import time

from local_server import start, stop as stop_server

PARLOUR, OUT = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
SECONDS = os.environ.get("SECS", "3")
CONFIG = "[history]\nkeep_messages = 2000\n"


def run(words, config="", meanwhile=None):
    """Runs a workload against a fresh server; returns its figures."""
    folder = OUT / "run"
    subprocess.run(["rm", "-rf", folder], check=True)
    folder.mkdir(parents=True)
    (folder / "parlour.toml").write_text(config)
    with open(folder / "log", "w") as log:
        server, port = start(PARLOUR, folder / "data", "--config", folder / "parlour.toml", before=["taskset", "-c", "0"], log=log)
    try:
        stop = threading.Event()
        other = threading.Thread(target=meanwhile, args=(folder, stop)) if meanwhile else None
        if other:
            other.start()
        load = ["taskset", "-c", "1", PARLOUR, "bench", *words.split(), "--addr", f"127.0.0.1:{port}", "--pid", str(server.pid), "--json"]
        done = subprocess.run([str(word) for word in load], capture_output=True, text=True, timeout=180)
        stop.set()
        if other:
            other.join()
        return json.loads(done.stdout.splitlines()[-1])
    finally:
        stop_server(server)
        subprocess.run(["rm", "-rf", folder], check=True)


def back_up(folder, stop):
    """Takes backups, one after the other."""
    number = 0
    while not stop.is_set():
        command = [PARLOUR, "admin", "--data", folder / "data", "backup", folder / f"backup{number}.db"]
        subprocess.run(command, capture_output=True)
        number += 1
        # So many a second are more than anybody takes: without a pause it would be a benchmark of SQLite.
        time.sleep(0.2)


def picture(name, title, x_name, y_name, lines):
    """Draws lines of points with logarithmic axes."""
    points = [point for _, line in lines for point in line if point[0] > 0 and point[1] and point[1] > 0]
    if not points:
        return
    width, height, left, bottom = 720, 400, 80, 60
    span = lambda values: (math.floor(math.log10(min(values))), max(math.ceil(math.log10(max(values))), math.floor(math.log10(min(values))) + 1))
    (x0, x1), (y0, y1) = span([p[0] for p in points]), span([p[1] for p in points])
    at = lambda x, y: (left + (math.log10(x) - x0) / (x1 - x0) * (width - left - 30), height - bottom - (math.log10(y) - y0) / (y1 - y0) * (height - bottom - 50))
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
           f'<rect width="{width}" height="{height}" fill="white"/><text x="{left}" y="24" font-size="16">{title}</text>']
    number = lambda e: f"{10 ** e:,.3f}".rstrip("0").rstrip(".") if e < 0 else f"{10 ** e:,}"
    for e in range(x0, x1 + 1):
        x, _ = at(10 ** e, 10 ** y0)
        out.append(f'<path d="M{x:.0f} 50V{height - bottom}" stroke="#ddd"/><text x="{x:.0f}" y="{height - bottom + 18}" text-anchor="middle">{number(e)}</text>')
    for e in range(y0, y1 + 1):
        _, y = at(10 ** x0, 10 ** e)
        out.append(f'<path d="M{left} {y:.0f}H{width - 30}" stroke="#ddd"/><text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{number(e)}</text>')
    out.append(f'<text x="{(left + width) / 2:.0f}" y="{height - 14}" text-anchor="middle">{x_name}</text>')
    out.append(f'<text transform="translate(18 {height / 2:.0f}) rotate(-90)" text-anchor="middle">{y_name}</text>')
    for (label, line), colour, n in zip(lines, ["#1f5fa8", "#b5432a", "#3c7d3c", "#7a4fa0"], range(9)):
        dots = [at(x, y) for x, y in line if y and y > 0]
        out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="' + " ".join(f"{x:.1f},{y:.1f}" for x, y in dots) + '"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in dots]
        out.append(f'<text x="{left + 10}" y="{66 + 17 * n}" fill="{colour}">{label}</text>')
    (OUT / f"{name}.svg").write_text("\n".join(out) + "\n</svg>\n")


def curve(words, key, values, config="", meanwhile=None):
    """Runs a workload with each value; returns the figures by value."""
    found = []
    for value in values:
        figures = run(words.format(value), config, meanwhile)
        print(words.format(value), {k: figures.get(k) for k in (key, "lat_p50_us", "lat_p99_us", "lat_p999_us", "lost", "failure")}, flush=True)
        found.append((value, figures))
    return found


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    cpu, latency = "server_cpu_us_per_delivery", ["lat_p50_us", "lat_p99_us", "lat_p999_us"]
    all_figures = {}
    members = curve("fanout --members {} --senders 4 --window 16 --count bytes --seconds " + SECONDS, cpu, [10, 30, 100, 300, 1000, 3000])
    channels = curve("rooms --rooms {} --members 10 --seconds " + SECONDS, cpu, [1, 3, 10, 30, 100, 300])
    connections = curve("idle --connections {} --channels 50 --hold 1", "rss_idle_kb", [300, 1000, 3000, 9000])
    rates = [1, 10, 100, 1000, 10_000, 30_000, 100_000]
    words = "mixed --users 60 --channels 20 --talkers 100 --join-rate 1 --history-rate 2 --rate {} --seconds " + SECONDS
    quiet = curve(words, cpu, rates)
    all_figures.update(members=members, channels=channels, connections=connections, rate=quiet)
    of = lambda figures, key, factor=1: [(x, (f.get(key) or 0) * factor) for x, f in figures]
    picture("cost-by-members", "Cost of a delivery by members of a room", "members", "µs of server CPU", [("fanout", of(members, cpu))])
    picture("cost-by-channels", "Cost of a delivery by channels of ten", "channels", "µs of server CPU", [("rooms", of(channels, cpu))])
    picture("memory-by-connections", "Memory of the server by idle joined connections", "connections", "MiB", [("RSS", of(connections, "rss_idle_kb", 1 / 1024))])
    names = {"lat_p50_us": "p50", "lat_p99_us": "p99", "lat_p999_us": "p99.9"}
    picture("latency-by-rate", "Latency by messages a second", "messages a second", "ms", [(names[key], of(quiet, key, 1e-3)) for key in latency])
    if os.environ.get("BUSY"):
        busy = curve(words, cpu, rates, CONFIG, back_up)
        all_figures["rate_busy"] = busy
        picture("latency-by-rate-busy", "Latency while backups, retention and the index run", "messages a second", "ms", [(names[key], of(busy, key, 1e-3)) for key in latency])
    (OUT / "curves.json").write_text(json.dumps(all_figures, indent=1))


main()
