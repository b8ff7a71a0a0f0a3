//! Whether a statement holds every row it touches to one organization, judged by its text.
//!
//! Strict on purpose: what it does not understand, it refuses. A table is held when the `where` (or the `on` that joins it)
//! says, as a term of its own, `alias.organization_id = $1`, or that it equals the organization of a table that is held.

use std::collections::BTreeSet;

use fastenr_tests::world::TENANT_TABLES;

/// What is wrong with a statement, if anything; `scoped` says whether `$1` is bound to an organization.
pub(crate) fn problem(sql: &str, scoped: bool) -> Option<String> {
    let items = parse(&mut tokens(sql).into_iter().peekable());
    if !names_a_tenant_table(&items) {
        return None;
    }
    if !scoped {
        return Some("it names a table of an organization's rows, and no organization is bound".into());
    }
    check(&items, &BTreeSet::new()).err()
}

#[derive(Debug, Clone, PartialEq)]
enum Item {
    Word(String),
    Group(Vec<Item>),
}

impl Item {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own == word)
    }
}

/// Names, places and signs, in lower case; texts are one sign, as they name no table.
fn tokens(sql: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            for c in chars.by_ref() {
                if c == '\'' {
                    break;
                }
            }
            tokens.push("''".into());
        } else if c.is_alphanumeric() || matches!(c, '_' | '$' | '"') {
            let mut word = String::from(c);
            while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '"')) {
                word.push(c);
            }
            tokens.push(word.to_lowercase().replace('"', ""));
        } else if !c.is_whitespace() {
            tokens.push(c.to_string());
        }
    }
    tokens
}

fn parse(tokens: &mut std::iter::Peekable<std::vec::IntoIter<String>>) -> Vec<Item> {
    let mut items = Vec::new();
    while let Some(token) = tokens.next() {
        match token.as_str() {
            "(" => items.push(Item::Group(parse(tokens))),
            ")" => break,
            _ => items.push(Item::Word(token)),
        }
    }
    items
}

fn is_tenant_table(word: &str) -> bool {
    TENANT_TABLES.contains(&word)
}

fn names_a_tenant_table(items: &[Item]) -> bool {
    items.iter().any(|item| match item {
        Item::Word(word) => is_tenant_table(word),
        Item::Group(items) => names_a_tenant_table(items),
    })
}

type Checked = Result<(), String>;

/// Each `select` of a union for itself.
fn check(items: &[Item], outer: &BTreeSet<String>) -> Checked {
    let parts = items.split(|item| item.is("union"));
    for part in parts {
        check_part(part, outer)?;
    }
    Ok(())
}

fn check_part(items: &[Item], outer: &BTreeSet<String>) -> Checked {
    let tables = tables(items)?;
    let mut held = BTreeSet::new();
    let conditions = conditions(items, &tables)?;
    loop {
        let before = held.len();
        for (alias, other) in &conditions {
            if other == "$1" || held.contains(other) || outer.contains(other) {
                held.insert(alias.clone());
            }
        }
        if held.len() == before {
            break;
        }
    }
    if let Some(loose) = tables.iter().find(|alias| !held.contains(*alias)) {
        return Err(format!("{loose} is not held to $1"));
    }
    check_insert(items, &held)?;
    if let Some(at) = items.iter().position(|item| item.is("set"))
        && items.first().is_some_and(|first| first.is("update"))
        && until(&items[at..], &["from", "where"]).iter().any(|item| item.is("organization_id"))
    {
        return Err("it moves rows to an organization".into());
    }
    let known: BTreeSet<String> = held.union(outer).cloned().collect();
    for item in items {
        if let Item::Group(inner) = item {
            check(inner, &known)?;
        }
    }
    Ok(())
}

const AFTER_A_TABLE: [&str; 13] =
    ["where", "on", "set", "join", "left", "cross", "group", "order", "limit", "returning", "values", "select", "from"];

