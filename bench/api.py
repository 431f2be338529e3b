#!/usr/bin/env python3
"""Measures a release build of Croft on this machine: start, memory at rest, and the API under load.

    script/bench [--rate 50] [--seconds 60] [--idle 60] [--repeats 3] [--starts 9] [--realtime]

Requests are sent at a constant rate whether or not earlier ones were answered, and a latency counts
from the moment at which its request was due: a server that stalls is not asked less, and what had to
wait behind the stall is seen to have waited. The client is on the same machine and takes its part of
the processors: that it was late itself, and what the disk alone takes, say how quiet the machine was.

The server runs in a data directory of its own with its own Postgres, everything as by default except
the rate limits and the team's limit of projects. What is in both is removed at the end.
"""

import argparse
import http.client
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PASSWORD = "four blunt mossy stones"
EMAIL = "ada@example.com"
# Requests that can be under way at once; at 50 a second that is more than a second of them.
CLIENTS = 64
# Longer than the server's own limit for an answer.
TIMEOUT = 35
TICK = os.sysconf("SC_CLK_TCK")


class Server:
    """`croft serve` on a data directory."""

    def __init__(self, binary, folder):
        self.binary, self.folder, self.process = binary, Path(folder), None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "CROFT_DATA_DIR": str(self.folder / "data"),
            "CROFT_LISTEN": f"127.0.0.1:{self.port}",
            "CROFT_LIMIT_API": "1000000",
            "CROFT_LIMIT_API_BURST": "100000",
        }

    def start(self):
        """Starts it. Seconds from there to the first 200 of /healthz."""
        with open(self.folder / "log", "ab") as log:
            begun = time.monotonic()
            self.process = subprocess.Popen(
                [self.binary, "serve"], env=self.env, stdout=log, stderr=log
            )
        while time.monotonic() - begun < 60:
            if self.process.poll() is not None:
                break
            try:
                if self.connect().ask("GET", "/healthz")[0] == 200:
                    return time.monotonic() - begun
            except OSError:
                pass
            time.sleep(0.002)
        sys.exit(f"Croft does not start; the end of its log:\n{self.log()[-2000:]}")

    def stop(self, how=signal.SIGTERM):
        """By SIGTERM its Postgres stays for the next start; by SIGINT it ends too."""
        self.process.send_signal(how)
        self.process.wait(timeout=60)
        self.process = None

    def end(self):
        """Ends everything of it, whatever state it is in."""
        if self.process and self.process.poll() is None:
            self.stop(signal.SIGINT)
        else:
            self.croft("stop", "--all")

    def croft(self, *args, stdin=""):
        return subprocess.run(
            [self.binary, *args], env=self.env, input=stdin, text=True, capture_output=True, timeout=60
        )

    def connect(self, token=None):
        return Client(self.port, token)

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def executors(self):
        return children(self.process.pid)

    def postgres(self):
        """The postmaster and all below it."""
        files = list((self.folder / "data").rglob("postmaster.pid"))
        if len(files) != 1:
            sys.exit(f"expected one Postgres, found {files}")
        postmaster = int(files[0].read_text().splitlines()[0])
        return [postmaster, *children(postmaster)]


