#!/usr/bin/env python3
"""Measures a small function on Croft, and the same one on nginx with Lua, workerd and deno.

    script/bench-functions [--rounds 9] [--seconds 4] [--alone 3] [--quick] [--plant body|count]

Every server has one core for all its processes, the client (wrk, one thread) another. In each round
all are asked one after another, the first a different one each time: first at 32 connections in all
rounds, then at one. Each is asked for a second before it is measured, so that what it puts off (logs
it gathers, processes it starts) is as much from before as it leaves for later. Processor time is
user and system time of all processes of a server, from /proc, for each request sent.

Nothing is measured unless all answer alike, byte for byte. An error, a wrong status, a call that
Croft's invocation log does not count, or a log that takes more than it may, fails the run. `--plant`
makes such a fault, to see it found.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import unquote

import api
import servers

SERVERS_CORE, CLIENTS_CORE = 0, 1
MANY = 32
# Percent of the servers' core that others may have had.
QUIET = 5
WARM_UP_SECONDS = 1
FIELDS = {"accept": "*/*", "user-agent": "bench", "x-visitor": "seven"}


class Target:
    """What is asked of a server, and what must come of it."""

    def __init__(self, name, server, path, status):
        self.name, self.server, self.path, self.status = name, server, path, status
        # By connections: a list with a dict for each round.
        self.rounds = {}


def wrk(target, connections, seconds):
    """One load; what bench/hello/wrk.lua says of it. All of it must have been answered well."""
    server = target.server
    # wrk would add one of its own to any other spelling.
    fields = {"Host": server.host, **FIELDS}
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "5s",
               "-s", str(servers.HELLO / "wrk.lua")]
    command += [part for name, value in fields.items() for part in ("-H", f"{name}: {value}")]
    command.append(f"http://127.0.0.1:{server.port}{target.path}")
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 20)
    if done.returncode or not done.stdout.endswith("}\n"):
        sys.exit(f"wrk failed on {target.name}: {done.stdout} {done.stderr}")
    said = json.loads(done.stdout.splitlines()[-1])
    bad = said["answered"] if target.status >= 400 else 0
    if said["errors"] or said["statuses"] != bad or not 0 < said["answered"] <= said["sent"]:
        sys.exit(f"{target.name}: not all was answered with {target.status}: {said}")
    if target.status == 200:
        server.sent += said["sent"]
    return said


def busy(core):
    """Seconds for which a core worked or was taken by the machine's host."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            user, nice, system, _, _, irq, softirq, stolen = map(int, ticks[:8])
            return (user + nice + system + irq + softirq + stolen) / api.TICK
    sys.exit(f"this machine has no processor {core}; two are needed")


def measure(target, connections, seconds):
    """One server's part of a round."""
    wrk(target, connections, WARM_UP_SECONDS)
    began, core, before = time.monotonic(), busy(SERVERS_CORE), target.server.processor()
    said = wrk(target, connections, seconds)
    after, core_after = target.server.processor(), busy(SERVERS_CORE)
    took = time.monotonic() - began
    own = {name: after[name] - before[name] for name in before}
    others = max(0.0, core_after - core - sum(own.values()))
    parts = {name: value * 1e6 / said["sent"] for name, value in own.items()}
    return {
        "rate": said["answered"] / said["seconds"], "p50": said["p50"], "p99": said["p99"],
        "processor": sum(parts.values()), "parts": parts, "others": others / took * 100,
    }


def check_answers(targets):
    """All answer alike, and as they are asked."""
    asked = [("Ada", "new", "seven"), ("Grace%20H", "a%20b", "x-y"), ("J%C3%BCrgen", "%26%3D", "9")]
    for name, tag, visitor in asked:
        expected = f"Hello, {unquote(name)}! tag {unquote(tag)}, visitor {visitor}\n".encode()
        for target in targets:
            server, ids = target.server, set()
            for _ in range(2):
                path = f"/hello/{name}?tag={tag}"
                fields = {"host": server.host, **FIELDS, "x-visitor": visitor}
                status, answered, body = servers.ask(server.port, path, fields)
                server.sent += 1
                ids.add(answered.get("croft-request-id") or answered.get("request-id"))
                found = (status, body, answered.get("x-greeted"), answered.get("content-type"),
                         answered.get("content-length"))
                must = (200, expected, visitor, "text/plain; charset=utf-8", str(len(expected)))
                if found != must:
                    sys.exit(f"{target.name} answers {found}, not {must}")
            if None in ids or len(ids) != 2:
                sys.exit(f"{target.name} gives its answers no ids of their own: {ids}")


def run(targets, args):
    """All rounds. Servers have been started."""
    for connections, seconds in ((MANY, args.seconds), (1, args.alone)):
        for turn in range(args.rounds):
            print(f"connections: {connections}, round {turn + 1} of {args.rounds}", file=sys.stderr)
            first = turn % len(targets)
            for target in targets[first:] + targets[:first]:
                found = measure(target, connections, seconds)
                target.rounds.setdefault(connections, []).append(found)


def spread(values, digits=3):
    """Median, lowest and highest."""
    shown = [rounded(value, digits)
             for value in (statistics.median(values), min(values), max(values))]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"


def rounded(value, digits):
    return f"{float(f'{value:.{digits}g}'):,.10g}"


def column(target, connections, name):
    return [found[name] for found in target.rounds[connections]]


