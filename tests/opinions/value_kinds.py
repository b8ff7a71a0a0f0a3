#!/usr/bin/env python3
"""Cells and keys that systems bend, by kind: none of them changes a book by accident.

    tests/opinions/value_kinds.py target/debug/fastenr [SEED [FILES [KIND …]]]

Makes FILES files (200) of each kind and imports each into a database that has a small book. Afterwards the records are those
that the file means, or the import said no, wrote nothing and offered a way out. What is counted as misread is printed with its
file, which is kept.
"""

import json
import random
import shutil
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

NAMES = ["Acme", "Globex", "Initech", "Umbrella", "Hooli", "Stark", "Wayne", "Tyrell", "Cyberdyne", "Vandelay"]
NULLS = ["N/A", "n/a", "#N/A", "NULL", "null", "-", "—", "--", "(blank)", "TBD", "None", "nan", "undefined", "Not available"]


def table(header, rows, delimiter=","):
    def cell(text):
        return '"' + text.replace('"', '""') + '"' if delimiter in text or '"' in text or "\n" in text else text

    return "".join(delimiter.join(map(cell, row)) + "\n" for row in [header, *rows])


class File:
    """A file, what is in the database before, and what is to be there after."""

    def __init__(self, rows, meant, header=("external_id", "name"), noun="accounts", args=(), before=(), fields=None, key="external_id",
                 may_refuse=True, must_refuse=False, exits=(0,), text=None, suffix="csv", delimiter=","):
        self.data = table(header, rows, delimiter) if text is None else text
        self.meant, self.noun, self.args, self.before = meant, noun, list(args), list(before)
        self.fields, self.key, self.exits, self.suffix = list(fields or header), key, exits, suffix
        self.may_refuse, self.must_refuse = may_refuse or must_refuse, must_refuse


def book(rng, ids):
    return [[one, f"{rng.choice(NAMES)} {n}"] for n, one in enumerate(ids)]


def known(rows):
    return {row[0]: {"name": row[1]} for row in rows}


def damaged_ids(rng):
    rows = book(rng, [f"{rng.randrange(10**6):07}" for _ in range(3)])
    bent = rng.choice(["1.23457E+15", "4,89E+09", "7E+05", "1e+06", "1001.0", "1001,00", "'00123", "#N/A", "#REF!", "#WERT!"])
    rows.insert(rng.randrange(4), [bent, "Bent"])
    return File(rows, {}, must_refuse=True)


def lost_zeros(rng):
    before = book(rng, [f"00{n}" for n in rng.sample(range(100, 999), 3)])
    rows = [[row[0].lstrip("0") if rng.random() < 0.6 else row[0], row[1]] for row in before]
    bent = any(row[0] != kept[0] for row, kept in zip(rows, before))
    return File(rows, known(before), before=[("accounts", table(["external_id", "name"], before))], must_refuse=bent)


def other_case(rng):
    before = book(rng, [f"{rng.choice('abc')}x-{n}".upper() for n in range(3)])
    rows = [[row[0].lower(), row[1]] for row in before]
    return File(rows, known(before), before=[("accounts", table(["external_id", "name"], before))], must_refuse=True)


def formula_ids(rng):
    ids = [f"{rng.randrange(10**5):06}" for _ in range(3)]
    rows = book(rng, ids)
    return File([[f'="{row[0]}"', row[1]] for row in rows], known(rows), may_refuse=False, delimiter=rng.choice(",;\t"))


def changed_ids(rng):
    before = book(rng, ["A-1", "A-2", "A-3"])
    rows = [[row[1], rng.choice([f"X{row[0]}", row[0].replace("A-", "")])] for row in before]
    return File(rows, known(before), header=["name", "external_id"], args=["--key", "name"],
                before=[("accounts", table(["external_id", "name"], before))], fields=["external_id", "name"], must_refuse=True)


