//! Small files of each kind that is refused, in other dialects than the reports they are about.

/// What is in the database.
pub(super) const BOOK: &str = "\
external_id,name,domain,custom.billing,arr
A-1,Acme,acme.example,700,500.00
A-2,Bolt,bolt.example,701,
00123,Zero,zero.example,702,
A-9,Gone,gone.example,709,
";
/// Of these, the one that is archived.
pub(super) const ARCHIVED: &str = "A-9";
pub(super) const PEOPLE: &str = "account,name,email\nA-1,Ann Able,ann@acme.example\n";

#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    pub(super) noun: &'static str,
    pub(super) name: &'static str,
    pub(super) file: &'static [u8],
    pub(super) args: &'static str,
    /// The exit code without a way out.
    pub(super) code: i32,
    /// How many ways are offered at least.
    pub(super) least: usize,
}

const fn case(noun: &'static str, file: &'static [u8], code: i32, least: usize) -> Case {
    Case { noun, name: "file.csv", file, args: "", code, least }
}

const fn with(case: Case, args: &'static str) -> Case {
    Case { args, ..case }
}

const fn called(case: Case, name: &'static str) -> Case {
    Case { name, ..case }
}

/// Where no row needs the database.
pub(super) const READING: &[Case] = &[
    // Quotes.
    case("accounts", b"external_id;name;industry\nN-1;\"16\" Monitors Ltd\";Retail\nN-2;Globex;Steel\n", 1, 1),
    case("accounts", b"external_id,name,industry\nN-1,\"The \\\"Best\\\" Co\",Retail\nN-2,Globex,Steel\n", 1, 2),
    case("accounts", b"external_id,name,industry\nN-1,Best,\"5\\\" and \\\"6\"\nN-2,Globex,Steel\n", 1, 2),
    case("accounts", b"external_id\tname\tindustry\nN-1\t \"Acme, Inc\"\tRetail\nN-2\tGlobex\tSteel\n", 1, 1),
    case(
        "contacts",
        b"account,email,Notes,name\nA-1,bo@x.example,\"open,Bo\nA-1,cy@x.example,x,Cy\nA-1,di@x.example,closed\",Di\n",
        2,
        1,
    ),
    case("accounts", b"external_id|name|Notes\nN-1|New|\"see below\nN-2|Newer|old\"\n", 2, 1),
    // Encodings.
    case("accounts", b"external_id,name\nN-1,K\xF8enek\n", 2, 2),
    case("accounts", b"external_id,name\nN-1,Caf\xE9\nN-2,Caf\xC3\xA9\n", 2, 1),
    case("contacts", b"account,external_id,name\nA-1,1,M\xFCller\nA-1,2,M\x81ller\n", 2, 1),
    with(case("accounts", b"external_id,name\nN-1,Caf\xE9 Gr\xFC\xDFe M\xFCller\n", 2, 1), "--encoding utf-8"),
    // Which column is what.
    case("accounts", b"name,industry\nNew,Retail\n", 2, 1),
    case("accounts", b"Konto;Firma\n77;New\n", 2, 2),
    case("accounts", b"id,name\n018f3b5e-8a4c-7000-8000-000000000001,New\nN-2,Newer\n", 2, 1),
    case("accounts", b"external_id,name,Notes,notes\nN-1,New,a,b\n", 2, 1),
    with(case("accounts", b"external_id,name,Firma\nN-1,New,Newer\n", 2, 1), "--map Firma=name --map name=name"),
    with(case("metrics", b"account,metric_date,logins\nA-1,2026-02-01,5\n", 2, 1), "--custom"),
    with(case("accounts", b"external_id,name,Score\nN-1,New,5\n", 2, 1), "--map Score=health_score"),
    case("engagements", b"external_id,type,title\n5,call,Hello\n", 1, 1),
    case("contacts", b"name,email,Betrieb\nBo,bo@acme.example,A-1\n", 2, 2),
    case("metrics", b"account,Tag,logins\nA-1,2026-02-01,5\n", 2, 1),
    case("accounts", b"external_id^name\nN-1^New\n", 2, 1),
    case("accounts", b"Account,Account,Revenue\nexternal_id,name,arr\nN-1,New,5\n", 2, 1),
    case("accounts", b"Report,Customers,2026\nexternal_id,name,arr\nN-1,New,5\n", 2, 1),
    case("accounts", b"external_id,name,industry\nN-1,Acme, Inc,Retail\nN-2,Newer,Steel\n", 1, 1),
    case("accounts", b"external_id,name,size\nN-1,New,11-50\nN-2,Newer,51-200\n", 1, 2),
    case("accounts", b"external_id,name,Status\nN-1,New,Live\n", 1, 2),
    // Dates and numbers.
    case("accounts", b"external_id,name,contract_end\nN-1,New,01/02/2027\n", 2, 2),
    case("accounts", b"external_id,name,contract_end\nN-1,New,24-Jan-31\nN-2,Newer,25-Feb-15\n", 2, 2),
    case("accounts", b"external_id,name,contract_end\nN-1,New,02/13/2027\nN-2,Newer,03.04.2027\n", 2, 1),
    with(case("accounts", b"external_id,name,contract_end\nN-1,New,31/12/2027\n", 1, 1), "--date-format mdy"),
    case("accounts", b"external_id;name;contract_end\nN-1;New;45658,5\n", 1, 1),
    case("accounts", b"external_id,name,arr\nN-1,New,\"1,234\"\n", 2, 1),
    case("accounts", b"external_id;name;arr\nN-1;New;1.234\n", 2, 1),
    case("accounts", b"external_id;name;seats\nN-1;New;1.234\n", 2, 1),
    // Money.
    case("accounts", b"external_id,name,ARR,ARR Currency\nN-1,New,5,EUR\nN-2,Newer,6,JPY\n", 2, 2),
    case("accounts", b"external_id,name,ARR,Devise\nN-1,New,5,CHF\n", 2, 2),
    with(case("accounts", b"external_id,name,ARR (EUR)\nN-1,New,5\n", 2, 1), "--map 'ARR (EUR)=arr'"),
    case("accounts", b"external_id,name,arr\nN-1,New,\xE2\x82\xAC5\n", 2, 2),
    case("accounts", b"external_id,name,arr\nN-1,New,5 EUR\nN-2,Newer,6 GBP\n", 2, 1),
    case("accounts", b"external_id,name,arr\nN-1,New,\xC2\xA35\n", 2, 2),
    case("accounts", b"external_id,name,arr,Currency\nN-1,New,5,Taler\n", 2, 1),
    case("accounts", b"external_id,name,seats\nN-1,New,$5\n", 2, 1),
    case("accounts", b"external_id,name,arr\nN-1,New,12%\nN-2,Newer,5\n", 1, 1),
    case("accounts", b"external_id,name,arr\nN-1,New,12.345\nN-2,Newer,5.50\n", 1, 1),
    case("accounts", b"external_id,name,acv_gbp\nN-1,New,5\n", 2, 2),
    // Scales.
    case("metrics", b"account,metric_date,csat\nA-1,2026-02-01,0.41\n", 2, 3),
    case("metrics", b"account,metric_date,csat\nA-1,2026-02-01,4\nA-1,2026-02-02,5\n", 2, 4),
    case("metrics", b"account,metric_date,feature_adoption_score\nA-1,2026-02-01,9.5\n", 2, 2),
    case("metrics", b"account,metric_date,nps\nA-1,2026-02-01,9\n", 2, 3),
    with(case("metrics", b"account,metric_date,nps\nA-1,2026-02-01,9\n", 2, 2), "--scale nps=0-100"),
    // JSON Lines.
    called(case("accounts", b"external_id,name\nN-1,New\n", 2, 1), "file.jsonl"),
    called(case("accounts", b"{\"name\":\"New\",\"code\":\"N-1\"}\n", 2, 2), "file.jsonl"),
    // Nothing that is refused, but something that is said.
    case("accounts", b"external_id,name,Tier\nN-1,New,Gold\nN-2,Newer,Silver\n", 0, 1),
    case("accounts", b"external_id,name,GICS Sector\nN-1,New,Software\n", 0, 1),
];

