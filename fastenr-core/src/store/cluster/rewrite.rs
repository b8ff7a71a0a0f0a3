//! The statements on working tables, as a cluster takes them.
//!
//! On one machine a working table is a temporary table. On a cluster it can't be joined with distributed ones: there it is a view of
//! the connection on a table of [`super::WORK`] that all organizations share, narrowed to the organization and to the one `holder` that
//! the rows are of. What reads it reads the view, so its text stays as it is; what writes it is written anew here, so that no
//! statement can leave either out.

use uuid::Uuid;

use super::WORK;

/// A word or a mark of a statement, outside of its texts.
#[derive(Debug, Clone, Copy)]
struct Token<'s> {
    text: &'s str,
    /// Where it begins.
    at: usize,
    /// Parentheses around it; of one itself those around the pair.
    depth: usize,
}

impl Token<'_> {
    const fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

fn tokens(sql: &str) -> Vec<Token<'_>> {
    let bytes = sql.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80;
    let (mut found, mut at, mut depth) = (Vec::new(), 0, 0_usize);
    while at < bytes.len() {
        let begin = at;
        match bytes[at] {
            b' ' | b'\n' | b'\t' | b'\r' => {
                at += 1;
                continue;
            }
            quote @ (b'\'' | b'"') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += 1;
                }
                at += 1;
                continue;
            }
            byte if is_word(byte) => {
                while at < bytes.len() && is_word(bytes[at]) {
                    at += 1;
                }
            }
            byte => {
                if byte == b')' {
                    depth = depth.saturating_sub(1);
                }
                at += 1;
            }
        }
        found.push(Token { text: &sql[begin..at], at: begin, depth });
        if bytes[begin] == b'(' {
            depth += 1;
        }
    }
    found
}

