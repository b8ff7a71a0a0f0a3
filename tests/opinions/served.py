"""What the scripts beside this one stand on: a database of its own, a served binary, a client. Only Python's own library.

Everything is on the loopback interface and in a temporary folder, and ends with the script."""

import contextlib
import http.client
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary():
    """`FASTENR`, or the fastest that was built."""
    named = os.environ.get("FASTENR")
    built = [ROOT / "target" / profile / "fastenr" for profile in ("dist", "release", "debug")]
    found = pathlib.Path(named) if named else next((path for path in built if path.exists()), None)
    if not found or not found.exists():
        raise SystemExit("no binary: cargo build --release -p fastenr-cli, or FASTENR=PATH")
    return str(found.resolve())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="fastenr-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Sqlite:
    name = "sqlite"

    def __init__(self, path):
        self.path = path / "fastenr.db"
        self.url = f"sqlite://{self.path}"

    def restart(self):
        """There is nothing to restart."""

    def stop(self):
        """Nor to stop."""


class Postgres:
    """A server from the binaries that are installed, as another user where the script runs as root."""

    name = "postgres"

    def __init__(self, path):
        candidates = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        self.bin = candidates[-1] if candidates else pathlib.Path(shutil.which("postgres") or "/").parent
        self.home = path / "postgres"
        self.home.mkdir()
        self.port = free_port()
        self.user = "postgres" if os.getuid() == 0 else None
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(self.home, entry.pw_uid, entry.pw_gid)
        self.data = self.home / "data"
        self.run("initdb", "-D", self.data, "-U", "fastenr", "--auth=trust", "--no-sync")
        self.start()
        self.run("createdb", "-h", "127.0.0.1", "-p", self.port, "-U", "fastenr", "fastenr")
        self.url = f"postgres://fastenr@127.0.0.1:{self.port}/fastenr?sslmode=disable"

    def run(self, program, *arguments):
        command = [str(self.bin / program), *map(str, arguments)]
        if self.user:
            command = ["runuser", "-u", self.user, "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.home)

    def start(self):
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=60"
        self.run("pg_ctl", "-D", self.data, "-w", "-l", self.home / "log", "-o", options, "start")

    def restart(self):
        self.stop()
        self.start()

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop")

    def ask(self, sql):
        command = [str(self.bin / "psql"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "fastenr", "-Atc", sql, "fastenr"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def database(kind, path):
    opened = {"sqlite": Sqlite, "postgres": Postgres}[kind](path)
    try:
        yield opened
    finally:
        with contextlib.suppress(Exception):
            opened.stop()


class Fastenr:
    """The command on a database, and its server."""

    def __init__(self, db, path):
        self.db, self.folder, self.binary = db, path, binary()
        self.environment = {**os.environ, "FASTENR_DATABASE_URL": db.url, "NO_COLOR": "1"}
        self.port, self.server, self.key = None, None, None

    def run(self, *arguments, check=True, **options):
        command = [self.binary, *map(str, arguments)]
        options = {"capture_output": True, "text": True, **options}
        done = subprocess.run(command, env=self.environment, check=False, **options)
        if check and done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def begin(self, *arguments, **options):
        return subprocess.Popen([self.binary, *map(str, arguments)], env=self.environment, **options)

    def accounts(self, count, start=0, name="file.csv"):
        """A file of so many accounts."""
        file = self.folder / name
        with file.open("w") as out:
            out.write("external_id,name,domain,industry,size,status,arr,tags\n")
            for n in range(start, start + count):
                out.write(f"A-{n:07},Account {n} of many,a{n}.example.com,Industry {n % 40},medium,active,{n % 90000}.50,t{n % 7}\n")
        return file

    def migrate(self):
        self.run("db", "migrate", "--quiet")
        self.key = self.run("keys", "create", "--name", "opinions", "--scope", "*", "--quiet").stdout.strip()

    def serve(self, *flags, port=None):
        self.log = (self.folder / "serve.log").open("ab")
        self.port = port or free_port()
        address = f"127.0.0.1:{self.port}"
        self.server = self.begin("serve", "--listen", address, "--rate-limit", "0", *flags, stdout=self.log, stderr=self.log)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.server.poll() is not None:
                raise SystemExit(f"the server ended with {self.server.returncode}; see {self.log.name}\n" + self.said())
            with contextlib.suppress(OSError):
                if self.request("GET", "/healthz")[0] == 200:
                    return
            time.sleep(0.02)
        raise SystemExit("the server does not answer")

    def said(self):
        return (self.folder / "serve.log").read_text(errors="replace")[-3000:]

    def request(self, method, path, body=None, headers=None, timeout=120, port=None):
        """Status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=timeout)
        try:
            given = {"Authorization": f"Bearer {self.key}", **(headers or {})}
            if isinstance(body, (dict, list)):
                body, given = json.dumps(body), {"Content-Type": "application/json", **given}
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def json(self, path):
        status, _, body = self.request("GET", path)
        assert status == 200, (status, body)
        return json.loads(body)

    def rss(self):
        """Bytes of memory that the server has, in MiB."""
        for line in pathlib.Path(f"/proc/{self.server.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def end(self, how=signal.SIGTERM, limit=60):
        """Seconds until the server has ended."""
        if self.server is None or self.server.poll() is not None:
            return 0.0
        begun = time.monotonic()
        self.server.send_signal(how)
        try:
            self.server.wait(limit)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
            return float("inf")
        return time.monotonic() - begun


@contextlib.contextmanager
def fastenr(kind):
    with folder() as path, database(kind, path) as db:
        opened = Fastenr(db, path)
        try:
            yield opened
        finally:
            opened.end(signal.SIGKILL)


def percentile(numbers, share):
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
