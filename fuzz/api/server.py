"""The real `croft serve` on a data directory of its own, and its superuser's view of the database."""

import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

READY_S = 120
STOP_S = 60
SUPERUSER = "croft_root"


class Server:
    def __init__(self, binary):
        self.binary = Path(binary).resolve()
        self.folder = Path(tempfile.mkdtemp(prefix="croft-fuzz-"))
        self.process = None
        self.setup_secret = None
        self.url = None

    def env(self):
        env = {"PATH": os.environ["PATH"], "CROFT_DATA_DIR": str(self.folder), "CROFT_LISTEN": "127.0.0.1:0"}
        # How many may ask at once is tested elsewhere.
        for limit in ["API", "API_BURST", "ANONYMOUS", "SIGN_IN"]:
            env[f"CROFT_LIMIT_{limit}"] = "1000000"
        return env

    def start(self):
        with open(self.folder / "croft.log", "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve"], env=self.env(), stdout=subprocess.PIPE, stderr=log, text=True
            )
        lines = queue.Queue()
        reader = threading.Thread(target=lambda: [lines.put(line) for line in self.process.stdout], daemon=True)
        reader.start()
        deadline = time.monotonic() + READY_S
        while True:
            try:
                line = lines.get(timeout=1).strip()
            except queue.Empty:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"Croft does not start:\n{self.log()[-3000:]}") from None
                continue
            if line.startswith("API "):
                self.url = line.split()[-1]
                # The next line is the set-up link's, or empty.
                self.setup_secret = lines.get(timeout=READY_S).strip().rpartition("#")[2]
                return

    def stop(self):
        """As Ctrl-C: Postgres ends too."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(STOP_S)

    def remove(self):
        """Ends what is left, by process id, and removes the folder."""
        if self.process and self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pid in self.left():
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + STOP_S
        while self.left() and time.monotonic() < deadline:
            time.sleep(0.05)
        shutil.rmtree(self.folder)

    def left(self):
        """Processes that work in the folder."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if Path(os.readlink(entry / "cwd")).is_relative_to(self.folder):
                        found.append(int(entry.name))
                except OSError:
                    pass
        return found

    def croft(self, *args, stdin=""):
        """A command of the binary in the same data directory."""
        subprocess.run([self.binary, *args], env=self.env(), input=stdin, text=True, check=True, timeout=READY_S)

    def log(self):
        return (self.folder / "croft.log").read_text(errors="replace")

    def postmaster(self):
        return (self.folder / "postgres/system/postmaster.pid").read_text().splitlines()[0]

    def rows(self, sql):
        """What the superuser reads: a list of rows, each a list of texts."""
        postgres = self.folder / "postgres"
        env = {
            "PATH": os.environ["PATH"],
            "PGHOST": str(postgres / "system.run"),
            "PGUSER": SUPERUSER,
            "PGPASSWORD": (postgres / "system.password").read_text().strip(),
            "PGDATABASE": "croft",
        }
        args = ["psql", "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", sql]
        done = subprocess.run(args, env=env, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise SystemExit(f"{sql}\n{done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]
