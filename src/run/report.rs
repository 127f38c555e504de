//! A report of any kind: from a home and a period to a report value and the grades it stands on.

use chrono::NaiveDateTime;

use crate::{
    grading::{review::Opening, subjects::Subjects},
    job::Shows,
    ledger::{dictionary::Dictionary, entity::Entity, snapshot::Snapshot},
    metrics::compute::{Computed, Request, compute},
    period::{Period, Unit},
    receivables::risk::change::List,
    report::{
        Report,
        abc::{self, AbcInputs},
        activity::{self, ActivityInputs},
        graded::{Graded, People, Scene, count},
        list::{self, ListInputs},
        regions::{self, RegionInputs},
        register::{self, RegisterInputs},
        rfm::{self, RfmInputs},
        top::{self, TopInputs},
    },
    run::{
        error::RunError,
        grades::{Grades, work_out},
        home::Home,
        lists, points, review, risk, satisfaction,
        schemes::bind,
        store::Store,
        tier,
    },
    text::Lang,
};

/// A report that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Commission<'c> {
    /// What it shows.
    pub shows: Shows,
    /// The scheme whose grades it shows.
    pub scheme: &'c str,
    /// The list, for a report that shows one.
    pub list: Option<&'c str>,
    /// The survey, for a report that shows one; the only one unless it is named.
    pub survey: Option<&'c str>,
    /// The declaration of the review, for a report that shows one.
    pub review: Option<&'c str>,
    /// Another scheme whose grades it shows beside.
    pub beside: Option<&'c str>,
    /// The points programme, for a report that shows one; the only one unless it is named.
    pub programme: Option<&'c str>,
    /// The period that it is about.
    pub period: Period,
    /// Its language.
    pub lang: Lang,
}

/// A report with what is kept once it was accepted.
#[derive(Debug)]
pub struct Made {
    /// The report.
    pub report: Report,
    /// The grades it stands on.
    pub grades: Vec<Grades>,
    /// The receivable risk list that it gives out.
    pub list: Option<List>,
    /// The points plan that it was made with, where there was none of the day.
    pub plan: Option<points::plan::Made>,
    /// The review that it opens, where nobody had opened it.
    pub opening: Option<Opening>,
    /// What the operator should know.
    pub warnings: Vec<String>,
}

impl Made {
    /// A report that only shows.
    fn only(report: Report, grades: Vec<Grades>) -> Self {
        Self { report, grades, list: None, plan: None, opening: None, warnings: Vec::new() }
    }
}

/// Makes a report. Nothing is kept: [`Grades::keep`] and [`Store::keep_risk_list`] do that once the report was accepted.
///
/// # Errors
/// [`RunError`] when a figure cannot be had or an equation does not hold.
pub async fn make(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
    now: NaiveDateTime,
) -> Result<Made, RunError> {
    let (report, grades) = match wanted.shows {
        Shows::ReceivableRisk => {
            let (report, list) = risk::report(home, snapshot, store, wanted).await?;
            return Ok(Made { list: Some(list), ..Made::only(report, Vec::new()) });
        }
        Shows::PointsLapse => {
            let (report, plan) = points::report::lapse(home, snapshot, store, wanted, now).await?;
            return Ok(Made { plan, ..Made::only(report, Vec::new()) });
        }
        Shows::Review => return review::job::report(home, snapshot, store, wanted, now).await,
        Shows::PointsLiability => Ok((points::report::liability(home, snapshot, store, wanted).await?, Vec::new())),
        Shows::PointsExpiring => Ok((points::report::about_to_lapse(home, snapshot, store, wanted).await?, Vec::new())),
        Shows::Discounts => Ok((lists::discounts(home, snapshot, wanted)?, Vec::new())),
        Shows::Entitlements => Ok((lists::entitlements(home, snapshot, store, wanted).await?, Vec::new())),
        Shows::PrizeReceipts => Ok((lists::prize_receipts(home, snapshot, wanted)?, Vec::new())),
        Shows::Tier => {
            let (report, grades) =
                tier::report(home, snapshot, store, wanted.scheme, wanted.period, wanted.lang).await?;
            Ok((report, vec![grades]))
        }
        Shows::Abc => abc_report(home, snapshot, store, wanted).await,
        Shows::Top => top_report(home, snapshot, store, wanted).await,
        Shows::Register => register_report(home, snapshot, store, wanted).await,
        Shows::Regions => regions_report(home, snapshot, store, wanted).await,
        Shows::Activity => activity_report(home, snapshot, store, wanted).await,
        Shows::List => list_report(home, snapshot, store, wanted).await,
        Shows::Rfm => rfm_report(home, snapshot, store, wanted).await,
        Shows::ServiceDesk => Ok((satisfaction::service_desk(home, snapshot, wanted)?, Vec::new())),
        Shows::Satisfaction => satisfaction::report(home, snapshot, store, wanted).await,
    }?;
    Ok(Made::only(report, grades))
}

