//! Lists against a model in plain Rust: every filter, every sort, both directions, every page.

use std::cmp::Ordering;

use anyhow::Result;
use fastenr_core::model::account::{ACCOUNT, Account};
use fastenr_core::model::filter::{Archived, Page};
use fastenr_core::model::noun::Value;
use fastenr_core::model::selection::{Condition, Order, Selection};
use fastenr_core::model::{AccountBand, Size, Status, name_key};
use fastenr_core::money::Money;
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{World, by, execute, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/filters/each_one_alone", each_one_alone);
    tests.both("store/filters/sorts_and_pages", sorts_and_pages);
    tests.both("store/filters/custom_values_of_every_kind", custom_values_of_every_kind);
    tests.both("store/filters/as_text", as_text);
}

type Passes = Box<dyn Fn(&Account) -> bool>;

/// Accounts that differ in everything a filter asks for, some of it missing.
async fn book(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    world.user("mia@example.com", "Mia").await?;
    world.user("noa@example.com", "Noa").await?;
    let file = "external_id,name,domain,industry,size,status,arr,owner,contract_end,tags,parent,custom.region
a1,Émile & Söhne,emile.fr,Retail,small,active,1200.50,mia@example.com,2026-03-15,\"VIP, pilot\",,north
a2,acme,acme.com,Retail,large,at_risk,0,noa@example.com,2026-02-01,vip,a1,south
a3,Acme,acme.de,Software,,churned,500,,2026-02-28,,a1,
a4,100% Organic_Food,,Food,startup,onboarding,99999.99,mia@example.com,2027-01-01,pilot,,north
a5,Zeta,zeta.io,Software,enterprise,active,1200.50,,2026-03-01,,a2,
a6,STRASSE,strasse.de,,medium,active,,mia@example.com,2026-03-15,\"vip-2, a\\b\",,\"1,5\"
a7,Straße,,Food,small,at_risk,5,noa@example.com,,vip,,
a8,back\\slash,,,,active,0.01,,2026-03-31,,,north
a9,Ωmega,,Software,large,active,77,noa@example.com,2025-12-31,,,
";
    world.import(file, Default::default()).await?;
    for (id, health, risk) in
        [("a1", 80, 10), ("a2", 39, 90), ("a3", 20, 95), ("a4", 79, 10), ("a5", 60, 0), ("a6", 0, 100), ("a7", 40, 50)]
    {
        let sql = "update accounts set health_score = {h}, churn_risk_score = {r}, scored_at = updated_at, \
                   band = case when {h} >= 80 then 'healthy' when {h} >= 60 then 'moderate' when {h} >= 40 then 'concern' else 'critical' end where external_id = '{id}'";
        let sql = sql.replace("{h}", &health.to_string()).replace("{r}", &risk.to_string()).replace("{id}", id);
        execute(&world.db, sql).await?;
    }
    ops::accounts::set_archived(&world, "a8", true, None, false).await?;
    // Another organization's accounts would pass each of the filters.
    let other = world.organization("other").await?;
    other.user("mia@example.com", "Mia").await?;
    other.import(&file.replace("noa@", "mia@"), Default::default()).await?;
    Ok(world)
}

