//! What is no longer kept: files of runs, never their history.

use std::collections::BTreeSet;

use crate::run::store::{
    Store, StoreError,
    database::{Control, Row, values},
    runs::{NewEvent, State},
    statements,
};

/// A file of a run that need not be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removable {
    /// The run.
    pub run: i64,
    /// Its name there.
    pub name: String,
    /// Its size.
    pub bytes: i64,
}

impl Store {
    /// Files that were made before an instant, and of whose job so many later runs succeeded; at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn removable(&mut self, before: i64, later: i64, limit: i64) -> Result<Vec<Removable>, StoreError> {
        const DOING: &str = "when files were looked for that need not be kept";
        let rows = self.query(DOING, &statements::RUN_REMOVABLE, values![before, later, limit]).await?;
        let removable = |row: &Row| Ok(Removable { run: row.get(0)?, name: row.get(1)?, bytes: row.get(2)? });
        rows.iter().map(removable).collect::<Result<_, _>>().map_err(self.failed(DOING))
    }

    /// Writes down that files are no longer kept, all of them or none.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is written.
    pub async fn remove_artifacts(&mut self, files: &[Removable], by: &str) -> Result<(), StoreError> {
        let now = self.clock().await?;
        let mut transaction = self.begin("when files were no longer kept", Control::Begin).await?;
        let mut bytes = 0;
        for file in files {
            let written =
                transaction.execute(&statements::RUN_REMOVE_ARTIFACT, values![file.run, &file.name, now]).await?;
            bytes += if written == 1 { file.bytes } else { 0 };
        }
        let detail = format!("{} files of earlier runs, {bytes} bytes, are no longer kept", files.len());
        let event = NewEvent { kind: "pruned", actor: by.to_owned(), detail, ..NewEvent::default() };
        transaction.add_event(&event, now).await?;
        transaction.commit().await
    }

    /// The sha256 of every file that is kept.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn kept_files(&mut self) -> Result<BTreeSet<String>, StoreError> {
        const DOING: &str = "when kept files were read";
        let rows = self.query(DOING, &statements::RUN_KEPT_FILES, values![]).await?;
        rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>().map_err(self.failed(DOING))
    }

    /// How many runs of its job came after a run, and its state; nothing when there is no such run.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn later_runs(&mut self, run: i64) -> Result<Option<(i64, State)>, StoreError> {
        const DOING: &str = "when later runs were counted";
        let rows = self.query(DOING, &statements::RUN_NEWER, values![run]).await?;
        let read = |row: &Row| {
            let state: String = row.get(1)?;
            Ok((row.get(0)?, State::named(&state).ok_or(sqlx::Error::RowNotFound)?))
        };
        rows.first().map(read).transpose().map_err(self.failed(DOING))
    }
}
