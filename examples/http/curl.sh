#!/bin/sh
# A round through the API with curl: make an account, see it, change it, take the change back, follow the feed.
# FASTENR_URL: the server; FASTENR_KEY: a key made with `fastenr keys create --name curl --scope '*'`.
set -eu
url=${FASTENR_URL:-http://127.0.0.1:8787}
key=${FASTENR_KEY:?make a key with: fastenr keys create --name curl --scope "*"}

# ask METHOD PATH [curl's own options]: prints the answer; a refusal is printed too and ends the script.
ask() {
    method=$1 path=$2
    shift 2
    curl --silent --show-error --fail-with-body --request "$method" "$url$path" \
        --header "Authorization: Bearer $key" "$@"
}

# The value of a member of the answer on stdin, as far as it is a plain text or number.
member() {
    tr ',{}' '\n\n\n' | sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\"]*\)\"\{0,1\} *\$/\1/p" | head -n 1
}

echo "== an account"
made=$(ask POST /api/accounts --json '{"name": "Curl & Sons", "arr": 50000, "status": "onboarding"}' \
    --header "Idempotency-Key: $(date +%s)-$$")
id=$(printf '%s' "$made" | member id)
echo "$id"

echo "== in the list"
ask GET "/api/accounts?search=curl&limit=1"
echo

echo "== changed by whoever has seen version 1, and by nobody else"
ask PUT "/api/accounts/$id" --json '{"arr": 60000}' --header 'If-Match: "1"' --dump-header /tmp/fastenr-curl-$$ >/dev/null
operation=$(sed -n 's/^fastenr-operation: *//Ip' /tmp/fastenr-curl-$$ | tr -d '\r')
rm -f /tmp/fastenr-curl-$$
ask PUT "/api/accounts/$id" --json '{"arr": 1}' --header 'If-Match: "1"' || echo " <- refused, as it should be"

echo "== undone"
ask POST "/api/operations/$operation/undo"
echo

echo "== what happened, as server-sent events, for two seconds"
ask GET "/api/activities/stream?since=1d" --no-buffer --max-time 2 || true
echo
