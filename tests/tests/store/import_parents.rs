//! Parents in a file: found in any order, by key or name, and never above themselves.

use anyhow::Result;
use fastenr_core::import::request::{Mode, Request};
use fastenr_tests::harness::{Backend, Tests};

use super::import_rejections::{book, check, mapped, skip};
use fastenr_tests::world::alias;

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/parents/by_key", parents);
    tests.both("store/parents/by_name", parents_by_name);
    tests.both("store/parents/circles", circles);
}

async fn parents(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let id = world.get("a").await?.id;
    alias(&world, "was-a", id).await?;
    // In any order, by key, by id, by the key of an account that was merged away.
    let file = format!("external_id,name,parent\nn3,N3,n2\nn2,N2,n1\nn1,N1,a\nn4,N4,{id}\nn5,N5,was-a\n");
    check(&world, &file, skip(), &[]).await?;
    for (child, parent) in [("n3", "n2"), ("n2", "n1"), ("n1", "a"), ("n4", "a"), ("n5", "a")] {
        assert_eq!(world.get(child).await?.parent.unwrap().label, parent);
    }
    check(&world, "external_id,name,parent\nx,X,nothing\n", skip(), &[("unknown_parent", "parent", &[1])]).await?;
    // What hangs on a row that is refused is refused with it, however far down.
    let file = "external_id,name,parent,arr\nq3,Q3,q2,\nq2,Q2,q1,\nq1,Q1,,-1\nq0,Q0,a,\n";
    let report = world.import(file, skip()).await?;
    assert_eq!(report.ledger.created, 1);
    let mut codes: Vec<&str> = report.problems.iter().map(|problem| problem.code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["arr_range", "parent_rejected", "parent_rejected"]);
    // A refused row of an account that exists is no reason: the account is there.
    let file = "external_id,name,parent,arr\na,A,,-1\nunder,Under,a,\n";
    assert_eq!(check(&world, file, skip(), &[("arr_range", "arr", &[1])]).await?.ledger.created, 1);
    let update_only = Request { mode: Mode::Update, ..skip() };
    let file = "external_id,name,parent\nb,Twin,new\nnew,New,\n";
    check(&world, file, update_only, &[("parent_rejected", "parent", &[1])]).await?;
    let file = "external_id,name,parent,skip\nk1,K1,k2,\nk2,K2,,x\n";
    check(&world, file, mapped("[filter]\nskip = [\"x\"]"), &[("parent_rejected", "parent", &[1])]).await?;
    Ok(())
}

async fn parents_by_name(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let request = || mapped("[lookup]\nparent = \"name\"");
    check(&world, "external_id,name,parent\nn1,N1,ACME\nn2,N2,N1\n", request(), &[]).await?;
    assert_eq!(world.get("n2").await?.parent.unwrap().label, "n1");
    check(&world, "external_id,name,parent\nx,X,Twin\n", request(), &[("ambiguous_parent", "parent", &[1])]).await?;
    check(&world, "external_id,name,parent\nx,X,Gone\n", request(), &[("unknown_parent", "parent", &[1])]).await?;
    let want: [(&str, &str, &[u64]); 1] = [("unknown_parent", "parent", &[3])];
    check(&world, "external_id,parent\nb,Acme\nc,N2\na,X\n", request(), &want).await?;
    // Two rows of the file are called so, or a row and an account that is another.
    let file = "external_id,name,parent\nx,X,Group\ng1,Group,\ng2,Group,\n";
    assert_eq!(check(&world, file, request(), &[("ambiguous_parent", "parent", &[1])]).await?.ledger.created, 2);
    let file = "external_id,name,parent\ny,Y,Acme\nother,Acme,\n";
    check(&world, file, request(), &[("ambiguous_parent", "parent", &[1])]).await?;
    Ok(())
}

async fn circles(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let circle = "external_id,name,parent\nx,X,y\ny,Y,x\nz1,Z,x\n";
    let report = world.import(circle, skip()).await?;
    assert_eq!((report.ledger.created, report.ledger.rejected), (0, 3), "{:?}", report.problems);
    let want: [(&str, &str, &[u64]); 1] = [("parent_cycle", "parent", &[1])];
    check(&world, "external_id,name,parent\ns,S,s\n", skip(), &want).await?;
    world.import("external_id,parent\nb,a\nc,b\n", skip()).await?;
    check(&world, "external_id,parent\na,c\n", skip(), &want).await?;
    // The file's word counts: turned round in one go, it is no circle.
    let turned = Request { empty: "clear".parse().unwrap(), ..skip() };
    check(&world, "external_id,parent\na,b\nb,c\nc,\n", turned.clone(), &[]).await?;
    assert_eq!(world.get("a").await?.parent.unwrap().label, "b");
    // An existing link closes a circle that the file opens.
    check(&world, "external_id,parent\nc,a\n", turned, &[("parent_cycle", "parent", &[1])]).await?;
    // As long as you like.
    let mut long = String::from("external_id,name,parent\n");
    for n in 0..150 {
        long += &format!("l{n},L{n},l{}\n", (n + 1) % 150);
    }
    let report = world.import(&long, skip()).await?;
    assert_eq!((report.ledger.created, report.ledger.rejected), (0, 150));
    let deep = long.replace("l149,L149,l0", "l149,L149,");
    let report = world.import(&deep, skip()).await?;
    assert_eq!((report.ledger.created, report.ledger.rejected), (100, 50));
    assert!(report.problems.iter().all(|problem| problem.code.starts_with("parent_")), "{:?}", report.problems[0]);
    Ok(())
}