class Client:
    """One connection that stays open."""

    def __init__(self, port, token):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method, path, body=None, key=None):
        headers = dict(self.headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        if key:
            headers["Idempotency-Key"] = key
        try:
            self.http.request(method, path, body, headers)
            answer = self.http.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            self.http.close()
            raise OSError(str(error)) from error
        except OSError:
            self.http.close()
            raise

    def must(self, method, path, body=None):
        status, answer = self.ask(method, path, body)
        if status >= 300:
            sys.exit(f"{method} {path} was answered {status}: {answer.decode()}")
        return json.loads(answer) if answer else None


def children(pid):
    """Direct children; neither executors nor Postgres have children of theirs."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def resident(pid):
    """VmRSS in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def processor(pids):
    """Seconds of processor time of these processes and of their children that have ended."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / TICK


def load(server, token, request, rate, seconds):
    """Milliseconds from when each request was due to its answer, those to when it was sent, and how
    many were not answered as they should be."""
    total = rate * seconds
    latencies, late, failures = [0.0] * total, [0.0] * total, []
    lock, following = threading.Lock(), iter(range(total))
    begun = time.monotonic() + 0.5

    def work():
        client = server.connect(token)
        while True:
            with lock:
                nth = next(following, None)
            if nth is None:
                return
            due = begun + nth / rate
            time.sleep(max(0.0, due - time.monotonic()))
            late[nth] = (time.monotonic() - due) * 1e3
            try:
                status, answer = request(client, nth)
                if status not in (200, 201):
                    failures.append(answer)
            # Whatever it is, the other requests are still due.
            except Exception as error:
                failures.append(repr(error))
            latencies[nth] = (time.monotonic() - due) * 1e3

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        print(f"{len(failures)} failed, the last: {failures[-1][:300]!r}", file=sys.stderr)
    return latencies, late, len(failures)


def part(values, share):
    """The value that this share of all are not above."""
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def noise(folder):
    """What the disk alone takes, in ms: Postgres waits for this at each commit."""
    took = []
    with open(Path(folder) / "noise", "wb") as file:
        for _ in range(200):
            begun = time.monotonic()
            file.write(bytes(8192))
            file.flush()
            os.fdatasync(file.fileno())
            took.append((time.monotonic() - begun) * 1e3)
    return {"disk, 8 KiB written and synced, p50, ms": part(took, 0.5),
            "disk, 8 KiB written and synced, p99, ms": part(took, 0.99)}


def under_load(server, token, name, request, args):
    """A dict of this run's numbers."""
    croft, postgres = processor([server.process.pid]), processor(server.postgres())
    latencies, late, failed = load(server, token, request, args.rate, args.seconds)
    croft = processor([server.process.pid]) - croft
    postgres = processor(server.postgres()) - postgres
    each = 1e3 / len(latencies)
    return {
        f"{name} p50, ms": part(latencies, 0.5),
        f"{name} p90, ms": part(latencies, 0.9),
        f"{name} p99, ms": part(latencies, 0.99),
        f"{name} max, ms": max(latencies),
        f"{name} of which the client was late p99, ms": part(late, 0.99),
        f"{name} failed": failed,
        f"{name} processor of Croft, ms a request": croft * each,
        f"{name} processor of Postgres, ms a request": postgres * each,
    }


def at_rest(server, seconds):
    """Memory and processor time of a server that was just started and that nobody asks anything."""
    before = processor([server.process.pid]), processor(server.postgres())
    time.sleep(seconds)
    after = processor([server.process.pid]), processor(server.postgres())
    executors = server.executors()
    return {
        "idle resident, MiB": resident(server.process.pid),
        "idle executors": len(executors),
        "idle resident of each executor, MiB": max(map(resident, executors), default=0.0),
        "idle processor of Croft, % of one": (after[0] - before[0]) / seconds * 100,
        "idle processor of Postgres, % of one": (after[1] - before[1]) / seconds * 100,
    }


def seed(server):
    """An account, its session's token, and room for many projects in its team."""
    done = server.croft("admin", "setup", "--email", EMAIL, "--password-stdin", stdin=PASSWORD + "\n")
    if done.returncode:
        sys.exit(f"croft admin setup: {done.stderr}")
    client = server.connect()
    sign_in = {"email": EMAIL, "password": PASSWORD, "transport": "bearer"}
    session = client.must("POST", "/api/v1/session", sign_in)
    team = session["me"]["teams"][0]["id"]
    client = server.connect(session["token"])
    limits = {"limits": {"projects": 1_000_000}}
    client.must("PATCH", f"/api/v1/admin/teams/{team}/limits", limits)
    return session["token"]


def run(server, args):
    """All numbers: name to the list of what each repeat gave."""
    numbers = {}

    def note(found):
        for name, value in found.items():
            numbers.setdefault(name, []).append(value)

    note({"start with an empty data directory, s": server.start()})
    token = seed(server)
    for _ in range(args.starts):
        server.stop()
        note({"start with Postgres up, s": server.start()})
    for _ in range(3):
        server.stop(signal.SIGINT)
        note({"start with Postgres down, s": server.start()})

    projects = []

    def create(client, nth):
        name = f"bench-{time.time_ns():x}-{nth}"
        status, answer = client.ask("POST", "/api/v1/projects", {"name": name}, key=name)
        if status == 201:
            projects.append(json.loads(answer)["id"])
        return status, answer

    def read(client, _):
        return client.ask("GET", f"/api/v1/projects/{random.choice(projects)}")

    for repeat in range(args.repeats):
        print(f"repeat {repeat + 1} of {args.repeats}", file=sys.stderr)
        server.stop()
        server.start()
        note(at_rest(server, args.idle))
        note({f"idle resident with {len(projects)} projects, MiB": resident(server.process.pid)})
        note(noise(server.folder))
        note(under_load(server, token, "create", create, args))
        note(under_load(server, token, "read", read, args))
        note({"resident after the load, MiB": resident(server.process.pid)})
    return numbers


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--rate", type=int, default=50, help="requests a second")
    parser.add_argument("--seconds", type=int, default=60, help="of each load")
    parser.add_argument("--idle", type=int, default=60, help="seconds at rest")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--starts", type=int, default=9)
    parser.add_argument("--realtime", action="store_true", help="go before all else that runs here")
    args = parser.parse_args()

    if args.realtime:
        # Croft and its Postgres inherit it. Needs root.
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    size = Path(args.binary).stat().st_size / 2**20
    print(f"{os.cpu_count()} processors, load before: {os.getloadavg()[0]:.2f}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="croft-bench-") as folder:
        # Postgres runs as another user when this is root.
        os.chmod(folder, 0o755)
        server = Server(str(Path(args.binary).resolve()), folder)
        try:
            numbers = run(server, args)
        finally:
            server.end()

    print("| | median | lowest | highest |\n|---|---:|---:|---:|")
    for name, values in numbers.items():
        shown = (statistics.median(values), min(values), max(values))
        print(f"| {name} | " + " | ".join(f"{value:.4g}" for value in shown) + " |")
    print(f"| binary, MiB | {size:.4g} | | |")


if __name__ == "__main__":
    main()
