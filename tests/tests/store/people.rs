//! Users and organizations: create, change, deactivate, and the guards around them.

use anyhow::Result;
use fastenr_core::model::Role;
use fastenr_core::model::organization::Organization;
use fastenr_core::ops;
use fastenr_core::ops::Context;
use fastenr_core::ops::organizations::OrganizationChange;
use fastenr_core::store;
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{World, clock, execute, given, query, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/people/users", users);
    tests.both("store/people/names_of_users", names_of_users);
    tests.both("store/people/deactivation", deactivation);
    tests.both("store/people/the_last_administrator", the_last_administrator);
    tests.both("store/people/only_administrators_manage_users", only_administrators_manage_users);
    tests.both("store/people/organizations", organizations);
    tests.both("store/people/the_currency_of_amounts", the_currency_of_amounts);
    tests.both("store/people/opening", opening);
}

async fn users(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let values = [("email", "Mia@Example.com"), ("name", "Mia"), ("external_id", "e1"), ("role", "read")];
    let mia = ops::users::create(&world, &given(&values), false).await?.record;
    assert_eq!((mia.email.as_str(), mia.role, mia.version), ("mia@example.com", Role::Read, 1));
    let plain = world.user("noa@example.com", "Noa").await?;
    assert_eq!(plain.role, Role::Write);
    for (values, code) in [
        (vec![("name", "X")], "required"),
        (vec![("email", "x@example.com")], "required"),
        (vec![("email", "MIA@example.com"), ("name", "X")], "exists"),
        (vec![("email", "x@example.com"), ("name", "X"), ("external_id", "e1")], "exists"),
        (vec![("email", "x"), ("name", "X")], "email"),
        (vec![("email", "x@example.com"), ("name", "X"), ("role", "boss")], "role"),
    ] {
        assert_eq!(refused(ops::users::create(&world, &given(&values), false).await), code, "{values:?}");
    }
    assert_eq!(
        refused(ops::users::update(&world, "Noa", &given(&[("email", "mia@example.com")]), None, false).await),
        "exists"
    );
    let later = world.at("2026-03-02T07:00:00Z");
    let values = given(&[("name", "Mia Maier"), ("role", "write"), ("external_id", "")]);
    let changed = ops::users::update(&later, "mia@example.com", &values, None, false).await?;
    assert_eq!((changed.record.version, changed.record.updated_at), (2, later.clock.now()));
    assert_eq!(changed.changes.len(), 3);
    assert_eq!(ops::users::update(&later, "mia@example.com", &values, Some(true), false).await?.operation, None);
    let before: Vec<(i64, String, Option<String>, String, i64)> =
        query(&world.db, "select changed, name, external_key, role, version from users_before").await?;
    let mask = (1 << 1) + (1 << 3) + (1 << 4);
    assert_eq!(before, [(mask, "Mia".to_owned(), Some("e1".to_owned()), "read".to_owned(), 1)]);
    let emails: Vec<String> = ops::users::list(&world).await?.into_iter().map(|user| user.email).collect();
    assert_eq!(emails, ["admin@fastenr.local", "mia@example.com", "noa@example.com"]);
    let got = store::users::get(&mut world.db.read().await?, &world.scope(), mia.id).await?;
    assert_eq!(got, Some(changed.record));
    Ok(())
}

async fn names_of_users(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let values = [("email", "mia@example.com"), ("name", "Mía Maier"), ("external_id", "E 1")];
    let mia = ops::users::create(&world, &given(&values), false).await?.record;
    world.user("b@example.com", "Bo").await?;
    world.user("c@example.com", "Bo").await?;
    for name in ["MIA@example.com", "mía  MAIER", "E 1", &mia.id.to_string()] {
        assert_eq!(ops::users::get(&world, name).await?, mia, "{name}");
    }
    assert_eq!(refused(ops::users::get(&world, "bo").await), "ambiguous_user");
    let error = ops::users::get(&world, "mia@exmaple.com").await.unwrap_err();
    assert_eq!((error.code, error.hints.to_string().as_str()), ("unknown_user", "did you mean mia@example.com?"));
    Ok(())
}