fn filters(world: &World, all: &[Account]) -> Vec<(Selection, Passes)> {
    let of = |pairs: &[(&str, &[&str])]| {
        pairs.iter().fold(Selection::default(), |filter, (name, texts)| {
            let (_, field) = ACCOUNT.field(name).unwrap();
            let values: Vec<Value> = texts.iter().map(|text| field.parse(text).unwrap()).collect();
            filter.with(&ACCOUNT, name, values).unwrap()
        })
    };
    let with = |name: &str, value: Value| Selection::default().with(&ACCOUNT, name, [value]).unwrap();
    let least = |name: &str, least: i64| with(name, Value::Integer(least));
    let only = |condition: Condition| Selection { conditions: vec![condition], ..Selection::default() };
    let owner = |email: &str| all.iter().filter_map(|a| a.owner.as_ref()).find(|o| o.label == email).map(|o| o.id);
    let (mia, noa) = (owner("mia@example.com").unwrap(), owner("noa@example.com").unwrap());
    let unowned = Selection::default().with(&ACCOUNT, "unowned", []).unwrap();
    let parent = all[0].id;
    let tagged = |account: &Account, tag: &str| {
        let tags: Vec<String> = serde_json::from_str(&account.tags).unwrap();
        tags.iter().any(|own| own.eq_ignore_ascii_case(tag))
    };
    let found = |account: &Account, word: &str| {
        let word = name_key(word);
        let texts = [Some(name_key(&account.name)), account.domain.clone(), account.external_id.clone()];
        texts.into_iter().flatten().any(|text| text.to_ascii_lowercase().contains(&word))
    };
    let custom = |account: &Account, key: &str, value: &str| {
        let fields: serde_json::Value = serde_json::from_str(&account.custom_fields).unwrap();
        fields[key].as_str() == Some(value)
    };
    // What somebody's scores were on the last day is not judged where those who left are not asked for.
    let within = |account: &Account, low: i64, high: i64| {
        account.status != Status::Churned && account.health_score.is_some_and(|health| (low..=high).contains(&health))
    };
    let today = world.clock.today();
    let every = of(&[("status", &["churned", "active", "at_risk", "onboarding"])]);
    let mut list: Vec<(Selection, Passes)> = vec![
        (Selection::default(), Box::new(|_| true)),
        (of(&[("status", &["active", "churned"])]), Box::new(|a| matches!(a.status, Status::Active | Status::Churned))),
        (of(&[("size", &["small"])]), Box::new(|a| a.size == Some(Size::Small))),
        (
            of(&[("industry", &["Retail", "FOOD"])]),
            Box::new(|a| matches!(a.industry.as_deref(), Some("Retail" | "Food"))),
        ),
        (
            Selection::default().with(&ACCOUNT, "owner", [Value::Id(mia), Value::Id(noa)]).unwrap(),
            Box::new(|a| a.owner.is_some()),
        ),
        (with("owner", Value::Id(mia)), Box::new(move |a| a.owner.as_ref().is_some_and(|owner| owner.id == mia))),
        (unowned.clone(), Box::new(|a| a.owner.is_none())),
        (unowned.with(&ACCOUNT, "owner", [Value::Id(mia)]).unwrap(), Box::new(|_| false)),
        (with("parent", Value::Id(parent)), Box::new(move |a| a.parent.as_ref().is_some_and(|to| to.id == parent))),
        (
            least("health_min", 40).with(&ACCOUNT, "health_max", [Value::Integer(79)]).unwrap(),
            Box::new(move |a| within(a, 40, 79)),
        ),
        (
            least("risk_min", 10),
            Box::new(|a| a.status != Status::Churned && a.churn_risk_score.is_some_and(|risk| risk >= 10)),
        ),
        (
            least("risk_max", 10),
            Box::new(|a| a.status != Status::Churned && a.churn_risk_score.is_some_and(|risk| risk <= 10)),
        ),
        (least("arr_min", 120_050), Box::new(|a| a.arr.is_some_and(|arr| arr.cents() >= 120_050))),
        (least("arr_max", 120_050), Box::new(|a| a.arr.is_some_and(|arr| arr.cents() <= 120_050))),
        (
            with("renews_within", Value::Date(today)),
            Box::new(move |a| a.status != Status::Churned && a.contract_end.is_some_and(|day| day <= today)),
        ),
        (
            every.with(&ACCOUNT, "renews_within", [Value::Date(today)]).unwrap(),
            Box::new(move |a| a.contract_end.is_some_and(|day| day <= today)),
        ),
        (
            of(&[("band", &["churned", "healthy"])]),
            Box::new(|a| matches!(a.band, Some(AccountBand::Churned | AccountBand::Healthy))),
        ),
        (Selection { archived: Archived::Only, ..Selection::default() }, Box::new(|_| true)),
        (Selection::everything(), Box::new(|_| true)),
    ];
    for band in AccountBand::ALL {
        list.push((of(&[("band", &[band.as_str()])]), Box::new(move |a| a.band == Some(*band))));
    }
    list.push((
        of(&[("band", &["healthy", "critical"])]),
        Box::new(move |a| a.status != Status::Churned && (within(a, 80, 100) || within(a, 0, 39))),
    ));
    for tags in [vec!["vip"], vec!["VIP", "Pilot"], vec!["a\\b"], vec!["v_p"], vec!["vi"], vec!["%"]] {
        let conditions = tags.iter().map(|tag| Condition::Tag((*tag).to_owned())).collect();
        let filter = Selection { conditions, ..Selection::default() };
        list.push((filter, Box::new(move |a| tags.iter().all(|tag| tagged(a, tag)))));
    }
    for text in ["acme", "ACME .de", "strasse", "100%", "_", "\\", "émile söhne", "a1", "é", "%", "omega", "Ω", "  "]
    {
        let filter = with("search", Value::Text(text.to_owned()));
        list.push((filter, Box::new(move |a| text.split_whitespace().all(|word| found(a, word)))));
    }
    for (key, value) in [("region", "north"), ("region", "1,5"), ("region", "x"), ("none", "north"), ("re\"gion", "'")]
    {
        let filter = only(Condition::Member(key.to_owned(), value.to_owned()));
        list.push((filter, Box::new(move |a| custom(a, key, value))));
    }
    list
}