/// The aliases by which this level reads or changes tenant tables.
fn tables(items: &[Item]) -> Result<Vec<String>, String> {
    let mut tables: Vec<String> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let Item::Word(table) = item else { continue };
        if !is_tenant_table(table) {
            continue;
        }
        let before = at.checked_sub(1).map(|before| &items[before]);
        if before.is_some_and(|before| before.is("into")) {
            continue;
        }
        let introduced =
            ["from", "join", "update", ","].iter().any(|word| before.is_some_and(|before| before.is(word)));
        if !introduced {
            return Err(format!("{table} stands where no table is expected"));
        }
        let mut after = items[at + 1..].iter().filter(|item| !item.is("as"));
        let alias = match after.next() {
            Some(Item::Word(word)) if word != "," && !AFTER_A_TABLE.contains(&word.as_str()) => word.clone(),
            _ => table.clone(),
        };
        if tables.contains(&alias) {
            return Err(format!("two tables are called {alias}"));
        }
        tables.push(alias);
    }
    Ok(tables)
}

fn until<'i>(items: &'i [Item], words: &[&str]) -> &'i [Item] {
    let end = items.iter().position(|item| words.iter().any(|word| item.is(word)));
    &items[..end.unwrap_or(items.len())]
}

/// The terms that hold one table to `$1` or to another table: (alias, what it equals).
fn conditions(items: &[Item], tables: &[String]) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let (is_where, is_on) = (item.is("where"), item.is("on"));
        if !is_where && !is_on {
            continue;
        }
        let ends = ["where", "on", "join", "left", "group", "order", "limit", "returning", "having"];
        let clause = until(&items[at + 1..], &ends);
        if clause.iter().any(|item| item.is("or")) && names_organization(clause) {
            return Err("an `or` beside the organization".into());
        }
        // The `on` of a left join only holds the table that it joins.
        let joined = is_on.then(|| joined(&items[..at])).flatten();
        for term in clause.split(|item| item.is("and")) {
            let [Item::Word(left), Item::Word(sign), Item::Word(right)] = term else { continue };
            if sign != "=" {
                continue;
            }
            let mut sides = vec![(left.as_str(), right.as_str())];
            if right != "$1" {
                sides.push((right, left));
            }
            for (own, other) in sides {
                let Some(alias) = organization_of(own, tables) else { continue };
                let other = if other == "$1" { Some("$1".to_owned()) } else { organization_of(other, &[]) };
                let Some(other) = other else { continue };
                if joined.as_ref().is_none_or(|joined| *joined == alias) {
                    found.push((alias, other));
                }
            }
        }
    }
    Ok(found)
}

fn names_organization(items: &[Item]) -> bool {
    items.iter().any(|item| matches!(item, Item::Word(word) if word.ends_with("organization_id")))
}

/// `a.organization_id` is a's; a bare one is the only tenant table's.
fn organization_of(word: &str, tables: &[String]) -> Option<String> {
    match word.strip_suffix("organization_id")? {
        "" => (tables.len() == 1).then(|| tables[0].clone()),
        alias => alias.strip_suffix('.').map(str::to_owned),
    }
}

/// The alias that a left join brings in, given what stands before its `on`.
fn joined(before: &[Item]) -> Option<String> {
    let join = before.iter().rposition(|item| item.is("join"))?;
    if !before.get(join.checked_sub(1)?)?.is("left") {
        return None;
    }
    match before.last()? {
        Item::Word(alias) => Some(alias.clone()),
        Item::Group(_) => None,
    }
}

