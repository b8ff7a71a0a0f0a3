//! One error, at two edges: the command names commands, the server paths.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};

use super::super::support::with_accounts;
use super::client::Server;

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("cli/server/each_edge_has_its_own_ways_out", each_has_its_own_ways_out);
}

async fn each_has_its_own_ways_out(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    for (args, path, code, message, command, endpoint) in [
        (
            "accounts get nobody",
            "/api/accounts/nobody",
            "unknown_account",
            "no account is called \"nobody\"",
            "search for them with `fastenr accounts list --search TEXT`",
            "search for them with `GET /api/accounts?search=TEXT`",
        ),
        (
            "operations show 00000000",
            "/api/operations/00000000",
            "unknown_operation",
            "there is no operation \"00000000\"",
            "list them with `fastenr operations list`",
            "list them with `GET /api/operations`",
        ),
        // Keys and users are made at a terminal alone.
        (
            "accounts list --owner nobody",
            "/api/accounts?owner=nobody",
            "unknown_user",
            "no user is called \"nobody\"",
            "list them with `fastenr users list`; create one with `fastenr users create`",
            "list them with `GET /api/users`",
        ),
    ] {
        let said = fastenr.args(args.split(' ')).run().code(4);
        let hint = said.stderr.lines().find_map(|line| line.strip_prefix("hint: ")).unwrap_or_default();
        assert!(
            said.stderr.contains(&format!("error: {message}\n")) && hint.ends_with(command),
            "{}",
            said.transcript()
        );
        let answer = server.get(path)?;
        assert_eq!((answer.status, answer.problem()?.as_str()), (404, code), "{}", answer.text());
        let detail = answer.json()?["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.starts_with(message) && detail.ends_with(&format!("; {endpoint}")), "{detail}");
    }
    Ok(())
}
