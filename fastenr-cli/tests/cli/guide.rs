//! The commands at the beginning of docs/import.md, each on a small file of its source.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};

use super::support::{copy_example, migrated, shell};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/guide/every_command_for_a_source_works", sources);
}

/// What is in the database before.
const BOOK: &str = "\
external_id,name,domain,custom.billing_id,arr
001A000001abcdEIAQ,Acme,acme.example,700,
5512,Bolt,bolt.example,701,
cus_1,Cobalt,cobalt.example,702,
A-1,Delta,delta.example,703,1500.00
";

const FILES: [(&str, &str); 15] = [
    (
        "salesforce_accounts.csv",
        "\"Account ID\",\"Account Name\",\"Website\",\"Industry\",\"Type\",\"Account Owner\",\"Created Date\"\n\
         \"001A000001abcdE\",\"Acme\",\"https://www.acme.example\",\"Retail\",\"Customer\",\"\",\"2024-01-31\"\n\
         \"001A000001abceF\",\"Stark\",\"\",\"\",\"Prospect\",\"\",\"2024-02-29\"\n",
    ),
    (
        "salesforce_contacts.csv",
        "\"Contact ID\",\"First Name\",\"Last Name\",\"Title\",\"Email\",\"Phone\",\"Account ID\",\"Account Name\"\n\
         \"003A1\",\"Ann\",\"Lee\",\"CFO\",\"ann@acme.example\",\"+1 555 0100\",\"001A000001abcdE\",\"Acme\"\n",
    ),
    (
        "hubspot_companies.csv",
        "Record ID,Company name,Company Domain Name,Industry,Lifecycle Stage,Create Date,Number of Employees\n\
         5512,Bolt,bolt.example,COMPUTER_SOFTWARE,Customer,2024-01-31 10:00,200\n\
         5513,Wayne,wayne.example,,Opportunity,2024-02-01 11:30,\n",
    ),
    (
        "hubspot_contacts.csv",
        "Record ID,First Name,Last Name,Email,Phone Number,Job Title,Associated Company IDs,Associated Company\n\
         901,Bo,Baker,bo@bolt.example,,CTO,5512,Bolt\n",
    ),
    (
        "customers.csv",
        "\u{feff}Customer;ARR;Renewal Date\r\nAcme;1.200,50;31.12.2026\r\nNew Customer;900,00;28.02.2027\r\n",
    ),
    ("people.csv", "Company,Name,Email\nAcme,Cy Doe,cy@acme.example\n"),
    (
        "stripe_subscriptions.csv",
        "id,Customer ID,Customer Email,Plan,Quantity,Currency,Interval,Amount,Status,Current Period End (UTC)\n\
         sub_1,cus_1,jo@cobalt.example,price_1,1,usd,month,99.50,active,2026-04-01 00:00\n\
         sub_2,cus_9,jo@other.example,price_1,1,usd,month,10.00,active,2026-04-01 00:00\n",
    ),
    ("arr_by_month.csv", "account,Month,ARR\n703,2026-01,1200.00\n703,2026-02,1500.00\n"),
    (
        "zendesk_organizations.csv",
        "id,name,external_id,domain_names,details,notes,group_id,tags,created_at\n\
         360001,Acme,001A000001abcdEIAQ,acme.example,,asks for invoices,,vip,2024-01-31T10:00:00Z\n",
    ),
    (
        "zendesk_tickets.csv",
        "Id,Subject,Organization,Created at,Updated at,Solved at,Priority,Status,Tags,Satisfaction Score,Full resolution time in minutes\n\
         1,Printer,Acme,2024-02-01 10:00,2024-02-03 09:00,2024-02-02 12:00,urgent,Closed,,Good,1560\n\
         2,Login,Bolt,2024-02-01 11:00,2024-02-01 11:00,,normal,Open,escalated,Not Offered,\n\
         3,Spam,,2024-02-01 11:00,2024-02-01 11:00,,low,Open,,,\n",
    ),
    ("usage.csv", "account,metric_date,login_frequency,nps\nA-1,2026-02-01,17,35\n5512,2026-02-01,3,-20\n"),
    ("survey.csv", "account,Date,Score\nA-1,2026-02-01,4.5\n5512,2026-02-01,2\n"),
    ("crm.jsonl", "{\"id\":\"9\",\"properties\":{\"name\":\"Hooli\",\"domain\":\"hooli.example\"}}\n"),
    (
        "all_customers.csv",
        "external_id,name\n001A000001abcdEIAQ,Acme\n5512,Bolt\ncus_1,Cobalt\nA-1,Delta\nN-1,New Customer Ltd\n",
    ),
    ("crm.csv", "Account Number;Account Name;Website;GICS Sector\nN-2;Newer;newer.example;Software\n"),
];

async fn sources(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "import", "-"]).stdin(BOOK).run().ok();
    for (name, content) in FILES {
        fastenr.write(name, content);
    }
    fastenr.write("meetings.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n");
    for name in ["organizations", "tickets", "tickets_solved"] {
        copy_example(&fastenr, &format!("mappings/zendesk_{name}.toml"))?;
    }
    for (name, like) in [("customers.xlsx", "openpyxl"), ("book.xlsx", "sheets"), ("people.xlsx", "people")] {
        let workbooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/files/workbooks");
        fastenr.write(name, fs::read(workbooks.join(format!("{like}.xlsx")))?);
    }
    shell(&fastenr, "gzip -k usage.csv").ok();
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/import.md"))?;
    let (part, _) = guide.split_once("## Nouns and transactions").context("the end of the part")?;
    let mut commands = 0;
    for block in part.split("```").skip(1).step_by(2) {
        let (kind, text) = block.split_once('\n').context("a block of code")?;
        match kind {
            "toml" => {
                let name =
                    text.lines().next().and_then(|line| line.strip_prefix("# ")).context("the name of a file")?;
                fastenr.write(name, text);
            }
            "sh" => {
                for line in text.lines() {
                    commands += 1;
                    run(&fastenr, line)?;
                }
            }
            other => ensure!(false, "a block of {other:?}"),
        }
    }
    ensure!(commands >= 15, "{commands} commands");
    // The table says the same, in short.
    let table = part.lines().filter_map(|line| line.strip_prefix("| [")?.split('`').nth(1));
    let table: Vec<&str> = table.collect();
    ensure!(table.len() >= 8, "{table:?}");
    table.into_iter().try_for_each(|line| run(&fastenr, line))
}

fn run(fastenr: &Fastenr, line: &str) -> Result<()> {
    let command = line.replace("fastenr ", "\"$FASTENR\" ");
    let output = shell(fastenr, &command);
    ensure!(output.status == 0, "{line}\n{}", output.transcript());
    // A command that reads a source and says nothing about it would pass for one that works.
    ensure!(
        !output.stderr.contains("columns not imported that may be fields") || line.contains("crm"),
        "{}",
        output.transcript()
    );
    Ok(())
}
