#!/usr/bin/env python3
"""Mixed load on a served binary, with all that goes wrong: kill -9, restarts of the database, cancelled imports, slow readers.

    python3 tests/opinions/load.py sqlite --minutes 8
    python3 tests/opinions/load.py postgres --minutes 8

Bounded in time and in the number of clients, on loopback alone. Ends with 1 unless what was acknowledged is there, nothing but 503
was answered of the 5xx, the feed repeated nothing, memory is flat and the process ended in time."""

import argparse
import asyncio
import contextlib
import csv
import io
import json
import random
import signal
import time
import uuid

import served

SHUTDOWN = 5.0


class Broken(Exception):
    """The connection ended before its answer."""


class Load:
    def __init__(self, fastenr, minutes, seed):
        self.fastenr, self.seed = fastenr, seed
        self.end = time.monotonic() + minutes * 60
        self.random = random.Random(seed)
        self.counts, self.bad, self.acknowledged, self.seats = {}, [], {}, {}
        self.seen, self.repeated, self.cut_exports, self.latency = [], 0, 0, []
        self.cancelled, self.kept_imports = set(), set()
        self.kills = self.restarts = 0
        self.away = False
        self.stopping = False
        self.rss = []

    def running(self):
        return time.monotonic() < self.end and not self.stopping

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    async def ask(self, method, path, body=b"", headers=(), each=None, pause=0.0, limit=60.0):
        """Status, headers, body; `each` is given the pieces of the body as they come."""
        async with asyncio.timeout(limit):
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.fastenr.port, limit=1 << 18)
            except OSError as error:
                raise Broken from error
            try:
                lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {self.fastenr.key}"]
                lines += [f"Content-Length: {len(body)}", "Connection: close", *headers]
                writer.write("\r\n".join([*lines, "", ""]).encode() + body)
                await writer.drain()
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                status = int(head.split(" ", 2)[1])
                fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
                self.count(f"{method} {status}")
                pieces = []
                async for piece in self.pieces(reader, fields):
                    if each:
                        await each(piece)
                    else:
                        pieces.append(piece)
                    if pause:
                        await asyncio.sleep(pause)
                text = b"".join(pieces)
                if status >= 500 and status != 503:
                    self.bad.append((method, path, status, text[:300]))
                return status, fields, text
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, IndexError) as error:
                raise Broken from error
            finally:
                writer.close()

    @staticmethod
    async def pieces(reader, fields):
        if fields.get("transfer-encoding") == "chunked":
            while size := int(await reader.readline() or b"x", 16):
                yield await reader.readexactly(size)
                await reader.readexactly(2)
            await reader.readexactly(2)
        elif length := int(fields.get("content-length", 0)):
            yield await reader.readexactly(length)

    async def until_acknowledged(self, method, path, body, limit=90.0):
        """The same call under one key until it is answered for good."""
        key, begun = str(uuid.UUID(int=self.random.getrandbits(128), version=4)), time.monotonic()
        headers = ["Content-Type: application/json", f"Idempotency-Key: {key}"]
        while time.monotonic() - begun < limit and not self.stopping:
            try:
                status, fields, text = await self.ask(method, path, json.dumps(body).encode(), headers)
            except (Broken, TimeoutError):
                await asyncio.sleep(0.2)
                continue
            if status in (409, 429, 503) and b"idempotency_mismatch" not in text:
                await asyncio.sleep(0.2)
                continue
            return status, text
        return None, b""

    async def writer(self, number):
        made = 0
        while self.running():
            name = f"W-{number}-{made}"
            made += 1
            status, text = await self.until_acknowledged("POST", "/api/accounts", {"external_id": name, "name": f"Written {name}"})
            if status is None:
                continue
            if status != 201:
                self.bad.append(("POST", name, status, text[:300]))
                continue
            self.acknowledged[name] = True
            for seats in range(1, self.random.randrange(2, 5)):
                self.seats[name] = (self.seats.get(name, (0, 0))[0], seats)
                status, text = await self.until_acknowledged("PUT", f"/api/accounts/{name}", {"seats": seats})
                if status == 200:
                    self.seats[name] = (seats, seats)
                elif status is not None:
                    self.bad.append(("PUT", name, status, text[:300]))

    async def reader(self, _number):
        paths = [
            "/api/accounts?limit=50", "/api/accounts?search=account+77", "/api/accounts/A-0000100", "/api/dashboard/stats",
            "/api/accounts?sort=arr:desc&limit=25&total=false", "/api/activities?limit=20", "/api/operations?limit=10", "/readyz",
            "/api/health/summary", "/api/accounts?tag=t3&limit=5",
        ]
        while self.running():
            begun = time.monotonic()
            with contextlib.suppress(Broken, TimeoutError):
                await self.ask("GET", self.random.choice(paths))
                self.latency.append(time.monotonic() - begun)
            await asyncio.sleep(0.01)

    async def exporter(self, number):
        """A slow one, in every encoding; one that is let to its end has every account."""
        encodings = ["gzip", "identity", "br", "zstd"]
        while self.running():
            lines, encoding, kills = 0, self.random.choice(encodings), self.kills + self.restarts

            async def each(piece):
                nonlocal lines
                lines += piece.count(b"\n")

            headers = ["Accept: text/csv", f"Accept-Encoding: {encoding}"]
            try:
                status, _, _ = await self.ask("GET", "/api/accounts", headers=headers, each=each, pause=0.02 * number, limit=120)
                if status == 200 and encoding == "identity" and lines < 20_001:
                    self.bad.append(("GET", "export", lines, b"too few lines"))
            except TimeoutError:
                pass
            except Broken:
                if kills == self.kills + self.restarts and not self.away and not self.stopping:
                    self.cut_exports += 1
            await asyncio.sleep(1)

    async def follower(self, _number):
        last, seen, rest = None, set(), b""
        self.seen.append(seen)
        while self.running():
            headers = ["Accept: text/event-stream"] + ([f"Last-Event-ID: {last}"] if last else [])

            async def each(piece):
                nonlocal last, rest
                *events, rest = (rest + piece).split(b"\n\n")
                for event in events:
                    fields = dict(line.split(b": ", 1) for line in event.split(b"\n") if b": " in line[1:])
                    last = fields.get(b"id", (last or "").encode()).decode() or None
                    if b"data" in fields:
                        one = json.loads(fields[b"data"])["id"]
                        self.repeated += one in seen
                        seen.add(one)

            rest = b""
            with contextlib.suppress(Broken, TimeoutError):
                status, _, text = await self.ask("GET", "/api/activities/stream", headers=headers, each=each, limit=45)
                if status not in (200, 401, 429, 503):
                    self.bad.append(("GET", "stream", status, text[:300]))
            await asyncio.sleep(0.3)

    async def importer(self, _number):
        run = 0
        while self.running():
            run += 1
            rows = 60_000
            name = f"I-{run}-"
            file = "external_id,name\n" + "".join(f"{name}{n},Imported {n}\n" for n in range(rows))
            task = asyncio.create_task(
                self.ask("POST", "/api/imports/accounts", file.encode(), ["Content-Type: text/csv"], limit=90)
            )
            cancelled = await self.cancel(self.random.uniform(0.3, 3.0))
            status, text = None, b""
            with contextlib.suppress(Broken, TimeoutError):
                status, _, text = await task
            if status == 200:
                self.kept_imports.add((name, rows))
            elif cancelled:
                self.cancelled.add(name)
            elif status not in (None, 202, 409, 429, 503):
                self.bad.append(("POST", "import", status, text[:300]))
            await asyncio.sleep(self.random.uniform(3, 8))

    async def cancel(self, after):
        """Whether the import under way was cancelled, by the operation's own word."""
        await asyncio.sleep(after)
        with contextlib.suppress(Broken, TimeoutError, ValueError, KeyError, IndexError):
            _, _, text = await self.ask("GET", "/api/operations?kind=accounts.import&limit=1")
            operation = json.loads(text)["data"][0]
            if operation["status"] == "running":
                begun = time.monotonic()
                status, _, text = await self.ask("POST", f"/api/operations/{operation['id']}/cancel")
                if status == 200 and json.loads(text)["status"] == "cancelled":
                    self.count(f"cancelled within {int(time.monotonic() - begun) + 1} s")
                    return True
        return False

    async def misfortune(self):
        """Kills the server and restarts the database, until a quarter of the time is left for memory to be looked at."""
        quiet = self.end - max(60, (self.end - time.monotonic()) * 0.4)
        while time.monotonic() < quiet:
            await asyncio.sleep(self.random.uniform(15, 25))
            self.away = True
            if self.fastenr.db.name == "postgres" and self.random.random() < 0.5:
                await asyncio.to_thread(self.fastenr.db.restart)
                self.restarts += 1
            else:
                self.fastenr.end(signal.SIGKILL)
                self.kills += 1
                await asyncio.to_thread(self.fastenr.serve, *FLAGS, port=self.fastenr.port)
            self.away = False

    async def memory(self):
        while self.running():
            if not self.away:
                with contextlib.suppress(OSError):
                    self.rss.append((time.monotonic(), self.fastenr.server.pid, self.fastenr.rss()))
            await asyncio.sleep(2)

    async def run(self):
        clients = [self.writer(n) for n in range(6)] + [self.reader(n) for n in range(4)]
        clients += [self.exporter(n) for n in range(3)] + [self.follower(n) for n in range(3)] + [self.importer(0)]
        tasks = [asyncio.create_task(one) for one in [*clients, self.misfortune(), self.memory()]]
        await asyncio.sleep(max(0, self.end - time.monotonic() - 1))
        # With everything under way: what does not end in time is cut off with a cause.
        self.away = True
        took = await asyncio.to_thread(self.fastenr.end, signal.SIGTERM)
        self.stopping = True
        _, pending = await asyncio.wait(tasks, timeout=60)
        for task in pending:
            task.cancel()
        for task in tasks:
            if task.done() and not task.cancelled() and task.exception():
                raise task.exception()
        return took

    def judge(self, took):
        export = self.fastenr.run("accounts", "export", "--raw").stdout
        there = {}
        for row in csv.DictReader(io.StringIO(export)):
            there.setdefault(row["external_id"], []).append(row)
        lost = [name for name in self.acknowledged if len(there.get(name, [])) != 1]
        for name, (least, most) in self.seats.items():
            seats = int(there.get(name, [{}])[0].get("seats") or 0)
            if not least <= seats <= most:
                lost.append(f"{name}: {seats} seats of {least}..{most}")
        for name, rows in self.kept_imports:
            if sum(one.startswith(name) for one in there) != rows:
                lost.append(f"rows of the import {name}")
        kept = [name for name in self.cancelled if any(one.startswith(name) for one in there)]
        last = self.rss[-1][1] if self.rss else 0
        own = [(at, rss) for at, pid, rss in self.rss if pid == last]
        settled = [rss for at, rss in own if at > own[0][0] + 20] or [rss for _, rss in own]
        third = max(1, len(settled) // 3)
        first, final = max(settled[:third]), max(settled[-third:])
        flat = final <= first * 1.25 + 16
        check = self.fastenr.run("db", "check", check=False)
        for what in sorted(self.counts):
            print(f"  {what}: {self.counts[what]}")
        print(f"kill -9: {self.kills}; restarts of the database: {self.restarts}; reads p99: {served.percentile(self.latency, .99) * 1e3:.0f} ms")
        print(f"acknowledged writes: {len(self.acknowledged)} created, {sum(most for _, most in self.seats.values())} changed; lost: {len(lost)} {lost[:5]}")
        print(f"imports: {len(self.kept_imports)} whole, {len(self.cancelled)} cancelled; rows of cancelled ones: {len(kept)} {kept[:3]}")
        print(f"5xx other than 503, and other surprises: {len(self.bad)} {self.bad[:5]}")
        print(f"the feed: {[len(seen) for seen in self.seen]} activities, repeated: {self.repeated}; exports cut without a cause: {self.cut_exports}")
        print(f"memory of the last process: {own[0][1]:.0f} MiB at its start, at most {first:.0f} in its first third, {final:.0f} in its last: {'flat' if flat else 'GROWING'}")
        print(f"SIGTERM to the end: {took:.2f} s of {SHUTDOWN} + 2")
        print(f"db check: {check.returncode} {(check.stdout + check.stderr).strip().splitlines()[-1:]}")
        return not (lost or kept or self.bad or self.repeated or self.cut_exports) and flat and took <= SHUTDOWN + 2 and check.returncode == 0


FLAGS = ["--shutdown-timeout", f"{SHUTDOWN:.0f}s"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("database", choices=["sqlite", "postgres"])
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with served.fastenr(given.database) as fastenr:
        fastenr.migrate()
        fastenr.run("accounts", "import", fastenr.accounts(20_000), "--yes", "--quiet")
        fastenr.serve(*FLAGS)
        load = Load(fastenr, given.minutes, given.seed)
        print(f"{given.database}, {given.minutes} minutes, {fastenr.binary}", flush=True)
        ok = load.judge(asyncio.run(load.run()))
        if not ok:
            print(fastenr.said())
        print("passed" if ok else "FAILED")
        raise SystemExit(0 if ok else 1)


if __name__ == "__main__":
    main()