def missing(rng):
    before = book(rng, [str(1000 + n) for n in range(30)])
    kept = rng.sample(before, rng.choice([0, 5, 20, 26, 28, 29, 30]))
    form = rng.choice(["", "", ".0", "E"])
    rows = [[row[0] + (".0" if form == ".0" else ""), row[1]] for row in kept]
    few = form != ".0" and len(before) - len(kept) <= 3
    stays = known(kept) if few else known(before)
    return File(rows, stays, args=["--missing", "archive", "--yes"], before=[("accounts", table(["external_id", "name"], before))],
                must_refuse=not few, may_refuse=False)


def amounts(rng):
    number = Decimal(rng.randrange(1, 10**7)) / 100
    style = rng.choice(["plain", "noise", "third", "percent", "wide", "arabic", "sign", "accounting", "foreign", "code", "exponent"])
    cell, meant, header = f"{number:.2f}", number, "arr"
    if style == "noise":
        number = Decimal(rng.randrange(1, 10**6)) / 100
        cell, meant = repr(float(number) + rng.choice([1e-9, -1e-9, 2e-10])), number
    elif style == "third":
        cell, meant = f"{number:.2f}{rng.randrange(1, 10)}", None
    elif style == "percent":
        cell, meant = f"{rng.randrange(1, 100)}%", None
    elif style == "wide":
        cell = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in cell)
    elif style == "arabic":
        cell = "".join(chr(0x660 + int(c)) if c.isdigit() else c for c in cell)
    elif style == "sign":
        cell = rng.choice(["$", "USD ", "$ "]) + cell
    elif style == "accounting":
        cell, meant = rng.choice(["$ -", "$-", "$ —"]), Decimal(0)
    elif style == "foreign":
        cell, meant = rng.choice(["€", "£", "EUR ", "¥"]) + cell, None
    elif style == "code":
        header = rng.choice(["ARR (EUR)", "arr_gbp"])
        meant = None
    elif style == "exponent":
        cell, meant = f"{rng.randrange(1, 99)}E+{rng.randrange(1, 4)}", None
        mantissa, exponent = cell.split("E+")
        meant = Decimal(mantissa) * 10 ** int(exponent)
    rows = [["A-1", "Acme", cell], ["A-2", "Bolt", "5.25"]]
    stored = {"A-1": {"name": "Acme", "arr": meant}, "A-2": {"name": "Bolt", "arr": Decimal("5.25")}}
    return File(rows, stored if meant is not None else {}, header=["external_id", "name", header], fields=["external_id", "name", "arr"],
                must_refuse=meant is None, may_refuse=False)


def currency_column(rng):
    codes = [rng.choice(["EUR", "GBP", "CHF", "JPY", "€", "£"]) for _ in range(2)]
    header = rng.choice(["Currency", "ACV Currency", "ARR Currency ISO Code", "Währung", "Devise", "ccy"])
    rows = [[f"A-{n}", f"Acme {n}", "100.00", code] for n, code in enumerate(codes)]
    if rng.random() < 0.3:
        rates = {"€": "EUR", "£": "GBP"}
        told = ", ".join(f'{code} = "2"' for code in sorted({rates.get(code, code) for code in codes}))
        args = ["--mapping", f"fx = {{ column = {json.dumps(header)}, {told} }}"]
        stored = {row[0]: {"arr": Decimal(200)} for row in rows}
        return File(rows, stored, header=["external_id", "name", "arr", header], args=args, fields=["external_id", "arr"], may_refuse=False)
    return File(rows, {}, header=["external_id", "name", "arr", header], fields=["external_id", "arr"], must_refuse=True)


def scales(rng):
    most = rng.choice([1, 5, 10])
    field = rng.choice(["csat", "feature_adoption_score", "nps"])
    count = rng.choice([1, 3, 19, 25])
    values = [round(rng.uniform(0.1, most), rng.choice([0, 1, 2]) if field != "nps" else 0) for _ in range(count)]
    if field == "nps":
        values = [rng.randrange(0, 11) for _ in range(count)]
    if not any(values):
        values[0] = 1
    rows = [["A-1", f"2026-{n // 28 + 1:02}-{n % 28 + 1:02}", f"{value:g}"] for n, value in enumerate(values)]
    return File(rows, {}, header=["account", "metric_date", field], noun="metrics", before=[("accounts", "external_id,name\nA-1,Acme\n")],
                key="metric_date", must_refuse=True)


