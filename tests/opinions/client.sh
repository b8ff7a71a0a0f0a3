#!/usr/bin/env bash
# A client that openapi-python-client makes of docs/openapi.json, against a served binary: it creates, lists, imports, and meets 409,
# 412 and 422. Needs Python and the network to install the generator, so it is no part of the gate.
#   tests/opinions/client.sh
# CLIENT_VENV: where the generator is kept. FASTENR: the binary.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=${CLIENT_VENV:-target/client}
[ -x "$venv/bin/openapi-python-client" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet 'openapi-python-client>=0.26,<1'; }
# It knows no text but JSON.
cat >"$venv/config.yaml" <<'YAML'
content_type_overrides:
  text/csv: application/octet-stream
  text/tab-separated-values: application/octet-stream
  application/x-ndjson: application/octet-stream
  application/gzip: application/octet-stream
YAML
rm -rf "$venv/made"
"$venv/bin/openapi-python-client" generate --config "$venv/config.yaml" --path docs/openapi.json --output-path "$venv/made" --meta none \
    >"$venv/generated.log" 2>&1 || { cat "$venv/generated.log"; exit 1; }
printf 'left out by the generator: %s\n' "$(grep -c '^WARNING\|^Unable' "$venv/generated.log" || true)"
grep '^WARNING\|^Unable' "$venv/generated.log" || true
PYTHONPATH=tests/opinions:$venv exec "$venv/bin/python" tests/opinions/client.py