/// Where the records say what is wrong.
pub(super) const WRITING: &[Case] = &[
    // External ids.
    case("accounts", b"external_id,name\n1.23457E+15,New\n01.Mrz,Newer\n", 1, 2),
    case("accounts", b"external_id,name\n1001.0,New\nN-2,Newer\n", 1, 2),
    case("accounts", b"external_id;name\n4,89E+09;New\nN-2;Newer\n", 1, 2),
    case("accounts", b"external_id,name\n'00999,New\n", 1, 2),
    case("accounts", b"external_id,name\n123,Zero\n", 1, 2),
    case("accounts", b"external_id,name\na-1,Acme\n", 1, 2),
    case("contacts", b"external_id,account,name\n7E+5,A-1,Bo\nP-2,A-1,Cy\n", 1, 2),
    case("goals", b"external_id,account,title,metric_type,target_value\n12.0,A-1,Grow,seat_count,5\n", 1, 2),
    with(case("accounts", b"name,external_id\nAcme,X-1\n", 5, 1), "--key name"),
    case("accounts", b"id,name,external_id\n018f3b5e-8a4c-7000-8000-000000000001,New,N-1\n", 1, 2),
    // Records that the file lacks.
    with(case("accounts", b"external_id,name\n", 5, 1), "--missing archive --yes"),
    with(case("accounts", b"external_id,name\nA-1,Acme\nA-2,Bolt\n", 5, 1), "--missing archive --yes"),
    with(case("accounts", b"external_id,name\nA-1,Acme\nA-2,Bolt\n", 5, 1), "--missing archive --yes --max-missing 5%"),
    // Words for no value, errors of spreadsheets.
    case("accounts", b"external_id,name\nN-1,NULL\nN-2,Newer\n", 1, 3),
    case("accounts", b"external_id,name\nnone,New\nN-2,Newer\n", 1, 3),
    case("contacts", b"account,external_id,name\nA-1,1,N/A\nA-1,2,Bo\n", 1, 3),
    case("accounts", b"external_id,name\nN-1,#REF!\nN-2,Newer\n", 1, 2),
    case("accounts", b"external_id,name,industry\nN-1,New,#NAME?\nN-2,Newer,x\n", 1, 2),
    // Keys that stand twice, totals.
    case("accounts", b"external_id,name\nN-1,New\nN-1,Newer\n", 1, 3),
    case("metrics", b"account,metric_date,logins\nA-1,2026-02-01,5\nA-1,2026-02-01,6\n", 1, 3),
    case("accounts", b"external_id,name,arr\nN-1,New,5\nN-2,Newer,6\n,,11\n", 1, 1),
    // Look-ups.
    case("contacts", b"account,external_id,name\nAcme,1,Bo\n", 1, 2),
    case("metrics", b"account,metric_date,logins\nann@acme.example,2026-02-01,5\n", 1, 2),
    case("engagements", b"account,type,title,scheduled_at\nwww.acme.example,call,Hello,2026-02-01\n", 1, 2),
    case("accounts", b"external_id,name,Parent Account\nN-1,New,Acme\n", 1, 3),
    case("accounts", b"external_id,name,parent\nN-1,New,nobody\n", 1, 2),
    with(case("contacts", b"account,external_id,name\nA-1,1,Bo\nA-2,2,Cy\n", 1, 2), "--lookup account=name"),
    // What is archived.
    case("contacts", b"account,external_id,name\nA-9,1,Bo\n", 1, 1),
    with(
        case("contacts", b"account,external_id,name\ngone.example,1,Bo\nacme.example,2,Cy\n", 1, 1),
        "--lookup account=domain",
    ),
    with(case("metrics", b"metric_date,logins\n2026-02-01,5\n", 5, 1), "--constant account=A-9"),
    case("accounts", b"external_id,name\nA-9,Gone\n", 1, 1),
    with(case("accounts", b"name,seats\nGone,5\n", 1, 1), "--key name"),
    // Words that are none of a list.
    case("contacts", b"account,external_id,name,Buying Role\nA-1,1,Bo,champion\nA-2,2,Cy,champ\n", 1, 2),
    case("accounts", b"external_id,name,status\nN-1,New,won\nN-2,Newer,active\n", 1, 1),
    case("accounts", b"external_id,name,owner\nN-1,New,Jo\nN-2,Newer,\n", 1, 1),
];
