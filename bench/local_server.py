"""A parlour server on this machine, for the scripts beside this file."""
import subprocess


def start(parlour, data, *options, before=(), log=subprocess.DEVNULL):
    """Starts a server on a port of the system's choice and waits until it listens. Returns it and its port.

    `before` comes before its command, such as taskset; `log` takes its log.
    """
    command = [*before, parlour, "serve", "--listen", "127.0.0.1:0", "--data", data, *options]
    server = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=log, text=True)
    for line in server.stdout:
        if " listens on " in line:
            return server, int(line.strip().rsplit(":", 1)[1])
    raise SystemExit("the server did not start")


def stop(server):
    """Stops a server and waits until it has ended."""
    server.terminate()
    server.wait()


def quantile(values, share):
    """Returns the value below which this share of the values is."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