def minutes(rng):
    values = [rng.choice(["12.5", "7.25", "30", "0.125", "１２.５"]) for _ in range(3)]
    stored = {"12.5": 12.5, "7.25": 7.25, "30": 30, "0.125": 0.12, "１２.５": 12.5}
    rows = [["A-1", f"2026-01-0{n + 1}", value] for n, value in enumerate(values)]
    meant = {row[1]: {"session_minutes": Decimal(str(stored[row[2]]))} for row in rows}
    return File(rows, meant, header=["account", "metric_date", "session_minutes"], noun="metrics", key="metric_date", may_refuse=False,
                before=[("accounts", "external_id,name\nA-1,Acme\n")], fields=["metric_date", "session_minutes"])


def null_words(rng):
    before = [["A-1", "Acme", "Retail", "100.00", "5"], ["A-2", "Bolt", "Steel", "200.00", "6"]]
    header = ["external_id", "name", "industry", "arr", "seats"]
    rows = [list(row) for row in before]
    rows.append(["A-3", "New", "Food", "300.00", "7"])
    meant = {row[0]: {"name": row[1], "industry": row[2], "arr": Decimal(row[3]), "seats": int(row[4])} for row in rows}
    for row in rows:
        for column in range(2, 5):
            if rng.random() < 0.4:
                row[column] = rng.choice(NULLS)
                # What is there stays; a new record has none.
                if row[0] == "A-3":
                    meant["A-3"][header[column]] = None
    empty = rng.choice([[], ["--empty", "clear"]])
    return File(rows, meant, header=header, args=empty, before=[("accounts", table(header, before))], may_refuse=False)


def null_names(rng):
    rows = [["A-1", rng.choice(NULLS)], ["A-2", "Bolt"]]
    if rng.random() < 0.5:
        rows = [[rng.choice(NULLS), "Acme"], ["A-2", "Bolt"]]
    return File(rows, {}, must_refuse=True)


def twice(rng):
    rows = book(rng, ["A-1", "A-2", "A-3"])
    again = list(rng.choice(rows))
    again[1] += " again"
    rows.insert(rng.randrange(4), again)
    which = rng.choice([None, "first", "last"])
    meant = {}
    for row in rows if which == "last" else reversed(rows):
        meant[row[0]] = {"name": row[1]}
    return File(rows, meant if which else {}, args=["--duplicates", which] if which else [], must_refuse=which is None, may_refuse=False)


def bad_cells(rng):
    header = ["external_id", "name", "status", "size", "owner", "contract_end", "seats"]
    before = [["A-1", "Acme", "at_risk", "small", "", "2027-01-31", "5"], ["A-2", "Bolt", "active", "large", "", "2027-02-28", "6"]]
    bad = {"status": "won", "size": "huge", "owner": "nobody@example.com", "contract_end": "31.31.2027", "seats": "many"}
    rows = [list(row) for row in before]
    some = False
    for row in rows:
        for column, word in enumerate(header):
            if word in bad and rng.random() < 0.3:
                row[column], some = bad[word], True
        row[1] += " Ltd"
    meant = {row[0]: {"name": f"{row[1]} Ltd", "status": row[2], "size": row[3], "contract_end": row[5], "seats": int(row[6])} for row in before}
    keep = rng.random() < 0.7
    if not keep and some:
        return File(rows, {}, header=header, before=[("accounts", table(header, before))], must_refuse=True, fields=["external_id", "name"])
    # Word of a person: a status of an import does not overwrite nothing here, as it is what is there.
    return File(rows, meant, header=header, args=["--bad-cells", "keep"] if keep else [], before=[("accounts", table(header, before))],
                may_refuse=False, exits=(3,) if some else (0,), fields=["external_id", *(field for field in header[1:] if field != "owner")])


