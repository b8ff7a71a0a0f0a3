//! Keys of the HTTP API: who may make them, who is let in by them, what is kept of them.

use std::collections::BTreeSet;

use anyhow::Result;
use fastenr_core::model::KeyName;
use fastenr_core::model::activity::ACTIVITY;
use fastenr_core::model::api_key::{API_KEY, ApiKey, Expiry, KeyStatus, ScopeNoun, ScopeVerb, Scopes};
use fastenr_core::model::filter::Page;
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::ops::keys::{self, Authenticated, CreatedKey, NewKey};
use fastenr_core::ops::{self, activities, operations, sessions};
use fastenr_core::secret::Secrets;
use fastenr_core::store::{self, Lock, Scope};
use fastenr_core::{Error, Kind};
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{TENANT_TABLES, World, clock, everything, given, lines, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/keys/made_used_and_revoked", made_used_and_revoked);
    tests.both("store/keys/only_a_hash_is_kept", only_a_hash_is_kept);
    tests.both("store/keys/who_may_make_which", who_may_make_which);
    tests.both("store/keys/who_sees_which", who_sees_which);
    tests.both("store/keys/they_expire", they_expire);
    tests.both("store/keys/what_is_no_key", what_is_no_key);
    tests.both("store/keys/the_user_decides", the_user_decides);
    tests.both("store/keys/by_one_statement", by_one_statement);
    tests.both("store/keys/uses_are_noted_now_and_then", uses_are_noted_now_and_then);
    tests.both("store/keys/revoked_while_somebody_signs_in", revoked_while_somebody_signs_in);
}

fn wanted(name: &str, scopes: &str) -> NewKey {
    NewKey {
        name: KeyName::parse(name).unwrap(),
        user: None,
        scopes: Scopes::parse(scopes).unwrap(),
        expiry: Expiry::default(),
    }
}

async fn make(world: &World, name: &str, scopes: &str) -> fastenr_core::Result<CreatedKey> {
    keys::create(world, Secrets::System, &wanted(name, scopes), false).await
}

fn text(made: &CreatedKey) -> &str {
    made.secret.as_ref().unwrap().expose()
}

async fn enter(world: &World, text: &str) -> fastenr_core::Result<Authenticated> {
    keys::authenticate(&world.db, world.clock, &world.ids, text).await
}

async fn made_used_and_revoked(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let tried = keys::create(&world, Secrets::System, &wanted("Dashboard", "*:read"), true).await?;
    assert!(tried.secret.is_none());
    assert_eq!(world.keys("key").await?, []);
    let made = make(&world, " Dashboard ", "health:read,accounts:*,accounts:read").await?;
    assert_eq!((made.key.name.as_str(), made.key.status), ("Dashboard", KeyStatus::Active));
    assert_eq!(made.key.expires_at.unwrap().to_rfc3339(), "2026-05-30T07:00:00+00:00");
    assert_eq!(world.keys("key").await?, std::slice::from_ref(&made.key));
    let caller = enter(&world, text(&made)).await?;
    assert_eq!(caller.key, made.key);
    assert_eq!((&caller.context.user, &caller.context.organization), (&world.user, &world.organization));
    caller.key.check(ScopeNoun::Accounts, ScopeVerb::Delete)?;
    let refusal = caller.key.check(ScopeNoun::Health, ScopeVerb::Write).unwrap_err();
    assert_eq!((refusal.kind, refusal.code), (Kind::Forbidden, "missing_scope"));
    assert!(refusal.message.contains("health:write"), "{refusal}");
    // The context is one to work with.
    ops::accounts::create(&caller.context, &given(&[("name", "Acme")]), false).await?;
    let later = world.at("2026-03-02T00:00:00Z");
    let tried = keys::revoke(&later, "Dashboard", true).await?;
    assert_eq!((tried.changes.len(), tried.record.status), (1, KeyStatus::Revoked));
    enter(&later, text(&made)).await?;
    let revoked = keys::revoke(&later, &made.key.prefix, false).await?;
    assert_eq!(revoked.record.revoked_at, Some(later.clock.now()));
    assert_eq!(refused(enter(&later, text(&made)).await), "key_revoked");
    // Also by a clock that goes wrong: revoked is revoked.
    assert_eq!(refused(enter(&world, text(&made)).await), "key_revoked");
    assert_eq!(keys::revoke(&later, &made.key.prefix, false).await?.changes, []);
    assert_eq!(keys::get(&later, "Dashboard").await?.revoked_at, Some(later.clock.now()));
    let filter = ops::selection::selection(&world, &ACTIVITY, [("kind", "keys")]).await?;
    let told = activities::list(&world, &filter, Page::default()).await?;
    let told: Vec<_> = told.rows.into_iter().map(|item| item.activity).collect();
    assert_eq!(told.iter().map(|told| told.kind.as_str()).collect::<Vec<_>>(), ["keys.revoke", "keys.create"]);
    assert!(told.iter().all(|told| told.record == Some(made.key.id) && told.label == "Dashboard"));
    let fields: Vec<&str> = told[1].changes.as_array().unwrap().iter().filter_map(|of| of["field"].as_str()).collect();
    assert_eq!(fields, ["prefix", "name", "user", "scopes", "expires_at"]);
    Ok(())
}

