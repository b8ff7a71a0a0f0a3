#!/usr/bin/env python3
"""Seconds and peak memory of imports that no test waits for. By an optimised binary, into a SQLite database of its own.

    python3 tests/opinions/large_files.py workbook --rows 300000 BINARY
    python3 tests/opinions/large_files.py events --rows 300000 BINARY

workbook: the same accounts as CSV and as .xlsx, which openpyxl writes in its mode for large files (pip install openpyxl).
events:   one row a ticket, counted and averaged to days: first, again, and a tenth of them corrected; then undone."""

import argparse
import csv
import datetime
import itertools
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

START = datetime.datetime(2024, 1, 1)
clock = itertools.count()


def run(binary, database, *args):
    """Seconds, those of the processor, peak resident MiB, and what was printed."""
    began = time.monotonic()
    # A second each, so that operations have an order.
    command = [binary, "--database", database, "--now", f"2026-12-01T00:00:{next(clock):02}Z", *args]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        printed = out.read().decode() or err.read().decode()
        err.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(command)}\n{err.read().decode()}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, printed


def show(what, measured):
    seconds, processor, memory, printed = measured
    print(f"{what:28} {seconds:7.2f} s {processor:7.2f} s of the processor {memory:7.1f} MiB  {printed.splitlines()[0]}", flush=True)


def accounts(rows):
    yield ["External ID", "Name", "ARR", "Seats", "Contract End", "Industry", "Region", "Notes"]
    chance = random.Random(7)
    for n in range(rows):
        end = START + datetime.timedelta(days=chance.randrange(1500))
        industry = chance.choice(["Retail", "Software", "Health", "Energy"])
        yield [f"A-{n:07}", f"Customer {n} Ltd", chance.randrange(10**8) / 100, chance.randrange(5000), end, industry, chance.choice("NESW"), f"note {chance.random()}"]


def workbook(given, folder):
    from openpyxl import Workbook

    plain, book = folder / "accounts.csv", folder / "accounts.xlsx"
    made = Workbook(write_only=True)
    sheet = made.create_sheet("Accounts")
    with plain.open("w", newline="") as file:
        writer = csv.writer(file)
        for row in accounts(given.rows):
            sheet.append(row)
            writer.writerow([f"{cell:%Y-%m-%d}" if isinstance(cell, datetime.datetime) else cell for cell in row])
    made.save(book)
    for file in (plain, book):
        database = str(folder / f"{file.suffix[1:]}.db")
        run(given.binary, database, "db", "migrate")
        show(f"{file.name} ({file.stat().st_size >> 20} MiB)", run(given.binary, database, "accounts", "import", str(file), "--custom"))
    # What the workbook says is what the CSV says.
    show("workbook onto the CSV's", run(given.binary, str(folder / "csv.db"), "accounts", "import", str(book), "--custom"))


MAPPING = """[columns]
account = "Org"
metric_date = "Created"
[formats.Score]
scale = "1-5"
[aggregate]
id = "Ticket"
updated = "Updated"
support_tickets = "count"
urgent_tickets = "count(Priority = 'urgent')"
csat = "mean(Score)"
"""


def tickets(file, rows, corrected=1):
    """Every ticket, or one of so many, corrected."""
    chance = random.Random(11)
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["Ticket", "Org", "Created", "Updated", "Priority", "Score", "Subject"])
        for n in range(rows):
            account, minute = chance.randrange(2000), chance.randrange(365 * 24 * 60)
            priority, score = chance.choice(["low", "normal", "high", "urgent"]), chance.choice(["", "", 1, 2, 3, 4, 5])
            created = START + datetime.timedelta(minutes=minute)
            if corrected > 1:
                if n % corrected:
                    continue
                account, score = (account + 1) % 2000, 3
            updated = created + datetime.timedelta(days=corrected)
            writer.writerow([f"T-{n:08}", f"A-{account:07}", f"{created:%Y-%m-%d %H:%M}", f"{updated:%Y-%m-%d %H:%M}", priority, score, f"Ticket about {n}"])


def events(given, folder):
    database = str(folder / "events.db")
    run(given.binary, database, "db", "migrate")
    book = folder / "accounts.csv"
    with book.open("w", newline="") as file:
        csv.writer(file).writerows(accounts(2000))
    run(given.binary, database, "accounts", "import", str(book))
    mapping, file, later = folder / "tickets.toml", folder / "tickets.csv", folder / "corrected.csv"
    mapping.write_text(MAPPING)
    tickets(file, given.rows)
    tickets(later, given.rows, corrected=10)
    call = ["metrics", "import", "--mapping", str(mapping)]
    show(f"first ({file.stat().st_size >> 20} MiB)", run(given.binary, database, *call, str(file)))
    show("again", run(given.binary, database, *call, str(file)))
    show("a tenth corrected", run(given.binary, database, *call, str(later)))
    tried = set()
    for _ in range(3):
        listed = json.loads(run(given.binary, database, "operations", "list", "-o", "json")[-1])["data"]
        last = next(one for one in listed if one["kind"] == "metrics.import" and one["status"] == "done" and one["id"] not in tried)
        tried.add(last["id"])
        show("undo", run(given.binary, database, "operations", "undo", last["id"], "--yes"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["workbook", "events"])
    parser.add_argument("binary", nargs="?", default="target/dist/fastenr")
    parser.add_argument("--rows", type=int, default=300_000)
    given = parser.parse_intermixed_args()
    given.binary = str(pathlib.Path(given.binary).resolve())
    with tempfile.TemporaryDirectory() as folder:
        {"workbook": workbook, "events": events}[given.what](given, pathlib.Path(folder))


if __name__ == "__main__":
    main()