def look_ups(rng):
    accounts = "external_id,name,domain,custom.billing\nA-1,Acme,acme.example,700\nA-2,Bolt,bolt.example,701\nA-3,Bolt,other.example,702\n"
    people = "account,name,email\nA-1,Ann,ann@acme.example\nA-2,Bo,bo@bolt.example\n"
    by, words = rng.choice([
        ("name", {"Acme": "A-1", "ACME ": "A-1", "Bolt": None, "Nobody": None}),
        ("domain", {"acme.example": "A-1", "https://www.bolt.example/x": "A-2", "jo@other.example": "A-3", "none.example": None}),
        ("email", {"ann@acme.example": "A-1", "BO@bolt.example": "A-2", "cy@bolt.example": None}),
        ("custom.billing", {"700": "A-1", "702": "A-3", "999": None}),
    ])
    word = rng.choice(list(words))
    account = words[word]
    noun = rng.choice(["metrics", "engagements"])
    if noun == "metrics":
        header, row, fields, key = ["account", "metric_date", "login_frequency"], [word, "2026-01-05", "7"], ["metric_date", "account"], "metric_date"
    else:
        header, row, fields, key = ["account", "type", "title", "completed_at"], [word, "call", "Hello", "2026-01-05T10:00:00Z"], ["title", "account"], "title"
    meant = {row[header.index(key)]: {"account": account}} if account else {}
    return File([row], meant, header=header, noun=noun, args=["--lookup", f"account={by}"], fields=fields, key=key,
                before=[("accounts", accounts), ("contacts", people)], must_refuse=account is None, may_refuse=False)


def first_and_last(rng):
    first, last = rng.choice([
        ("First Name", "Last Name"), ("first_name", "last_name"), ("Given Name", "Surname"), ("Vorname", "Nachname"), ("Prénom", "Nom"),
        ("Nombre", "Apellidos"), ("Nome", "Cognome"), ("Voornaam", "Achternaam"), ("Förnamn", "Efternamn"), ("Imię", "Nazwisko"),
    ])
    rows = [["A-1", rng.choice(["Ann", "Bo", ""]), f"Able {n}", f"p{n}@acme.example"] for n in range(3)]
    meant = {row[3]: {"name": f"{row[1]} {row[2]}".strip()} for row in rows}
    return File(rows, meant, header=["Account ID", first, last, "Email"], noun="contacts", before=[("accounts", "external_id,name\nA-1,Acme\n")],
                fields=["email", "name"], key="email", may_refuse=False)


def other_words(rng):
    header, words = rng.choice([
        ("Tier", ["Gold", "Silver", "Bronze"]),
        ("Segment", ["SMB", "Mid-Market", "Strategic"]),
        ("Lifecycle Stage", ["Lead", "Opportunity", "Evangelist"]),
    ])
    rows = [[f"A-{n}", f"Acme {n}", rng.choice(words)] for n in range(4)]
    meant = {row[0]: {"name": row[1], "size": None, "status": "active"} for row in rows}
    return File(rows, meant, header=["external_id", "name", header], fields=["external_id", "name", "size", "status"], may_refuse=False)


def tags(rng):
    words = rng.sample(["vip", "emea", "beta", "pilot", "q3"], 3)
    separator = rng.choice(["|", " | ", ";", ", ", ",", "，", "、", " • ", "\n"])
    cell = rng.choice([separator.join(words), "{%s}" % ",".join(words), str(words), json.dumps(words)])
    rows = [["A-1", "Acme", cell]]
    return File(rows, {"A-1": {"tags": sorted(words)}}, header=["external_id", "name", "tags"], may_refuse=False, fields=["external_id", "tags"])


def local_times(rng):
    hour = rng.randrange(24)
    rows = [["A-1", "Acme", rng.choice([f"2025-01-31 {hour:02}:30", f"31.01.2025 {hour:02}:30", f"2025-01-31T{hour:02}:30:00"])]]
    utc = (hour + 5) % 24
    day = "2025-02-01" if hour + 5 >= 24 else "2025-01-31"
    args, before = [], []
    if rng.random() < 0.5:
        args = ["--time-zone", "America/Bogota"]
    else:
        before = [("zone", "America/Bogota")]
    return File(rows, {"A-1": {"created_at": f"{day}T{utc:02}:30:00Z"}}, header=["external_id", "name", "created_at"], args=args, before=before,
                may_refuse=False, fields=["external_id", "created_at"])


