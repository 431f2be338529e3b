"""The servers that bench/functions.py compares: how each is started, what it costs, how it is ended.

All answer `GET /hello/:name` alike. Each runs with all its processes on one core; the client has
another.
"""

import contextlib
import glob
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import api

HELLO = Path(__file__).parent / "hello"
# How long a server may take to start or to end.
PATIENCE = 30
# A peer's access log may keep back so much.
LOG_BUFFER = 64 * 1024


@contextlib.contextmanager
def on(core):
    """What is started meanwhile runs on this core alone."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


def tree(pid):
    """A process and all below it."""
    found, waiting = [], [pid]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        for path in glob.glob(f"/proc/{pid}/task/*/children"):
            # A thread may end between the two looks.
            with contextlib.suppress(OSError):
                waiting += map(int, Path(path).read_text().split())
    return found


def spent(pid):
    """Seconds of processor time: its own, and that of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0, 0.0
    own, reaped = fields[11:13], fields[13:15]
    return sum(map(int, own)) / api.TICK, sum(map(int, reaped)) / api.TICK


def total(pids):
    return sum(sum(spent(pid)) for pid in pids)


def ask(port, path, headers):
    """Status, fields and body, by a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(map(lower, answer.getheaders())), answer.read()
    finally:
        connection.close()


def lower(field):
    return field[0].lower(), field[1]


class Peer:
    """A program that is not Croft."""

    name = ""

    def __init__(self, folder, core):
        self.folder, self.core, self.process = Path(folder) / self.name.split()[0], core, None
        self.folder.mkdir()
        self.log = self.folder / "access.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.host = f"hello.test:{self.port}"
        # Requests for the function, as far as the client knows.
        self.sent = 0

    def command(self):
        """What starts it, and where its output goes."""
        raise NotImplementedError

    def start(self):
        command, output = self.command()
        with on(self.core), open(output, "ab") as out, open(self.folder / "stderr", "ab") as err:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder),
                     "DENO_NO_UPDATE_CHECK": "1"},
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                ask(self.port, "/", {"host": self.host})
                return
            time.sleep(0.02)
        said = (self.folder / "stderr").read_text(errors="replace")
        sys.exit(f"{self.name} does not start: {said[-2000:]}")

    def processor(self):
        """Seconds of processor time by part."""
        return {self.name: total(tree(self.process.pid))}

    def cores(self):
        """The cores that its processes may use."""
        return set().union(*map(os.sched_getaffinity, tree(self.process.pid)))

    def check_log(self, answered):
        """Its access log has a line for each call, but for what it may keep back."""
        lines, last = 0, b""
        with open(self.log, "rb") as file:
            while part := file.read(1 << 20):
                lines, last = lines + part.count(b"\n"), last[-1000:] + part
        line = last[:last.rfind(b"\n")].rpartition(b"\n")[2]
        fields = json.loads(line)
        if not fields["id"] or fields["path"] != "/hello/Ada" or fields["status"] != 200:
            sys.exit(f"{self.name} logs another line than it should: {line}")
        if lines < answered - LOG_BUFFER // len(line) - 1:
            sys.exit(f"{self.name} logged {lines} lines for {answered} calls")

    def end(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Nginx(Peer):
    name = "nginx with Lua"
    # Whether it is to answer something else, to see that found.
    planted = False

    def command(self):
        config = (HELLO / "nginx.conf").read_text().replace("@PORT@", str(self.port))
        if self.planted:
            config = config.replace('"Hello, "', '"Hallo, "')
        (self.folder / "nginx.conf").write_text(config)
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        prefix = ["-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-e", "error.log"]
        return [program, *prefix], self.folder / "stdout"


class Workerd(Peer):
    name = "workerd"

    def command(self):
        config = str(HELLO / "workerd.capnp")
        serve = [packaged("@cloudflare/workerd-linux-*/bin/workerd"), "serve", config]
        # Its console is the log.
        return [*serve, "--socket-addr", f"http=127.0.0.1:{self.port}"], self.log


class Deno(Peer):
    name = "deno"

    def command(self):
        may = [f"--allow-net=127.0.0.1:{self.port}", f"--allow-write={self.log}"]
        alone = ["--no-config", "--no-lock", "--no-remote", "--no-npm", "--no-prompt"]
        run = [packaged("@deno/linux-*/deno"), "run", *alone, *may, str(HELLO / "deno.js")]
        return [*run, str(self.port), str(self.log)], self.folder / "stdout"


def packaged(pattern):
    """A program out of the npm packages: itself, not the script that looks for it."""
    found = glob.glob(str(HELLO.parent / "node_modules" / pattern))
    if len(found) != 1:
        sys.exit(f"bench/node_modules has no {pattern}: run script/bench-functions")
    return found[0]


class Croft:
    """A release build of Croft with its own Postgres, and a project with the function."""

    name = "Croft"
    # What its invocation log may take and list: docs/reference/functions.md.
    budget_bytes = 64 * 2**20
    rows_a_second = 50 + 20

    def __init__(self, binary, folder, core):
        folder = Path(folder) / "croft"
        folder.mkdir()
        # Postgres is another user when this is root.
        folder.chmod(0o755)
        self.server, self.core, self.sent = api.Server(binary, folder), core, 0
        self.port, self.began = self.server.port, time.monotonic()
        self.host = self.project = self.token = None

    def start(self):
        with on(self.core):
            self.server.start()
        self.token = api.seed(self.server)
        client = self.server.connect(self.token)
        project = client.must("POST", "/api/v1/projects", {"name": "Bench"})
        self.project = f"/api/v1/projects/{project['id']}"
        self.host = project["url"].removeprefix("http://").rstrip("/")
        client.must("PUT", f"{self.project}/functions/hello", {
            "source": (HELLO / "hello.rhai").read_text(),
            "routes": [{"method": "GET", "path": "/hello/:name"}],
        })
        deadline = time.monotonic() + PATIENCE
        # Its answer to another method is not a call.
        while self.other_method() != 405:
            if time.monotonic() > deadline:
                sys.exit("Croft does not take the route in")
            time.sleep(0.02)

    def other_method(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("PUT", "/hello/Ada", headers={"host": self.host})
        status = connection.getresponse().status
        connection.close()
        return status

    def processor(self):
        """Seconds of processor time by part. Executors that have ended are in Croft's children."""
        postgres = {pid for root in self.server.postgres() for pid in tree(root)}
        croft = self.server.process.pid
        executors = set(tree(croft)) - postgres - {croft}
        own, reaped = spent(croft)
        return {"Croft itself": own, "executors": reaped + total(executors),
                "Postgres": total(postgres)}

    def cores(self):
        pids = {*tree(self.server.process.pid), *self.server.postgres()}
        return set().union(*map(os.sched_getaffinity, pids))

    def counts(self):
        """Calls by outcome, and how many of all are not listed."""
        # An idle connection would have been ended meanwhile.
        client = self.server.connect(self.token)
        answer = client.must("GET", f"{self.project}/invocations/counts?step=hour")
        if answer["gaps"]:
            sys.exit(f"Croft names a gap in its log, though it never ended: {answer['gaps']}")
        outcomes = {}
        for step in answer["items"]:
            for of in step["outcomes"]:
                outcomes[of["outcome"]] = outcomes.get(of["outcome"], 0) + of["calls"]
        return outcomes, sum(step["left_out"] for step in answer["items"])

    def check_log(self, _):
        """Every call is counted, and the list is within its bounds. What was seen, by name."""
        deadline = time.monotonic() + PATIENCE
        outcomes, left_out = self.counts()
        while sum(outcomes.values()) < self.sent and time.monotonic() < deadline:
            time.sleep(0.1)
            outcomes, left_out = self.counts()
        counted = sum(outcomes.values())
        if counted != self.sent or set(outcomes) != {"returned"}:
            sys.exit(f"Croft counted {outcomes}, and {self.sent} calls were sent, all to return")
        rows, used, on_disk = self.table()
        if rows != counted - left_out:
            sys.exit(f"{rows} calls are listed, {left_out} of {counted} are said not to be")
        if used > self.budget_bytes:
            sys.exit(f"the invocation log takes {used} bytes of {self.budget_bytes}")
        # Each second's share, and what the first may have beforehand.
        most = self.rows_a_second * (time.monotonic() - self.began + 2)
        if rows > most:
            sys.exit(f"{rows} calls are listed, which is more than {most:.0f}")
        return {"calls sent": self.sent, "calls counted": counted, "of these listed": rows,
                "of these left out, and said to be": left_out, "bytes of the list": used,
                "bytes it may have": self.budget_bytes, "bytes on disk, with indexes": on_disk}

    def table(self):
        """Rows of the invocation log, their bytes by its own account, and those on disk."""
        folder = self.server.folder / "data" / "postgres"
        programs = os.environ["PATH"] + ":" + ":".join(glob.glob("/usr/lib/postgresql/*/bin"))
        query = """SELECT count(*), coalesce(max(written_bytes) - min(position), 0),
            pg_total_relation_size('invocations')
            FROM invocations JOIN invocation_streams USING (project_id)"""
        done = subprocess.run(
            [shutil.which("psql", path=programs), "-XAtc", query, "-h", folder / "system.run",
             "-U", "croft_root", "croft"],
            env={"PGPASSWORD": (folder / "system.password").read_text().strip()},
            capture_output=True, text=True, timeout=PATIENCE,
        )
        if done.returncode:
            sys.exit(f"psql: {done.stderr}")
        return map(int, done.stdout.split("|"))

    def end(self):
        if self.server.process:
            self.server.end()
