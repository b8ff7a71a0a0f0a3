//! `/dashboard/health`: where the book stands, as the API's summary and movers tell it.

use axum::http::StatusCode;
use fastenr_core::model::account::{ACCOUNT, HEALTH_MAX, HEALTH_MIN, UNOWNED};
use fastenr_core::model::{Band, Status};
use fastenr_core::money::Cents;
use fastenr_core::ops::scores::views::{self, By, Mover};
use fastenr_core::ops::{lists, segments, selection};
use fastenr_core::score::model::Bands;
use fastenr_core::view::Hundredths;
use fastenr_core::view::health_summary::{BandCount, HealthGroup, HealthSummary, ScoreAverages};
use fastenr_html::chart::{Histogram, HistogramBar, ShareBar};
use fastenr_html::format::{RenderContext, counted, grouped, label, money, money_short, percent};
use fastenr_html::link;
use fastenr_html::page::{AverageRow, BandRow, Figure, GroupRow, HealthPage, LeftOutRow};
use fastenr_html::part::{Change, Empty, MoverRow, Movers, Tab, Tabs};

use super::accounts::none_yet;
use super::exports::elsewhere;
use super::filters::{Layout, filters_alone, with};
use super::request::PageRequest;
use super::{answer, row};
use crate::Problem;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::Query;
use crate::params::{Pairs, Parameter, RemainingParameters};
use crate::reply::Answer;
use crate::{filters, schema};

const PATH: &str = "/dashboard/health";
const LIST: &str = "/dashboard/accounts";
/// Parameters of the page itself.
const OWN: &[&str] = &["by", "since"];
/// Falls, and rises, that are listed.
const MOVERS: usize = 10;
const FEW_MOVERS: usize = 4;
/// Days between the two runs that movers compare, and what they are called.
const SINCE: [(&str, &str, u32); 3] = [("7 days", "7d", 7), ("30 days", "30d", 30), ("90 days", "90d", 90)];

pub(super) fn rows() -> Vec<Endpoint> {
    let since: Vec<&str> = SINCE.iter().map(|(_, text, _)| *text).collect();
    vec![
        row::page(PATH, "Health", Noun::Health, show)
            .takes([
                Parameter::new(
                    "by",
                    schema::choice(By::TEXTS),
                    "Compare groups by industry, size or owner (default: size).",
                ),
                Parameter::new(
                    "since",
                    schema::choice(&since),
                    "Time between the two runs that movers compare (default: 7d).",
                ),
            ])
            .takes(filters::noun_filters(&ACCOUNT)),
    ]
}

