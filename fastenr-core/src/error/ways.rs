//! What a caller can do about an error: settings of the call, and other calls. Closed lists, so that a test of each edge can go
//! through them.

use std::fmt;

use crate::model::noun::Noun;

macro_rules! settings {
    ($($variant:ident $name:literal,)*) => {
        /// A setting of a call: a flag of the command line, a parameter or member of the API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Setting {
            $($variant,)*
        }

        impl Setting {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As members and parameters are called.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

settings! {
    // Of imports: how the file is read.
    Comment "comment",
    DateFormat "date_format",
    Delimiter "delimiter",
    Encoding "encoding",
    Format "format",
    Language "language",
    Multiline "multiline",
    NullWords "null_words",
    NumberFormat "number_format",
    QuoteEscape "quote_escape",
    Scale "scale",
    Sheet "sheet",
    ShortRows "short_rows",
    SkipLines "skip_lines",
    TimeZone "time_zone",
    // Of imports: what becomes of its columns and rows.
    AllowIdChanges "allow_id_changes",
    BadCells "bad_cells",
    Constant "constant",
    Custom "custom",
    Duplicates "duplicates",
    Key "key",
    Lookup "lookup",
    Map "map",
    MaxMissing "max_missing",
    Missing "missing",
    Mode "mode",
    OnError "on_error",
    SuggestMapping "suggest_mapping",
    // Of bulk writes; `ids` of imports too.
    Add "add",
    All "all",
    DryRun "dry_run",
    Ids "ids",
    Plan "plan",
    Remove "remove",
    Set "set",
    Unset "unset",
    // Of single records, and filters.
    Activate "activate",
    Also "also",
    Arr "arr",
    ArrAs "arr_as",
    Reason "reason",
    ReassignFile "reassign_file",
    ReassignTo "reassign_to",
    Role "role",
    Scope "scope",
    Search "search",
    StartedOn "started_on",
    State "state",
    Status "status",
    // Of scores.
    AsOf "as_of",
    From "from",
    Horizon "horizon",
    Lead "lead",
    Position "position",
    Since "since",
    To "to",
    // Of operations.
    OlderThan "older_than",
    ThinSnapshots "thin_snapshots",
    // Of every call, and of a server.
    Database "database",
    Distribute "distribute",
    LockTimeout "lock_timeout",
    MaxDbConnections "max_db_connections",
    Organization "organization",
    Shards "shards",
    User "user",
    Verbose "verbose",
    Yes "yes",
}

impl Setting {
    /// With this value.
    pub fn is(self, value: impl fmt::Display) -> GivenSetting {
        GivenSetting { setting: self, value: Some(SettingValue::Exact(value.to_string())) }
    }

    /// With a value that the caller puts in the place of a word, such as `EMAIL`.
    pub const fn like(self, word: &'static str) -> GivenSetting {
        GivenSetting { setting: self, value: Some(SettingValue::Word(word)) }
    }

    /// Of the column that the error is about, which is not known yet: `COLUMN=value`.
    pub(crate) fn of_column(self, value: impl fmt::Display) -> GivenSetting {
        GivenSetting { setting: self, value: Some(SettingValue::OfColumn(value.to_string())) }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a setting is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// To be given as it is.
    Exact(String),
    /// Stands for a value of the caller's.
    Word(&'static str),
    /// The value of a column that is not known yet.
    OfColumn(String),
}

impl fmt::Display for SettingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(value) => f.write_str(value),
            Self::Word(word) => f.write_str(word),
            Self::OfColumn(value) => write!(f, "COLUMN={value}"),
        }
    }
}

/// A setting and its value; without one it is switched on, or only named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenSetting {
    pub setting: Setting,
    pub value: Option<SettingValue>,
}

impl GivenSetting {
    pub(super) fn about_column(&self, column: &str) -> Self {
        match &self.value {
            Some(SettingValue::OfColumn(value)) => self.setting.is(format_args!("{column}={value}")),
            _ => self.clone(),
        }
    }
}

impl From<Setting> for GivenSetting {
    fn from(setting: Setting) -> Self {
        Self { setting, value: None }
    }
}

macro_rules! verbs {
    ($($variant:ident $noun:literal $verb:literal,)*) => {
        /// Something else that a caller can do: a command, a path of the API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Verb {
            $($variant,)*
        }

        impl Verb {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its noun and what it does to it.
            pub const fn words(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$variant => ($noun, $verb),)*
                }
            }
        }
    };
}

verbs! {
    AccountsBulkArchive "accounts" "bulk-archive",
    AccountsBulkRestore "accounts" "bulk-restore",
    AccountsExport "accounts" "export",
    AccountsList "accounts" "list",
    AccountsRestore "accounts" "restore",
    AccountsUpdate "accounts" "update",
    AlertsList "alerts" "list",
    ContactsList "contacts" "list",
    ContactsUpdate "contacts" "update",
    DbCheck "db" "check",
    DbCopy "db" "copy",
    DbMigrate "db" "migrate",
    DbVacuum "db" "vacuum",
    EngagementsAttachments "engagements" "attachments",
    EngagementsDelete "engagements" "delete",
    EngagementsExport "engagements" "export",
    EngagementsImport "engagements" "import",
    EngagementsList "engagements" "list",
    EngagementsUpdate "engagements" "update",
    GoalsExport "goals" "export",
    GoalsList "goals" "list",
    GoalsUpdate "goals" "update",
    HealthHistory "health" "history",
    KeysCreate "keys" "create",
    KeysList "keys" "list",
    MetricsExport "metrics" "export",
    MetricsImport "metrics" "import",
    MetricsList "metrics" "list",
    ModelList "model" "list",
    ModelShow "model" "show",
    ModelUse "model" "use",
    OperationsList "operations" "list",
    OperationsUndo "operations" "undo",
    OrganizationsUpdate "organizations" "update",
    PeopleFind "people" "find",
    SegmentsCreate "segments" "create",
    SegmentsDelete "segments" "delete",
    SegmentsList "segments" "list",
    SegmentsUpdate "segments" "update",
    TasksExport "tasks" "export",
    TasksList "tasks" "list",
    TasksUpdate "tasks" "update",
    TeamList "team" "list",
    UsersCreate "users" "create",
    UsersDeactivate "users" "deactivate",
    UsersList "users" "list",
    UsersUpdate "users" "update",
}

impl Verb {
    /// What is done to a noun, such as `list`, where it can be done.
    pub(crate) fn of(noun: &Noun, verb: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.words() == (noun.many, verb))
    }

    /// Of one record, or with one argument.
    pub fn on(self, record: impl fmt::Display) -> Call {
        Call { record: Some(record.to_string()), ..self.into() }
    }

    pub fn with(self, given: impl Into<GivenSetting>) -> Call {
        Call::from(self).with(given)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (noun, verb) = self.words();
        write!(f, "{noun} {verb}")
    }
}

/// A verb with its record and settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub verb: Verb,
    pub record: Option<String>,
    pub settings: Vec<GivenSetting>,
}

impl Call {
    #[must_use]
    pub fn with(mut self, given: impl Into<GivenSetting>) -> Self {
        self.settings.push(given.into());
        self
    }
}

impl From<Verb> for Call {
    fn from(verb: Verb) -> Self {
        Self { verb, record: None, settings: Vec::new() }
    }
}