/// Neither the text nor its secret is anywhere in the database, nor in what is shown by accident.
async fn only_a_hash_is_kept(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let made = make(&world, "x", "*").await?;
    let caller = enter(&world, text(&made)).await?;
    keys::touch_key(&caller).await?;
    let secret = text(&made).rsplit('_').next().unwrap();
    assert_eq!(secret.len(), 64);
    let mut found = 0;
    let hash = made.secret.as_ref().unwrap().text().sha256();
    for table in TENANT_TABLES.iter().copied().chain(["organizations"]) {
        for line in lines(&world.db, table, None).await? {
            assert!(!line.contains(secret) && !line.contains("fnr_"), "{table}: {line}");
            found += usize::from(line.contains(&hash));
        }
    }
    assert_eq!(found, 1);
    let shown = format!("{made:?} {:?}", caller.key);
    assert!(!shown.contains(secret), "{shown}");
    // Who finds the whole of it in a log may paste it, and it is not said again.
    assert_eq!(keys::get(&world, text(&made)).await?.id, made.key.id);
    let other = world.organization("other").await?;
    let error = keys::get(&other, text(&made)).await.unwrap_err();
    assert!(error.code == "unknown_key" && !error.message.contains(secret), "{error}");
    let misspelt = keys::get(&world, &format!("{}0", text(&made))).await.unwrap_err();
    assert!(!misspelt.message.contains(secret), "{misspelt}");
    Ok(())
}

async fn people(world: &World) -> Result<[World; 2]> {
    let reader = given(&[("email", "r@example.com"), ("name", "Reader"), ("role", "read")]);
    let reader = ops::users::create(world, &reader, false).await?.record;
    let writer = world.user("w@example.com", "Writer").await?;
    Ok([world.acting_as(&reader), world.acting_as(&writer)])
}

async fn who_may_make_which(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let [reader, writer] = people(&world).await?;
    world.user("gone@example.com", "Gone").await?;
    ops::users::update(&world, "Gone", &[], Some(false), false).await?;
    let admin = world.user.email.clone();
    let before = lines(&world.db, "api_keys", None).await?;
    for (who, of, scopes, code) in [
        (&writer, Some("r@example.com"), "accounts:read", "not_admin"),
        (&writer, Some(admin.as_str()), "accounts:read", "not_admin"),
        (&reader, Some("w@example.com"), "accounts:read", "not_admin"),
        (&reader, None, "accounts:write", "read_only_user"),
        (&reader, None, "accounts:read,*:delete", "read_only_user"),
        (&reader, None, "accounts:*", "read_only_user"),
        (&reader, None, "*", "read_only_user"),
        (&world, Some("Reader"), "goals:write", "read_only_user"),
        (&world, Some("gone@example.com"), "goals:read", "deactivated_user"),
        (&world, Some("nobody"), "goals:read", "unknown_user"),
    ] {
        let new = NewKey { user: of.map(str::to_owned), ..wanted("x", scopes) };
        let error = keys::create(who, Secrets::System, &new, false).await.unwrap_err();
        assert_eq!(error.code, code, "{of:?} {scopes}: {error}");
    }
    let past = NewKey { expiry: Expiry::parse("2026-02-28")?, ..wanted("x", "*") };
    assert_eq!(refused(keys::create(&world, Secrets::System, &past, false).await), "expires");
    assert_eq!(lines(&world.db, "api_keys", None).await?, before);
    for (who, of, scopes, acts_as) in [
        (&reader, None, "accounts:read,*:read", "r@example.com"),
        (&reader, Some("Reader"), "*:read", "r@example.com"),
        (&writer, None, "*", "w@example.com"),
        (&world, Some("Reader"), "*:read", "r@example.com"),
        (&world, Some("w@example.com"), "*", "w@example.com"),
        (&world, None, "*", admin.as_str()),
    ] {
        let new = NewKey { user: of.map(str::to_owned), ..wanted("x", scopes) };
        let made = keys::create(who, Secrets::System, &new, false).await?;
        assert_eq!((made.key.user_email.as_str(), &made.key.created_by), (acts_as, &who.user.email));
        assert_eq!(enter(&world, text(&made)).await?.context.user.email, acts_as);
    }
    // The same random bits twice: refused, not overwritten.
    keys::create(&world, Secrets::Fixed(1), &wanted("one", "*"), false).await?;
    assert_eq!(refused(keys::create(&world, Secrets::Fixed(1), &wanted("two", "*"), false).await), "exists");
    // A user whom a key acts as stays, also when the making of the user is taken back.
    let made = ops::users::create(&world, &given(&[("email", "k@example.com"), ("name", "K")]), false).await?;
    let new = NewKey { user: Some("k@example.com".into()), ..wanted("x", "*") };
    keys::create(&world, Secrets::System, &new, false).await?;
    let undone = operations::undo(&world, &made.operation.unwrap().to_string(), false, false).await?;
    assert_eq!((undone.operation, undone.ledger.skipped), (None, 1));
    Ok(())
}