/// What the model says passes.
fn expected<'a>(all: &'a [Account], filter: &Selection, passes: &Passes) -> Vec<&'a Account> {
    let archived = |account: &Account| match filter.archived {
        Archived::Without => account.archived_at.is_none(),
        Archived::Only => account.archived_at.is_some(),
        Archived::With => true,
    };
    all.iter().filter(|account| archived(account) && passes(account)).collect()
}

async fn each_one_alone(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let all = world.accounts().await?;
    assert_eq!(all.len(), 9);
    for (filter, passes) in filters(&world, &all) {
        let want = expected(&all, &filter, &passes);
        let sort = fastenr_tests::world::by_id();
        let (found, totals) = ops::accounts::list(&world, &filter, sort, Page::default()).await?;
        assert_eq!(found.rows.iter().collect::<Vec<_>>(), want, "{filter:?}");
        assert_eq!(found.total, want.len() as u64, "{filter:?}");
        let counted = want.iter().filter(|account| filter.counts_arr(account.status));
        let arr: i64 = counted.filter_map(|account| account.arr).map(Money::cents).sum();
        let left_out = want
            .iter()
            .filter(|account| account.arr.is_some_and(|arr| arr.cents() > 0) && !filter.counts_arr(account.status));
        assert_eq!(
            (totals.count, totals.arr, totals.arr_left_out),
            (want.len() as i64, arr, left_out.count() as i64),
            "{filter:?}"
        );
        assert_eq!(world.accounts_where(&filter, sort).await?.iter().collect::<Vec<_>>(), want, "{filter:?}");
    }
    Ok(())
}

/// A missing value is lowest; the id decides between equals.
fn compare(a: &Account, b: &Account, order: Order) -> Ordering {
    let compared = match order.sort.name {
        "name" => name_key(&a.name).cmp(&name_key(&b.name)),
        "arr" => a.arr.map(Money::cents).cmp(&b.arr.map(Money::cents)),
        "health_score" => a.health_score.cmp(&b.health_score),
        "churn_risk_score" => a.churn_risk_score.cmp(&b.churn_risk_score),
        "contract_end" => a.contract_end.cmp(&b.contract_end),
        "updated_at" => a.updated_at.cmp(&b.updated_at),
        "id" => Ordering::Equal,
        other => panic!("no model of the order {other}"),
    };
    let compared = compared.then(a.id.cmp(&b.id));
    if order.descending { compared.reverse() } else { compared }
}

