//! Gathers the facts of a day and scores them, a batch of accounts at a time.

use std::sync::Arc;

use chrono::NaiveDate;
use uuid::Uuid;

use super::book::{self, BookWithFeeds};
use super::day::Day;
use super::facts::{self, Groups, OwnAddresses};
use crate::error::Result;
use crate::model::{CustomFields, Status, StatusSource, Tags};
use crate::ops::Context;
use crate::score::alerts::{Goals, Levels, Point, Trail};
use crate::score::model::{FingerprintedModel, Models};
use crate::score::{Book, EarlierHealth, Facts, MeanCoverages, Model, Scores, Survey, score};
use crate::store::scores::accounts::{AccountRow, Feeds};
use crate::store::scores::fold::Fold;
use crate::store::scores::snapshots::{EarlierScores, Milestone, Snapshot};
use crate::store::scores::touch::GoalDays;
use crate::store::scores::{Range, accounts, book as book_store, gather, snapshots, touch};
use crate::store::{self, Conn, Scope, Tx};

/// Accounts gathered in one go.
const BATCH: i64 = 2_000;

/// Whether what earlier snapshots say is read from the database; a replay brings its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ops) enum HistorySource {
    Stored,
    Own,
}

/// An account with its facts.
#[derive(Debug, Clone)]
pub(in crate::ops) struct GatheredAccount {
    pub(in crate::ops) row: AccountRow,
    pub(in crate::ops) facts: Facts,
    pub(in crate::ops) trail: Trail,
    /// The latest snapshot, the day's own included.
    pub(in crate::ops) latest: Option<Snapshot>,
    /// The levels of its rules on the last night, the day's own included; none: that night has not seen it.
    pub(in crate::ops) levels: Option<Levels>,
}

impl GatheredAccount {
    pub(in crate::ops) fn id(&self) -> Uuid {
        self.row.id
    }

    /// Whose word the status is on the day: what has ended is the model's to decide.
    pub(in crate::ops) fn status_source(&self, day: NaiveDate) -> StatusSource {
        match self.row.status_until {
            Some(until) if until < day => StatusSource::Model,
            _ => StatusSource::parse(&self.row.status_source).unwrap_or(StatusSource::Person),
        }
    }

    /// As it is today, not on the day.
    pub(in crate::ops) fn status(&self) -> Status {
        Status::parse(&self.row.status).unwrap_or(Status::Active)
    }
}

/// Everything that scoring the accounts of a day needs.
pub(in crate::ops) struct Engine {
    scope: Scope,
    pub(in crate::ops) models: Arc<Models>,
    pub(in crate::ops) day: Day,
    pub(in crate::ops) whole: BookWithFeeds,
    own: Arc<OwnAddresses>,
    history: HistorySource,
    /// The last day with snapshots, the day itself included; none: there is none.
    latest: Option<NaiveDate>,
    /// The last night whose run had consequences, likewise; none: there was none.
    pub(in crate::ops) night: Option<NaiveDate>,
    /// Whether the day is over.
    over: bool,
    /// The metrics, where they are not summed in the database.
    fold: Option<Fold>,
}

impl Engine {
    /// The temporary tables, on a connection of their own.
    pub(in crate::ops) async fn prepare(conn: &mut Conn) -> Result<()> {
        gather::create(conn).await
    }