async fn who_sees_which(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let [reader, writer] = people(&world).await?;
    let (one, two) = (make(&reader, "mine", "*:read").await?.key, make(&writer, "mine", "*").await?.key);
    let listed = async |who: &World| -> Result<Vec<String>> {
        Ok(who.keys("key").await?.into_iter().map(|key| key.prefix).collect())
    };
    assert_eq!(listed(&world).await?, [two.prefix.clone(), one.prefix.clone()]);
    assert_eq!(listed(&reader).await?, std::slice::from_ref(&one.prefix));
    assert_eq!(refused(keys::get(&writer, &one.prefix).await), "unknown_key");
    assert_eq!(refused(keys::revoke(&writer, &one.id.to_string(), false).await), "unknown_key");
    let ambiguous = keys::get(&world, "mine").await.unwrap_err();
    assert_eq!(ambiguous.code, "ambiguous_key");
    assert!(ambiguous.hints.to_string().contains(&one.prefix));
    let near = keys::get(&writer, "mien").await.unwrap_err();
    assert_eq!((near.code, near.hints.to_string().as_str()), ("unknown_key", "did you mean mine?"));
    keys::revoke(&reader, "mine", false).await?;
    keys::revoke(&world, &two.id.to_string(), false).await?;
    assert!(world.keys("key").await?.iter().all(|key| key.status == KeyStatus::Revoked));
    Ok(())
}

async fn they_expire(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    ops::organizations::update(
        &world.db,
        world.clock,
        "default",
        &ops::organizations::OrganizationChange { time_zone: Some("Europe/Berlin".into()), ..Default::default() },
        false,
    )
    .await?;
    let world = World::on(world.db.clone(), backend.dir.path()).await?;
    for (expires, last, first) in [
        ("90d", "2026-05-30T06:59:59.999999Z", "2026-05-30T07:00:00Z"),
        ("2026-03-31", "2026-03-31T21:59:59Z", "2026-03-31T22:00:00Z"),
    ] {
        let new = NewKey { expiry: Expiry::parse(expires)?, ..wanted(expires, "*") };
        let made = keys::create(&world, Secrets::System, &new, false).await?;
        enter(&world.at(last), text(&made)).await?;
        let error = enter(&world.at(first), text(&made)).await.err().unwrap();
        assert_eq!((error.kind, error.code), (Kind::Unauthenticated, "key_expired"), "{expires}");
        let status = async |at: &str| keys::get(&world.at(at), &made.key.prefix).await.map(|key| key.status);
        assert_eq!((status(last).await?, status(first).await?), (KeyStatus::Active, KeyStatus::Expired));
        let listed = async |at: &str, status: &str| {
            let now = world.at(at);
            let filter = ops::selection::selection(&now, &API_KEY, [("status", status)]).await?;
            Ok::<_, Error>(keys::list(&now, &filter).await?.iter().any(|key| key.id == made.key.id))
        };
        for (at, status, there) in
            [(last, "active", true), (last, "expired", false), (first, "active", false), (first, "expired", true)]
        {
            assert_eq!(listed(at, status).await?, there, "{expires} {status}");
            assert!(!listed(at, "revoked").await? && listed(at, "all").await?);
        }
    }
    let new = NewKey { expiry: Expiry::Never, ..wanted("ever", "*") };
    let made = keys::create(&world, Secrets::System, &new, false).await?;
    enter(&world.at("2126-01-01T00:00:00Z"), text(&made)).await?;
    Ok(())
}

