//! A user leaves: what is theirs goes to others, in one operation with the deactivation.

mod file;

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use uuid::Uuid;

use super::records::{StartedOperation, Subject, Write, insert_operation, stale, stamp};
use super::users::{is_last_admin, last_admin};
use super::{Change, Context, users};
use crate::error::{Error, Result, Setting};
use crate::import::source::Source;
use crate::model::noun::Value;
use crate::model::operation::{Ledger, Operation, OperationStatus};
use crate::model::user::{USER, User};
use crate::money::Cents;
use crate::say;
use crate::store::handover::{self, LeavingUser, OwnedAccount, Reassignment};
use crate::store::records::Assignment;
use crate::store::{self, Conn, Lock};

/// Who gets what.
#[derive(Debug, Clone, Default)]
pub struct NewOwners {
    /// Who gets whatever the file does not give to somebody: what a user is called.
    pub rest: Option<String>,
    /// With the columns `account` (external id or id) and `owner` (e-mail address, id or unique name).
    pub file: Option<Source>,
}

/// What one user gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub owner: User,
    pub accounts: u64,
    /// Of these accounts together.
    pub arr: Cents,
    pub engagements: u64,
    pub alerts: u64,
    pub tasks: u64,
}

impl Share {
    /// How many records it is.
    pub const fn records(&self) -> u64 {
        self.accounts + self.engagements + self.alerts + self.tasks
    }
}

/// What stays with the user, because nobody is named who gets it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RemainingRecords {
    /// Archived ones: any other has to be given to somebody.
    pub accounts: u64,
    pub engagements: u64,
    pub alerts: u64,
    pub tasks: u64,
}

/// What came of it, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeactivationOutcome {
    pub user: User,
    /// By e-mail address.
    pub shares: Vec<Share>,
    pub staying: RemainingRecords,
    /// Whether there was anything to change.
    pub changed: bool,
    /// None when nothing changed, or in a dry run.
    pub operation: Option<Uuid>,
}

/// Deactivates a user and gives accounts, scheduled engagements, alerts that are not settled and open tasks to others. What
/// is of an account goes to who gets the account, else to whom the rest goes, else it stays.
///
/// # Errors
/// `not_admin`, `unknown_user`, `last_admin`; `same_user` or `deactivated_user` for who can't get anything; `owns_accounts`
/// with their number where nobody is named; `reassign_file` with the rows that can't be used and the accounts that are
/// missing, `reassign_header`, and those of [`Source::survey`].
pub async fn deactivate(
    context: &Context,
    name: &str,
    new_owners: &NewOwners,
    dry_run: bool,
) -> Result<DeactivationOutcome> {
    context.may_administer()?;
    let file = match new_owners.file.clone() {
        Some(source) => {
            let reading = tokio::task::spawn_blocking(move || Ok((file::read(&source)?, source))).await;
            Some(reading.map_err(|error| Error::io("reading who gets what", std::io::Error::other(error)))??)
        }
        None => None,
    };
    let mut conn = context.db.hold(&context.scope()).await?;
    let run = Run { context, rest: new_owners.rest.as_deref(), dry_run };
    let done = run.deactivate(&mut conn, name, file).await;
    drop(conn);
    done.map_err(|error| context.db.busy(error))
}

struct Run<'a> {
    context: &'a Context,
    rest: Option<&'a str>,
    dry_run: bool,
}

