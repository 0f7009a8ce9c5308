//! Migrations: the files of the top-level `migrations/`, compiled in.

use sqlx::PgPool;
use sqlx::migrate::Migrator;

use crate::StoreError;

static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// Brings the database to the schema of this version; running it again changes nothing.
///
/// Several processes may do so at once: the migrator holds an advisory lock.
///
/// # Errors
/// When the database is away, or was migrated by a newer version.
pub async fn migrate(pool: &PgPool) -> Result<(), StoreError> {
    MIGRATOR.run(pool).await?;
    Ok(())
}