/// One answer to everything that is no key, whatever is almost right about it.
async fn what_is_no_key(backend: &Backend) -> Result<()> {
    let (world, other) = {
        let world = world(backend).await?;
        let other = world.organization("other").await?;
        (world, other)
    };
    let (made, theirs) = (make(&world, "x", "*").await?, make(&other, "x", "*").await?);
    let (right, foreign) = (text(&made), text(&theirs));
    let at = |from: usize, to: usize| format!("{}{}{}", &right[..from], &foreign[from..to], &right[to..]);
    let last = if right.ends_with('0') { "1" } else { "0" };
    let secret = right.len() - 64;
    let hash = made.secret.as_ref().unwrap().text().sha256();
    let wrong = [
        String::new(),
        "fnr_".into(),
        right[..right.len() - 1].to_owned(),
        format!("{right}0"),
        format!(" {right}"),
        right.to_uppercase(),
        format!("{}{last}", &right[..right.len() - 1]),
        // Their secret with our prefix; their organization; their prefix.
        at(secret, right.len()),
        at(4, 36),
        at(37, 49),
        // An organization that is none; what is kept instead of the secret.
        format!("fnr_{}{}", "0".repeat(32), &right[36..]),
        format!("{}{hash}", &right[..secret]),
        format!("{}{}", &right[..secret], "0".repeat(64)),
        "é".repeat(57),
    ];
    let told = |error: Error| (error.kind, error.code, error.message, error.hints);
    let expected = (
        Kind::Unauthenticated,
        "unauthenticated",
        "this is not an API key".to_owned(),
        fastenr_core::error::Hints::default(),
    );
    for wrong in wrong {
        let error = enter(&world, &wrong).await.err().unwrap_or_else(|| panic!("{wrong} is let in"));
        assert_eq!(told(error), expected, "{wrong}");
    }
    // Nor is more told of one that works no more, without its secret.
    keys::revoke(&world, &made.key.prefix, false).await?;
    assert_eq!(told(enter(&world, &at(secret, right.len())).await.err().unwrap()), expected);
    assert_eq!(refused(enter(&world, right).await), "key_revoked");
    enter(&world, foreign).await?;
    Ok(())
}

/// A key is never more than its user.
async fn the_user_decides(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let [_, writer] = people(&world).await?;
    let made = make(&writer, "x", "*").await?;
    let account = given(&[("name", "Acme")]);
    let caller = enter(&world, text(&made)).await?;
    let error = ops::users::create(&caller.context, &given(&[("email", "n@example.com"), ("name", "N")]), false).await;
    assert_eq!(refused(error), "not_admin");
    ops::accounts::create(&caller.context, &account, false).await?;
    ops::users::update(&world, "Writer", &given(&[("role", "read")]), None, false).await?;
    let caller = enter(&world, text(&made)).await?;
    let error = ops::accounts::create(&caller.context, &account, false).await.unwrap_err();
    assert_eq!((error.kind, error.code), (Kind::Forbidden, "read_only_user"));
    ops::users::update(&world, "Writer", &[], Some(false), false).await?;
    let error = enter(&world, text(&made)).await.err().unwrap();
    assert_eq!((error.kind, error.code), (Kind::Unauthenticated, "deactivated_user"));
    ops::users::update(&world, "Writer", &[], Some(true), false).await?;
    enter(&world, text(&made)).await?;
    Ok(())
}

async fn by_one_statement(backend: &Backend) -> Result<()> {
    let world = World::on(fastenr_tests::world::connect(backend, true).await?, backend.dir.path()).await?;
    let made = make(&world, "x", "*").await?;
    let none = text(&made).replace(&made.key.prefix, "000000000000");
    for (text, statements) in [(text(&made), 1), (none.as_str(), 1), ("fnr_", 0)] {
        let before = world.db.recorded().len();
        let _ = enter(&world, text).await;
        assert_eq!(world.db.recorded().len() - before, statements, "{text}");
    }
    Ok(())
}

async fn uses_are_noted_now_and_then(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let made = make(&world, "x", "*").await?;
    for (at, noted, last) in [
        ("2026-03-01T08:00:00Z", true, "2026-03-01T08:00:00Z"),
        ("2026-03-01T08:09:59Z", false, "2026-03-01T08:00:00Z"),
        ("2026-03-01T08:10:00Z", true, "2026-03-01T08:10:00Z"),
        // A clock that was put back takes nothing away.
        ("2026-03-01T07:30:00Z", false, "2026-03-01T08:10:00Z"),
        ("2026-03-02T08:00:00.5Z", true, "2026-03-02T08:00:00.5Z"),
    ] {
        let caller = enter(&world.at(at), text(&made)).await?;
        assert_eq!(keys::touch_key(&caller).await?, noted, "{at}");
        assert!(!keys::touch_key(&enter(&world.at(at), text(&made)).await?).await?, "{at}");
        let used = keys::get(&world, &made.key.prefix).await?.last_used_at;
        assert_eq!(used, Some(clock(last).now()), "{at}");
    }
    // Two that saw the same: one writes.
    let caller = enter(&world.at("2026-03-03T00:00:00Z"), text(&made)).await?;
    assert_eq!((keys::touch_key(&caller).await?, keys::touch_key(&caller).await?), (true, false));
    Ok(())
}

