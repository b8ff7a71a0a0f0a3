#!/usr/bin/env python3
"""What no test asserts, as it depends on the machine: how whole, how fast, how soon. By an optimised binary.

    python3 tests/opinions/measure.py exports sqlite
    python3 tests/opinions/measure.py cancel postgres --rows 1000000
    python3 tests/opinions/measure.py lock sqlite
    python3 tests/opinions/measure.py sleeper sqlite

exports: a list as a file in every media type and encoding, by curl: length, digest, curl's own word.
cancel:  how long after the wish to stop an import is cancelled while its rows are being applied, by the API and by Ctrl-C.
lock:    reads while another process holds the database's lock and a hundred writers wait and go away.
sleeper: whether a checkpoint passes, and what is written, beside clients that take nothing of their files."""

import argparse
import concurrent.futures
import contextlib
import hashlib
import json
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import served


def exports(fastenr, given):
    fastenr.migrate()
    fastenr.run("accounts", "import", fastenr.accounts(given.rows), "--yes", "--quiet")
    fastenr.serve()
    known = subprocess.run(["curl", "-V"], capture_output=True, text=True, check=True).stdout
    encodings = ["identity", "gzip"] + [name for name, word in (("br", "brotli"), ("zstd", "zstd")) if word in known]
    for media in ("text/csv", "text/tab-separated-values", "application/x-ndjson"):
        seen = set()
        for encoding in encodings:
            url = f"http://127.0.0.1:{fastenr.port}/api/accounts"
            common = ["curl", "-s", "-H", f"Authorization: Bearer {fastenr.key}", "-H", f"Accept: {media}", "-H", f"Accept-Encoding: {encoding}"]
            sent = subprocess.run([*common, url], capture_output=True, check=False)
            plain = subprocess.run([*common, "--compressed", url], capture_output=True, check=False)
            digest = hashlib.sha256(plain.stdout).hexdigest()[:16]
            seen.add(digest)
            lines = plain.stdout.count(b"\n")
            print(f"{media:26} {encoding:9} curl {sent.returncode} {plain.returncode}, {len(sent.stdout):>10} bytes sent, {lines} lines, digest {digest}")
        print(f"{media:26} {'one digest' if len(seen) == 1 else 'DIGESTS DIFFER'}")