async fn sorts_and_pages(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    // Times of change that differ in their fractions only.
    for (id, time) in
        [("a1", "2026-03-02T07:00:00Z"), ("a2", "2026-03-02T07:00:00.5Z"), ("a3", "2026-03-02T07:00:00.500001Z")]
    {
        world.at(time).update(id, &[("seats", "3")]).await?;
    }
    let all = world.accounts().await?;
    for filter in [Selection::default(), Selection::everything()] {
        for sort in ACCOUNT.sorts {
            for descending in [false, true] {
                let sort = Order { sort, descending };
                let mut want = expected(&all, &filter, &(Box::new(|_: &Account| true) as Passes));
                want.sort_by(|a, b| compare(a, b, sort));
                for limit in [1, 4, 1_000] {
                    let mut rows = Vec::new();
                    for number in 1.. {
                        let (found, _) = ops::accounts::list(&world, &filter, sort, Page { number, limit }).await?;
                        let more = found.has_more();
                        rows.extend(found.rows);
                        if !more {
                            break;
                        }
                    }
                    assert_eq!(rows.iter().collect::<Vec<_>>(), want, "{sort:?}, {limit} a page");
                }
                assert_eq!(world.accounts_where(&filter, sort).await?.iter().collect::<Vec<_>>(), want, "{sort:?}");
            }
        }
    }
    let (beyond, totals) =
        ops::accounts::list(&world, &Selection::default(), by("name"), Page { number: 9, limit: 4 }).await?;
    assert_eq!((beyond.rows.len(), beyond.total, totals.count), (0, 8, 8));
    Ok(())
}

/// JSON that a program wrote: what is compared is the text that a person sees.
async fn custom_values_of_every_kind(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let fields = r#"{"yes":true,"no":false,"none":null,"whole":5,"big":123456789012345678901234567890,"half":1.50,
        "power":1e5,"list":[1, "a"],"inner":{"b":1,"a":2},"text":"x","a.b":"dotted","q\"uote":"quoted","$":"dollar",
        "":"blank","n\"q\\.":7.50,"[0]":"index","ü'x":"umlaut"}"#;
    world.account(&[("name", "Acme"), ("custom_fields", fields)]).await?;
    world.account(&[("name", "Bare")]).await?;
    for (key, value, count) in [
        ("yes", "true", 1),
        ("yes", "1", 0),
        ("no", "false", 1),
        ("none", "null", 0),
        ("none", "", 0),
        ("whole", "5", 1),
        ("whole", "5.0", 0),
        ("big", "123456789012345678901234567890", 1),
        ("half", "1.50", 1),
        ("half", "1.5", 0),
        ("power", "1e+5", 1),
        ("list", r#"[1,"a"]"#, 1),
        ("inner", r#"{"a":2,"b":1}"#, 1),
        ("text", "x", 1),
        ("text", "\"x\"", 0),
        ("a.b", "dotted", 1),
        ("q\"uote", "quoted", 1),
        ("$", "dollar", 1),
        ("", "blank", 1),
        ("n\"q\\.", "7.50", 1),
        ("[0]", "index", 1),
        ("ü'x", "umlaut", 1),
    ] {
        let conditions = vec![Condition::Member(key.to_owned(), value.to_owned())];
        let filter = Selection { conditions, ..Selection::default() };
        let found = world.accounts_where(&filter, fastenr_tests::world::by_id()).await?;
        assert_eq!(found.len(), count, "custom.{key} = {value:?}");
    }
    Ok(())
}

async fn as_text(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    for (pairs, names) in [
        (vec![("owner", "Mia"), ("status", "active,onboarding")], vec!["a1", "a4", "a6"]),
        (vec![("renews_within", "0d")], vec!["a2", "a5", "a9"]),
        (vec![("renews_within", "2w"), ("unowned", "no")], vec!["a1", "a2", "a5", "a6", "a9"]),
        (vec![("parent", "a1")], vec!["a2", "a3"]),
        (vec![("archived", "true")], vec!["a8"]),
        (vec![("custom.region", "north"), ("arr_min", "2000")], vec!["a4"]),
        (vec![("band", "healthy"), ("tag", "")], vec!["a1"]),
        (vec![("search", "acme")], vec!["a2", "a3"]),
    ] {
        let filter = world.filter(&pairs).await?;
        let found = world.accounts_where(&filter, fastenr_tests::world::by_id()).await?;
        assert_eq!(found.iter().filter_map(|a| a.external_id.as_deref()).collect::<Vec<_>>(), names, "{pairs:?}");
    }
    for (pairs, code) in [
        (vec![("owner", "nobody")], "unknown_user"),
        (vec![("parent", "nothing")], "unknown_account"),
        (vec![("statsu", "active")], "unknown_filter"),
        (vec![("arr_min", "2"), ("arr_max", "1")], "empty_range"),
        (vec![("search", "a"), ("search", "b")], "given_twice"),
    ] {
        assert_eq!(refused(world.filter(&pairs).await), code);
    }
    Ok(())
}
