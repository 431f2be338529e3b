"""Fuzzes the API of a real server (decision 40); `script/test-api-fuzz` runs it.

First as the owner with seeded data, without what ends accounts and sessions; then as nobody; then, on
throw-away accounts, what was left out; at last the master key is rotated. The report, operations by
classes of status, is `report.txt` in the folder of results.
"""

import argparse
import collections
import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import consistency
import people
from people import PASSWORD, Person, Stage
from server import Server

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SLOWEST_S = 2.0
REACHED = 0.9
CHECKS = ",".join([
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
])
# Each run: examples an operation, and seconds until it is given up.
SIZES = {"ci": (8, 300), "full": (150, 3600)}
LAST = ["session_delete", "session_end", "session_end_all", "me_delete", "me_change_password", "team_delete", "project_delete"]


class Judge:
    """Counts what held and what did not, and says each."""

    def __init__(self):
        self.passed = self.failed = 0

    def that(self, holds, what, wrong=()):
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
        print(f"{'ok    ' if holds else 'FAILED'} {what}", flush=True)
        for line in [] if holds else list(wrong)[:20]:
            print(f"         {line}")


def fuzz(judge, server, results, who, choice, size, seed):
    """One run of Schemathesis; what it answered, as (operation, status, seconds)."""
    examples, timeout_s = SIZES[size]
    name = f"{who}-{'last' if '--include-operation-id' in choice else 'first'}"
    notes = results / f"{name}.jsonl"
    notes.unlink(missing_ok=True)
    env = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "FUZZ_AS": who,
        "FUZZ_PEOPLE": str(results / "people.json"),
        "FUZZ_NOTES": str(notes),
    }
    program = Path(sys.executable).with_name("schemathesis")
    args = [program, "run", results / "openapi.json", "--url", server.url, "--checks", CHECKS, *choice]
    args += ["--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--seed", str(seed)]
    args += ["--workers", "1", "--request-timeout", "10", "--continue-on-failure", "--warnings", "off"]
    log = results / f"{name}.log"
    with open(log, "w") as out:
        try:
            done = subprocess.run(args, env=env, cwd=results, stdout=out, stderr=out, timeout=timeout_s)
            code = done.returncode
        except subprocess.TimeoutExpired:
            code = f"not done after {timeout_s} s"
    said = [line for line in log.read_text().splitlines() if re.match(r"_+ \S|- ST|    \S|\[\d", line)]
    judge.that(code == 0, f"{name}: what is answered is as described", [f"{log}: {code}", *said])
    return [tuple(json.loads(line)) for line in notes.read_text().splitlines()]