    /// Sums the metrics of a day and reads what the organization tells; of one account, or of all.
    pub(in crate::ops) async fn begin(
        context: &Context,
        tx: &mut Tx<'_>,
        models: &Arc<Models>,
        (date, seen): (NaiveDate, NaiveDate),
        account: Option<Uuid>,
        history: HistorySource,
    ) -> Result<Self> {
        let (scope, day) = (context.scope(), Day::of(context, date, seen));
        let stored = match account {
            Some(_) => book_store::stored(tx, &scope, date).await?.filter(|stored| stored.known().is_some()),
            None => None,
        };
        let alone = account.is_some() && stored.is_some();
        gather::fill(tx, &scope, (date, day.seen), account.filter(|_| alone)).await?;
        let whole = book::read(tx, &scope, &day, account.filter(|_| alone).zip(stored), None).await?;
        let own = own(context, tx).await?;
        let (latest, night) = match history {
            HistorySource::Stored => (
                snapshots::last_day(tx, &scope, day.date.succ_opt()).await?,
                book_store::last_night(tx, &scope, Some(day.date)).await?,
            ),
            HistorySource::Own => (None, None),
        };
        let over = date < context.today();
        let models = Arc::clone(models);
        let mut engine =
            Self { scope, models, day, whole, own: Arc::new(own), history, latest, night, over, fold: None };
        if account.is_some() && !alone {
            engine.survey(tx).await?;
        }
        Ok(engine)
    }

    /// Likewise for the next of many days, of all accounts: the fold reads on to the day. No history is read.
    pub(in crate::ops) async fn next(
        context: &Context,
        tx: &mut Tx<'_>,
        models: &Arc<Models>,
        date: NaiveDate,
        mut fold: Fold,
    ) -> Result<Self> {
        let (scope, day) = (context.scope(), Day::of(context, date, date));
        fold.advance(tx, &scope, date).await?;
        let whole = book::read(tx, &scope, &day, None, Some(&fold)).await?;
        let (own, models, fold) = (Arc::new(own(context, tx).await?), Arc::clone(models), Some(fold));
        Ok(Self {
            scope,
            models,
            day,
            whole,
            own,
            history: HistorySource::Own,
            latest: None,
            night: None,
            over: true,
            fold,
        })
    }

    /// The fold, to go on with it.
    pub(in crate::ops) fn into_fold(self) -> Fold {
        self.fold.unwrap_or_default()
    }

    pub(in crate::ops) const fn book(&self) -> &Book {
        &self.whole.book
    }

    /// Takes these for the mean coverages of the book.
    pub(in crate::ops) const fn assume(&mut self, known: MeanCoverages) {
        self.whole.book.known = known;
    }

    /// Finds the mean coverages of the book by looking at all accounts, once.
    pub(in crate::ops) async fn survey(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let (mut survey, mut after) = (Survey::default(), Uuid::nil());
        while let Batch { accounts, last: Some(last), .. } = self.batch(tx, after, None).await? {
            after = last;
            accounts.iter().for_each(|account| self.count(&mut survey, account, &self.score(account)));
        }
        self.assume(survey.known());
        Ok(())
    }

    /// A good guess at them: what the last run found, else those of the first accounts.
    pub(in crate::ops) async fn guess(&self, tx: &mut Tx<'_>) -> Result<MeanCoverages> {
        let stored = book_store::stored(tx, &self.scope, self.day.date).await?;
        if let Some(known) = stored.and_then(|stored| stored.known()) {
            return Ok(known);
        }
        let mut survey = Survey::default();
        let batch = self.batch(tx, Uuid::nil(), None).await?;
        batch.accounts.iter().for_each(|account| self.count(&mut survey, account, &self.score(account)));
        Ok(survey.known())
    }

    /// Counts the coverages of an account that was scored.
    pub(in crate::ops) fn count(&self, survey: &mut Survey, account: &GatheredAccount, scores: &Scores) {
        survey.add(&account.facts, scores, &self.model(&account.row, &account.facts).model);
    }

    /// The model that comes first: what concerns the whole organization is its to say.
    pub(in crate::ops) fn first_model(&self) -> &Model {
        self.models.first()
    }

    pub(in crate::ops) fn model(&self, row: &AccountRow, facts: &Facts) -> &FingerprintedModel {
        self.among(&self.models, row, facts)
    }

