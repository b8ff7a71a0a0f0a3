#!/usr/bin/env python3
"""A file system that is really full, and one that is read-only: what fastenr says, what it still does, what it has kept.

    sudo tests/opinions/full_disk.py target/debug/fastenr [sqlite|postgres ...]

Makes file systems of a few megabytes in memory (`mount -t tmpfs`: it needs root, or `unshare --map-root-user --mount` before it)
and fills them under a server and under commands. Each line is one thing that has to hold; the first that does not ends it.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

FASTENR = str(Path(sys.argv[1]).resolve())
KINDS = sys.argv[2:] or ["sqlite", "postgres"]


def holds(what, is_so, told=""):
    print("ok  " if is_so else "NOT ", what, flush=True)
    if not is_so:
        sys.exit(f"{what}\n{told}")


@contextlib.contextmanager
def file_system(size):
    folder = Path(tempfile.mkdtemp(prefix="fastenr-full-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)
        folder.rmdir()


def fill(folder):
    with contextlib.suppress(OSError):
        with open(folder / "ballast", "ab", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))


class Command:
    """The command on one database."""

    def __init__(self, url, tmp):
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(tmp), "TMPDIR": str(tmp), "FASTENR_DATABASE_URL": str(url)}

    def run(self, *arguments, given="", tmp=None):
        environment = self.environment | ({"TMPDIR": str(tmp)} if tmp else {})
        return subprocess.run([FASTENR, *map(str, arguments)], input=given, capture_output=True, text=True, env=environment, check=False)

    def reads(self, when):
        for line in ["accounts list", "accounts get A-1 -o json", "accounts export", "activity list", "operations list",
                     "health summary", "db status", "db check"]:
            done = self.run(*line.split())
            holds(f"{when}: {line}", done.returncode == 0, done.stderr)

    def refused(self, when, words, *arguments, given="", tmp=None):
        done = self.run(*arguments, given=given, tmp=tmp)
        named = all(str(word) in done.stderr for word in words)
        holds(f"{when}: {' '.join(map(str, arguments))}: {done.stderr.strip()[:150]}", done.returncode == 1 and named, done.stderr)


class Server:
    def __init__(self, command, log):
        self.log = log
        with open(log, "w") as out:
            arguments = [FASTENR, "serve", "--listen", "127.0.0.1:0", "--no-auth"]
            self.process = subprocess.Popen(arguments, stderr=out, stdout=out, env=command.environment)
        while "listening on http://" not in log.read_text():
            if self.process.poll() is not None:
                sys.exit(log.read_text())
            time.sleep(0.02)
        self.url = "http://" + log.read_text().split("listening on http://")[1].split()[0]

    def ask(self, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def until(self, path, status):
        begun = time.monotonic()
        while self.ask(path)[0] != status:
            if time.monotonic() - begun > 20:
                return False
            time.sleep(0.1)
        return True

    def stop(self):
        self.process.terminate()
        holds("the server stops", self.process.wait(20) == 0, self.log.read_text())


def total(command):
    return json.loads(command.run("accounts", "list", "-o", "json", "--limit", "1").stdout)["total"]


BOOK = "external_id,name,arr\n" + "".join(f"A-{n},Customer number {n},{n}\n" for n in range(1, 501))


def under_a_server(command, folder, log):
    """Fills the disk under a server, and makes room again."""
    server = Server(command, log)
    holds("ready", server.until("/readyz", 200))
    fill(folder)
    acknowledged, statuses = 0, {}
    for n in range(400):
        status, text = server.ask("/api/accounts", {"name": f"On a full disk {n}"})
        statuses[status] = statuses.get(status, 0) + 1
        acknowledged += status == 201
        if status not in (201, 503):
            holds(f"a write is answered {status}", False, text)
        if status == 503:
            holds("the problem is told", "urn:fastenr:problem:unavailable" in text and "disk" not in text, text)
            break
    holds(f"writes: {statuses}", 503 in statuses)
    holds("not ready", server.until("/readyz", 503))
    causes = [line for line in log.read_text().splitlines() if "disk_full" in line or "connection" in line]
    holds("the log has the cause", bool(causes), log.read_text())
    print("     ", causes[0][:200])
    return server, acknowledged


def sqlite(tmp):
    with file_system("6m") as folder:
        database = folder / "fastenr.db"
        command = Command(database, tmp)
        command.run("db", "migrate").check_returncode()
        command.run("accounts", "import", "-", given=BOOK).check_returncode()
        before = total(command)
        (folder / "tmp").mkdir()
        server, acknowledged = under_a_server(command, folder, tmp / "log")
        for path in ["/api/accounts", "/api/activities", "/healthz"]:
            holds(f"still answered: {path}", server.ask(path)[0] == 200)
        command.reads("beside the server")
        command.refused("beside the server", [database, "full"], "accounts", "create", "New")
        server.stop()
        fill(folder)
        command.reads("full")
        full = [database, "full"]
        command.refused("full", full, "accounts", "create", "New")
        command.refused("full", full, "accounts", "import", "-", given=BOOK)
        others = {path.name for path in folder.iterdir()}
        for name in ["out.csv", "out.jsonl.gz"]:
            command.refused("full", [folder / name, "full"], "accounts", "export", folder / name)
        command.refused("full", [folder / "copy.db", "full"], "db", "backup", folder / "copy.db")
        command.refused("full", [folder / "new.db", "full"], "db", "migrate", "--database", folder / "new.db")
        command.refused("full", [folder / "tmp", "full"], "accounts", "import", "-", given=BOOK * 20, tmp=(folder / "tmp"))
        holds("nothing half is left", {path.name for path in folder.iterdir()} <= others, str(list(folder.iterdir())))
        (folder / "ballast").unlink()
        command.run("accounts", "create", "There is room").check_returncode()
        holds("what was acknowledged is there", total(command) == before + acknowledged + 1, str(total(command)))
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        command.reads("read-only")
        command.refused("read-only", [database, "read-only"], "accounts", "create", "New")
        command.refused("read-only", [folder / "out.csv", "read-only"], "accounts", "export", folder / "out.csv")


def postgres(tmp):
    binaries = Path(shutil.which("pg_config") and subprocess.check_output(["pg_config", "--bindir"], text=True).strip() or "/usr/bin")
    with file_system("96m") as folder:
        shutil.chown(folder, "postgres", "postgres")
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        cluster = folder / "data"
        initdb = [binaries / "initdb", "-D", cluster, "-U", "fastenr", "--auth=trust", "--no-sync", "--wal-segsize=1", "--encoding=UTF8", "--locale=C"]
        subprocess.run([*as_postgres, *initdb], check=True, stdout=subprocess.DEVNULL, cwd="/")
        settings = {"listen_addresses": "", "unix_socket_directories": folder, "shared_buffers": "1MB", "min_wal_size": "2MB", "max_wal_size": "4MB"}
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        with open(tmp / "postgres.log", "w") as log:
            server = subprocess.Popen([*as_postgres, binaries / "postgres", "-D", cluster, *options], stdout=log, stderr=log, cwd="/")
        try:
            command = Command(f"postgres:///postgres?host={folder}&user=fastenr", tmp)
            while command.run("db", "migrate").returncode != 0:
                time.sleep(0.1)
            command.run("accounts", "import", "-", given=BOOK).check_returncode()
            before = total(command)
            ours, acknowledged = under_a_server(command, folder, tmp / "log")
            (folder / "ballast").unlink()
            holds("ready again", ours.until("/readyz", 200), ours.log.read_text())
            holds("written again", ours.ask("/api/accounts", {"name": "There is room"})[0] == 201)
            ours.stop()
            holds("what was acknowledged is there", total(command) == before + acknowledged + 1)
        finally:
            server.send_signal(subprocess.signal.SIGQUIT)
            server.wait()


with tempfile.TemporaryDirectory() as scratch:
    for kind in KINDS:
        tmp = Path(scratch) / kind
        tmp.mkdir()
        {"sqlite": sqlite, "postgres": postgres}[kind](tmp)
print("all holds")
