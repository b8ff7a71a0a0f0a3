#!/usr/bin/env python3
"""Files that break readers, by kind: none of them is misread.

    tests/opinions/reading_kinds.py target/debug/fastenr [SEED [FILES]]

Makes FILES files (200) of each kind and imports each into an empty database. The accounts are then those that the file
means, or the import said no and wrote nothing. What is counted as misread is printed with its file, which is kept.
"""

import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = ["Acme", "Globex", "Initech", "Umbrella", "Hooli", "Stark Industries", "Wayne Enterprises", "Tyrell", "Cyberdyne"]
NOTES = ["ok", "call back", "renewal at risk", "5 seats", "asked for a quote", ""]

WORDS = {
    "windows-1252": "Müller Größe Père Crèche Forêt Møller Ørsted Åse Muñoz García Città Nicolò São Construções Göteborg België".split(),
    "windows-1250": "Dvořák Žďár Černý Příbram Łódź Wałęsa Częstochowa Győr Kőszeg Szűcs Kovačević Čačak Ţară Iaşi".split(),
    "iso-8859-2": "Dvořák Žďár Černý Příbram Łódź Wałęsa Częstochowa Győr Kőszeg Szűcs".split(),
    "windows-1251": "Ромашка Торговля Север Логистика Газпром Яндекс Москва Услуги Щука".split(),
    "koi8-r": "Ромашка Торговля Север Логистика Газпром Яндекс Москва Услуги Щука".split(),
    "windows-1253": "Ελλάδα Τράπεζα Αθήνα Εταιρεία Πειραιώς Ξενοδοχείο".split(),
    "windows-1254": "İstanbul Şişli Güneş Çağlar Yıldız Işık Doğan Şirketi Ağaoğlu".split(),
    "windows-1257": "Žemaitė Kėdainiai Įmonė Panevėžys Bērziņš Kalniņš Rēzekne Uzņēmums".split(),
    "windows-1255": "חברה ישראל בנק לאומי".split(),
    "windows-1256": "شركة البنك القاهرة الرياض".split(),
    "mac-roman": "Müller Größe Jäger Père Forêt Café Zürich Muñoz García Société".split(),
    "cp850": "Müller Größe Jäger Köln Père Café Muñoz Société".split(),
    "shift_jis": "株式会社ブルースト 製造業 東京商事 小売 トヨタ自動車 ポスト 山田太郎".split(),
    "euc-jp": "株式会社ブルースト 製造業 東京商事 小売 トヨタ自動車 山田太郎".split(),
    "gbk": "中国银行 北京科技有限公司 上海贸易 阿里巴巴 零售 制造业 深圳市腾讯".split(),
    "big5": "台灣積體電路 零售業 製造業 鴻海精密 有限公司 貿易".split(),
    "euc-kr": "삼성전자 현대자동차 주식회사 제조업 한국은행".split(),
}


def table(rows):
    return "external_id,name,notes\n" + "".join(",".join(row) + "\n" for row in rows)


def plain(rng, first=1, least=2):
    return [[f"A-{n}", rng.choice(NAMES), rng.choice(NOTES)] for n in range(first, first + rng.randrange(least, 7))]


def accounts(rows):
    return {row[0]: row[1] for row in rows}


def inner_quote(rng):
    rows = plain(rng)
    meant = accounts(rows)
    at = rng.randrange(len(rows))
    name = rng.choice(['16" Monitors Ltd', '"Best" Co', 'The "Sun" Inc'])
    meant[rows[at][0]] = name
    rows[at][1] = f'"{name}"' if rng.random() < 0.8 else f'"{name},{name}"'
    return table(rows).encode(), meant


def backslash(rng):
    rows = plain(rng)
    meant = accounts(rows)
    for row in rows:
        if rng.random() < 0.6:
            meant[row[0]] = f'The "{row[1]}" Co'
            row[1] = rng.choice(['"The \\"%s\\" Co"']) % row[1]
    return table(rows).encode(), meant


def blank_before_quote(rng):
    rows = plain(rng)
    meant = accounts(rows)
    row = rng.choice(rows)
    meant[row[0]] = f"{row[1]}, Inc"
    row[1] = rng.choice([" ", "  ", "\t", "\u00a0"]) + f'"{row[1]}, Inc"'
    return table(rows).encode(), meant


def swallowed(rng):
    rows = plain(rng, least=4)
    meant = accounts(rows)
    at = rng.randrange(len(rows) - 1)
    rows[at][2] = '"' + rows[at][2]
    later = rng.randrange(at + 1, len(rows))
    rows[later][2] = rng.choice(['"%s"', '%s"', '"%s, and more"', '""']).replace("%s", rows[later][2])
    return table(rows).encode(), meant


def repeated_header(rng):
    one, two = plain(rng), plain(rng, first=10)
    mark = rng.choice(["", "\ufeff"])
    header = rng.choice(["external_id,name,notes\n", "External_ID, Name ,notes\n"])
    second = "".join(",".join(row) + "\n" for row in two)
    return (mark + table(one) + mark + header + second).encode(), accounts(one + two)


def other_header(rng):
    one, two = plain(rng), plain(rng, first=10)
    second = "name,external_id,notes\n" + "".join(f"{row[1]},{row[0]},{row[2]}\n" for row in two)
    return (table(one) + second).encode(), accounts(one + two)