async fn deactivation(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let mia = world.user("mia@example.com", "Mia").await?;
    let deactivate = async |active| ops::users::update(&world, "mia@example.com", &[], Some(active), false).await;
    for name in ["A", "B", "C"] {
        world.account(&[("name", name), ("owner", "Mia")]).await?;
    }
    ops::accounts::set_archived(&world, "C", true, None, false).await?;
    let error = deactivate(false).await.unwrap_err();
    assert_eq!((error.code, error.message.as_str()), ("owns_accounts", "mia@example.com still owns 2 accounts"));
    assert_eq!(store::accounts::owned_by(&mut world.db.read().await?, &world.scope(), mia.id).await?, 2);
    world.update("A", &[("owner", "")]).await?;
    assert_eq!(deactivate(false).await.unwrap_err().message, "mia@example.com still owns 1 account");
    world.update("B", &[("owner", "admin@fastenr.local")]).await?;
    let gone = deactivate(false).await?.record;
    assert_eq!(gone.deactivated_at, Some(world.clock.now()));
    assert_eq!(deactivate(false).await?.operation, None);
    let acting = Context::open(world.db.clone(), world.clock, None, Some("mia@example.com")).await;
    assert_eq!(refused(acting), "deactivated_user");
    assert_eq!(deactivate(true).await?.record.deactivated_at, None);

    let mut tx = world.db.write_any().await?;
    let at = Some(world.clock.now());
    assert_eq!(store::users::set_deactivated(&mut tx, &world.scope(), mia.id, at, world.clock.now()).await?, 1);
    assert_eq!(store::users::get(&mut tx, &world.scope(), mia.id).await?.unwrap().deactivated_at, at);
    Ok(())
}

async fn the_last_administrator(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let admin = world.user.email.clone();
    let update =
        async |values: &[(&str, &str)], active| ops::users::update(&world, &admin, &given(values), active, false).await;
    assert_eq!(refused(update(&[("role", "write")], None).await), "last_admin");
    assert_eq!(refused(update(&[], Some(false)).await), "last_admin");
    assert_eq!(refused(update(&[("role", "read")], Some(false)).await), "last_admin");
    update(&[("name", "Ada")], None).await?;
    world.user("mia@example.com", "Mia").await?;
    assert_eq!(refused(update(&[], Some(false)).await), "last_admin");
    ops::users::update(&world, "Mia", &given(&[("role", "admin")]), None, false).await?;
    update(&[], Some(false)).await?;
    assert_eq!(
        refused(ops::users::update(&world, "Mia", &given(&[("role", "write")]), None, false).await),
        "last_admin"
    );
    let first = store::users::first_admin(&mut world.db.read().await?, &world.scope()).await?;
    assert_eq!(first.map(|user| user.name).as_deref(), Some("Mia"));
    Ok(())
}

async fn only_administrators_manage_users(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let mia = world.acting_as(&world.user("mia@example.com", "Mia").await?);
    let values = given(&[("email", "x@example.com"), ("name", "X")]);
    assert_eq!(refused(ops::users::create(&mia, &values, false).await), "not_admin");
    assert_eq!(refused(ops::users::update(&mia, "Mia", &values, None, false).await), "not_admin");
    assert_eq!(refused(mia.import_users("email,name\nx@example.com,X\n", Default::default()).await), "not_admin");
    assert!(mia.account(&[("name", "A")]).await.is_ok());
    Ok(())
}

fn change(values: &[(&str, &str)]) -> OrganizationChange {
    let of = |name| values.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
    let own_domains = of("own_domains").map(|text| text.split(',').map(str::to_owned).collect());
    OrganizationChange {
        slug: of("slug"),
        name: of("name"),
        currency: of("currency"),
        time_zone: of("time_zone"),
        own_domains,
        by: None,
    }
}

async fn create(world: &World, values: &[(&str, &str)], dry_run: bool) -> fastenr_core::Result<Organization> {
    ops::organizations::create(&world.db, world.clock, &change(values), "ada@example.com", "Ada", dry_run).await
}

