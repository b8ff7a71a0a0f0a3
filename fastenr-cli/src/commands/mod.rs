//! One file per verb: its `Args`, whose comments are its help, and its `run`.
//!
//! A command parses, calls [`fastenr_core::ops`] and renders; everything else belongs there.

mod account_changes;
pub(crate) mod accounts;
pub(crate) mod activity;
pub(crate) mod alerts;
pub(crate) mod arr;
pub(crate) mod bulk;
pub(crate) mod changes;
pub(crate) mod completions;
pub(crate) mod contacts;
pub(crate) mod db;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod engagements;
pub(crate) mod entries;
mod export_file;
mod field_changes;
pub(crate) mod goals;
pub(crate) mod health;
pub(crate) mod help;
mod impact;
pub(crate) mod import;
mod import_call;
pub(crate) mod input;
pub(crate) mod keys;
pub(crate) mod listing;
pub(crate) mod man;
pub(crate) mod metrics;
pub(crate) mod model;
pub(crate) mod notifications;
pub(crate) mod operations;
pub(crate) mod organizations;
pub(crate) mod past;
pub(crate) mod people;
pub(crate) mod recompute;
pub(crate) mod segments;
pub(crate) mod serve;
pub(crate) mod tasks;
pub(crate) mod team;
pub(crate) mod today;
pub(crate) mod users;
pub(crate) mod whoami;
mod written;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::filter::Page;

use crate::app::App;
use crate::exit::{self, Code};

/// The nouns, and the commands without a noun.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Today(today::Args),

    /// Accounts (customers): list, update, import and export.
    #[command(subcommand)]
    Accounts(Box<accounts::Verb>),

    /// Contacts: people at accounts, such as champions and decision makers.
    #[command(subcommand)]
    Contacts(contacts::Verb),

    /// Engagements: planned and completed meetings, calls, e-mails, notes, demos and trainings.
    #[command(subcommand)]
    Engagements(engagements::Verb),

    /// Goals of customers, and their progress.
    #[command(subcommand)]
    Goals(goals::Verb),

    /// Tasks: next steps of accounts, with owner and due date.
    #[command(subcommand)]
    Tasks(tasks::Verb),

    /// Metrics: daily health metrics of accounts.
    #[command(subcommand)]
    Metrics(metrics::Verb),

    /// Annual recurring revenue (ARR) over time: its history and its movements.
    #[command(subcommand)]
    Arr(arr::Verb),

    /// Changes of accounts' fields over time: list, export, and import of their past.
    #[command(subcommand)]
    Changes(account_changes::Verb),

    /// Health and churn risk: scores, explanations, history, movers, back-test.
    #[command(subcommand)]
    Health(health::Verb),

    Recompute(recompute::Args),

    /// Alerts: list, acknowledge, send.
    #[command(subcommand)]
    Alerts(alerts::Verb),

    /// Scoring models: print, check, preview and use.
    #[command(subcommand)]
    Model(model::Verb),

    /// Segments: saved filters of accounts, for every `--segment`.
    #[command(subcommand)]
    Segments(segments::Verb),

    /// Teams: people who work with an account besides its owner.
    #[command(subcommand)]
    Team(team::Verb),

    /// Activity feed: who changed which record, and when.
    #[command(subcommand)]
    Activity(activity::Verb),

    /// Notifications: what is new for you, and what you have read.
    #[command(subcommand)]
    Notifications(notifications::Verb),

    /// Operations: list, show, undo, prune.
    #[command(subcommand)]
    Operations(operations::Verb),

    /// Users: members of the organization, who own accounts.
    #[command(subcommand)]
    Users(users::Verb),

    /// People: find, export and erase all data about a person.
    #[command(subcommand)]
    People(people::Verb),

    /// API keys: create, list, revoke; one-time login links.
    #[command(subcommand)]
    Keys(keys::Verb),

    /// Organizations: each has its own separate data.
    #[command(subcommand)]
    Organizations(organizations::Verb),

    /// Database: migrate, status, check, backup, vacuum.
    #[command(subcommand)]
    Db(db::Verb),

    Whoami(whoami::Args),
    Doctor(doctor::Args),
    Demo(demo::Args),
    Serve(serve::Args),
    Completions(completions::Args),
    Man(man::Args),
    Help(help::Args),
}