async fn show(request: PageRequest, Query(pairs): Query) -> Answer {
    request.caller.may(Noun::Accounts, Verb::Read)?;
    let context = request.context();
    let mut taken = RemainingParameters::new(pairs.clone());
    let by = match taken.text("by")? {
        Some(text) => By::parse(&text).map_err(|invalid| Problem::from(invalid.of("by", &text)))?,
        None => By::Size,
    };
    let since = taken.text("since")?.unwrap_or_else(|| SINCE[0].1.to_owned());
    let (_, since, days) = *SINCE
        .iter()
        .find(|(_, text, _)| *text == since)
        .ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "since", Some("since is 7d, 30d or 90d".to_owned())))?;
    let chosen = selection::selection(context, &ACCOUNT, taken.rest()).await?;
    let here = request.here();
    // Today shows a few of them.
    let few = request.wants("moved");
    let moved = views::movers(context, &chosen, days, if few { FEW_MOVERS } else { MOVERS }).await?;
    if few {
        return answer::fragment(movers(&moved, &here));
    }
    let summary = views::summary(context, &chosen, Some(by)).await?;
    let found = HealthSummary::from(&summary);
    let offered = request.lists().await?;
    let names = if request.can().read(Noun::Segments) { segments::names(context).await? } else { Vec::new() };
    let layout = Layout {
        path: PATH,
        noun: &ACCOUNT,
        users: &offered.users,
        segments: &names,
        searches: "Name, domain or external id",
        own: OWN,
    };
    let drawn = layout.draw(&pairs);
    let alone: Pairs = filters_alone(&pairs).into_iter().filter(|(name, _)| !OWN.contains(&name.as_str())).collect();
    let drawer = Drawer { alone: &alone, users: &offered.users, edges: summary.edges };
    let short = |cents: Cents| money_short(cents.0);
    let tab = |text: &'static str, name: &str, value: &str, current: bool| Tab {
        text,
        href: with(PATH, &pairs, name, Some(value)),
        current,
    };
    let page = HealthPage {
        frame: request.frame("Health", "health").await?,
        as_of: found.as_of.map(|day| here.day(day)),
        scored: format!(
            "{} of {}",
            grouped(found.health.averages.accounts),
            counted(found.accounts, "account", "accounts")
        ),
        arr: format!("{} {}", short(found.arr), found.currency),
        at_risk: (
            counted(found.at_risk.accounts, "account", "accounts"),
            short(found.at_risk.arr),
            drawer.href("status", Status::AtRisk.as_str()),
        ),
        adjusted: (found.adjusted > 0)
            .then(|| format!("The score of {} was set by a user.", counted(found.adjusted, "account", "accounts"))),
        bands: drawer.bands(&found.health.bands),
        churn_bands: drawer.churn_bands(&found.churn_risk.bands),
        riskiest: with(LIST, &alone, "sort", Some("churn_risk_score:desc")),
        churn_unknown: (found.churn_risk.insufficient_data > 0).then(|| {
            format!(
                "{} with too little data for a churn risk.",
                counted(found.churn_risk.insufficient_data, "account", "accounts")
            )
        }),
        histogram: drawer.histogram(&found.health.histogram),
        averages: averages(&found),
        left_out: drawer.left_out(&found),
        coverage: found
            .mean_coverage
            .map(|mean| format!("There is data for {} of the model, on average over all accounts.", percent(mean.0))),
        by: Tabs {
            label: "Compared by",
            tabs: [("Size", By::Size), ("Industry", By::Industry), ("Owner", By::Owner)]
                .into_iter()
                .map(|(text, of)| tab(text, "by", of.as_str(), of == by))
                .collect(),
        },
        group: by.as_str(),
        groups: found.groups.iter().map(|group| drawer.group(group, by)).collect(),
        since: Tabs {
            label: "Moved in",
            tabs: SINCE.iter().map(|(text, value, _)| tab(text, "since", value, *value == since)).collect(),
        },
        movers: movers(&moved, &here),
        empty: match (found.as_of, found.accounts) {
            (Some(_), 1..) => None,
            _ => Some(empty(&request, &drawn.chips, found.accounts).await?),
        },
        elsewhere: elsewhere(
            &format!("health summary --by {}", by.as_str()),
            &ACCOUNT,
            with("/api/health/summary", &alone, "by", Some(by.as_str())),
            &alone,
        ),
        filters: drawn,
    };
    if request.wants("rows") { answer::fragment(page.as_rows()) } else { answer::page(&page) }
}

/// The movers as pages show them.
fn movers(found: &views::Movers, here: &RenderContext) -> Movers {
    let row = |mover: &Mover| MoverRow {
        account: mover.account.to_string(),
        name: mover.name.clone(),
        from: mover.from,
        to: mover.to,
        why: mover.why(),
        arr: mover.arr.map(|cents| (money_short(cents), money(cents))),
    };
    Movers {
        from: found.from.map(|day| here.day(day)),
        to: found.to.map(|day| here.day(day)),
        falls: found.falls.iter().map(row).collect(),
        rises: found.rises.iter().map(row).collect(),
        fell: found.fell,
        rose: found.rose,
    }
}

/// A score with one decimal; none of no accounts.
fn tenths(score: Option<Hundredths>) -> String {
    score.map_or_else(|| "–".to_owned(), |Hundredths(score)| format!("{}.{}", (score + 5) / 100, (score + 5) / 10 % 10))
}