impl Run<'_> {
    async fn deactivate(
        &self,
        conn: &mut Conn,
        name: &str,
        file: Option<(Vec<file::Row>, Source)>,
    ) -> Result<DeactivationOutcome> {
        let (context, scope) = (self.context, self.context.scope());
        handover::create(conn).await?;
        let mut tx = conn.write(&scope, Lock::Exclusive).await?;
        context.is_let_in(&mut tx).await?;
        let all = store::users::all(&mut tx, &scope).await?;
        let user = users::find(&mut tx, context, name).await?;
        let rest = self.rest.map(|rest| rest_to(context, &all, rest, &user)).transpose()?;
        if user.deactivated_at.is_none() && is_last_admin(&mut tx, context, &user).await? {
            return Err(last_admin(&user));
        }
        let owned = handover::owned(&mut tx, &scope, user.id).await?;
        let (rows, source) = file.unzip();
        let mapping = match rows {
            Some(rows) => file::resolve(&mut tx, context, rows, &user, &owned, &all).await?,
            None => file::Mapping::default(),
        };
        let begun = StartedOperation::now(context);
        let moves = moves(context, &owned, &mapping.owners, rest.as_ref());
        check(&user, &owned, &moves, mapping.problems, source.as_ref())?;
        handover::stage(&mut tx, &moves).await?;
        let from = LeavingUser { user: user.id, rest: rest.as_ref().map(|user| user.id) };
        let engagements = handover::engagements(&mut tx, &scope, from).await?;
        let alerts = handover::alerts(&mut tx, &scope, from).await?;
        let tasks = handover::tasks(&mut tx, &scope, from).await?;
        let shares = shares(&all, &owned, &moves, [&engagements, &alerts, &tasks]);
        let stays = |counts: &[(Option<Uuid>, i64)]| {
            counts.iter().filter(|(to, _)| to.is_none()).map(|(_, count)| u64::try_from(*count).unwrap_or(0)).sum()
        };
        let staying = RemainingRecords {
            accounts: (owned.len() - moves.len()) as u64,
            engagements: stays(&engagements),
            alerts: stays(&alerts),
            tasks: stays(&tasks),
        };
        if shares.is_empty() && user.deactivated_at.is_some() {
            tx.rollback().await?;
            return Ok(DeactivationOutcome { user, shares, staying, changed: false, operation: None });
        }
        let operation = self.operation(begun, &user, from, &shares, source.as_ref())?;
        insert_operation(&mut tx, context, &operation).await?;
        let stamp = stamp(context, begun.id, context.clock.now());
        handover::move_accounts(&mut tx, &scope, stamp).await?;
        handover::move_engagements(&mut tx, &scope, from, stamp).await?;
        handover::move_alerts(&mut tx, &scope, from, stamp).await?;
        handover::move_tasks(&mut tx, &scope, from, stamp).await?;
        let mut changes = Vec::new();
        if let Some((_, field)) = USER.field("deactivated_at").filter(|_| user.deactivated_at.is_none()) {
            store::records::keep_before(&mut tx, &scope, &USER, user.id, field.bit(), begun.id).await?;
            let assignment: Assignment = (field, Value::Instant(stamp.now));
            let written =
                store::records::update(&mut tx, &scope, &USER, user.id, user.version, &[assignment], stamp.now).await?;
            if written == 0 {
                return Err(stale(&user.email, user.version));
            }
            let new = field.text(&Value::Instant(stamp.now)).into_owned();
            changes.push(Change { field: field.name, old: String::new(), new });
        }
        changes.extend(told(&user, &shares));
        let record = users::reread(&mut tx, context, user.id).await?;
        let subject = Subject { noun: &USER, record: user.id, account: None, label: user.email.clone() };
        let write = Write { context, stamp, kind: KIND, subject, changes, dry_run: self.dry_run };
        let written = write.finish(tx, record).await?;
        Ok(DeactivationOutcome { user: written.record, shares, staying, changed: true, operation: written.operation })
    }

    /// As it stands when it is done; its file is known by name and fingerprint.
    fn operation(
        &self,
        begun: StartedOperation,
        user: &User,
        from: LeavingUser,
        shares: &[Share],
        source: Option<&Source>,
    ) -> Result<Operation> {
        let sum = |of: Count| shares.iter().map(of).sum::<u64>();
        let [accounts, engagements, alerts, tasks] = KINDS.map(|(_, of)| sum(of));
        let rows = accounts + engagements + alerts + tasks + u64::from(user.deactivated_at.is_none());
        let ledger = Ledger { rows, updated: rows, ..Ledger::default() };
        let parameters = json!({
            "user": user.id, "reassign_to": from.rest, "accounts": accounts, "engagements": engagements, "alerts": alerts,
            "tasks": tasks,
        });
        Ok(Operation {
            status: OperationStatus::Done.as_str().to_owned(),
            ledger: Some(serde_json::to_string(&ledger).unwrap_or_default()),
            finished_at: Some(self.context.clock.now()),
            source_name: source.map(|source| source.name().to_owned()),
            source_sha256: source.map(|source| source.sha256().map(str::to_owned)).transpose()?,
            ..begun.operation(self.context, KIND, parameters.to_string())
        })
    }
}

const KIND: &str = "users.deactivate";

/// Who gets the rest.
///
/// # Errors
/// `unknown_user`, `ambiguous_user`, `same_user`, `deactivated_user`.
fn rest_to(context: &Context, all: &[User], name: &str, leaving: &User) -> Result<User> {
    let rest = users::find_among(context, all, name)?;
    if rest.id == leaving.id {
        return Err(Error::invalid("same_user", format!("{} can't get what {} leaves", rest.email, leaving.email))
            .hint("name another user"));
    }
    if rest.deactivated_at.is_some() {
        return Err(Error::refused(
            "deactivated_user",
            format!("{} is deactivated and can't own accounts", rest.email),
        )
        .hint("name another user")
        .hint(say!("or activate the user: {}", users::activate(&rest.email))));
    }
    Ok(rest.clone())
}

