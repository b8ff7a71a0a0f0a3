"""A round with the client that client.sh has generated: what it is given and what it meets is as the document says."""

import sys

import served
from made import AuthenticatedClient
from made.api.accounts import accounts_create, accounts_import, accounts_list, accounts_update
from made.api.contacts import contacts_create, contacts_get, contacts_list, contacts_update
from made.api.engagements import engagements_create
from made.api.goals import goals_create
from made.models import (
    Account,
    AccountChangeType0,
    Contact,
    ContactChangeType0,
    Engagement,
    Goal,
    Imported,
    NewAccount,
    NewContactType0,
    NewContactType1,
    NewEngagementType0,
    NewEngagementType0Type,
    NewGoalType0,
    Problem,
)
from made.types import File

failed = []


def say(what, ok, told=""):
    print(f"{'ok  ' if ok else 'FAIL'} {what} {told}", flush=True)
    if not ok:
        failed.append(what)


def refused(what, answer, status, code):
    problem = answer.parsed
    ok = answer.status_code == status and isinstance(problem, Problem) and problem.type_.endswith(":" + code)
    say(what, ok, f"{int(answer.status_code)} {getattr(problem, 'type_', problem)}")


def imported(client, file):
    """Of several media types with bytes the generator takes the last: the request is made by its code, the type put right."""
    kwargs = accounts_import._get_kwargs(body=File(payload=file.encode()))
    kwargs["headers"]["Content-Type"] = "text/csv"
    response = client.get_httpx_client().request(**kwargs)
    if "problem" in response.headers["Content-Type"]:
        raise SystemExit(f"{response.status_code} {response.text}")
    return response.status_code, accounts_import._parse_response(client=client, response=response)


def main():
    with served.fastenr("sqlite") as fastenr:
        fastenr.migrate()
        fastenr.serve()
        client = AuthenticatedClient(base_url=f"http://127.0.0.1:{fastenr.port}", token=fastenr.key)
        made = accounts_create.sync_detailed(client=client, body=NewAccount(name="北京字节", external_id="A-1", arr=50_000.5, tags=["vip", "重要"]))
        say("an account is made", made.status_code == 201 and isinstance(made.parsed, Account), made.parsed.name)
        refused("409: another with its id", accounts_create.sync_detailed(client=client, body=NewAccount(name="Other", external_id="A-1")), 409, "exists")
        refused("422: parts of a cent", accounts_create.sync_detailed(client=client, body=NewAccount(name="Cents", arr=1.234)), 422, "arr_decimals")
        refused("400: a negative ARR", accounts_create.sync_detailed(client=client, body=NewAccount(name="Minus", arr=-1)), 400, "arr_range")
        first = contacts_create.sync_detailed(client=client, body=NewContactType0(account="A-1", name="Ann"))
        second = contacts_create.sync_detailed(client=client, body=NewContactType1(account_id=made.parsed.id and str(made.parsed.id), name="Bea"))
        say("contacts are made by account and by account_id", [first.status_code, second.status_code] == [201, 201] and isinstance(second.parsed, Contact))
        tag = first.headers["ETag"]
        changed = contacts_update.sync_detailed(str(first.parsed.id), client=client, body=ContactChangeType0(title="CFO"), if_match=tag)
        say("a change by its version", changed.status_code == 200 and changed.parsed.title == "CFO", changed.headers["ETag"])
        refused("412: a change by a version that is past", contacts_update.sync_detailed(str(first.parsed.id), client=client, body=ContactChangeType0(title="CEO"), if_match=tag), 412, "stale")
        got = contacts_get.sync(str(first.parsed.id), client=client)
        say("the record is as it was changed", isinstance(got, Contact) and got.title == "CFO" and got.version == 2)
        listed = contacts_list.sync(client=client, account_id="A-1")
        say("they are listed", listed.total == 2 and [row.name for row in listed.data] == ["Ann", "Bea"])
        met = engagements_create.sync_detailed(client=client, body=NewEngagementType0(account="A-1", title="Kick-off", type_=NewEngagementType0Type.MEETING))
        goal = goals_create.sync_detailed(client=client, body=NewGoalType0(account="A-1", title="Adopt"))
        say("an engagement and a goal", isinstance(met.parsed, Engagement) and isinstance(goal.parsed, Goal), f"{int(met.status_code)} {int(goal.status_code)}")
        status, report = imported(client, "external_id,name,arr\nB-1,Bücher GmbH,10\nB-2,株式会社,20.5\n")
        say("an import", status == 200 and isinstance(report, Imported) and report.created == 2, str(status))
        status, report = imported(client, "external_id,name,arr\nB-3,Bad,many\n")
        say("422: an import with a bad row", status == 422 and isinstance(report, Imported) and report.rejected == 1, str(status))
        page = accounts_list.sync(client=client, limit=2, sort="name:asc")
        say("a page of accounts", page.total == 3 and len(page.data) == 2 and page.has_more)
        update = accounts_update.sync_detailed("B-1", client=client, body=AccountChangeType0(seats=5, industry=None))
        say("null clears", update.status_code == 200 and update.parsed.seats == 5 and update.parsed.industry is None)
    if failed:
        sys.exit(f"{len(failed)} failed")
    print("passed")


if __name__ == "__main__":
    main()