async fn abc_report(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
) -> Result<(Report, Vec<Grades>), RunError> {
    let requests = abc_requests(home, snapshot, wanted)?;
    let grades = all_grades(home, snapshot, store, wanted, requests).await?;
    let [first, rest @ ..] = grades.as_slice() else { return Err(not_in_force(wanted)) };
    let people = People::read(snapshot, first.bound.scheme.subject, &[])?;
    let fingerprint = snapshot.fingerprint();
    let inputs = AbcInputs {
        scene: scene(home, snapshot, wanted, &people, &first.computed, &fingerprint),
        graded: graded(first),
        beside: rest.first().map(graded),
    };
    Ok((abc::build(&inputs)?, grades))
}

fn abc_requests(home: &Home, snapshot: &Snapshot, wanted: &Commission<'_>) -> Result<Vec<Request>, RunError> {
    let bound = bind(home, wanted.scheme)?;
    let has = |entity: &Entity, column: &str| snapshot.has(entity, column);
    let version = bound.version_on(wanted.period.last_day());
    Ok(version.map_or_else(Vec::new, |version| abc::requests(version, bound.scheme.subject, wanted.period, &has)))
}

async fn rfm_report(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
) -> Result<(Report, Vec<Grades>), RunError> {
    let grades = work_out(home, snapshot, store, wanted.scheme, wanted.period.last_day(), Vec::new()).await?;
    let people = People::read(snapshot, grades.bound.scheme.subject, &[])?;
    let fingerprint = snapshot.fingerprint();
    let scene = scene(home, snapshot, wanted, &people, &grades.computed, &fingerprint);
    let report = rfm::build(&RfmInputs { scene, graded: graded(&grades) })?;
    Ok((report, vec![grades]))
}

async fn list_report(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
) -> Result<(Report, Vec<Grades>), RunError> {
    let (list, needs) = home.list(wanted.list.unwrap_or_default())?;
    let day = wanted.period.last_day();
    let mut grades = Vec::new();
    for scheme in &needs.schemes {
        grades.push(work_out(home, snapshot, store, scheme, day, Vec::new()).await?);
    }
    let computed = compute(snapshot, &list::requests(&needs, day))?;
    let subjects = Subjects::read(snapshot, list.subject, &list.conditions)?;
    let people = People::read(snapshot, list.subject, &list.own_columns())?;
    let fingerprint = snapshot.fingerprint();
    let (_, key) = list.subject.entity_and_key();
    let codes = snapshot.dictionaries().of(key).map_or(0, Dictionary::len);
    let inputs = ListInputs {
        scene: scene(home, snapshot, wanted, &people, &computed, &fingerprint),
        list: &list,
        needs: &needs,
        subjects: &subjects.on(day).collect::<Vec<u32>>(),
        graded: &grades.iter().map(graded).collect::<Vec<_>>(),
        ranks: &grades.iter().map(|grades| grades.now.by_code(codes)).collect::<Vec<_>>(),
    };
    Ok((list::build(&inputs)?, grades))
}

async fn top_report(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
) -> Result<(Report, Vec<Grades>), RunError> {
    let day = wanted.period.last_day();
    let bound = bind(home, wanted.scheme)?;
    let version = bound.version_on(day);
    let metric = version.and_then(|version| version.metrics.get(abc::measured_by(version)?));
    let requests = metric.map_or_else(Vec::new, |metric| top::requests(metric, wanted.period));
    let grades = work_out(home, snapshot, store, wanted.scheme, day, Vec::new()).await?;
    let computed = compute(snapshot, &requests)?;
    let people = People::read(snapshot, grades.bound.scheme.subject, &[])?;
    let fingerprint = snapshot.fingerprint();
    let scene = scene(home, snapshot, wanted, &people, &computed, &fingerprint);
    let report = top::build(&TopInputs { scene, graded: graded(&grades) })?;
    Ok((report, vec![grades]))
}