/// What goes into a tenant table goes there with `$1`, or with the organization of a row that is held.
fn check_insert(items: &[Item], held: &BTreeSet<String>) -> Checked {
    let Some(into) = items.iter().position(|item| item.is("into")) else { return Ok(()) };
    let (Some(Item::Word(table)), Some(Item::Group(columns))) = (items.get(into + 1), items.get(into + 2)) else {
        return Err("an insert without its columns".into());
    };
    if !is_tenant_table(table) {
        return Ok(());
    }
    let place = columns.split(|item| item.is(",")).position(|column| column == [Item::Word("organization_id".into())]);
    let place = place.ok_or("an insert without an organization")?;
    let rest = &items[into + 3..];
    let values: Vec<&[Item]> = match rest.first() {
        Some(values) if values.is("values") => until(&rest[1..], &["on"])
            .iter()
            .filter_map(|item| match item {
                Item::Group(row) => Some(row.as_slice()),
                Item::Word(_) => None,
            })
            .collect(),
        Some(select) if select.is("select") => vec![until(&rest[1..], &["from"])],
        _ => return Err("an insert of something else than values or a select".into()),
    };
    for row in values {
        let value = row.split(|item| item.is(",")).nth(place);
        let fits = match value {
            Some([Item::Word(word)]) if word == "$1" => true,
            Some([Item::Word(word)]) => {
                let aliases: Vec<String> = held.iter().cloned().collect();
                organization_of(word, &aliases).is_some_and(|alias| held.contains(&alias))
            }
            _ => false,
        };
        if !fits {
            return Err(format!("{table} gets {value:?} as its organization"));
        }
    }
    Ok(())
}

/// The judge judged: what holds, and what only looks like it.
pub(crate) fn the_checker_is_strict() -> anyhow::Result<()> {
    for good in [
        "select 1 from organizations where slug = 'accounts'",
        "select id from accounts where organization_id = $1 and id = $2",
        "select u.name from accounts a left join users u on u.organization_id = a.organization_id and u.id = a.owner_id \
         where a.organization_id = $1 and (a.name = 'x' or a.name = 'y')",
        "select 1 from verdicts v join accounts a on a.organization_id = $1 and a.id = v.id",
        "select 1 from staged s where exists (select 1 from accounts a where a.organization_id = $1 and a.id = s.id)",
        "insert into accounts (id, organization_id) values ($2, $1)",
        "insert into accounts_before (organization_id, id) select a.organization_id, a.id from accounts a where a.organization_id = $1",
        "update accounts as a set name = s.name from staged s where a.organization_id = $1 and s.id = a.id",
        "with recursive up (id) as (select id from accounts where organization_id = $1 union all \
         select a.parent_id from up join accounts a on a.organization_id = $1 and a.id = up.id) select id from up",
    ] {
        anyhow::ensure!(problem(good, true).is_none(), "{good}: {:?}", problem(good, true));
    }
    for bad in [
        "select id from accounts",
        "select id from accounts where id = $2",
        "select id from accounts where organization_id = $2",
        "select id from accounts where organization_id = $1 or id = $2",
        "select id from accounts where not organization_id = $1",
        "select id from accounts where (organization_id = $1 or id = $2)",
        "select id from accounts where organization_id <> $1",
        "select a.id from accounts a, users u where a.organization_id = $1",
        "select a.id from accounts a, users u where organization_id = $1",
        "select a.id from accounts a join users u on u.id = a.owner_id where a.organization_id = $1",
        "select a.id from accounts a left join users u on u.organization_id = a.organization_id and a.organization_id = $1",
        "select a.id from accounts a join users u on u.organization_id = a.organization_id",
        "select 1 from staged s where exists (select 1 from accounts a where a.id = s.id)",
        "select id from accounts where organization_id = $1 union all select id from accounts",
        "select count(*), (select count(*) from users) from accounts where organization_id = $1",
        "delete from accounts",
        "update accounts set name = $2 where id = $3",
        "update accounts set organization_id = $1 where id = $3",
        "update accounts as a set organization_id = $2 where a.organization_id = $1",
        "insert into accounts (id, organization_id) values ($1, $2)",
        "insert into accounts (id) values ($1)",
        "insert into accounts_before (organization_id, id) select $2, a.id from accounts a where a.organization_id = $1",
        "insert into accounts_before (organization_id, id) select b.organization_id, b.id from other b",
        "create index x on accounts (name)",
    ] {
        anyhow::ensure!(problem(bad, true).is_some(), "not refused: {bad}");
    }
    anyhow::ensure!(problem("select id from accounts where organization_id = $1", false).is_some());
    Ok(())
}