pub(crate) async fn run(app: &mut App, command: Command) -> Result<Code> {
    match command {
        Command::Today(args) => today::run(app, args).await,
        Command::Notifications(verb) => notifications::run(app, verb).await,
        Command::Accounts(verb) => accounts::run(app, *verb).await,
        Command::Arr(verb) => arr::run(app, verb).await,
        Command::Changes(verb) => account_changes::run(app, verb).await,
        Command::Contacts(verb) => contacts::run(app, verb).await,
        Command::Engagements(verb) => engagements::run(app, verb).await,
        Command::Goals(verb) => goals::run(app, verb).await,
        Command::Tasks(verb) => tasks::run(app, verb).await,
        Command::Model(verb) => model::run(app, verb).await,
        Command::Metrics(verb) => metrics::run(app, verb).await,
        Command::Alerts(verb) => alerts::run(app, verb).await,
        Command::Segments(verb) => segments::run(app, verb).await,
        Command::Team(verb) => team::run(app, verb).await,
        Command::Activity(verb) => activity::run(app, verb).await,
        Command::Health(verb) => health::run(app, verb).await,
        Command::Recompute(args) => recompute::run(app, args).await,
        Command::Users(verb) => users::run(app, verb).await,
        Command::People(verb) => people::run(app, verb).await,
        Command::Keys(verb) => keys::run(app, verb).await,
        Command::Operations(verb) => operations::run(app, verb).await,
        Command::Organizations(verb) => organizations::run(app, verb).await,
        Command::Db(verb) => db::run(app, verb).await,
        Command::Whoami(args) => whoami::run(app, args).await,
        Command::Doctor(args) => doctor::run(app, args).await,
        Command::Demo(args) => demo::run(app, args).await,
        // Started by the caller, which passes the signals.
        Command::Serve(_) => Ok(exit::DONE),
        Command::Completions(args) => completions::run(app, &args),
        Command::Man(args) => man::run(app, &args),
        Command::Help(args) => help::run(app, &args),
    }
}

/// `a=b` as a pair.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

/// The page of `--page` and `--limit`.
///
/// # Errors
/// `page`, `limit`, with the number that is out of range.
pub(crate) fn page(number: u64, limit: u64) -> Result<Page> {
    let given = |what: &str| if what == "page" { number } else { limit }.to_string();
    Page::new(number, limit).map_err(|invalid| invalid.of(invalid.code, &given(invalid.code)))
}

/// The value of `--total`.
///
/// # Errors
/// A text that names the two forms.
pub(crate) fn total(text: &str) -> std::result::Result<Total, String> {
    match text {
        "exact" => Ok(Total::Exact),
        _ if text.starts_with("upto:") => Total::parse(text).map_err(|_| ()),
        _ => Err(()),
    }
    .map_err(|()| format!("write exact, or upto:N with N from 1 to {}, such as upto:10000", Total::MOST))
}

use fastenr_core::model::cursor::Total;
pub(crate) use fastenr_core::model::number::{counted, grouped};

/// `312 accounts`, `1 account`.
pub(crate) fn count(number: u64, noun: &fastenr_core::model::noun::Noun) -> String {
    counted(number, noun.one, noun.plural)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs() {
        assert_eq!(pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(pair(" a ="), Ok(("a".into(), String::new())));
        assert!(pair("a").is_err() && pair("=b").is_err());
    }

    #[test]
    fn counts() {
        assert_eq!(count(1, &fastenr_core::model::account::ACCOUNT), "1 account");
        assert_eq!(count(1_234_567, &fastenr_core::model::account::ACCOUNT), "1,234,567 accounts");
        assert_eq!(grouped(999), "999");
    }
}