fn whole(score: Option<i64>) -> String {
    score.map_or_else(|| "–".to_owned(), |score| score.to_string())
}

fn averages(found: &HealthSummary) -> Vec<AverageRow> {
    let row = |label,
               now: &ScoreAverages,
               then: fn(&fastenr_core::view::health_summary::HealthTrend) -> &ScoreAverages| {
        let ago = found.trend.iter().map(|ago| {
            let average = then(ago).average;
            let points = now.average.zip(average).map(|(now, then)| ((now.0 - then.0) as f64 / 100.0).round() as i64);
            (tenths(average), Change { points })
        });
        AverageRow {
            label,
            average: tenths(now.average),
            by_arr: tenths(now.average_by_arr),
            p10: whole(now.p10),
            median: whole(now.median),
            p90: whole(now.p90),
            ago: ago.collect(),
        }
    };
    vec![
        row("Health", &found.health.averages, |ago| &ago.health),
        row("Churn risk", &found.churn_risk.averages, |ago| &ago.churn_risk),
    ]
}

/// Draws figures with links to the lists behind them, under the filters of the page.
struct Drawer<'p> {
    alone: &'p Pairs,
    users: &'p [(String, String)],
    edges: Bands,
}

impl Drawer<'_> {
    fn href(&self, name: &str, value: &str) -> String {
        with(LIST, self.alone, name, Some(value))
    }

    fn bands(&self, bands: &[BandCount]) -> Vec<BandRow> {
        let class = |band: &BandCount| band.band;
        self.rows(bands, class, |band| Some(self.href("band", band.band)))
    }

    /// Accounts have no filter by band of churn risk, and models draw their edges apart.
    fn churn_bands(&self, bands: &[BandCount]) -> Vec<BandRow> {
        let class = |band: &BandCount| match band.band {
            "low" => "healthy",
            "medium" => "moderate",
            "high" => "concern",
            _ => "critical",
        };
        self.rows(bands, class, |_| None)
    }

    fn rows(
        &self,
        bands: &[BandCount],
        class: impl Fn(&BandCount) -> &'static str,
        href: impl Fn(&BandCount) -> Option<String>,
    ) -> Vec<BandRow> {
        let most = bands.iter().map(|band| band.accounts).max().unwrap_or(0);
        let cents = |band: &BandCount| u64::try_from(band.arr.0).unwrap_or(0);
        let most_arr = bands.iter().map(cents).max().unwrap_or(0);
        let row = |band: &BandCount| BandRow {
            accounts: ShareBar::of(band.accounts, most, class(band)),
            arr: ShareBar::of(cents(band), most_arr, class(band)),
            figure: Figure {
                label: label(band.band),
                class: class(band),
                accounts: grouped(band.accounts),
                arr: Some(money_short(band.arr.0)),
                href: href(band),
            },
        };
        bands.iter().map(row).collect()
    }

    /// The lists behind the bars are of accounts in a band: others have a score that judges nobody.
    fn histogram(&self, counts: &[u64; 10]) -> Histogram {
        let bands = Band::SCORED.map(Band::as_str);
        let mut judged = self.alone.clone();
        if !judged.iter().any(|(name, _)| name == "band") {
            judged.push(("band".to_owned(), bands.join(",")));
        }
        judged.retain(|(name, _)| name != HEALTH_MIN && name != HEALTH_MAX);
        let bar = |(count, place): (&u64, u32)| {
            let (from, to) = (place * 10, if place == 9 { 100 } else { place * 10 + 9 });
            let range = [(HEALTH_MIN.to_owned(), from.to_string()), (HEALTH_MAX.to_owned(), to.to_string())];
            HistogramBar {
                from: from.into(),
                to: to.into(),
                count: *count,
                class: self.edges.of(i64::from(from)).as_str(),
                href: link::with(LIST, judged.iter().cloned().chain(range)),
            }
        };
        Histogram { what: "Accounts by health score", bars: counts.iter().zip(0..).map(bar).collect() }
    }

    fn left_out(&self, found: &HealthSummary) -> Vec<LeftOutRow> {
        let missing = match found.most_missing {
            Some("product_usage") => ("Most of them have no usage data:", "fastenr metrics import usage.csv"),
            Some("support") => ("Most of them have no support data:", "fastenr metrics import tickets.csv"),
            Some(_) => ("Most of them have no engagements:", "fastenr engagements import calls.csv"),
            None => ("They need more data:", "fastenr metrics import usage.csv"),
        };
        let left = found.left_out;
        [
            ("Too little data", left.insufficient_data, Some("insufficient_data"), missing.0, Some(missing.1)),
            (
                "Onboarding",
                left.onboarding,
                Some("onboarding"),
                "They are scored once they are no longer onboarding.",
                None,
            ),
            (
                "Not scored",
                left.not_scored,
                None,
                "They are new since the latest run: the next one scores them.",
                Some("fastenr recompute"),
            ),
            ("Churned", left.churned, Some("churned"), "They are no longer customers.", None),
        ]
        .into_iter()
        .filter(|(_, count, ..)| *count > 0)
        .map(|(label, count, band, why, command)| LeftOutRow {
            label,
            accounts: grouped(count),
            href: band.map(|band| self.href("band", band)),
            why: why.to_owned(),
            command,
        })
        .collect()
    }

    fn group(&self, group: &HealthGroup, by: By) -> GroupRow {
        let href = match (&group.group, by) {
            (Some(name), _) => Some(self.href(by.as_str(), name)),
            (None, By::Owner) => {
                let others: Pairs = self.alone.iter().filter(|(name, _)| name != "owner").cloned().collect();
                Some(with(LIST, &others, UNOWNED, Some("true")))
            }
            (None, _) => None,
        };
        let name = match (&group.group, by) {
            (None, _) => format!("No {}", by.as_str()),
            (Some(email), By::Owner) => {
                let known = self.users.iter().find(|(known, _)| known == email);
                known.map_or_else(|| email.clone(), |(_, name)| name.clone())
            }
            (Some(name), By::Size) => label(name),
            (Some(name), By::Industry) => name.clone(),
        };
        let average = group.health.average;
        let points = average.map_or(0, |average| u64::try_from(average.0).unwrap_or(0));
        let class = average.map_or("none", |average| self.edges.of(average.0 / 100).as_str());
        GroupRow {
            name,
            href,
            accounts: grouped(group.accounts),
            arr: money_short(group.arr.0),
            average: tenths(average),
            bar: ShareBar::of(points, 10_000, class),
            by_arr: tenths(group.health.average_by_arr),
            median: whole(group.health.median),
            risk: tenths(group.churn_risk.average),
            at_risk: match group.at_risk.accounts {
                0 => ("–".to_owned(), String::new()),
                count => (grouped(count), money_short(group.at_risk.arr.0)),
            },
        }
    }
}

/// There are accounts and no scores.
pub(super) fn not_scored() -> Empty {
    Empty {
        title: "No scores yet".to_owned(),
        text: "The nightly run computes scores and opens alerts. Run it once now:".to_owned(),
        command: Some("fastenr recompute"),
        ..Empty::default()
    }
}

/// Why there are no figures, and what to do.
async fn empty(request: &PageRequest, chips: &[fastenr_html::part::Chip], accounts: u64) -> Result<Empty, Problem> {
    Ok(match (lists::any(request.context(), &ACCOUNT).await?, accounts) {
        (false, _) => none_yet(request),
        (true, 0) => Empty::no_match("No accounts match", chips),
        (true, _) => not_scored(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_have_one_decimal() {
        for (score, text) in [(6_825, "68.3"), (6_824, "68.2"), (6_996, "70.0"), (0, "0.0"), (10_000, "100.0")] {
            assert_eq!(tenths(Some(Hundredths(score))), text);
        }
        assert_eq!(tenths(None), "–");
    }
}