def other_calendars(rng):
    day, month = rng.randrange(13, 29), rng.randrange(1, 13)
    year = rng.choice([rng.randrange(2540, 2600), rng.randrange(1390, 1450), rng.randrange(5770, 5800)])
    form, order = rng.choice([("{y}-{m:02}-{d:02}", "ymd"), ("{d:02}/{m:02}/{y}", "dmy"), ("{d}.{m}.{y}", "dmy"), ("{y}/{m:02}/{d:02}", "ymd")])
    rows = [["A-1", "Acme", form.format(d=day, m=month, y=year)]]
    args = ["--date-format", order] if rng.random() < 0.4 else []
    return File(rows, {}, header=["external_id", "name", "contract_end"], args=args, must_refuse=True)


def years_beside_names(rng):
    """`31-Jan-24` and `24-Jan-31`: what is taken is what was meant, or it is asked about."""
    year_first = rng.random() < 0.5
    # Of 28-Jan-26 nobody can tell.
    last = 20 if year_first else 29
    days = [(rng.randrange(23, 29), rng.choice(["Jan", "FEB", "Oct", "déc."]), rng.randrange(1, last)) for _ in range(rng.choice([1, 3, 8]))]
    months = {"Jan": 1, "FEB": 2, "Oct": 10, "déc.": 12}
    rows = [[f"A-{n}", f"Acme {n}", f"{y:02}-{m}-{d:02}" if year_first else f"{d:02}-{m}-{y:02}"] for n, (y, m, d) in enumerate(days)]
    meant = {f"A-{n}": {"contract_end": f"20{y}-{months[m]:02}-{d:02}"} for n, (y, m, d) in enumerate(days)}
    told = rng.random() < 0.3
    args = ["--date-format", "ymd" if year_first else "dmy"] if told else []
    return File(rows, meant, header=["external_id", "name", "contract_end"], args=args, fields=["external_id", "contract_end"], may_refuse=not told)


def objects(rng):
    member = rng.choice([{"first": "Acme"}, ["Acme"], {}, [{"x": 1}]])
    line = {"external_id": "A-1", "name": "Acme", rng.choice(["name", "industry", "arr", "contract_end"]): member}
    return File([], {}, text=json.dumps(line) + "\n", suffix="jsonl", must_refuse=True)


def said_twice(rng):
    row = ["A-1", "call", "Kick-off  call", "2026-01-05T10:00:00Z"]
    rows = [row, [row[0], row[1], rng.choice(["Kick-off call", "KICK-OFF CALL", "Kick-off  call"]), row[3]], ["A-1", "call", "Other", row[3]]]
    same = rows[1] == rows[0]
    meant = {"Other": {}, row[2].strip(): {}}
    noun = "engagements"
    return File(rows, meant, header=["account", "type", "title", "completed_at"], noun=noun, before=[("accounts", "external_id,name\nA-1,Acme\n")],
                fields=["title"], key="title", must_refuse=False, may_refuse=not same)


def nested(rng):
    lines = []
    meant = {}
    for n in range(3):
        lines.append(json.dumps({"id": f"{n + 1}", "properties": {"name": f"Acme {n}", "deal": {"arr": 100 + n}}, "extra": [1]}))
        meant[f"{n + 1}"] = {"name": f"Acme {n}", "arr": Decimal(100 + n)}
    return File([], meant, text="\n".join(lines) + "\n", suffix="jsonl", args=["--map", "properties.name=name", "--map", "properties.deal.arr=arr"],
                fields=["external_id", "name", "arr"], may_refuse=False)


KINDS = [damaged_ids, lost_zeros, other_case, formula_ids, changed_ids, missing, amounts, currency_column, scales, minutes, null_words, null_names,
         twice, bad_cells, look_ups, first_and_last, other_words, tags, local_times, other_calendars, years_beside_names, objects, said_twice,
         nested]