def totals(rng):
    rows = [[f"A-{n}", rng.choice(NAMES), str(rng.randrange(1, 10_000))] for n in range(1, rng.randrange(3, 9))]
    total = str(sum(int(row[2]) for row in rows))
    word = rng.choice([
        "Total", "TOTAL", "Grand Total", "Summe", "Total:", "Gesamt", "Gesamtergebnis", "Total général", "Suma końcowa", "Eindtotaal", "Yhteensä",
        "Общий итог", "合計", "总计", "총계", "Toplam", "Σύνολο", "المجموع", "Tổng cộng",
    ])
    last = rng.choice([[word, "", total], ["", word, total], [word, word, total], ["", "", total]])
    text = "external_id,name,arr\n" + "".join(",".join(row) + "\n" for row in [*rows, last])
    return text.encode(), accounts(rows)


def invisible(rng):
    rows = plain(rng)
    meant = accounts(rows)
    hidden = ["\ufeff", "\u200b", "\u200e", "\u2060", "\u00a0", "\u00ad"]
    for row in rows:
        for column in (0, 1):
            row[column] = rng.choice(hidden + [""]) + row[column] + rng.choice(hidden + [""])
    return table(rows).encode(), meant


def encoded(rng):
    encoding = rng.choice(list(WORDS))
    words = WORDS[encoding]
    rows = [[f"A-{n}", " ".join(rng.sample(words, rng.randrange(1, 3))), rng.choice(words)] for n in range(1, rng.randrange(2, 12))]
    return table(rows).encode(encoding), accounts(rows)


def nested(rng):
    rows = plain(rng)
    lines = [json.dumps({"id": row[0], "properties": {"name": row[1], "deep": {"notes": row[2]}}}) for row in rows]
    return "\n".join(lines).encode(), accounts(rows), ["--map", "properties.name=name"]


def broken_json(rng):
    rows = plain(rng)
    lines = [str({"external_id": row[0], "name": row[1]}) for row in rows]
    return "\n".join(lines).encode(), accounts(rows), ["--format", "jsonl"]


def quoted_lines(rng):
    """Honest files: cells of several lines, in records that are quoted throughout."""
    rows = plain(rng)
    meant = accounts(rows)
    for row in rows:
        if rng.random() < 0.5:
            row[2] = "\n".join(rng.choice(["Dear Jo,", "a,b,c", "thanks", "", '""yes""']) for _ in range(3))
        row[:] = [f'"{cell}"' for cell in row]
    return table(rows).encode(), meant, [], True


def damaged(rng):
    """A whole file with one byte of damage: what is taken is what the other rows say."""
    rows = plain(rng, least=4)
    for row in rows:
        if rng.random() < 0.4:
            row[2] = '"' + rng.choice(["a, b", 'say ""yes""', "ok"]) + '"'
    data = bytearray(table(rows).encode())
    place = rng.randrange(data.index(b"\n") + 1, len(data))
    data[place] = rng.choice(b'",;\n\\ x')
    before = bytes(data[:place]).count(b"\n") - 1
    touched = {row[0] for row in rows[max(0, before - 1) : before + 2]}
    meant = {key: name for key, name in accounts(rows).items() if key not in touched}
    return bytes(data), meant, ["--on-error", "skip"], False, True


KINDS = [
    inner_quote, backslash, blank_before_quote, swallowed, repeated_header, other_header, totals, invisible, encoded, nested,
    broken_json, quoted_lines, damaged,
]


def run(binary, database, *args):
    return subprocess.run([binary, "--database", f"sqlite://{database}", *args], capture_output=True)


def copied(source, target):
    """A database and what of it may still be in its log."""
    for suffix in ("", "-wal"):
        if Path(f"{source}{suffix}").exists():
            shutil.copy(f"{source}{suffix}", f"{target}{suffix}")


def main():
    binary = Path(sys.argv[1]).resolve()
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    files = int(sys.argv[3]) if len(sys.argv) > 3 else 200
    print(f"seed {seed}, {files} files of each kind")
    misread_in_all = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        empty = folder / "empty.db"
        run(binary, empty, "db", "migrate").check_returncode()
        for kind in KINDS:
            rng = random.Random(f"{seed} {kind.__name__}")
            counts = {"right": 0, "refused": 0, "misread": 0}
            for number in range(files):
                data, meant, *rest = kind(rng)
                args = rest[0] if rest else []
                must_be_taken = len(rest) > 1 and rest[1]
                others_may_lack = len(rest) > 2 and rest[2]
                database, file = folder / "one.db", folder / f"{kind.__name__}.csv"
                copied(empty, database)
                file.write_bytes(data)
                said = run(binary, database, "accounts", "import", file, *args)
                lines = run(binary, database, "accounts", "export", "-o", "jsonl", "--fields", "external_id,name").stdout
                stored = {account["external_id"]: account["name"] for account in map(json.loads, lines.splitlines())}
                refused = said.returncode in (1, 2) and not stored
                way_out = b"hint:" in said.stderr or b"--" in said.stderr
                if others_may_lack and said.returncode in (0, 3):
                    right = all(stored.get(key) == name for key, name in meant.items())
                else:
                    right = said.returncode == 0 and stored == meant
                if right:
                    counts["right"] += 1
                elif refused and way_out and not must_be_taken:
                    counts["refused"] += 1
                else:
                    counts["misread"] += 1
                    if counts["misread"] <= 2:
                        kept = Path(tempfile.gettempdir()) / f"misread_{kind.__name__}_{number}.csv"
                        kept.write_bytes(data)
                        print(f"  {kept}: exit {said.returncode}, {stored}, {said.stderr.decode()}")
                for leftover in folder.glob("one.db*"):
                    leftover.unlink()
            misread_in_all += counts["misread"]
            print(f"{kind.__name__}: " + ", ".join(f"{count} {what}" for what, count in counts.items()))
    sys.exit(1 if misread_in_all else 0)


main()