async fn register_report(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
) -> Result<(Report, Vec<Grades>), RunError> {
    let grades = work_out(home, snapshot, store, wanted.scheme, wanted.period.last_day(), Vec::new()).await?;
    let people = People::read(snapshot, grades.bound.scheme.subject, register::OWN)?;
    let fingerprint = snapshot.fingerprint();
    let scene = scene(home, snapshot, wanted, &people, &grades.computed, &fingerprint);
    let report = register::build(&RegisterInputs { scene, graded: graded(&grades) })?;
    Ok((report, vec![grades]))
}

async fn regions_report(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
) -> Result<(Report, Vec<Grades>), RunError> {
    let grades = work_out(home, snapshot, store, wanted.scheme, wanted.period.last_day(), Vec::new()).await?;
    let day = wanted.period.year_before().last_day();
    let before = match grades.bound.scheme.version_on(day) {
        Some(_) => Some(work_out(home, snapshot, store, wanted.scheme, day, Vec::new()).await?),
        None => None,
    };
    let people = People::read(snapshot, grades.bound.scheme.subject, regions::OWN)?;
    let fingerprint = snapshot.fingerprint();
    let inputs = RegionInputs {
        scene: scene(home, snapshot, wanted, &people, &grades.computed, &fingerprint),
        graded: graded(&grades),
        before: before.as_ref().map(graded),
    };
    Ok((regions::build(&inputs)?, vec![grades]))
}

async fn activity_report(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
) -> Result<(Report, Vec<Grades>), RunError> {
    let subject = home.scheme(wanted.scheme)?.subject;
    let grades = all_grades(home, snapshot, store, wanted, activity::requests(subject, wanted.period)).await?;
    let [first, rest @ ..] = grades.as_slice() else { return Err(not_in_force(wanted)) };
    let people = People::read(snapshot, subject, &[])?;
    let fingerprint = snapshot.fingerprint();
    let inputs = ActivityInputs {
        scene: scene(home, snapshot, wanted, &people, &first.computed, &fingerprint),
        graded: graded(first),
        beside: rest.first().map(graded),
    };
    Ok((activity::build(&inputs)?, grades))
}

/// The grades of the scheme, with other figures in the same pass, and those of the scheme beside.
async fn all_grades(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
    other: Vec<Request>,
) -> Result<Vec<Grades>, RunError> {
    let day = wanted.period.last_day();
    let mut grades = vec![work_out(home, snapshot, store, wanted.scheme, day, other).await?];
    if let Some(beside) = wanted.beside {
        grades.push(work_out(home, snapshot, store, beside, day, Vec::new()).await?);
    }
    Ok(grades)
}

fn not_in_force(wanted: &Commission<'_>) -> RunError {
    let as_of = wanted.period.last_day();
    RunError::NotInForce { scheme: wanted.scheme.to_owned(), as_of, since: as_of }
}

/// Grades as a report sees them.
pub(super) fn graded(grades: &Grades) -> Graded<'_> {
    Graded {
        bound: &grades.bound,
        now: &grades.now,
        subjects: count(grades.subjects.on(grades.now.as_of).count()),
        restated: grades.restated,
    }
}

/// Everything around the figures of a report.
pub(super) fn scene<'a>(
    home: &'a Home,
    snapshot: &'a Snapshot,
    wanted: &Commission<'_>,
    people: &'a People,
    computed: &'a Computed,
    fingerprint: &'a str,
) -> Scene<'a> {
    Scene {
        lang: wanted.lang,
        organisation: home.settings.organisation.in_lang(wanted.lang),
        period: wanted.period,
        currency: &home.mapping.currency,
        zone: home.mapping.zone.name(),
        people,
        computed,
        dictionaries: snapshot.dictionaries(),
        read: snapshot.facts(),
        fingerprint,
    }
}

impl Grades {
    /// Whether the day is the end of a review of the scheme, so that its grades are kept.
    pub fn is_review(&self) -> bool {
        let version = self.bound.scheme.versions.get(self.now.version);
        let cadence = version.map_or(Unit::Day, |version| version.cadence);
        Period::holding(cadence, self.now.as_of).last_day() == self.now.as_of
    }
}