/// What is done to a working table, and which.
enum Change<'s> {
    Create(&'s str),
    Drop(&'s str),
    /// What only helps the planner of one machine.
    Nothing(&'s str),
    Insert(&'s str),
    Update(&'s str),
    /// Of all rows, or those of a condition.
    Delete(&'s str),
    Copy(&'s str),
}

fn change<'s>(tokens: &[Token<'s>]) -> Option<Change<'s>> {
    let word = |place: usize| tokens.get(place).map_or("", |token| token.text);
    Some(match (word(0), word(1), word(2)) {
        ("create", "temporary", "table") => Change::Create(word(3)),
        ("create", "index", _) => {
            let on = tokens.iter().position(|token| token.text == "on")?;
            Change::Nothing(word(on + 1))
        }
        ("drop", "table", table) => Change::Drop(table),
        ("analyze", table, _) => Change::Nothing(table),
        ("truncate", table, _) | ("delete", "from", table) => Change::Delete(table),
        ("insert", "into", table) => Change::Insert(table),
        ("update", table, _) => Change::Update(table),
        ("copy", table, _) => Change::Copy(table),
        _ => return None,
    })
}

/// The rows of a working table that are a connection's own.
#[derive(Debug, Clone)]
pub(super) struct Own {
    pub table: String,
    pub holder: i64,
}

/// What becomes of a statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rewritten {
    /// It is no write of a working table.
    Same,
    As(String),
    /// The table is made, with these rows from now on.
    Creates(String, String),
    Drops(String, String),
}

/// A statement that does nothing.
const NOTHING: &str = "select where false";

pub(super) fn rewrite(sql: &str, organization: Uuid, made: &[Own], next: i64) -> Rewritten {
    let tokens = tokens(sql);
    let Some(change) = change(&tokens) else { return of_records(sql, &tokens, made) };
    let own = |table: &str| made.iter().rev().find(|own| own.table == table);
    match change {
        Change::Create(table) => Rewritten::Creates(table.to_owned(), create(sql, &tokens, table, organization, next)),
        Change::Drop(table) if own(table).is_some() => Rewritten::Drops(table.to_owned(), format!("drop view {table}")),
        Change::Nothing(table) if own(table).is_some() => Rewritten::As(NOTHING.to_owned()),
        Change::Insert(table) => match own(table) {
            Some(own) => Rewritten::As(insert(sql, &tokens, own, organization, made)),
            None => of_records(sql, &tokens, made),
        },
        Change::Update(table) | Change::Delete(table) => match own(table) {
            Some(own) => Rewritten::As(narrow(sql, &tokens, own, organization)),
            None => Rewritten::Same,
        },
        Change::Copy(table) => match own(table) {
            Some(_) => Rewritten::As(sql.replacen(
                &format!("copy {table} ("),
                &format!("copy {WORK}.{table} (organization_id, holder, "),
                1,
            )),
            None => Rewritten::Same,
        },
        _ => Rewritten::Same,
    }
}

/// The view that stands for the table: the columns that the statement names.
fn create(sql: &str, tokens: &[Token<'_>], table: &str, organization: Uuid, holder: i64) -> String {
    let mut columns = Vec::new();
    let mut begins = false;
    for token in tokens {
        match (token.text, token.depth) {
            ("(", 0) | (",", 1) => begins = true,
            (word, 1) if begins => {
                begins = false;
                if !matches!(word, "primary" | "unique") {
                    columns.push(word);
                }
            }
            _ => {}
        }
    }
    debug_assert!(!columns.is_empty(), "{sql}");
    format!(
        "create temporary view {table} as select organization_id as {ORGANIZATION}, {} from {WORK}.{table} \
         where organization_id = '{organization}' and {}",
        columns.join(", "),
        is_held("holder", holder)
    )
}

/// That a row is a holder's. Nobody knows how many such rows there are: an equality would be taken for one that next to none passes, and
/// each table be walked for each row of another.
fn is_held(column: &str, holder: i64) -> String {
    format!("case when {column} = {holder} then true end")
}

/// What the view calls the organization: a name of its own, so that no column of a statement can mean it.
const ORGANIZATION: &str = "of_organization";

/// Rows with whose they are, and by whom they are held.
fn insert(sql: &str, tokens: &[Token<'_>], own: &Own, organization: Uuid, made: &[Own]) -> String {
    let Own { table, holder } = own;
    let Some(open) = tokens.iter().position(|token| token.text == "(") else { return sql.to_owned() };
    let body = tokens[open + 1..].iter().position(|token| token.text == ")" && token.depth == 0);
    let body = open + 1 + body.unwrap_or(0) + 1;
    let literal = format!("cast('{organization}' as uuid)");
    let organization = organization_of(&tokens[body..], made).unwrap_or(literal);
    let mut out = format!("insert into {WORK}.{table} (organization_id, holder, ");
    let mut from = tokens[open].end();
    let mut put = |upto: usize, text: &str| {
        out.push_str(&sql[from..upto]);
        out.push_str(text);
        from = upto;
    };
    let mut values = false;
    for (place, token) in tokens.iter().enumerate().skip(body).filter(|(_, token)| token.depth == 0) {
        let next = tokens.get(place + 1).map_or("", |next| next.text);
        match token.text {
            "select" if next == "distinct" => {
                put(tokens[place + 1].end(), &format!(" {organization}, cast({holder} as bigint),"));
            }
            "select" => put(token.end(), &format!(" {organization}, cast({holder} as bigint),")),
            "values" => values = true,
            "conflict" if next == "(" => {
                values = false;
                put(tokens[place + 1].end(), "organization_id, holder, ");
            }
            "(" if values => put(token.end(), &format!("{organization}, {holder}, ")),
            _ => {}
        }
    }
    put(sql.len(), "");
    out
}

/// A column that has the organization in the rows that a `select` reads: given one instead of a value, each machine fills its own tables
/// from its own, and nothing goes through the coordinator. None where there is no such column at its outermost level.
fn organization_of(body: &[Token<'_>], made: &[Own]) -> Option<String> {
    let mut outer = body.iter().enumerate().filter(|(_, token)| token.depth == 0);
    let is_distinct = body.get(1).is_some_and(|token| token.text == "distinct");
    if is_distinct || outer.clone().any(|(_, token)| matches!(token.text, "with" | "group" | "union" | "values")) {
        return None;
    }
    let (from, _) = outer.find(|(place, token)| {
        token.text == "from" && body.get(place.wrapping_sub(1)).is_none_or(|before| before.text != "distinct")
    })?;
    let table = body.get(from + 1).filter(|token| token.text != "(")?.text;
    let alias = body.get(from + 2).map_or("", |token| token.text);
    let keywords = ["", "where", "join", "left", "cross", "order", "on", "limit", ",", ")", "inner"];
    let alias = if keywords.contains(&alias) { table } else { alias };
    let column = if made.iter().any(|own| own.table == table) { ORGANIZATION } else { "organization_id" };
    Some(format!("{alias}.{column}"))
}

/// Records that are made of the rows of a working table.
fn of_records(sql: &str, tokens: &[Token<'_>], made: &[Own]) -> Rewritten {
    let head = ["insert", "into"];
    let body = tokens.iter().position(|token| token.text == ")" && token.depth == 0).unwrap_or(tokens.len());
    let select = &tokens[(body + 1).min(tokens.len())..];
    let is_of_organization = tokens.get(4).is_some_and(|token| token.text == "organization_id");
    let [first, second, ..] = select else { return Rewritten::Same };
    let reads = tokens.iter().any(|token| made.iter().any(|own| own.table == token.text));
    if !tokens.iter().map(|token| token.text).zip(head).all(|(one, other)| one == other)
        || tokens.len() < 5
        || !is_of_organization
        || !reads
        || (first.text, second.text) != ("select", "$1")
    {
        return Rewritten::Same;
    }
    match organization_of(select, made) {
        Some(column) => Rewritten::As(format!("{}{column}{}", &sql[..second.at], &sql[second.end()..])),
        None => Rewritten::Same,
    }
}

/// An update or a deletion, of one's own rows.
fn narrow(sql: &str, tokens: &[Token<'_>], own: &Own, organization: Uuid) -> String {
    let Own { table, holder } = own;
    let own =
        format!("{table}.organization_id = '{organization}' and {}", is_held(&format!("{table}.holder"), *holder));
    let name = tokens.iter().find(|token| token.text == table).map_or(0, |token| token.end());
    let head = if tokens[0].text == "update" { "update" } else { "delete from" };
    let target = format!("{head} {WORK}.{table} as {table}");
    match tokens.iter().find(|token| token.text == "where" && token.depth == 0) {
        Some(condition) => {
            format!("{target}{} {own} and ({})", &sql[name..condition.end()], sql[condition.end()..].trim())
        }
        None => format!("{target}{} where {own}", &sql[name..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sql: &str) -> String {
        let made = ["staged", "verdicts", "days", "rejects"].map(|table| Own { table: table.into(), holder: 7 });
        let organization = "0197a3f2-c1d4-7000-8000-000000000001";
        let text = match rewrite(sql, organization.parse().unwrap(), &made, 9) {
            Rewritten::Same => sql.to_owned(),
            Rewritten::As(text) | Rewritten::Creates(_, text) | Rewritten::Drops(_, text) => text,
        };
        text.replace(organization, "O")
    }

    #[test]
    fn writes_are_of_ones_own_rows() {
        for (sql, expected) in [
            (
                "create temporary table days (n bigint primary key, a_id uuid, key text collate \"C\", unique (a_id, n))",
                "create temporary view days as select organization_id as of_organization, n, a_id, key from \
                 fastenr_work.days where organization_id = 'O' and case when holder = 9 then true end",
            ),
            ("drop table days", "drop view days"),
            ("create index staged_n on staged (n)", "select where false"),
            ("analyze staged", "select where false"),
            ("analyze accounts", "analyze accounts"),
            (
                "truncate staged",
                "delete from fastenr_work.staged as staged where staged.organization_id = 'O' \
                 and case when staged.holder = 7 then true end",
            ),
            (
                "update staged set a = 'where (' from accounts a where a.organization_id = $1 or true",
                "update fastenr_work.staged as staged set a = 'where (' from accounts a where \
                 staged.organization_id = 'O' and case when staged.holder = 7 then true end and (a.organization_id = $1 or true)",
            ),
            (
                "insert into rejects (n, code) values ($1, $2), ($3, lower($4))",
                "insert into fastenr_work.rejects (organization_id, holder, n, code) values \
                 (cast('O' as uuid), 7, $1, $2), (cast('O' as uuid), 7, $3, lower($4))",
            ),
            (
                "insert into verdicts (n) select s.n from staged s where s.x is distinct from (select 1)",
                "insert into fastenr_work.verdicts (organization_id, holder, n) select s.of_organization, \
                 cast(7 as bigint), s.n from staged s where s.x is distinct from (select 1)",
            ),
            (
                "insert into days (n) select distinct k.n from (select n from staged) k on conflict (n) do nothing",
                "insert into fastenr_work.days (organization_id, holder, n) select distinct cast('O' as uuid), \
                 cast(7 as bigint), k.n from (select n from staged) k on conflict (organization_id, holder, n) do nothing",
            ),
            (
                "insert into rejects (n) with own as (select 1 as n) select own.n from own",
                "insert into fastenr_work.rejects (organization_id, holder, n) with own as (select 1 as n) \
                 select cast('O' as uuid), cast(7 as bigint), own.n from own",
            ),
            (
                "insert into accounts (organization_id, id) select $1, s.id from staged s where not exists (select 1)",
                "insert into accounts (organization_id, id) select s.of_organization, s.id from staged s where not exists (select 1)",
            ),
            ("copy staged (n, id) from stdin", "copy fastenr_work.staged (organization_id, holder, n, id) from stdin"),
            (
                "insert into activities (organization_id) values ($1)",
                "insert into activities (organization_id) values ($1)",
            ),
            ("select * from staged s where s.n = $1", "select * from staged s where s.n = $1"),
            ("update accounts a set n = 1 from staged s", "update accounts a set n = 1 from staged s"),
        ] {
            assert_eq!(of(sql), expected);
        }
    }
}
