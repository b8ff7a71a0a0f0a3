#!/usr/bin/env python3
"""Draws every page of the dashboard in light, and the first ones in dark too, from the demo book as of a fixed moment.

    cargo build --release -p fastenr-cli
    python3 docs/dashboard/pictures.py                        # writes docs/dashboard/*.png
    python3 docs/dashboard/pictures.py --width 320 --out /tmp/narrow

Needs chromium, chromedriver, pngquant and the font Inter: on Debian
`apt install chromium chromium-driver pngquant fonts-inter`. Nothing else is installed or fetched.
"""

import argparse
import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOW = "2026-12-01T09:00:00Z"
MOST_BYTES = 1_500_000
COLOURS = "40"
# Shown in dark too: what the README has, and a page of each look.
DARK = ("today", "health", "accounts", "account")

# Chromium takes the system's font; everybody's pictures have the same one.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<alias binding="strong"><family>system-ui</family><prefer><family>Inter</family></prefer></alias>
<alias binding="strong"><family>sans-serif</family><prefer><family>Inter</family></prefer></alias></fontconfig>"""


class Fastenr:
    """The command, on a database of its own."""

    def __init__(self, binary, folder):
        self.binary = binary
        env = {name: value for name, value in os.environ.items() if not name.startswith("FASTENR")}
        self.env = env | {"FASTENR_DATABASE_URL": f"{folder}/demo.db", "FASTENR_NOW": NOW}

    def run(self, *arguments):
        done = subprocess.run([self.binary, *arguments], env=self.env, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"fastenr {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def rows(self, *arguments):
        found = json.loads(self.run(*arguments, "-o", "json"))
        return found["data"] if isinstance(found, dict) else found

    def serve(self):
        server = subprocess.Popen(
            [self.binary, "serve", "--listen", "127.0.0.1:0"], env=self.env, stderr=subprocess.PIPE, text=True
        )
        for line in server.stderr:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                return server, found[0]
        sys.exit("the server did not start")


class Browser:
    """Chromium, by WebDriver."""

    def __init__(self, folder, width):
        self.width = width
        fonts = pathlib.Path(folder, "fonts.conf")
        fonts.write_text(FONTS)
        env = os.environ | {"FONTCONFIG_FILE": str(fonts)}
        self.process = subprocess.Popen(["chromedriver", "--port=0"], env=env, stdout=subprocess.PIPE, text=True)
        port = next(found[1] for line in self.process.stdout if (found := re.search(r"successfully on port (\d+)", line)))
        self.session = f"http://127.0.0.1:{port}/session"
        options = {"args": ["--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-dev-shm-usage"]}
        wanted = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}}
        self.session += "/" + self.ask("", wanted)["sessionId"]

    def ask(self, path, body):
        request = urllib.request.Request(self.session + path, json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def cdp(self, command, **parameters):
        return self.ask("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def script(self, code):
        return self.ask("/execute/sync", {"script": code, "args": []})

    def go(self, address):
        self.ask("/url", {"url": address})

    def size(self, height):
        self.cdp("Emulation.setDeviceMetricsOverride", width=self.width, height=height, deviceScaleFactor=1, mobile=False)

    def theme(self, name):
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def picture(self, address, least, most, prepare):
        self.size(least)
        self.go(address)
        # What comes after the page has come, and is drawn.
        self.script("return new Promise((done) => setTimeout(done, 500))")
        if prepare:
            self.script(prepare)
        height = self.script("return document.documentElement.scrollHeight")
        self.size(max(least, min(height, most)))
        self.script("return new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")
        return base64.b64decode(self.cdp("Page.captureScreenshot")["data"])

    def end(self):
        try:
            self.ask("/url", {"url": "about:blank"})
            request = urllib.request.Request(self.session, method="DELETE")
            urllib.request.urlopen(request, timeout=10).close()
        finally:
            self.process.terminate()
            self.process.wait()


def fill(fastenr):
    """What the demo book does not have: a file, a call with notes, a task that follows from it, an adjusted score, a plan."""
    fastenr.run("demo", "--accounts", "150", "--nights", "60")
    risky = fastenr.rows("accounts", "list", "--status", "at_risk", "--sort", "arr:desc", "--limit", "5")
    account = next(row for row in risky if row["owner"])
    owner, key = account["owner"], account["external_id"]
    act = lambda *arguments: fastenr.run("--user", owner, *arguments)
    act(
        "engagements", "log", key,
        "Figures for the renewal\n\nUsage fell after the reorganization. The new head of operations wants figures before the renewal is "
        "signed: who logs in, which reports are used, what it saves. They look at another product as well.",
        "--type", "call", "--outcome", "action_required", "--at", "2026-11-30T14:00:00Z",
        "--attendee", "Mia Roe <mia@example.com>",
        "--next", "Send the usage report", "--due", "2026-12-03",
    )
    call = fastenr.rows("engagements", "list", "--account", key, "--done", "--limit", "1")[0]
    notes = pathlib.Path(fastenr.env["FASTENR_DATABASE_URL"]).parent / "usage-2026-11.csv"
    notes.write_text("team,logins\nOperations,412\nFinance,31\n" * 400)
    act("engagements", "attach", call["id"], str(notes))
    act(
        "goals", "create", "--account", key, "--title", "Adoption in every team", "--metric-type", "custom",
        "--start-value", "0", "--current-value", "5", "--target-value", "12", "--unit", "teams",
        "--started-on", "2026-08-01", "--target-date", "2027-01-31",
        "--milestones", '[{"title":"Operations","target_value":3,"completed_on":"2026-09-30"},'
        '{"title":"Finance","target_value":6,"target_date":"2026-12-15"},{"title":"Everybody","target_value":12}]',
    )
    act("tasks", "create", "--account", key, "--title", "Invite the new head of operations", "--due", "2026-11-27")
    goal = fastenr.rows("goals", "list", "--account", key)
    goal = next(row for row in goal if row["title"] == "Adoption in every team")
    task = next(row for row in fastenr.rows("tasks", "list", "--account", key) if row["source"] == "engagement")
    return owner, account["id"], call["id"], goal["id"], task["id"]


def main():
    known = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known.add_argument("--fastenr", default=str(ROOT / "target/release/fastenr"), help="the command")
    known.add_argument("--out", default=str(ROOT / "docs/dashboard"), help="the folder of the pictures")
    known.add_argument("--width", type=int, default=1160)
    known.add_argument("--height", type=int, default=960, help="what is below is cut off")
    known.add_argument("--only", help="pages whose names have this in them")
    asked = known.parse_args()
    out = pathlib.Path(asked.out)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        fastenr = Fastenr(asked.fastenr, folder)
        owner, account, call, goal, task = fill(fastenr)
        server, base = fastenr.serve()
        browser = Browser(folder, asked.width)
        try:
            link = fastenr.run("keys", "login-link", "--for", owner, "--url", base).strip().splitlines()[-1]
            link = re.search(r"https?://\S+", link)[0]
            of = "/dashboard/accounts/" + account
            before = [("sign-in", "/dashboard/sign-in", None), ("sign-in-link", link.removeprefix(base), None)]
            stale = "document.querySelector('#f-name').value = ''; document.querySelector('#f-arr').value = 'a lot'; document.querySelector('form.edit').submit()"
            pages = [
                ("today", "/dashboard", None),
                ("today-log", "/dashboard", "document.querySelectorAll('.todo .menu')[1].open = true"),
                ("health", "/dashboard/health?by=owner", None),
                ("alerts", "/dashboard/alerts", None),
                ("accounts", "/dashboard/accounts?sort=arr:desc", None),
                ("accounts-filtered", "/dashboard/accounts?status=at_risk,active&renews_within=90d&sort=contract_end:asc", "document.querySelector('.filters .more').open = true"),
                ("accounts-cards", "/dashboard/accounts?view=cards&sort=arr:desc", None),
                ("accounts-none", "/dashboard/accounts?search=nothing", None),
                ("account", of, None),
                ("account-why", of + "/health?since=30d", None),
                ("account-edit", of + "/edit", None),
                ("account-mistakes", "/dashboard/accounts/new", stale),
                ("engagements", "/dashboard/engagements", None),
                ("engagement", "/dashboard/engagements/" + call, None),
                ("engagement-new", "/dashboard/engagements/new?account=" + account, None),
                ("goals", "/dashboard/goals?open=true", None),
                ("goal", "/dashboard/goals/" + goal, None),
                ("goal-edit", "/dashboard/goals/" + goal + "/edit", None),
                ("tasks", "/dashboard/tasks", None),
                ("tasks-all", "/dashboard/tasks?view=all&open=true", None),
                ("task", "/dashboard/tasks/" + task, None),
                ("task-new", "/dashboard/tasks/new?account=" + account, None),
                ("segments", "/dashboard/segments", None),
                ("goals-report", "/dashboard/goals/report", None),
                ("engagements-report", "/dashboard/engagements/report", None),
                ("arr", "/dashboard/arr", None),
                ("many", "/dashboard/bulk/accounts?status=at_risk", None),
                ("imports", "/dashboard/imports", None),
                ("operations", "/dashboard/operations", None),
                ("notifications", "/dashboard/notifications", None),
                ("session", "/dashboard/session", None),
                ("keys", "/dashboard/keys", None),
                ("not-found", "/dashboard/accounts/nobody", None),
            ]
            total = 0
            for signs_in, some in ((True, before), (False, pages)):
                for name, address, prepare in some:
                    if asked.only and asked.only not in name:
                        continue
                    for theme in ("light", "dark") if name in DARK else ("light",):
                        browser.theme(theme)
                        raw = browser.picture(base + address, 500, asked.height, prepare)
                        quantize = ["pngquant", "--nofs", "--strip", "--speed", "1", COLOURS, "-"]
                        small = subprocess.run(quantize, input=raw, capture_output=True, check=True).stdout
                        (out / f"{name}-{theme}.png").write_bytes(small)
                        total += len(small)
                        print(f"{name}-{theme}.png {len(small)}")
                if signs_in:
                    browser.go(link)
                    browser.script("document.querySelector('.sign-in button').click()")
                    browser.script("return new Promise((done) => setTimeout(done, 500))")
            print(f"{total} bytes in all")
            if total > MOST_BYTES:
                sys.exit(f"more than {MOST_BYTES}")
        finally:
            browser.end()
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