def table(operations, notes):
    """Operations by classes of status."""
    counts = collections.Counter((operation, status // 100) for operation, status, _ in notes)
    lines = [f"{'operation':28}" + "".join(f"{kind:>7}" for kind in ["2xx", "3xx", "4xx", "5xx", "none"])]
    for operation in operations:
        row = [counts[operation, kind] for kind in [2, 3, 4, 5, 0]]
        lines.append(f"{operation:28}" + "".join(f"{count or '-':>7}" for count in row))
    return "\n".join(lines)


def seed_data(server, results):
    """The operator, who owns a team with one of everything, and a member of it."""
    owner = Person(server.url, "owner@example.com")
    # As the set-up page does, which is on the control host.
    control = f"croft.localhost:{server.url.split(':')[2].split('/')[0]}"
    owner.http.headers.update({"Host": control, "Origin": f"http://{control}"})
    owner.ask("POST", "/setup", {"secret": server.setup_secret, "email": owner.email, "password": PASSWORD})
    owner = owner.sign_in()
    owner.ask("PATCH", "/admin/settings", {"sign_up": "open"})
    member = people.sign_up(server.url)
    stage = Stage(owner, member)
    names = ["projects", "members", "tokens", "variables", "domains", "functions", "routes"]
    for team in [stage.team, owner.ask("GET", "/me")["teams"][0]["id"]]:
        owner.ask("PATCH", f"/admin/teams/{team}/limits", {"limits": dict.fromkeys(names, 1_000_000)})
    people.write(results / "people.json", server.url, owner, member, stage)
    return owner, stage


def judge_answers(judge, operations, public, as_owner, as_nobody):
    both = as_owner + as_nobody
    reached = {operation for operation, status, _ in as_owner if 200 <= status < 300}
    missing = sorted(set(operations) - reached)
    share = f"{len(reached)} of {len(operations)} operations answered the owner with 2xx"
    judge.that(len(reached) >= REACHED * len(operations), share, missing)
    if missing:
        print(f"         never: {' '.join(missing)}")
    broken = [f"{operation}: {status}" for operation, status, _ in both if status >= 500]
    judge.that(not broken, "no answer is a 5xx", broken)
    gone = [operation for operation, status, _ in both if status == 0]
    judge.that(not gone, "every request is answered", gone)
    slow = [f"{operation}: {seconds} s" for operation, _, seconds in both if seconds > SLOWEST_S]
    slowest = max((seconds for _, _, seconds in both), default=0)
    judge.that(not slow, f"no answer takes {SLOWEST_S:.0f} s; the slowest of {len(both)} took {slowest} s", slow)
    open_doors = {operation for operation, status, _ in as_nobody if 200 <= status < 400} - public
    judge.that(not open_doors, "nobody gets nothing but what is public", open_doors)
    return reached


def judge_stranger(judge, server, described, stage):
    """Somebody with an account and nothing else knocks at every door of the seeded team."""
    stranger, known, opened = people.sign_up(server.url), stage.parameters(), []
    # A connection each: one whose body was refused unread is closed, now or a moment later.
    stranger.http.headers["Connection"] = "close"
    team_wide = [(path, operations) for path, operations in json.loads(described)["paths"].items()
                 if re.search(r"\{(team|project)\}", path)]
    for path, operations in team_wide:
        for method in operations.keys() & {"get", "post", "put", "patch", "delete"}:
            filled = re.sub(r"\{(\w+)\}", lambda name: known[name[1]], path)
            try:
                stranger.ask(method.upper(), filled, None if method in ("get", "delete") else {})
                opened.append(f"{method} {path}")
            except people.Refused:
                pass
    judge.that(not opened, f"a stranger is refused at all {len(team_wide)} addresses of the team", opened)


def judge_server(judge, server, pid, postmaster):
    alive = server.process.poll() is None and server.process.pid == pid and server.postmaster() == postmaster
    judge.that(alive, "Croft and its Postgres are the processes they were")
    said = [line for line in server.log().splitlines() if "panicked" in line or "task ended" in line]
    judge.that(not said, "nothing panicked", said)
    wrong = consistency.orphans(server)
    judge.that(not wrong, f"no orphans by {len(consistency.ORPHANS)} rules", wrong)
    wrong = consistency.unsettled(server)
    judge.that(not wrong, "the queue comes to rest", wrong)


def judge_rotation(judge, server, owner, stage):
    """With everything the fuzzing left behind, the master key is rotated, and all is still there."""
    before = server.rows("SELECT count(*), min(master_key), max(master_key) FROM team_keys")[0]
    server.stop()
    server.croft("admin", "key", "rotate")
    server.start()
    after = server.rows("SELECT count(*), min(master_key), max(master_key) FROM team_keys")[0]
    rotated = after[0] == before[0] and after[1] == after[2] != before[1]
    judge.that(rotated, f"{before[0]} data keys are wrapped with the new master key", [f"{before} {after}"])
    owner = Person(server.url, owner.email, owner.token)
    variables = owner.ask("GET", f"/projects/{stage.project}/variables/production")["items"]
    judge.that(any(v["secret"] for v in variables), "the owner's session and secrets outlive that")
    owner.ask("PUT", f"/projects/{stage.project}/variables/production/KEY2", {"value": "x", "secret": True})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--size", choices=SIZES, default="ci")
    parser.add_argument("--plant", metavar="SQL", help="a fault to begin with: the run must fail")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    asked = parser.parse_args()
    results = asked.results.resolve()
    results.mkdir(parents=True, exist_ok=True)
    print(f"seed {asked.seed}, size {asked.size}", flush=True)
    described = subprocess.run([asked.binary, "openapi"], capture_output=True, text=True, check=True).stdout
    (results / "openapi.json").write_text(described)
    operations = re.findall(r'"operationId": "(\w+)"', described)
    listed = (ROOT / "crates/api/public_operations.txt").read_text()
    public = set(re.findall(r"^(\w+):", listed, re.M))

    judge, began = Judge(), time.monotonic()
    server = Server(asked.binary)
    try:
        server.start()
        pid, postmaster = server.process.pid, server.postmaster()
        owner, stage = seed_data(server, results)
        if asked.plant:
            server.rows(asked.plant)
        left_out = [arg for operation in LAST for arg in ["--exclude-operation-id", operation]]
        only = [arg for operation in LAST for arg in ["--include-operation-id", operation]]
        # The very first request of the owner was this one.
        as_owner = [("installation_set_up", 201, 0.0)]
        as_owner += fuzz(judge, server, results, "owner", left_out, asked.size, asked.seed)
        as_nobody = fuzz(judge, server, results, "nobody", [], asked.size, asked.seed)
        as_owner += fuzz(judge, server, results, "owner", only, asked.size, asked.seed)
        report = f"as the owner\n{table(operations, as_owner)}\n\nas nobody\n{table(operations, as_nobody)}\n"
        (results / "report.txt").write_text(report)
        print(f"\n{report}")
        reached = judge_answers(judge, operations, public, as_owner, as_nobody)
        judge_stranger(judge, server, described, stage)
        judge_server(judge, server, pid, postmaster)
        judge_rotation(judge, server, owner, stage)
        server.stop()
        judge.that(not server.left(), "nothing outlives the server", server.left())
    finally:
        (results / "croft.log").write_text(server.log())
        server.remove()
    asked_for, seconds = len(as_owner + as_nobody), time.monotonic() - began
    if not judge.failed:
        print(f"proof: api fuzz: {asked_for} requests to {len(operations)} operations, {len(reached)} of them "
              f"with 2xx to the owner; no 5xx, no orphans (seed {asked.seed}, {seconds:.0f} s)")
    print(f"api fuzz: {judge.passed} passed, {judge.failed} failed")
    return 1 if judge.failed else 0


if __name__ == "__main__":
    sys.exit(main())
