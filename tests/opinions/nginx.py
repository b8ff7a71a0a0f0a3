#!/usr/bin/env python3
"""The server behind a real nginx, as it comes and as docs/proxies.md sets it up.

    python3 tests/opinions/nginx.py

Needs nginx (apt-get install nginx-light), or NGINX=PATH; says so where there is none."""

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import served

# One server block and nothing else that is not needed to run it without root.
PLAIN = """
pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1; daemon off;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  gzip {gzip}; gzip_types text/csv application/json; gzip_proxied any; gzip_min_length 20;
  server {{
    listen 127.0.0.1:{port};
    {more}
    location / {{ proxy_pass http://127.0.0.1:{upstream}; {location} }}
  }}
}}
"""

DOCUMENTED = "proxy_http_version 1.1; proxy_set_header Host $host; proxy_set_header Connection ''; proxy_read_timeout 120s;"


@contextlib.contextmanager
def nginx(fastenr, gzip_="off", more="", location=""):
    program = os.environ.get("NGINX") or shutil.which("nginx") or "/usr/sbin/nginx"
    if not os.path.exists(program):
        raise SystemExit("nginx is not here: apt-get install nginx-light, or NGINX=PATH")
    port = served.free_port()
    config = fastenr.folder / "nginx.conf"
    text = PLAIN.format(folder=fastenr.folder, port=port, upstream=fastenr.port, gzip=gzip_, more=more, location=location)
    if os.getuid() == 0:
        text = "user root;" + text
    config.write_text(text)
    running = subprocess.Popen([program, "-p", str(fastenr.folder), "-c", str(config)], stderr=subprocess.PIPE)
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            break
        if running.poll() is not None:
            raise SystemExit(running.stderr.read().decode())
        time.sleep(0.02)
    try:
        yield port
    finally:
        running.send_signal(signal.SIGQUIT)
        running.wait(20)


failed = []


def lines(text):
    return text.count(b"\n")


def say(what, ok, told=""):
    print(f"{'ok  ' if ok else 'FAIL'} {what} {told}", flush=True)
    if not ok:
        failed.append(what)


def stream_is_live(fastenr, port, what):
    """Headers at once, and an activity a moment after it was written."""
    begun = time.monotonic()
    stream = socket.create_connection(("127.0.0.1", port), timeout=20)
    stream.sendall(f"GET /api/activities/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {fastenr.key}\r\n\r\n".encode())
    text = b""
    while b"following" not in text:
        text += stream.recv(4096)
    headers = time.monotonic() - begun
    name = f"Live {what} {begun}"
    assert fastenr.request("POST", "/api/accounts", {"name": name})[0] == 201
    begun = time.monotonic()
    while name.encode() not in text:
        text += stream.recv(4096)
    event = time.monotonic() - begun
    say(f"{what}: the feed is live", headers < 2 and event < 2, f"headers after {headers * 1e3:.0f} ms, an activity after {event * 1e3:.0f} ms")


def main():
    with served.fastenr("sqlite") as fastenr:
        fastenr.migrate()
        fastenr.run("accounts", "import", fastenr.accounts(100_000), "--yes", "--quiet")
        fastenr.serve()

        def direct():
            """The digest of the export without a proxy."""
            return hashlib.sha256(fastenr.request("GET", "/api/accounts", headers={"Accept": "text/csv"})[2]).hexdigest()

        with nginx(fastenr) as port:
            what = "as it comes"
            stream_is_live(fastenr, port, what)
            digest = direct()
            for encoding in ("identity", "gzip"):
                status, headers, body = fastenr.request("GET", "/api/accounts", headers={"Accept": "text/csv", "Accept-Encoding": encoding}, port=port)
                plain = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
                same = hashlib.sha256(plain).hexdigest() == digest
                say(f"{what}: an export is whole ({encoding})", status == 200 and same, f"{len(body)} bytes, {lines(plain)} lines")
            large = b"external_id,name\n" + b"".join(b"B-%d,Big %d\n" % (n, n) for n in range(100_000))
            status, headers, body = fastenr.request("POST", "/api/imports/accounts", large, {"Content-Type": "text/csv"}, port=port)
            say(f"{what}: an upload of {len(large) >> 20} MiB is refused by nginx", status == 413 and headers.get("Server", "").startswith("nginx"), f"{status} {headers.get('Content-Type')}")
            status, _, _ = fastenr.request("POST", "/api/accounts", {"name": "Through"}, port=port)
            say(f"{what}: a write passes", status == 201, str(status))
            status, headers, _ = fastenr.request("GET", "/api/nothing", port=port)
            say(f"{what}: refusals are problems", status == 404 and headers["Content-Type"] == "application/problem+json")
        with nginx(fastenr, gzip_="on", more="client_max_body_size 1g;", location=DOCUMENTED) as port:
            what = "as documented, with gzip of nginx"
            stream_is_live(fastenr, port, what)
            status, _, body = fastenr.request("POST", "/api/imports/accounts?dry_run=true", large, {"Content-Type": "text/csv"}, port=port)
            say(f"{what}: an upload of {len(large) >> 20} MiB passes", status in (200, 202), f"{status} {body[:80]!r}")
            contact = {"account": "A-0000001", "name": "Ann"}
            made = json.loads(fastenr.request("POST", "/api/contacts", contact)[2])
            one = f"/api/contacts/{made['id']}"
            # nginx compresses what came plain: upstream is told nothing of encodings.
            status, headers, _ = fastenr.request("GET", one, headers={"Accept-Encoding": "gzip"}, port=port)
            tag = headers["ETag"]
            say(f"{what}: a tag", status == 200, f"{tag}, {headers.get('Content-Encoding')}")
            status, _, _ = fastenr.request("GET", one, headers={"Accept-Encoding": "gzip", "If-None-Match": tag}, port=port)
            say(f"{what}: it is known again", status == 304, str(status))
            status, _, body = fastenr.request("PUT", one, {"title": "CFO"}, {"If-Match": tag}, port=port)
            say(f"{what}: a write by it passes", status == 200, str(status))
            status, _, body = fastenr.request("PUT", one, {"title": "CEO"}, {"If-Match": tag}, port=port)
            say(f"{what}: a second one by it does not", status == 412, str(status))
            status, _, _ = fastenr.request("PUT", one, {"title": "CTO"}, {"If-Match": 'W/"2"'}, port=port)
            say(f"{what}: nor does a weak tag fail that names the version", status == 200, str(status))
            status, headers, body = fastenr.request("GET", "/api/accounts", headers={"Accept": "text/csv", "Accept-Encoding": "gzip"}, port=port)
            plain = gzip.decompress(body)
            say(f"{what}: an export is whole", hashlib.sha256(plain).hexdigest() == direct(), f"{lines(plain)} lines")
        with nginx(fastenr, gzip_="on", location=DOCUMENTED + " proxy_set_header Accept-Encoding '';") as port:
            what = "with all encoding left to nginx"
            status, headers, _ = fastenr.request("GET", one, headers={"Accept-Encoding": "gzip"}, port=port)
            tag = headers["ETag"]
            say(f"{what}: the tag is weak", status == 200 and tag.startswith('W/"'), f"{tag}, {headers.get('Content-Encoding')}")
            status, _, _ = fastenr.request("PUT", one, {"title": "COO"}, {"If-Match": tag}, port=port)
            say(f"{what}: a write by it passes", status == 200, str(status))
    if failed:
        sys.exit(f"{len(failed)} failed")
    print("passed")


if __name__ == "__main__":
    main()