def run(binary, database, *args):
    return subprocess.run([binary, "--database", f"sqlite://{database}", *args], capture_output=True)


def stored(binary, database, file):
    """Records by their key, in the fields that the file is about; nothing where fastenr does not know one of them."""
    done = run(binary, database, file.noun, "export", "-o", "jsonl", "--fields", ",".join(file.fields))
    records = [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in done.stdout.splitlines()]
    return {record.pop(file.key): record for record in records}


def same(stored, meant):
    if stored.keys() != meant.keys():
        return False
    for key, record in meant.items():
        for field, value in record.items():
            there = stored[key].get(field)
            if isinstance(there, str) and isinstance(value, str):
                there, value = there.replace(".000000Z", "Z"), value
            if there != value:
                return False
    return True


def copied(source, target):
    """A database and what of it may still be in its log."""
    for suffix in ("", "-wal"):
        if Path(f"{source}{suffix}").exists():
            shutil.copy(f"{source}{suffix}", f"{target}{suffix}")


def main():
    binary = Path(sys.argv[1]).resolve()
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    files = int(sys.argv[3]) if len(sys.argv) > 3 else 200
    kinds = [kind for kind in KINDS if len(sys.argv) < 5 or kind.__name__ in sys.argv[4:]]
    print(f"seed {seed}, {files} files of each kind", flush=True)
    misread_in_all = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        empty = folder / "empty.db"
        run(binary, empty, "db", "migrate").check_returncode()
        prepared, known_before = {}, {}
        for kind in kinds:
            rng = random.Random(f"{seed} {kind.__name__}")
            counts = {"right": 0, "refused": 0, "misread": 0}
            for number in range(files):
                file = kind(rng)
                database, path = folder / "one.db", folder / f"{kind.__name__}.{file.suffix}"
                before = json.dumps(file.before)
                if before not in prepared:
                    copied(empty, database)
                    for noun, text in file.before:
                        if noun == "zone":
                            run(binary, database, "organizations", "update", "default", "--time-zone", text).check_returncode()
                            continue
                        (folder / "before.csv").write_text(text)
                        done = run(binary, database, noun, "import", folder / "before.csv")
                        if done.returncode != 0:
                            sys.exit(f"{kind.__name__}: the book: {done.stderr.decode()}{done.stdout.decode()}")
                    prepared[before] = folder / f"prepared{len(prepared)}.db"
                    copied(database, prepared[before])
                copied(prepared[before], database)
                path.write_text(file.data)
                args = []
                for arg in file.args:
                    if arg.startswith("fx = "):
                        (folder / "mapping.toml").write_text(arg)
                        arg = str(folder / "mapping.toml")
                    args.append(arg)
                what = (before, file.noun, *file.fields)
                if what not in known_before:
                    known_before[what] = stored(binary, database, file)
                there = known_before[what]
                said = run(binary, database, file.noun, "import", path, *args)
                after = stored(binary, database, file)
                way_out = b"hint:" in said.stderr or b"--" in said.stderr
                refused = said.returncode in (1, 2, 5) and after == there and way_out
                if said.returncode in file.exits and not file.must_refuse and same(after, file.meant):
                    counts["right"] += 1
                elif refused and file.may_refuse:
                    counts["refused"] += 1
                else:
                    counts["misread"] += 1
                    if counts["misread"] <= 2:
                        kept = Path(tempfile.gettempdir()) / f"misread_{kind.__name__}_{number}.{file.suffix}"
                        kept.write_text(file.data)
                        print(f"  {kept} {file.args}: exit {said.returncode}, {after}, meant {file.meant}\n{said.stdout.decode()}{said.stderr.decode()}")
                for leftover in folder.glob("one.db*"):
                    leftover.unlink()
            misread_in_all += counts["misread"]
            print(f"{kind.__name__}: " + ", ".join(f"{count} {what}" for what, count in counts.items()), flush=True)
    sys.exit(1 if misread_in_all else 0)


main()
