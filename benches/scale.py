#!/usr/bin/env python3
"""Many organizations in one database: how long imports and the nightly run take, on each of several databases.

    benches/scale.py BINARY NAME=URL… [--organizations 20] [--accounts 500] [--days 30] [--jobs 4] [--rounds 1]

Each database must be migrated (on a cluster with --distribute) and have no organization but the first. The same files are imported
into every organization, --jobs at once; then all are scored with `recompute --all-organizations --jobs N`, and the first one alone. A
table is printed: seconds, and for a server on this machine the processor's seconds of all its processes (from /proc, with
`postgres` in their name), which others on the machine disturb less. Files come from fastenr-bench, which has to lie beside BINARY.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CLOCK = ["--now", "2026-06-16T06:00:00Z"]


def server_seconds():
    """Of the processor, of all that is PostgreSQL on this machine, with what its ended processes took."""
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name, rest = (folder / "stat").read_text().rsplit(")", 1)
        except OSError:
            continue
        if "postgres" in name:
            ticks += sum(int(number) for number in rest.split()[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=Path)
    parser.add_argument("databases", nargs="+", metavar="NAME=URL")
    parser.add_argument("--organizations", type=int, default=20)
    parser.add_argument("--accounts", type=int, default=500)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=1)
    args = parser.parse_args()
    slugs = [f"org-{number:03}" for number in range(args.organizations)]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        bench = args.binary.parent / "fastenr-bench"
        files = {noun: folder / f"{noun}.csv" for noun in ["users", "accounts", "metrics"]}
        subprocess.run([bench, "generate", "users", "--out", files["users"]], check=True)
        subprocess.run([bench, "generate", "accounts", "--rows", str(args.accounts), "--out", files["accounts"]], check=True)
        subprocess.run(
            [bench, "generate", "metrics", "--accounts", str(args.accounts), "--days", str(args.days), "--out", files["metrics"]],
            check=True,
        )
        for name, url in (database.split("=", 1) for database in args.databases):
            env = {**os.environ, "FASTENR_DATABASE_URL": url}

            def fastenr(*words):
                done = subprocess.run([args.binary, *CLOCK, "--yes", "-q", *words], env=env, capture_output=True)
                # 3: done, and the guard holds alerts.
                if done.returncode not in (0, 3):
                    raise SystemExit(f"{name}: {words}: exit {done.returncode}\n{done.stderr.decode()}")

            def timed(work, run):
                began, server = time.monotonic(), server_seconds()
                run()
                figures = found.setdefault((work, name), [])
                figures.append((time.monotonic() - began, server_seconds() - server))

            def everywhere(noun):
                words = [["--organization", slug, noun, "import", str(files[noun])] for slug in slugs]
                with ThreadPoolExecutor(args.jobs) as pool:
                    list(pool.map(lambda words: fastenr(*words), words))

            for slug in slugs:
                fastenr("organizations", "create", slug, "--admin", f"admin@{slug}.example")
            everywhere("users")
            timed("import of accounts", lambda: everywhere("accounts"))
            timed("import of metrics", lambda: everywhere("metrics"))
            for day in range(args.rounds):
                as_of = ["--as-of", f"2026-06-{10 + day:02}"]
                jobs = ["--all-organizations", "--jobs", str(args.jobs)]
                timed("recompute of all", lambda: fastenr("recompute", *jobs, *as_of))
            timed("recompute of one", lambda: fastenr("--organization", slugs[0], "recompute"))
            changed = ["accounts", "bulk-update", "--all", "--set", "renewal_stage=likely"]
            timed("bulk update of one", lambda: fastenr("--organization", slugs[0], *changed))
            single = ["accounts", "list", "--limit", "25"]
            timed("ten lists of one", lambda: [fastenr("--organization", slugs[0], *single) for _ in range(10)])
    names = [database.split("=", 1)[0] for database in args.databases]
    print(f"{args.organizations} organizations, each with {args.accounts} accounts and {args.days} days; {args.jobs} at once; "
          f"{os.cpu_count()} cores; seconds (seconds of the servers' processor)\n")
    print("| work | " + " | ".join(names) + " |")
    print("|---|" + "---:|" * len(names))
    for work in dict.fromkeys(work for work, _ in found):
        cells = []
        for name in names:
            wall, server = (statistics.median(figures) for figures in zip(*found[work, name]))
            cells.append(f"{wall:.1f} ({server:.1f})")
        print(f"| {work} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
