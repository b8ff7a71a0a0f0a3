#!/usr/bin/env python3
"""A second opinion on delimited files: what Python's csv module reads in strict mode.

    tests/opinions/csv_strict.py target/debug/fastenr [SEED [FILES]]

Makes random tables in random quoting, half of them with one damaged byte, and imports each into a database of its own.
Where fastenr takes a file without a word, Python has to read the same rows; a file that nobody damaged has to be taken.
"""

import csv
import io
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

CELLS = ["", "a", "Acme Ltd", "16\" Monitors", "x,y", "x;y", "two\nlines", "'quoted'", "C:\\", "é", "  b ", "a\"\"b", "\"", "1,2\n3,4"]


def write(rows, delimiter, end, quotes, rng):
    """Quotes what needs it, what chance wants, and all of a record that spans lines."""
    out = []
    for row in rows:
        throughout = any("\n" in cell or "\r" in cell for cell in row)
        cells = []
        for cell in row:
            needs = throughout or any(mark in cell for mark in ('"', delimiter, "\n", "\r"))
            cells.append('"' + cell.replace('"', '""') + '"' if needs or rng.random() < quotes else cell)
        out.append(delimiter.join(cells) + end)
    return "".join(out)


def opinion(data, delimiter):
    """Rows as Python reads them, or nothing where it refuses."""
    try:
        text = data.decode("utf-8")
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (csv.Error, UnicodeDecodeError):
        return None
    return [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]


def imported(binary, folder, name, delimiter):
    """Rows as fastenr takes them, or nothing where it refuses any of them."""
    database = folder / f"{name}.db"
    common = [binary, "--database", f"sqlite://{database}"]
    subprocess.run([*common, "db", "migrate"], check=True, capture_output=True)
    run = subprocess.run(
        [*common, "accounts", "import", folder / name, "--delimiter", delimiter, "--null-words", "", "-o", "json"],
        capture_output=True,
    )
    if run.returncode == 2 and b"--null-words" in run.stderr:
        run = subprocess.run(
            [*common, "accounts", "import", folder / name, "--delimiter", delimiter, "-o", "json"], capture_output=True
        )
    if run.returncode not in (0, 1, 2):
        sys.exit(f"{name}: exit {run.returncode}: {run.stderr.decode()}")
    if run.returncode != 0:
        return None, run.stdout.decode() + run.stderr.decode()
    lines = subprocess.run([*common, "accounts", "export", "-o", "jsonl"], check=True, capture_output=True).stdout
    rows = []
    for line in lines.splitlines():
        account = json.loads(line)
        custom = account["custom_fields"]
        rows.append([account["external_id"], account["name"], custom.get("a", ""), custom.get("b", "")])
    database.unlink()
    return sorted(rows), run.stderr.decode()


def main():
    binary = Path(sys.argv[1]).resolve()
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    files = int(sys.argv[3]) if len(sys.argv) > 3 else 200
    print(f"seed {seed}, {files} files")
    rng = random.Random(seed)
    counts = {"taken": 0, "refused": 0}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for number in range(files):
            delimiter = rng.choice([",", ";", "\t", "|"])
            end = rng.choice(["\n", "\r\n"])
            rows = [["external_id", "name", "custom.a", "custom.b"]]
            for row in range(rng.randrange(1, 9)):
                rows.append([f"A-{row}", f"Name {row}", rng.choice(CELLS), rng.choice(CELLS)])
            data = write(rows, delimiter, end, rng.random(), rng).encode()
            damaged = rng.random() < 0.5
            if damaged:
                place = rng.randrange(data.index(b"\n") + 1, len(data))
                data = data[:place] + bytes([rng.choice(b'",;\t|\r\n\\ x')]) + data[place + 1 :]
            name = f"{number}.csv"
            (folder / name).write_bytes(data)
            taken, said = imported(binary, folder, name, delimiter)
            if taken is None:
                counts["refused"] += 1
                if not damaged:
                    sys.exit(f"seed {seed}, file {number} is whole and was refused: {said}\n{data!r}")
                continue
            counts["taken"] += 1
            strict = opinion(data, delimiter)
            if strict is None:
                sys.exit(f"seed {seed}, file {number}: taken, but Python refuses it\n{data!r}\n{taken}")
            # Cells beyond the header are empty, or the row would have been rejected.
            expected = sorted([(row + [""] * 4)[:4] for row in strict[1:]])
            if taken != expected:
                sys.exit(f"seed {seed}, file {number}: read as\n{taken}\nby Python as\n{expected}\n{data!r}")
    print(", ".join(f"{count} {what}" for what, count in counts.items()))


main()