def applying(fastenr):
    """Returns when the rows of an import are being applied: the lock is taken, the statement under way."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        if fastenr.db.name == "sqlite":
            with contextlib.closing(sqlite3.connect(fastenr.db.path, timeout=0, isolation_level=None)) as other:
                try:
                    other.execute("begin immediate")
                    other.execute("rollback")
                except sqlite3.OperationalError:
                    # Not one of the short writes before it.
                    time.sleep(0.3)
                    with contextlib.suppress(sqlite3.OperationalError):
                        other.execute("begin immediate")
                        other.execute("rollback")
                        continue
                    return
        else:
            busy = "select count(*) from pg_stat_activity where state = 'active' and backend_xid is not null and now() - xact_start > interval '0.3 s' and query ilike 'insert into accounts%'"
            if fastenr.db.ask(busy) != "0":
                return
        time.sleep(0.01)
    raise SystemExit("nothing is being applied")


def cancel(fastenr, given):
    fastenr.migrate()
    file = fastenr.accounts(given.rows)
    took = []
    for after in (0.2, 1.0, 2.5):
        importing = fastenr.begin("accounts", "import", file, "--yes", "--quiet", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        applying(fastenr)
        time.sleep(after)
        begun = time.monotonic()
        importing.send_signal(signal.SIGINT)
        code = importing.wait()
        took.append(time.monotonic() - begun)
        print(f"Ctrl-C {after} s into the apply: exit {code} after {took[-1]:.2f} s")
    fastenr.serve()
    for after in (0.2, 1.0, 2.5):
        answer = {}

        def post():
            with file.open("rb") as body:
                answer["is"] = fastenr.request("POST", "/api/imports/accounts", body, {"Content-Type": "text/csv"}, timeout=900)

        thread = threading.Thread(target=post)
        thread.start()
        applying(fastenr)
        time.sleep(after)
        operation = fastenr.json("/api/operations?kind=accounts.import&limit=1")["data"][0]
        begun = time.monotonic()
        status, _, body = fastenr.request("POST", f"/api/operations/{operation['id']}/cancel")
        said = json.loads(body)
        while (state := said.get("status")) == "running":
            time.sleep(0.01)
            said = fastenr.json(f"/api/operations/{operation['id']}")
        took.append(time.monotonic() - begun)
        thread.join()
        print(f"API    {after} s into the apply: {status}, {state} after {took[-1]:.2f} s; its request was answered {answer['is'][0]}")
    fastenr.end()
    left = fastenr.run("accounts", "list", "--limit", "1", "-o", "json").stdout
    print(f"the longest: {max(took):.2f} s of 2; accounts there: {json.loads(left)['total']}")


def lock(fastenr, given):
    fastenr.migrate()
    fastenr.run("accounts", "import", fastenr.accounts(given.rows), "--yes", "--quiet")
    fastenr.serve()
    paths = ["/api/accounts?limit=25", "/api/accounts/A-0000100", "/api/operations?limit=10", "/api/accounts?status=active&limit=5"]

    def reads(seconds):
        """From four clients that keep their connections."""
        times, failed, end = [], [], time.monotonic() + seconds

        def one(number):
            import http.client

            connection, turn = http.client.HTTPConnection("127.0.0.1", fastenr.port, timeout=30), number
            while time.monotonic() < end:
                turn += 1
                begun = time.monotonic()
                connection.request("GET", paths[turn % len(paths)], headers={"Authorization": f"Bearer {fastenr.key}"})
                answer = connection.getresponse()
                answer.read()
                times.append(time.monotonic() - begun)
                if answer.status != 200:
                    failed.append(answer.status)
                time.sleep(0.01)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(one, range(4)))
        return times, failed

    def tell(what, times, failed):
        ms = [f"{served.percentile(times, share) * 1e3:.1f}" for share in (0.5, 0.99, 1)]
        print(f"{what:44} {len(times):>6} reads, p50 {ms[0]} ms, p99 {ms[1]} ms, the longest {ms[2]} ms; not 200: {len(failed)}")

    tell("nobody holds the lock", *reads(5))
    if fastenr.db.name == "sqlite":
        holder = sqlite3.connect(fastenr.db.path, isolation_level=None)
        holder.execute("begin immediate")
        holder.execute("update accounts set seats = 1 where external_id = 'A-0000001'")
        release = holder.rollback
    else:
        command = [str(fastenr.db.bin / "psql"), "-h", "127.0.0.1", "-p", str(fastenr.db.port), "-U", "fastenr", "-q", "fastenr"]
        holder = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
        holder.stdin.write("begin; lock table accounts in share row exclusive mode; select 1;\n")
        holder.stdin.flush()
        release = holder.kill
    waiting = []
    for number in range(100):
        body = json.dumps({"name": f"Waits {number}"}).encode()
        stream = socket.create_connection(("127.0.0.1", fastenr.port))
        head = f"POST /api/accounts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {fastenr.key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        stream.sendall(head.encode() + body)
        waiting.append(stream)
    tell("it is held and a hundred writers wait", *reads(8))
    for stream in waiting:
        stream.close()
    tell("it is held and the hundred have gone", *reads(8))
    release()
    time.sleep(3)
    tell("it is free again", *reads(3))
    made = fastenr.json("/api/accounts?search=waits&limit=1")["total"]
    print(f"written for those that had gone: {made}")


def sleeper(fastenr, given):
    fastenr.migrate()
    fastenr.run("accounts", "import", fastenr.accounts(given.rows), "--yes", "--quiet")
    fastenr.serve()
    sleeping = []
    for encoding in ("identity", "gzip"):
        stream = socket.create_connection(("127.0.0.1", fastenr.port))
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.sendall(
            f"GET /api/accounts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {fastenr.key}\r\nAccept: text/csv\r\nAccept-Encoding: {encoding}\r\n\r\n".encode()
        )
        assert stream.recv(1024).startswith(b"HTTP/1.1 200"), "no file"
        sleeping.append(stream)
    begun = time.monotonic()
    time.sleep(given.seconds)
    for number in range(500):
        status, _, body = fastenr.request("POST", "/api/accounts", {"name": f"Beside a sleeper {number}"})
        assert status == 201, (status, body)
    if fastenr.db.name == "sqlite":
        wal = fastenr.db.path.with_name(fastenr.db.path.name + "-wal")
        before = wal.stat().st_size
        with contextlib.closing(sqlite3.connect(fastenr.db.path, timeout=1, isolation_level=None)) as other:
            busy, log, done = other.execute("pragma wal_checkpoint(truncate)").fetchone()
        print(f"{time.monotonic() - begun:.1f} s beside two sleeping clients: checkpoint busy {busy}, log {log}, done {done}; the WAL had {before} bytes, now {wal.stat().st_size}")
    else:
        oldest = fastenr.db.ask("select count(*) || ' open, oldest ' || coalesce(max(now() - xact_start)::text, 'none') from pg_stat_activity where xact_start is not null and pid <> pg_backend_pid() and backend_type = 'client backend'")
        print(f"{time.monotonic() - begun:.1f} s beside two sleeping clients: transactions {oldest}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    measures = {"exports": (exports, 30_000), "cancel": (cancel, 1_000_000), "lock": (lock, 100_000), "sleeper": (sleeper, 200_000)}
    parser.add_argument("measure", choices=measures)
    parser.add_argument("database", choices=["sqlite", "postgres"])
    parser.add_argument("--rows", type=int)
    parser.add_argument("--seconds", type=float, default=5)
    given = parser.parse_args()
    measure, usual = measures[given.measure]
    given.rows = given.rows or usual
    with served.fastenr(given.database) as fastenr:
        print(f"{given.measure} {given.database}, {given.rows} accounts, {fastenr.binary}", flush=True)
        measure(fastenr, given)


if __name__ == "__main__":
    main()
