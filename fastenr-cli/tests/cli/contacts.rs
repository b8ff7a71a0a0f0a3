//! What people see of contacts: made, found, imported, refused.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};

use super::support::with_accounts;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/contacts/a_life", a_life);
    tests.both("cli/contacts/imports_say_what_is_wrong", imports);
    tests.both("cli/contacts/files_that_lack_a_column", lacking);
    tests.both("cli/contacts/other_nouns_say_it_alike", others);
}

async fn a_life(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let run = |words: &[&str]| fastenr.args(words).run();
    run(&[
        "contacts",
        "create",
        "--account",
        "Acme",
        "--name",
        "Jo Roe",
        "--email",
        "Jo@Acme.example",
        "--role",
        "champion",
    ])
    .ok()
    .matches(snapbox::str![[r#"
$ fastenr contacts create --account Acme --name 'Jo Roe' --email Jo@Acme.example --role champion
id               [UUID-1]
external id
account          A-1
name             Jo Roe
email            jo@acme.example
title
role             champion
left on
created at       2026-03-01 07:00
updated at       2026-03-01 07:00
version          1
account id       [UUID-2]
account name     Acme
organization id  [UUID-3]
phone
custom fields
-- stderr
created contact Jo Roe
  account  – → A-1
  name     – → Jo Roe
  email    – → jo@acme.example
  role     – → champion
-- exit 0

"#]]);
    run(&["contacts", "create", "--account", "A-2", "--name", "Jo Roe"]).ok();
    run(&["contacts", "get", "Jo Roe"]).matches(snapbox::str![[r#"
$ fastenr contacts get 'Jo Roe'
-- stderr
error: several contacts are called "Jo Roe"
hint: name one of [UUID-1] (Acme), [UUID-2] (Bolt & Sons)
-- exit 4

"#]]);
    run(&["contacts", "update", "jo@acme.example", "--left-on", "2026-02-28"]).ok().matches(snapbox::str![[r#"
$ fastenr contacts update jo@acme.example --left-on 2026-02-28
id               [UUID-1]
external id
account          A-1
name             Jo Roe
email            jo@acme.example
title
role             champion
left on          2026-02-28
created at       2026-03-01 07:00
updated at       2026-03-01 07:00
version          2
account id       [UUID-2]
account name     Acme
organization id  [UUID-3]
phone
custom fields
-- stderr
updated contact Jo Roe
  left_on  – → 2026-02-28
-- exit 0

"#]]);
    run(&["contacts", "list", "--left"]).ok().matches(snapbox::str![[r#"
$ fastenr contacts list --left
name    account name  title  role      email            left on
Jo Roe  Acme                 champion  jo@acme.example  2026-02-28
-- stderr
1 contact
-- exit 0

"#]]);
    run(&["accounts", "archive", "Acme"]).ok();
    run(&["contacts", "update", "jo@acme.example", "--title", "CTO"]).matches(snapbox::str![[r#"
$ fastenr contacts update jo@acme.example --title CTO
-- stderr
error: Acme is archived
hint: restore it first: `fastenr accounts restore [UUID-1]`
-- exit 5

"#]]);
    run(&["contacts", "list", "--archived"]).ok().matches(snapbox::str![[r#"
$ fastenr contacts list --archived
name    account name  title  role      email            left on
Jo Roe  Acme                 champion  jo@acme.example  2026-02-28
-- stderr
1 contact
-- exit 0

"#]]);
    run(&["contacts", "delete", "jo@acme.example"]).ok().matches(snapbox::str![[r#"
$ fastenr contacts delete jo@acme.example
id               [UUID-1]
external id
account          A-1
name             Jo Roe
email            jo@acme.example
title
role             champion
left on          2026-02-28
created at       2026-03-01 07:00
updated at       2026-03-01 07:00
version          2
account id       [UUID-2]
account name     Acme
organization id  [UUID-3]
phone
custom fields
-- stderr
deleted contact Jo Roe
  account     A-1 → –
  name        Jo Roe → –
  email       jo@acme.example → –
  role        champion → –
  left_on     2026-02-28 → –
  created_at  2026-03-01T07:00:00Z → –
-- exit 0

"#]]);
    Ok(())
}

async fn imports(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    fastenr.args(["accounts", "archive", "A-4"]).run().ok();
    let file = "\
account,full name,e-mail,buying role
A-1,Ann,ann@acme.example,Decision Maker
Acme,Bea,bea@acme.example,
Acme,Cyd,cyd@acme.example,
A-4,Dee,dee@delta.example,
A-1,Eve,nobody,
A-2,Fay,fay@bolt.example,champ
A-2,Gus,gus@bolt.example,
A-2,Gus,GUS@bolt.example,
A-2,Hal,,
";
    let import = |words: &[&str]| {
        fastenr.args([&["contacts", "import", "-", "--rejects", "rejected.csv"], words].concat()).stdin(file).run()
    };
    import(&[]).matches(snapbox::str![[r#"
$ fastenr contacts import - --rejects rejected.csv
Nothing was written. 9 rows: 1 to create, 8 rejected
column "account" "Acme": no account has this external id or id (rows 2, 3)
column "e-mail": the same email of the same account stands in rows 7 and 8 (rows 7, 8)
column "account" "A-4": the account is archived ([UUID-1]) (row 4)
column "e-mail" "nobody": an e-mail address is like jo@example.com: one @, no spaces, at most 254 bytes (row 5)
column "buying role" "champ": a contact's role is one of champion, decision_maker, executive_sponsor, user, billing, other (did you mean champion?); "buying role" is read as role: map its words under [values.role] of a mapping file, or leave the column out (row 6)
column "e-mail": the row has no account and email to be matched by (row 9)
-- stderr
the account would be found with another look-up; --lookup account=name
error: 8 rows are bad; nothing was written
hint: --on-error skip writes the good ones
hint: import the accounts first; --on-error skip leaves rows without one out
hint: --duplicates first or --duplicates last imports one of them and skips the others
hint: restore the account first: `fastenr accounts restore [UUID-1]`
hint: leave the column out with --map 'buying role='
-- exit 1

"#]]);
    import(&["--on-error", "skip"]).matches(snapbox::str![[r#"
$ fastenr contacts import - --rejects rejected.csv --on-error skip
9 rows: 1 created, 8 rejected
column "account" "Acme": no account has this external id or id (rows 2, 3)
column "e-mail": the same email of the same account stands in rows 7 and 8 (rows 7, 8)
column "account" "A-4": the account is archived ([UUID-1]) (row 4)
column "e-mail" "nobody": an e-mail address is like jo@example.com: one @, no spaces, at most 254 bytes (row 5)
column "buying role" "champ": a contact's role is one of champion, decision_maker, executive_sponsor, user, billing, other (did you mean champion?); "buying role" is read as role: map its words under [values.role] of a mapping file, or leave the column out (row 6)
column "e-mail": the row has no account and email to be matched by (row 9)
-- stderr
the account would be found with another look-up; --lookup account=name
rejected rows: rejected.csv
hint: import the accounts first; --on-error skip leaves rows without one out
hint: --duplicates first or --duplicates last imports one of them and skips the others
hint: restore the account first: `fastenr accounts restore [UUID-1]`
hint: leave the column out with --map 'buying role='
-- exit 3

"#]]);
    Ok(())
}

async fn lacking(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let import =
        |file: &str, words: &[&str]| fastenr.args([&["contacts", "import", "-"], words].concat()).stdin(file).run();
    import("full name,e-mail\nJo,jo@x.example\n", &[]).matches(snapbox::str![[r#"
$ fastenr contacts import -
-- stderr
error: no column of the file is external_id or account: rows of contacts are matched by external_id, or by account and email; the columns read from line 1, separated by commas are full name, e-mail
hint: add a column account to the file; one account for all rows: --constant account=ACCOUNT
-- exit 2

"#]]);
    import("external_id,full name\n1,Jo\n2,Mia\n", &[]).matches(snapbox::str![[r#"
$ fastenr contacts import -
Nothing was written. 2 rows: 2 rejected
column "account": a new contact needs an account (rows 1, 2)
-- stderr
warning: no column is the account: new contacts can't be created; add a column account to the file; one account for all rows: --constant account=ACCOUNT
error: 2 rows are bad; nothing was written
hint: --on-error skip writes the good ones
-- exit 1

"#]]);
    import("external_id,full name\n1,Jo\n2,Mia\n", &["--constant", "account=acme"]).ok().matches(snapbox::str![[r#"
$ fastenr contacts import - --constant account=acme
2 rows: 2 created
-- exit 0

"#]]);
    import("external_id,full name\n1,Jo\n", &["--constant", "account=acm"]).matches(snapbox::str![[r#"
$ fastenr contacts import - --constant account=acm
-- stderr
error: no account is called "acm"
hint: did you mean Acme?
-- exit 4

"#]]);
    import("account,full name\nA-1,Jo\n", &["--key", "name"]).matches(snapbox::str![[r#"
$ fastenr contacts import - --key name
-- stderr
error: rows of contacts are not matched by name
hint: --key is one of id, external_id, account (with email)
-- exit 2

"#]]);
    Ok(())
}

async fn others(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let import = |noun: &str, file: &str| fastenr.args([noun, "import", "-"]).stdin(file).run();
    import("metrics", "account,date,logins\nA-1,2026-03-02,3\nA-2,2026-03-02,3\nA-1,2026-02-01,3\nA-1,2026-02-01,4\n")
        .matches(snapbox::str![[r#"
$ fastenr metrics import -
Nothing was written. 4 rows: 4 rejected
column "date" "2026-03-02": metric_date can't be after today, 2026-03-01 (rows 1, 2)
column "date": the same metric_date of the same account stands in rows 3 and 4 (rows 3, 4)
-- stderr
error: 4 rows are bad; nothing was written
hint: --on-error skip writes the good ones
hint: --duplicates first or --duplicates last imports one of them and skips the others
-- exit 1

"#]]);
    import("metrics", "account,logins\nA-1,3\n").matches(snapbox::str![[r#"
$ fastenr metrics import -
-- stderr
error: no column of the file is metric_date: rows of metrics are matched by account and metric_date; the columns read from line 1, separated by commas are account, logins
hint: add a column metric_date to the file
-- exit 2

"#]]);
    let shares: String = (1..=25).map(|n| format!("A-1,2026-01-{n:02},0.{}\n", n + 10)).collect();
    import("metrics", &format!("account,date,csat\n{shares}")).matches(snapbox::str![[r#"
$ fastenr metrics import -
-- stderr
error: column "csat": no percentage is above 1: they may be shares of 1 (row 25)
hint: choose the scale of the column: --scale csat=0-100 where it is percent, else --scale csat=0-1 or --scale csat=0-5 or --scale csat=0-10; a mapping file keeps the choice: formats."csat".scale = "0-100"
-- exit 2

"#]]);
    import("engagements", "external_id,account,type,title\n1,A-1,meting,X\n2,A-1,phone,Y\n")
        .matches(snapbox::str![[r#"
$ fastenr engagements import -
Nothing was written. 2 rows: 2 rejected
column "type" "meting": an engagement's type is one of meeting, call, email, note, demo, training (did you mean meeting?) (row 1)
column "type" "phone": an engagement's type is one of meeting, call, email, note, demo, training (row 2)
-- stderr
error: 2 rows are bad; nothing was written
hint: --on-error skip writes the good ones
hint: a mapping file maps other words; --suggest-mapping drafts it; --map type= leaves the column out
-- exit 1

"#]]);
    Ok(())
}
