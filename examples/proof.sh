#!/bin/sh
# Runs the commands of docs/proof.md on a folder with accounts.csv and metrics.csv.gz, and prints the document with their output:
#
#   sh examples/proof.sh FOLDER < docs/proof.md > target/proof.md && cp target/proof.md docs/proof.md
#
# The first columns are external_id, and account, metric_date. The files are cut to what was known on a day: accounts that had begun, metrics up to it, and churn that a year of silence had shown.
#   FASTENR             a fastenr to use instead of target/dist/fastenr of the clone
#   FASTENR_PROOF_DAY   the day (default: 2017-06-30), and a year before it FASTENR_PROOF_YEAR_BEFORE (default: 2016-06-30)
set -eu

examples=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
fastenr=${FASTENR:-$(dirname -- "$examples")/target/dist/fastenr}
folder=$(CDPATH='' cd -- "$1" && pwd)
today=${FASTENR_PROOF_DAY:-2017-06-30}
known=${FASTENR_PROOF_YEAR_BEFORE:-2016-06-30}

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir -- "$work/bin"
ln -s -- "$fastenr" "$work/bin/fastenr"
PATH=$work/bin:$PATH
FASTENR_DATABASE_URL=sqlite://$work/proof.db
FASTENR_NOW=${today}T06:00:00Z
export PATH FASTENR_DATABASE_URL FASTENR_NOW
cd -- "$work"

awk -F, -v OFS=, -v today="$today" -v known="$known" '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
    $at["contract_start"] > today { next }
    $at["churned_on"] > known { $at["churned_on"] = ""; $at["status"] = "active" }
    { print }' "$folder/accounts.csv" > accounts.csv
gunzip -c "$folder/metrics.csv.gz" | awk -F, -v today="$today" '
    NR == FNR { there[$1]; next }
    FNR == 1 || $1 in there && $2 <= today' accounts.csv - > metrics.csv

shown=yes
while IFS= read -r line; do
    case $line in
        '```console') shown=no ;;
        '```') shown=yes ;;
    esac
    case $shown$line in
        'no$ '*)
            printf '%s\n' "$line"
            # A refusal is a result as well, and so is a warning; an error is none.
            sh -c "${line#?}" 2>&1 </dev/null || case $? in 3 | 5) ;; *) printf 'failed: %s\n' "$line" >&2 && exit 1 ;; esac
            ;;
        'no```console' | yes*) printf '%s\n' "$line" ;;
    esac
done