/// The key is good when it is looked at, and revoked before the session is written: so soon that other writes would not look again.
async fn revoked_while_somebody_signs_in(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let made = make(&world, "x", "*").await?;
    let scope = world.scope();
    let mut tx = world.db.write(&scope, Lock::Exclusive).await?;
    assert_eq!(store::keys::revoke(&mut tx, &scope, made.key.id, world.clock.now()).await?, 1);
    let visit = sessions::NewSession { browser: "Firefox", lifetime: sessions::SESSION_LIFETIME };
    let signing_in = sessions::by_key((&world.db, world.clock, &world.ids), text(&made), Secrets::System, &visit);
    let revoking = async {
        tokio::time::sleep(std::time::Duration::from_millis(80)).await;
        tx.commit().await
    };
    let (signed_in, revoked) = tokio::join!(signing_in, revoking);
    revoked?;
    assert_eq!(refused(signed_in), "key_revoked");
    assert_eq!(world.keys("session,link").await?, []);
    Ok(())
}

/// Every use once, for the statements.
pub(super) async fn once(world: &World) -> Result<()> {
    let made = make(world, "once", "*").await?;
    let caller = enter(world, text(&made)).await?;
    keys::touch_key(&caller).await?;
    let user = ops::users::create(world, &given(&[("email", "once@example.com"), ("name", "Once")]), false).await?;
    world.acting_as(&user.record).keys("key").await?;
    keys::revoke(world, &made.key.prefix, false).await?;
    Ok(())
}

/// The functions of the store, at a key that only they have.
pub(super) async fn apart(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let their = make(theirs, "theirs", "*").await?;
    let untouched = everything(&theirs.db, &theirs.scope()).await?;
    let (scope, now): (&Scope, _) = (&ours.scope(), ours.clock.now());
    let mut conn = ours.db.hold(&ours.scope()).await?;
    assert_eq!(store::keys::find(&mut conn, scope, &their.key.prefix, now).await?, None);
    drop(conn);
    let mut tx = ours.db.write(scope, Lock::Shared).await?;
    let tx = &mut tx;
    assert_eq!(store::keys::find_within(tx, scope, &their.key.prefix, now).await?, None);
    assert_eq!(store::keys::touch(tx, scope, their.key.id, now, now).await?, 0);
    let listed = store::lists::list::<ApiKey>;
    let (all, newest) = (Selection::default(), Order::first(&API_KEY));
    assert_eq!(listed(tx, scope, &API_KEY, &all, newest, Page::default()).await?, []);
    assert_eq!(store::keys::revoke(tx, scope, their.key.id, now).await?, 0);
    assert_eq!(store::keys::consume(tx, scope, their.key.id, now).await?, 0);
    assert_eq!(store::keys::get(tx, scope, their.key.id, now).await?, None);
    assert_eq!(store::keys::extend(tx, scope, their.key.id, now + chrono::TimeDelta::days(1), now).await?, 0);
    called.extend(["keys::get", "keys::extend"]);
    assert_eq!(store::keys::revoke_sessions(tx, scope, their.key.user, now).await?, 0);
    assert_eq!(store::keys::sweep(tx, scope, now).await?, 0);
    called.extend(["keys::consume", "keys::revoke_sessions", "keys::sweep"]);
    // The same id and prefix are ours too, but never with their user.
    let own = ApiKey { user: ours.user.id, ..their.key.clone() };
    store::keys::insert(tx, scope, &own, "hash", ours.user.id).await?;
    assert_eq!(store::lists::count::<ApiKey>(tx, scope, &API_KEY, &all).await?, 1);
    called.extend(["keys::find", "keys::find_within", "keys::touch", "keys::revoke", "keys::insert"]);
    let over = ApiKey { id: ours.ids.next(), prefix: "over".into(), ..their.key.clone() };
    assert_eq!(refused(store::keys::insert(tx, scope, &over, "hash", ours.user.id).await), "in_use");
    assert_eq!(everything(&theirs.db, &theirs.scope()).await?, untouched);
    Ok(())
}
