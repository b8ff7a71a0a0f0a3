#!/bin/sh
# A night with fastenr, from a fresh clone: build, migrate, import users, accounts and what belongs to them, score them all, list
# who is at risk. Ends with a book of customers to look at.
# Run it again and every row is unchanged. Ends with 0, also when rows of the CRM's file were rejected; anything worse
# stops the night with fastenr's own exit code.
#   FASTENR              a fastenr to use instead of building one
#   FASTENR_NIGHTLY_DIR  where the database and the rejected rows are kept (default: target/nightly of the clone)
#   FASTENR_NIGHTLY_DEMO options of the demo book (default: --nights 30)
set -eu

examples=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$examples")
folder=${FASTENR_NIGHTLY_DIR:-$root/target/nightly}

if [ -n "${FASTENR:-}" ]; then
    fastenr=$FASTENR
else
    (cd -- "$root" && cargo build --release --quiet --locked -p fastenr-cli)
    fastenr=${CARGO_TARGET_DIR:-$root/target}/release/fastenr
fi

mkdir -p -- "$folder"
folder=$(CDPATH='' cd -- "$folder" && pwd)
# A database of its own, whatever the shell or the config file says.
FASTENR_DATABASE_URL=sqlite://$folder/nightly.db
export FASTENR_DATABASE_URL
rejects=$folder/accounts_messy.rejected.csv
report=$folder/accounts_messy.json

"$fastenr" db migrate
"$fastenr" users import "$examples/users.csv" --yes
"$fastenr" accounts import "$examples/accounts.csv" --yes

# The CRM's export: a few bad rows are put aside, many would mean that the file is not what it was yesterday.
rm -f -- "$rejects"
code=0
"$fastenr" accounts import "$examples/accounts_messy.csv" --mapping "$examples/mappings/german_crm.toml" \
    --on-error skip --reject-limit 10 --rejects "$rejects" --yes -o json >"$report" || code=$?
case $code in
    0) ;;
    3)
        # 3: done, but rows were rejected.
        rejected=$(tr -d ' \n' <"$report" | sed -n 's/.*"rejected":\([0-9][0-9]*\).*/\1/p')
        printf '%s rows of accounts_messy.csv were rejected: correct them in %s\n' "${rejected:-Some}" "$rejects" >&2
        ;;
    *)
        printf 'the import of accounts_messy.csv ended with %s: see %s\n' "$code" "$report" >&2
        exit "$code"
        ;;
esac

# After all the accounts, so that each row finds its own.
for noun in contacts engagements metrics goals; do
    "$fastenr" "$noun" import "$examples/$noun.csv" --yes
done

# 3: done, but the guard holds alerts: more would open in one run than it lets through, or the data looks wrong. The last line says so.
code=0
"$fastenr" recompute || code=$?
case $code in
    0 | 3) ;;
    *) exit "$code" ;;
esac

"$fastenr" accounts list --status at_risk --sort arr:desc

# A book worth looking at, in a database of its own: who is at risk, why, and where to look next.
demo=$folder/demo.db
if [ ! -e "$demo" ]; then
    # shellcheck disable=SC2086 # options, split at blanks
    "$fastenr" --database "$demo" demo ${FASTENR_NIGHTLY_DEMO:---nights 30}
fi
