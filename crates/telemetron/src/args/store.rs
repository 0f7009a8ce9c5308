//! Which database, and what a pool of connections to it may do.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use secrecy::{ExposeSecret as _, SecretString};
use telemetron_store::{Database, PgPool, PoolOptions};

use crate::platform::Platform;

/// How to reach Postgres. When no database is named, the running platform says where it is.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Postgres")]
pub(crate) struct StoreArgs {
    /// URL of the database; else the running platform's
    #[arg(long, env, hide_env_values = true, value_name = "URL")]
    pub(crate) database_url: Option<SecretString>,

    /// Most connections to the database, for each role
    #[arg(long, env, default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=500))]
    pub(crate) database_max_connections: u32,
}

/// What a pool is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Use {
    /// Writing batches, which may take long on a busy disk.
    Consumer,
    /// Answering requests.
    Api,
    /// Changing the schema.
    Migrate,
}

impl StoreArgs {
    /// The database that is named, if one is.
    pub(crate) fn named(&self) -> Option<SecretString> {
        let url = self.database_url.clone();
        url.filter(|url| !url.expose_secret().trim().is_empty())
    }

    /// The database that is named, else the running platform's.
    pub(crate) fn resolve(&self, platform: &Platform) -> anyhow::Result<SecretString> {
        if let Some(named) = self.named() {
            return Ok(named);
        }
        let running = platform.endpoints().context("DATABASE_URL is not set")?;
        Ok(running.database_url.into())
    }

    /// A pool of connections, none of which is made yet, and what runs beside it.
    pub(crate) fn database(&self, url: &SecretString, usage: Use) -> anyhow::Result<Database> {
        let (application, statement_timeout) = match usage {
            Use::Consumer => ("telemetron consumer", Duration::from_secs(120)),
            Use::Api => ("telemetron api", Duration::from_secs(15)),
            Use::Migrate => ("telemetron migrate", Duration::from_secs(3600)),
        };
        let options = PoolOptions {
            application,
            max_connections: self.database_max_connections,
            statement_timeout,
            acquire_timeout: Duration::from_secs(5),
        };
        telemetron_store::connect(url, options).map_err(|error| {
            let reason = anyhow::Error::new(error);
            anyhow!(
                "DATABASE_URL is no URL like postgres://user:password@host/database: {}",
                reason.root_cause()
            )
        })
    }

    /// Brings a database to the schema of this version; gives its pool.
    pub(crate) async fn migrate(&self, database: Database) -> anyhow::Result<PgPool> {
        let Database { pool, watch } = database;
        let migrated = watch.beside(telemetron_store::migrate(&pool)).await;
        let whose = self
            .named()
            .map_or("our own database", |_| "the database in DATABASE_URL");
        migrated.with_context(|| format!("{whose} cannot be reached or brought up to date"))?;
        Ok(pool)
    }
}
