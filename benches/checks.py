#!/usr/bin/env python3
"""What each check of an import costs: the same file with the check and without, in turns.

    benches/checks.py target/dist/fastenr [--rows 300000] [--rounds 5]

A check is switched off by the option that has it off, or is not needed by a file of the same size that has no cause for it.
Printed are medians of the processor's time of a dry run, so that writing is not measured. fastenr-bench has to lie beside the
binary.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

# What is measured: the file and the options with the check, and those without it.
CHECKS = [
    ("words for no value", "plain", [], "plain", ["--null-words", ""]),
    ("damaged and near external ids, new rows", "plain", [], "plain", ["--ids", "as-written"]),
    ("quotes, every cell quoted", "quoted", [], "plain", []),
    ("backslashes in quotes", "quoted", ["--quote-escape", "backslash"], "quoted", []),
    ("lines inside of quoted cells", "lines", [], "lines", ["--multiline"]),
    ("an encoding found out, one more pass", "latin", [], "latin", ["--encoding", "windows-1252"]),
    ("decoding", "latin", ["--encoding", "windows-1252"], "utf8", []),
    ("a line of totals, one more pass", "totals", [], "plain", []),
    ("dates and numbers found out", "plain", [], "plain", ["--date-format", "iso", "--number-format", "1234.56"]),
    ("bad cells that may be left out", "plain", ["--bad-cells", "keep"], "plain", []),
    ("keys that stand twice, one of which counts", "plain", ["--duplicates", "first"], "plain", []),
    ("a column of accounts by name", "named", ["--lookup", "account=name"], "keyed", []),
]


def cells(n):
    """Some text in every row is not ASCII."""
    name = f"Kunde {n} Müller & Söhne Größe"
    return [f"B-{n:07}", name, f"kunde{n}.example", "active", f"{n % 9000}.50", "2027-01-31", f"Straße {n % 97}"]


def write(folder, rows):
    header = ["external_id", "name", "domain", "status", "arr", "contract_end", "custom.street"]
    files = {}
    for kind in ("plain", "quoted", "lines", "latin", "utf8", "totals"):
        lines = [",".join(header)]
        for n in range(rows):
            row = cells(n)
            if kind == "lines":
                row[6] = f"{row[6]}\nc/o, Jo"
            quoted = kind in ("quoted", "lines")
            lines.append(",".join(f'"{cell}"' if quoted else cell for cell in row))
        if kind == "totals":
            total = sum(n % 9000 for n in range(rows)) + rows / 2
            lines.append(f"Total,,,,{total:.2f},,")
        text = "\n".join(lines) + "\n"
        if kind == "plain":
            text = text.replace("ü", "ue").replace("ö", "oe").replace("ß", "ss")
        files[kind] = folder / f"{kind}.csv"
        files[kind].write_bytes(text.encode("latin-1" if kind == "latin" else "utf-8"))
    for kind, account in (("named", "Konto {}"), ("keyed", "K-{}")):
        lines = ["account,metric_date,logins"]
        lines += [f"{account.format(n % 1000)},{2000 + n // 365000}-{n // 31000 % 12 + 1:02}-{n // 1000 % 31 % 28 + 1:02},5" for n in range(rows)]
        files[kind] = folder / f"{kind}.csv"
        files[kind].write_text("\n".join(lines) + "\n")
    return files


def processor(command, env):
    before = os.times()
    done = subprocess.run(command, env=env, capture_output=True)
    after = os.times()
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"{command}: exit {done.returncode}\n{done.stderr.decode()}")
    return after.children_user + after.children_system - before.children_user - before.children_system


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=lambda path: Path(path).resolve())
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fastenr-checks-") as folder:
        folder = Path(folder)
        env = {"PATH": os.environ["PATH"], "HOME": str(folder), "FASTENR_DATABASE_URL": f"sqlite://{folder}/checks.db"}
        files = write(folder, args.rows)
        subprocess.run([args.binary, "db", "migrate"], env=env, check=True, capture_output=True)
        accounts = "external_id,name\n" + "".join(f"K-{n},Konto {n}\n" for n in range(1000))
        start = [args.binary, "accounts", "import", "-"]
        subprocess.run(start, env=env, check=True, capture_output=True, input=accounts.encode())
        print(f"{args.rows} rows, medians of {args.rounds} rounds in turns, load {os.getloadavg()[0]:.1f} at the start\n")
        print("| check | without | with | it costs |")
        print("|---|---:|---:|---:|")
        for check, file, options, other_file, other_options in CHECKS:
            runs = {True: [], False: []}
            for turn in range(args.rounds):
                for on in (True, False) if turn % 2 == 0 else (False, True):
                    path, more = (files[file], options) if on else (files[other_file], other_options)
                    noun = "metrics" if file in ("named", "keyed") else "accounts"
                    command = [args.binary, noun, "import", path, "--dry-run", "-q", *more]
                    runs[on].append(processor(command, env))
            on, off = statistics.median(runs[True]), statistics.median(runs[False])
            print(f"| {check} | {off:.2f} s | {on:.2f} s | {100 * (on / off - 1):+.1f} % |", flush=True)
        print(f"\nload {os.getloadavg()[0]:.1f} at the end")


main()
