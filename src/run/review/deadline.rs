//! Reviews with their deadlines: those in the store, and those of this year that nobody opened (S56, S57).

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::{
    grading::review::{Head, State},
    run::{error::RunError, home::Home, job::today, store::Store},
};

/// A review and how much time is left for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What it is.
    pub head: Head,
    /// How far it is; `None` when nobody opened it.
    pub state: Option<State>,
    /// Its rows, and how many of them are undecided.
    pub rows: usize,
    /// How many rows nobody decided as they stand.
    pub undecided: usize,
    /// The day on which it opens; `None` where the declaration is gone.
    pub opens_on: Option<NaiveDate>,
    /// The day on which it was published.
    pub published_on: Option<NaiveDate>,
    /// Days until it closes, negative once it is overdue; `None` when it is published.
    pub days_left: Option<i64>,
}

/// Every review in the store, and of each declaration that of this year.
///
/// # Errors
/// [`RunError`] when the store or a declaration cannot be read.
pub async fn all(home: &Home, now: DateTime<Utc>) -> Result<Vec<Due>, RunError> {
    let today = today(home, now);
    let mut store = Store::open(&home.settings.store).await?;
    let mut found = Vec::new();
    let declared = home.reviews().iter().map(|id| home.review(id)).collect::<Result<Vec<_>, _>>()?;
    for head in store.review_heads().await? {
        let Some(stored) = store.review(&head.id).await? else { continue };
        let review = stored.review;
        let published_on = review.publication.as_ref().map(|publication| publication.at.date());
        let declaration = declared.iter().find(|declared| declared.id == head.declaration);
        found.push(Due {
            state: Some(review.state()),
            rows: review.rows.len(),
            undecided: review.undecided().count(),
            opens_on: declaration.map(|declared| declared.opens.in_year(head.as_of.year())),
            published_on,
            days_left: published_on.is_none().then(|| (head.closes_on - today).num_days()),
            head,
        });
    }
    for declaration in declared {
        let year = today.year();
        let id = declaration.review_of(year);
        if found.iter().any(|due| due.head.id == id) {
            continue;
        }
        let closes_on = declaration.closes.in_year(year);
        found.push(Due {
            head: Head {
                id,
                as_of: declaration.as_of.in_year(year),
                closes_on,
                declaration: declaration.id,
                scheme: declaration.scheme,
            },
            state: None,
            rows: 0,
            undecided: 0,
            opens_on: Some(declaration.opens.in_year(year)),
            published_on: None,
            days_left: Some((closes_on - today).num_days()),
        });
    }
    Ok(found)
}
