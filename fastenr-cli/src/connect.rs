//! Opening the database.

use fastenr_core::Result;
use fastenr_core::clock::Clock;
use fastenr_core::model::TimeZone;
use fastenr_core::model::organization::Organization;
use fastenr_core::model::when::Sense;
use fastenr_core::ops::{Context, admin, period};
use fastenr_core::store::{Db, DbOptions};

use crate::app::App;
use crate::config::default_database;

impl App {
    pub(crate) fn clock(&self) -> Clock {
        self.settings.clock
    }

    /// The organization and the user of this run.
    pub(crate) async fn context(&mut self) -> Result<Context> {
        let db = self.db().await?;
        let Self { settings, .. } = &*self;
        let opened = Context::open(db, settings.clock, settings.organization.as_deref(), settings.user.as_deref());
        let opened = opened.await?;
        self.zone = TimeZone::parse(&opened.organization.time_zone).unwrap_or(TimeZone::UTC);
        self.typed(opened)
    }

    /// For typed input: `--now` in words is read in the organization's time zone.
    pub(crate) fn typed(&self, context: Context) -> Result<Context> {
        let context = context.typed(self.remarks.clone());
        match &self.settings.now_typed {
            None => Ok(context),
            Some(text) => {
                let from = context.clone().at(Clock::System.now());
                let now = period::moment_of(&from, text, Sense::Value).map_err(|invalid| invalid.of("now", text))?;
                Ok(context.at(now))
            }
        }
    }

    /// The database. The default file is created on first use; any other database must exist.
    pub(crate) async fn db(&mut self) -> Result<Db> {
        let first_use = self.settings.database.is_none();
        let db = self.open(first_use).await?;
        if first_use && admin::status(&db).await?.is_empty() {
            let made = admin::migrate(&db, self.settings.clock).await?;
            let place = db.path().map(|path| path.display().to_string()).unwrap_or_default();
            self.printer.talk(format_args!("created a new database: {place}"));
            if let Some(made) = &made.seeded {
                self.seeded(made);
            }
        }
        Ok(db)
    }

    /// Says what the organization of a new database is.
    pub(crate) fn seeded(&mut self, made: &Organization) {
        let Organization { slug, currency, time_zone, .. } = made;
        self.printer.talk(format_args!(
            "created the organization {slug:?} (currency {currency}, time zone {time_zone}) and its admin {}; \
             change them with `fastenr organizations update {slug}`",
            admin::FIRST_ADMIN
        ));
    }

    /// The database, without checks of its content.
    pub(crate) async fn open(&mut self, create: bool) -> Result<Db> {
        let url = match &self.settings.database {
            Some(url) => url.clone(),
            None => default_database()?.to_string_lossy().into_owned(),
        };
        let mut options = DbOptions { lock_timeout: self.settings.lock_timeout, create, ..DbOptions::default() };
        options.max_connections = self.connections.unwrap_or(options.max_connections);
        // Without this, a server would not notice writes of other processes.
        options.read_only = self.connections.is_none();
        let db = Db::connect(&url, &options).await?;
        self.db = Some(db.clone());
        Ok(db)
    }
}