    /// The one of other models that would score the account.
    pub(in crate::ops) fn among<'m>(
        &self,
        models: &'m Models,
        row: &AccountRow,
        facts: &Facts,
    ) -> &'m FingerprintedModel {
        if models.iter().nth(1).is_none() {
            return models.of(None, None, &Tags::default(), &CustomFields::default());
        }
        let tags = Tags::from_json(&row.tags).unwrap_or_default();
        let custom = CustomFields::parse(&row.custom_fields).unwrap_or_default();
        models.of(facts.account.size, row.industry.as_deref(), &tags, &custom)
    }

    pub(in crate::ops) fn score(&self, account: &GatheredAccount) -> Scores {
        score(&account.facts, &self.whole.book, &self.model(&account.row, &account.facts).model)
    }

    /// The accounts after `after`, in the order of their ids; up to `to`, if it is given. Those that had churned are left out.
    pub(in crate::ops) async fn batch(&self, tx: &mut Tx<'_>, after: Uuid, to: Option<Uuid>) -> Result<Batch> {
        let (scope, day) = (&self.scope, &self.day);
        let feeds = if self.fold.is_some() { Feeds::default() } else { self.whole.feeds };
        let mut rows = accounts::batch(tx, scope, (day.seen, day.end), feeds, (after, to), BATCH).await?;
        if let Some(fold) = &self.fold {
            rows.iter_mut().for_each(|row| fold.fill(row, self.whole.feeds));
        }
        let Some(last) = rows.last().map(|row| row.id) else { return Ok(Batch::default()) };
        let range = Range { after, to: last };
        let base = day.months_back(12);
        let changes = accounts::changes_after(tx, scope, Some(range), day.seen, base).await?;
        let mut changes = Groups::new(changes, |row| row.account_id);
        let mut severe =
            Groups::new(accounts::severe(tx, scope, range, (day.date, day.seen)).await?, |row| row.account_id);
        let mut moods =
            Groups::new(accounts::sentiments(tx, scope, range, (day.date, day.seen)).await?, |row| row.account_id);
        let completed = touch::completed(tx, scope, range, day.window(180), day.end).await?;
        let mut completed = Groups::new(completed, |row| row.account_id);
        let mut last_touch = Groups::new(touch::last(tx, scope, range, day.end).await?, |row| row.account_id);
        let mut roles = Groups::new(touch::roles(tx, scope, range, day.end).await?, |row| row.account_id);
        let mut adjustments = Groups::new(touch::adjustments(tx, scope, range, day.date).await?, |row| row.account_id);
        let mut past = self.past(tx, range).await?;

        let mut batch = Batch { accounts: Vec::with_capacity(rows.len()), last: Some(last), left_out: 0 };
        for row in rows {
            let id = row.id;
            let Some(account) = facts::account(&row, changes.of(id), day)? else {
                batch.left_out += 1;
                continue;
            };
            let mut support = row.tickets(day.date);
            support.severe = facts::severe(severe.of(id), day);
            support.sentiment = facts::sentiment(moods.of(id), day);
            let touch = facts::touch(completed.of(id), last_touch.of(id).first(), roles.of(id), &self.own, day)?;
            let mut facts = Facts {
                as_of: day.date,
                account,
                usage: row.usage(day.date),
                support,
                touch,
                past: EarlierHealth::default(),
                adjustment: facts::adjustment(adjustments.of(id)),
            };
            let fingerprint = &self.model(&row, &facts).fingerprint;
            let (earlier, trail, latest) = past.of(id, fingerprint);
            facts.past = earlier;
            let levels = past.levels(id, latest.as_ref());
            batch.accounts.push(GatheredAccount { row, facts, trail, latest, levels });
        }
        Ok(batch)
    }

    async fn past(&self, tx: &mut Tx<'_>, range: Range) -> Result<Pasts> {
        let (scope, date) = (&self.scope, self.day.date);
        if self.history != HistorySource::Stored {
            return Ok(Pasts::default());
        }
        // On the first night nothing has turned: what stands already stood.
        let since = self.night.map_or((date, self.day.end), |night| (night, self.day.end_of(night)));
        let days = GoalDays { since, until: self.over.then_some((date, self.day.end)) };
        let goals = Some(Groups::new(touch::goals(tx, scope, range, days).await?, |row| row.account_id));
        let Some(latest) = self.latest else { return Ok(Pasts { goals, ..Pasts::default() }) };
        let same = |snapshot: &Snapshot| snapshot.account_id;
        let apart = self.night.filter(|night| *night != latest);
        Ok(Pasts {
            earlier: Some(Groups::new(snapshots::earlier(tx, scope, range, date).await?, |row| row.account_id)),
            milestones: Some(Groups::new(snapshots::milestones(tx, scope, range, date).await?, |row| row.account_id)),
            latest: Some(Groups::new(snapshots::of_day(tx, scope, latest, range).await?, same)),
            night: match apart {
                Some(night) => Some(Groups::new(snapshots::of_day(tx, scope, night, range).await?, same)),
                None => None,
            },
            is_night: self.night == Some(latest),
            goals,
        })
    }
}