def print_servers(targets):
    for connections in (MANY, 1):
        print(f"\n| at {connections} connection{'s' * (connections > 1)} | requests/s | p50, ms "
              "| p99, ms | processor, us a request | others on that core, % |")
        print("|---|---:|---:|---:|---:|---:|")
        for target in targets:
            cells = [spread(column(target, connections, name))
                     for name in ("rate", "p50", "p99", "processor")]
            others = spread(column(target, connections, "others"), 2)
            print(f"| {target.name} | {' | '.join(cells)} | {others} |")
        noise = [statistics.median(column(target, connections, "others")) for target in targets]
        if max(noise) > QUIET:
            print(f"\n**The machine was not quiet**: others had up to {max(noise):.0f} % of that core.")


def print_parts(target):
    print("\n| processor of Croft, us a call | at 32 connections | at 1 connection |\n"
          "|---|---:|---:|")
    for name in target.rounds[MANY][0]["parts"]:
        cells = [spread([parts[name] for parts in column(target, connections, "parts")])
                 for connections in (MANY, 1)]
        print(f"| {name} | {' | '.join(cells)} |")


def print_goals(croft, nginx, workerd, deno):
    """Ratios are of one round each: what disturbed a round disturbed both."""
    def ratio(peer):
        pairs = zip(column(croft, MANY, "processor"), column(peer, MANY, "processor"))
        return [ours / theirs for ours, theirs in pairs]

    print("\n| goal (at 32 connections unless it says otherwise) | measured | |\n|---|---:|---|")
    for text, values, most in (
        ("processor a request at most 1.15 times that of nginx with Lua", ratio(nginx), 1.15),
        ("stretch: at most 1.0 times that", ratio(nginx), 1.0),
        ("at most 0.35 times that of workerd", ratio(workerd), 0.35),
        ("p50 below 1 ms at one connection", column(croft, 1, "p50"), 1.0),
    ):
        met = "met" if statistics.median(values) <= most else "**not met**"
        print(f"| {text} | {spread(values)} | {met} |")
    peers = [found["p99"] for peer in (nginx, workerd, deno) for found in peer.rounds[MANY]]
    met = "met" if statistics.median(column(croft, MANY, "p99")) <= max(peers) else "**not met**"
    print(f"| p99 within the peers' spread, {spread(peers)} ms | "
          f"{spread(column(croft, MANY, 'p99'))} | {met} |")


def print_log(seen):
    print("\n| Croft's invocation log | |\n|---|---:|")
    for name, value in seen.items():
        print(f"| {name} | {value:,} |")


def compare(croft, peers, args):
    """Starts all, checks them, measures them and prints what came of it."""
    for server in (croft, *peers):
        server.start()
        if server.cores() != {SERVERS_CORE}:
            sys.exit(f"{server.name} runs on {server.cores()}, not on {SERVERS_CORE} alone")
    path = "/hello/Ada?tag=new"
    targets = [Target(server.name, server, path, 200) for server in (croft, *peers)]
    check_answers(targets)
    floor = Target("Croft, no such route", croft, "/nothing/Ada?tag=new", 404)
    before = croft.processor()["Postgres"]
    run([*targets, floor], args)
    if args.plant == "count":
        croft.sent += 1
    seen = croft.check_log(croft.sent)
    postgres = (croft.processor()["Postgres"] - before) * 1e6 / croft.sent
    for peer in peers:
        peer.check_log(peer.sent)
    print_servers([*targets, floor])
    print_parts(targets[0])
    print(f"\nPostgres from the first round to the last, at rest too: {postgres:.3g} us a call.")
    print_goals(*targets)
    print_log(seen)


def versions():
    lock = json.loads((Path(__file__).parent / "package.json").read_text())["dependencies"]
    found = [f"{name} {version}" for name, version in lock.items()]
    for package in ("nginx", "libnginx-mod-http-lua", "wrk"):
        query = ["dpkg-query", "-W", "-f", "${Package} ${Version}", package]
        found.append(subprocess.run(query, capture_output=True, text=True).stdout or package)
    return ", ".join(found)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=4, help="of a server at 32 connections")
    parser.add_argument("--alone", type=int, default=3, help="and at one")
    parser.add_argument("--quick", action="store_true",
                        help="two short rounds: whether all works, no numbers")
    parser.add_argument("--plant", choices=("body", "count"),
                        help="make a fault, which must fail the run")
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.seconds, args.alone = 2, 1, 1
    return args


def main():
    args = arguments()
    asked = 5 * args.rounds * (args.seconds + args.alone + 2 * (WARM_UP_SECONDS + 0.3))
    print(f"{versions()}; load before: {os.getloadavg()[0]:.2f}; takes some {asked + 15:.0f} s",
          file=sys.stderr)

    def stop(*_):
        sys.exit("stopped, or twice as long as it should have taken")

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(int(asked * 2) + 120)
    os.sched_setaffinity(0, {CLIENTS_CORE})
    with tempfile.TemporaryDirectory(prefix="croft-bench-") as folder:
        os.chmod(folder, 0o755)
        binary = str(Path(args.binary).resolve())
        croft = servers.Croft(binary, folder, SERVERS_CORE)
        kinds = (servers.Nginx, servers.Workerd, servers.Deno)
        peers = [kind(folder, SERVERS_CORE) for kind in kinds]
        peers[0].planted = args.plant == "body"
        try:
            compare(croft, peers, args)
        finally:
            for server in (*peers, croft):
                server.end()
    if args.quick:
        print("\nquick: these numbers say nothing")


if __name__ == "__main__":
    main()