async fn organizations(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let values =
        [("slug", "acme"), ("currency", "eur"), ("time_zone", "Europe/Berlin"), ("own_domains", "www.acme.com,b.de")];
    create(&world, &values, true).await?;
    assert_eq!(ops::organizations::list(&world.db).await?.len(), 1);
    let made = create(&world, &values, false).await?;
    assert_eq!((made.name.as_str(), made.currency.as_str()), ("acme", "EUR"));
    assert_eq!(made.own_domains, ["acme.com", "b.de"]);
    let by_slug = store::organizations::by_slug(&mut world.db.read().await?, "acme").await?;
    assert_eq!(by_slug, Some(made.clone()));
    for (values, code) in [
        (vec![("slug", "acme")], "exists"),
        (vec![("slug", "Acme")], "slug"),
        (vec![("slug", "b"), ("currency", "euro")], "currency"),
        (vec![("slug", "b"), ("time_zone", "Mars/Base")], "time_zone"),
        (vec![("slug", "b"), ("own_domains", "x")], "domain"),
    ] {
        assert_eq!(refused(create(&world, &values, false).await), code, "{values:?}");
    }
    let at = clock("2026-03-02T07:00:00Z");
    let update = async |slug: &str, values: &[(&str, &str)], dry_run| {
        ops::organizations::update(&world.db, at, slug, &change(values), dry_run).await
    };
    assert_eq!(refused(update("nobody", &[], false).await), "unknown_organization");
    assert_eq!(refused(update("acme", &[("slug", "default")], false).await), "exists");
    update("acme", &[("name", "Dry")], true).await?;
    let changed = update("acme", &[("slug", "acme-2"), ("name", "Acme"), ("currency", "USD")], false).await?;
    assert_eq!((changed.updated_at, changed.created_at), (at.now(), made.created_at));
    let slugs: Vec<String> = ops::organizations::list(&world.db).await?.into_iter().map(|o| o.slug).collect();
    assert_eq!(slugs, ["acme-2", "default"]);
    assert_eq!(ops::organizations::list(&world.db).await?[0], changed);
    Ok(())
}

async fn the_currency_of_amounts(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let other = world.organization("other").await?;
    other.account(&[("name", "Acme"), ("arr", "1")]).await?;
    world.account(&[("name", "Acme")]).await?;
    let update = async |slug: &str| {
        ops::organizations::update(&world.db, world.clock, slug, &change(&[("currency", "EUR")]), false).await
    };
    update("default").await?;
    assert_eq!(refused(update("other").await), "currency_in_use");
    // Archived amounts are amounts.
    ops::accounts::set_archived(&other, "Acme", true, None, false).await?;
    assert_eq!(refused(update("other").await), "currency_in_use");
    execute(&world.db, "update accounts set arr = null").await?;
    assert_eq!(update("other").await?.currency, "EUR");
    Ok(())
}

async fn opening(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let open = async |organization: Option<&str>, user: Option<&str>| {
        Context::open(world.db.clone(), world.clock, organization, user).await
    };
    assert_eq!(open(None, None).await?.user.email, ops::admin::FIRST_ADMIN);
    assert_eq!(refused(open(Some("other"), None).await), "unknown_organization");
    assert_eq!(refused(open(None, Some("nobody@example.com")).await), "unknown_user");
    assert_eq!(refused(open(None, Some("nobody")).await), "email");
    let other = world.organization("other").await?;
    assert_eq!(open(None, None).await?.organization.slug, "default");
    // A user of one organization is nobody in another.
    other.user("mia@example.com", "Mia").await?;
    assert_eq!(refused(open(Some("default"), Some("mia@example.com")).await), "unknown_user");
    assert_eq!(open(Some("other"), Some("MIA@example.com")).await?.user.name, "Mia");
    execute(&world.db, "update users set role = 'write' where email = 'admin@fastenr.local'").await?;
    assert_eq!(refused(open(Some("default"), None).await), "unknown_user");
    Ok(())
}