/// Whom the organization has itself, today.
async fn own(context: &Context, tx: &mut Tx<'_>) -> Result<OwnAddresses> {
    let users = store::users::all(tx, &context.scope()).await?;
    Ok(OwnAddresses {
        users: users.into_iter().map(|user| user.email.to_ascii_lowercase()).collect(),
        domains: context.organization.own_domains.iter().map(|domain| domain.to_ascii_lowercase()).collect(),
    })
}

/// Some accounts of a day.
#[derive(Debug, Default)]
pub(in crate::ops) struct Batch {
    pub(in crate::ops) accounts: Vec<GatheredAccount>,
    /// The last account looked at; none: there was none.
    pub(in crate::ops) last: Option<Uuid>,
    /// Accounts that had churned.
    pub(in crate::ops) left_out: u64,
}

#[derive(Default)]
struct Pasts {
    earlier: Option<Groups<EarlierScores>>,
    milestones: Option<Groups<Milestone>>,
    latest: Option<Groups<Snapshot>>,
    /// Those of the last night, where they are not the latest.
    night: Option<Groups<Snapshot>>,
    is_night: bool,
    goals: Option<Groups<touch::GoalCounts>>,
}

impl Pasts {
    fn of(&mut self, id: Uuid, fingerprint: &str) -> (EarlierHealth, Trail, Option<Snapshot>) {
        let same = |rows: &[EarlierScores]| {
            let row = rows.iter().find(|row| row.model == fingerprint);
            row.map_or_else(EarlierHealth::default, |row| EarlierHealth { recent: row.recent, older: row.older })
        };
        let past = self.earlier.as_mut().map_or_else(EarlierHealth::default, |rows| same(rows.of(id)));
        let mut trail = Trail::default();
        if let Some(rows) = &mut self.milestones {
            for row in rows.of(id).iter().filter(|row| row.model == fingerprint) {
                let point = if row.age < 10 { &mut trail.week } else { &mut trail.month };
                if point.is_none() {
                    *point =
                        Some(row.into()).filter(|_| !matches!(row.band.as_str(), "insufficient_data" | "onboarding"));
                }
            }
        }
        if let Some(goals) = self.goals.as_mut().and_then(|rows| rows.of(id).first()) {
            trail.at_risk = Goals { standing: goals.at_risk, turned: goals.at_risk_turned };
            trail.missed = Goals { standing: goals.missed, turned: goals.missed_turned };
        }
        let latest = self.latest.as_mut().and_then(|rows| rows.of(id).first().cloned());
        (past, trail, latest)
    }

    fn levels(&mut self, id: Uuid, latest: Option<&Snapshot>) -> Option<Levels> {
        let levels = |snapshot: &Snapshot| Levels::new(snapshot.alert_levels);
        match &mut self.night {
            Some(rows) => rows.of(id).first().map(levels),
            None => latest.filter(|_| self.is_night).map(levels),
        }
    }
}

impl From<&Milestone> for Point {
    fn from(row: &Milestone) -> Self {
        let drawn = crate::rounding::half_to_even(i128::from(row.health_drawn), 100).unwrap_or(row.health_score);
        let churn = (row.churn_band != "insufficient_data").then_some(row.churn_risk_score);
        Self { age: row.age, health: row.health_score, drawn, churn }
    }
}