/// Who gets which account: what the file says, else who gets the rest.
fn moves(
    context: &Context,
    owned: &[OwnedAccount],
    said: &HashMap<Uuid, Uuid>,
    rest: Option<&User>,
) -> Vec<Reassignment> {
    let to = |account: &OwnedAccount| {
        let owner = said.get(&account.id).copied().or(rest.map(|user| user.id))?;
        Some(Reassignment { account: account.id, owner, change: context.ids.next() })
    };
    owned.iter().filter_map(to).collect()
}

/// As many lines as an error has.
const MOST_LINES: usize = 20;

/// # Errors
/// `owns_accounts`, `reassign_file`: every row of the file can be used, and no account that is not archived stays.
fn check(
    user: &User,
    owned: &[OwnedAccount],
    moves: &[Reassignment],
    mut problems: Vec<String>,
    source: Option<&Source>,
) -> Result<()> {
    let moving: std::collections::HashSet<Uuid> = moves.iter().map(|to| to.account).collect();
    let left = owned.iter().filter(|account| account.archived_at.is_none() && !moving.contains(&account.id));
    let Some(source) = source else {
        let count = left.count();
        if count == 0 {
            return Ok(());
        }
        let accounts = if count == 1 { "account" } else { "accounts" };
        return Err(Error::refused("owns_accounts", format!("{} still owns {count} {accounts}", user.email)).hint(
            say!(
                "name who gets them with {}, or with {}, a CSV file with the columns account and owner",
                Setting::ReassignTo.like("EMAIL"),
                Setting::ReassignFile.like("FILE")
            ),
        ));
    };
    let rows_are_wrong = !problems.is_empty();
    problems.extend(left.map(|account| {
        let called = account.external_id.clone().unwrap_or_else(|| account.id.to_string());
        format!("{called} ({}) is in no row", account.name)
    }));
    if problems.is_empty() {
        return Ok(());
    }
    let count = problems.len();
    let mut message = format!("{}: {count} {}", source.name(), if count == 1 { "problem" } else { "problems" });
    for problem in problems.iter().take(MOST_LINES) {
        message.push('\n');
        message.push_str(problem);
    }
    if count > MOST_LINES {
        message.push_str(&format!("\nand {} more", count - MOST_LINES));
    }
    let hint = match rows_are_wrong {
        true => say!("nothing was written; fix these rows and try again"),
        false => {
            say!("add these rows, or name who gets the rest with {}", Setting::ReassignTo.like("EMAIL"))
        }
    };
    Err(Error::invalid("reassign_file", message).hint(hint))
}

fn shares(
    all: &[User],
    owned: &[OwnedAccount],
    moves: &[Reassignment],
    counts: [&[(Option<Uuid>, i64)]; 3],
) -> Vec<Share> {
    let arr: HashMap<Uuid, i64> = owned.iter().map(|account| (account.id, account.counted_arr())).collect();
    let mut by_owner: BTreeMap<Uuid, (u64, i64, [u64; 3])> = BTreeMap::new();
    for to in moves {
        let share = by_owner.entry(to.owner).or_default();
        share.0 += 1;
        share.1 += arr.get(&to.account).copied().unwrap_or(0);
    }
    for (place, counts) in counts.into_iter().enumerate() {
        for (to, count) in counts.iter().filter_map(|(to, count)| Some(((*to)?, *count))) {
            by_owner.entry(to).or_default().2[place] += u64::try_from(count).unwrap_or(0);
        }
    }
    // The users come by e-mail address.
    let share = |owner: &User| {
        let (accounts, arr, [engagements, alerts, tasks]) = *by_owner.get(&owner.id)?;
        Some(Share { owner: owner.clone(), accounts, arr: Cents(arr), engagements, alerts, tasks })
    };
    all.iter().filter_map(share).collect()
}

/// One of the numbers of a share.
type Count = fn(&Share) -> u64;

/// What is counted of a share, and what the feed calls it.
const KINDS: [(&str, Count); 4] = [
    ("accounts", |share| share.accounts),
    ("engagements", |share| share.engagements),
    ("alerts", |share| share.alerts),
    ("tasks", |share| share.tasks),
];

/// For the feed: from whom to whom, and how many.
fn told(user: &User, shares: &[Share]) -> Vec<Change> {
    let change = |(field, of): (&'static str, Count)| {
        let to: Vec<String> = shares
            .iter()
            .filter(|share| of(share) > 0)
            .map(|share| format!("{} ({})", share.owner.email, of(share)))
            .collect();
        (!to.is_empty()).then(|| Change { field, old: user.email.clone(), new: to.join(", ") })
    };
    KINDS.into_iter().filter_map(change).collect()
}
