#!/usr/bin/env python3
"""Two builds beside each other, on a machine that need not be quiet: which of them takes longer?

    benches/paired.py OLD NEW [--rows 1000000] [--scored 20000] [--days 90] [--rounds 3] [--postgres postgres://…]

Both import the same accounts into an empty database, in turns, then others with days of metrics, and score these. The medians
are printed: seconds, seconds of the processor (which others on the machine disturb less) and the peak of resident memory. On
PostgreSQL the processor's time is the command's alone, not the server's. Files come from fastenr-bench, which has to lie
beside NEW.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
from pathlib import Path


def at(day):
    """The clock of a day after the metrics have ended."""
    return ["--now", f"2026-06-{15 + day:02}T06:00:00Z"]


def measured(command, env):
    with tempfile.NamedTemporaryFile() as report:
        time = ["/usr/bin/time", "-f", "%e %U %S %M", "-o", report.name]
        done = subprocess.run([*time, *command], env=env, capture_output=True)
        # 3: done, and the guard holds alerts.
        if done.returncode not in (0, 3):
            raise SystemExit(f"{command}: exit {done.returncode}\n{done.stderr.decode()}")
        wall, user, system, peak = Path(report.name).read_text().split()[-4:]
        return float(wall), float(user) + float(system), int(peak) / 1024


def fresh(binary, url, folder, env):
    """An empty database with the owners that the file names."""
    if url.startswith("sqlite"):
        for file in folder.glob("paired.db*"):
            file.unlink()
    else:
        server, name = url.rsplit("/", 1)
        for statement in (f"drop database if exists {name}", f"create database {name}"):
            subprocess.run(["psql", f"{server}/postgres", "-qc", statement], check=True, capture_output=True)
    for command in (["db", "migrate"], ["users", "import", folder / "users.csv"]):
        subprocess.run([binary, *command], env=env, check=True, capture_output=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=lambda path: Path(path).resolve())
    parser.add_argument("new", type=lambda path: Path(path).resolve())
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--scored", type=int, default=20_000, help="accounts that are scored")
    parser.add_argument("--days", type=int, default=90, help="days of metrics of each of them")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgres", help="a database that may be dropped and made again, e.g. postgres:///paired")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fastenr-paired-") as folder:
        folder = Path(folder)
        generate = [args.new.parent / "fastenr-bench", "generate"]
        subprocess.run([*generate, "users", "--out", folder / "users.csv"], check=True)
        subprocess.run([*generate, "accounts", "--rows", str(args.rows), "--out", folder / "book.csv"], check=True)
        generate_scored = [*generate, "metrics", "--accounts", str(args.scored), "--days", str(args.days)]
        subprocess.run([*generate, "accounts", "--rows", str(args.scored), "--out", folder / "scored.csv"], check=True)
        subprocess.run([*generate_scored, "--out", folder / "metrics.csv"], check=True)
        nights = ["the first night", "the night after it"]
        urls = {"SQLite": f"sqlite://{folder}/paired.db"}
        if args.postgres:
            urls["PostgreSQL"] = args.postgres
        print(f"{args.rows} accounts, {args.rounds} rounds in turns, load {os.getloadavg()[0]:.1f} at the start\n")
        print("| database | work | seconds, old → new | processor, old → new | change of the processor's time | peak, old → new |")
        print("|---|---|---:|---:|---:|---:|")
        for database, url in urls.items():
            env = {"PATH": os.environ["PATH"], "HOME": str(folder), "FASTENR_DATABASE_URL": url}
            found = {}
            for turn in range(args.rounds):
                # Whoever comes first finds another machine.
                builds = [("old", args.old), ("new", args.new)]
                for name, binary in builds if turn % 2 == 0 else reversed(builds):
                    fresh(binary, url, folder, env)
                    for work in ("import", "the same again"):
                        run = measured([binary, "accounts", "import", folder / "book.csv"], env)
                        found.setdefault((work, name), []).append(run)
                    fresh(binary, url, folder, env)
                    for noun, file in (("accounts", "scored.csv"), ("metrics", "metrics.csv")):
                        run = measured([binary, noun, "import", folder / file, *at(0)], env)
                    found.setdefault(("import of metrics", name), []).append(run)
                    for day, work in enumerate(nights):
                        run = measured([binary, "recompute", *at(day)], env)
                        found.setdefault((work, name), []).append(run)
            for work in ("import", "the same again", "import of metrics", *nights):
                medians = [
                    [statistics.median(run[what] for run in found[work, name]) for name in ("old", "new")]
                    for what in range(3)
                ]
                (wall, cpu, peak) = medians
                change = 100 * (cpu[1] / cpu[0] - 1)
                print(
                    f"| {database} | {work} | {wall[0]:.1f} → {wall[1]:.1f} | {cpu[0]:.2f} → {cpu[1]:.2f} | {change:+.1f} % "
                    f"| {peak[0]:.0f} → {peak[1]:.0f} MiB |",
                    flush=True,
                )
        print(f"\nload {os.getloadavg()[0]:.1f} at the end")


main()
