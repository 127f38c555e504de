//! Jobs: `jobs/<id>.toml` read as a checked [`Job`]. Not here: running one (`run`), when it is due (schedules).

mod department;
mod kind;
mod limits;
pub mod schedule;

use serde::Deserialize;

pub use crate::job::{
    department::Department,
    kind::{REPORTS, ReportKind, Shows, report_kind},
    limits::{Limits, Retry},
    schedule::Overlap,
};
use crate::{
    declaration::{Declaration, Fault, Faults, Spanned, did_you_mean},
    deliver::mail::checked_address,
    job::{
        kind::Takes,
        schedule::{Clocks, RawGate, RawRetry, RawRuns, RawSchedule, Runs},
    },
    period::Unit,
    text::{Lang, Title},
};

/// A form in which a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// One self-contained web page.
    Html,
    /// A4 pages.
    Pdf,
    /// An Excel workbook.
    Xlsx,
    /// An e-mail with the report in its body and the other files attached.
    Eml,
    /// Plain text.
    Text,
    /// Everything as data.
    Json,
    /// One file a table.
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] = [Self::Html, Self::Pdf, Self::Xlsx, Self::Eml, Self::Text, Self::Json, Self::Csv];

    /// The name in job files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Xlsx => "xlsx",
            Self::Eml => "eml",
            Self::Text => "text",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

/// A checked job.
#[derive(Debug, Clone)]
pub struct Job {
    /// The file's name.
    pub id: String,
    /// Name for people.
    pub title: Title,
    /// Who answers for it.
    pub owner: String,
    /// Requirement ids.
    pub requirements: Vec<String>,
    /// What it makes.
    pub report: ReportKind,
    /// The scheme whose grades it shows; empty for a list, a survey or the risk list, which name their own.
    pub scheme: String,
    /// The list that it shows.
    pub list: Option<String>,
    /// The survey whose waves it shows.
    pub survey: Option<String>,
    /// The declaration of the review that it opens and shows.
    pub review: Option<String>,
    /// The points programme that it shows; the only one unless it is named.
    pub programme: Option<String>,
    /// Another scheme whose grades it shows beside.
    pub beside: Option<String>,
    /// The unit of the periods that it is about.
    pub period: Unit,
    /// Language; the home's when it does not say.
    pub language: Option<Lang>,
    /// Files it writes.
    pub formats: Vec<Format>,
    /// Who gets the e-mail.
    pub recipients: Vec<String>,
    /// Departments that get a pack each.
    pub departments: Vec<Department>,
    /// When it is done, and what is said of its runs.
    pub runs: Runs,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawJob {
    title: Title,
    owner: String,
    requirements: Vec<String>,
    report: Spanned<String>,
    scheme: Option<Spanned<String>>,
    list: Option<Spanned<String>>,
    survey: Option<Spanned<String>>,
    review: Option<Spanned<String>>,
    programme: Option<Spanned<String>>,
    beside: Option<Spanned<String>>,
    #[serde(default = "month")]
    period: Unit,
    language: Option<Lang>,
    formats: Spanned<Vec<Format>>,
    #[serde(default)]
    recipients: Vec<Spanned<String>>,
    #[serde(default)]
    departments: Vec<Spanned<String>>,
    #[serde(default)]
    schedule: Vec<RawSchedule>,
    #[serde(default)]
    wait_for: Vec<Spanned<RawGate>>,
    overlap: Option<Overlap>,
    priority: Option<i32>,
    timeout: Option<Spanned<String>>,
    memory: Option<Spanned<String>>,
    retry: Option<RawRetry>,
}

fn month() -> Unit {
    Unit::Month
}

impl RawJob {
    /// What it says about its runs.
    fn said(&mut self) -> RawRuns {
        RawRuns {
            schedule: std::mem::take(&mut self.schedule),
            wait_for: std::mem::take(&mut self.wait_for),
            overlap: self.overlap,
            priority: self.priority,
            timeout: self.timeout.take(),
            memory: self.memory.take(),
            retry: self.retry.take(),
        }
    }

    fn takes(&self) -> Vec<Takes> {
        let named = [
            (&self.scheme, Takes::Scheme),
            (&self.list, Takes::List),
            (&self.survey, Takes::Survey),
            (&self.review, Takes::Review),
        ];
        named.into_iter().filter_map(|(name, takes)| name.is_some().then_some(takes)).collect()
    }

    /// The departments that it names, with a fault for each that cannot get what it should.
    fn departments(&self, file: &Declaration, known: &[Department], faults: &mut Vec<Fault>) -> Vec<Department> {
        let mut found: Vec<Department> = Vec::new();
        for name in &self.departments {
            let id = name.get_ref();
            let Some(department) = known.iter().find(|department| department.id == *id) else {
                let help = did_you_mean(id, known.iter().map(|department| department.id.as_str()));
                let message = format!("`{id}` is not a department of `config/departments.toml`");
                faults.push(file.fault("job::unknown_department", name.span(), message, help));
                continue;
            };
            if found.iter().any(|earlier| earlier.id == *id) {
                let message = format!("department `{id}` is named twice");
                faults.push(file.fault("job::department_twice", name.span(), message, "leave one of the two out"));
            }
            let mails = department.formats(self.formats.get_ref()).contains(&Format::Eml);
            if mails && department.recipients.is_empty() {
                let message = format!("nobody of department `{id}` gets its e-mail");
                let help = "give it recipients in `config/departments.toml`, or `formats` without `eml`";
                faults.push(file.fault("job::no_recipient", name.span(), message, help));
            }
            found.push(department.clone());
        }
        found
    }

    /// A fault for each name that the home does not have.
    fn named(&self, file: &Declaration, known: Known<'_>) -> Vec<Fault> {
        let schemes = self.scheme.iter().chain(&self.beside).map(|name| (name, known.schemes, Names::Schemes));
        let lists = self.list.iter().map(|name| (name, known.lists, Names::Lists));
        let surveys = self.survey.iter().map(|name| (name, known.surveys, Names::Surveys));
        let programmes = self.programme.iter().map(|name| (name, known.programmes, Names::Programmes));
        let reviews = self.review.iter().map(|name| (name, known.reviews, Names::Reviews));
        let named = schemes.chain(lists).chain(surveys).chain(reviews).chain(programmes);
        let unknown = named.filter(|(name, known, _)| !known.contains(name.get_ref()));
        let fault = |(name, known, kind): (&Spanned<String>, &[String], Names)| {
            let help = did_you_mean(name.get_ref(), known.iter().map(String::as_str));
            let (code, what) = kind.words();
            file.fault(code, name.span(), format!("`{}` is not {what}", name.get_ref()), help)
        };
        unknown.map(fault).collect()
    }
}

/// What a job may name.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// The schemes of the home.
    pub schemes: &'k [String],
    /// Its lists.
    pub lists: &'k [String],
    /// Its surveys.
    pub surveys: &'k [String],
    /// Its declarations of reviews.
    pub reviews: &'k [String],
    /// Its points programmes.
    pub programmes: &'k [String],
    /// Its departments.
    pub departments: &'k [Department],
    /// What schedules are checked against.
    pub clocks: Clocks<'k>,
}

impl Job {
    /// Checks a job file against what the home has.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check(file: &Declaration, id: &str, known: Known<'_>) -> Result<Self, Faults> {
        let mut raw: RawJob = file.parse()?;
        let mut faults: Vec<Fault> = Vec::new();
        let report = report_kind(raw.report.get_ref());
        if report.is_none() {
            let help = did_you_mean(raw.report.get_ref(), REPORTS.iter().map(|kind| kind.id));
            let message = format!("`{}` is not a report", raw.report.get_ref());
            faults.push(file.fault("job::unknown_report", raw.report.span(), message, help));
        }
        faults.extend(raw.named(file, known));
        if report.is_some_and(|report| !raw.takes().into_iter().eq(report.shows.takes())) {
            let help = "a `list` report takes `list = \"…\"`, `satisfaction` and `service-desk` a `survey = \"…\"`, `review` a `review = \"…\"`, `receivable-risk`, `discounts`, `entitlements`, `prize-receipts` and the `points-…` reports nothing, every other report `scheme = \"…\"`";
            let message = "the job must name what its report takes: a list, a survey, a review, a scheme, or nothing";
            faults.push(file.fault("job::list_or_scheme", raw.report.span(), message, help));
        }
        if let Some(programme) =
            raw.programme.as_ref().filter(|_| report.is_some_and(|report| !report.shows.takes_programme()))
        {
            let message = format!("`{}` shows no points programme", raw.report.get_ref());
            faults.push(file.fault("job::no_programme", programme.span(), message, "take `programme` out"));
        }
        if raw.formats.get_ref().is_empty() {
            let help = "list at least one of `html`, `pdf`, `xlsx`, `eml`, `text`, `json`, `csv`";
            faults.push(file.fault("job::no_format", raw.formats.span(), "the job writes nothing", help));
        }
        for recipient in &raw.recipients {
            if let Err(error) = checked_address(recipient.get_ref()) {
                let help = "write one `name@example.com` for each recipient";
                faults.push(file.fault("job::bad_recipient", recipient.span(), error.to_string(), help));
            }
        }
        let departments = raw.departments(file, known.departments, &mut faults);
        if raw.recipients.is_empty() && departments.is_empty() && raw.formats.get_ref().contains(&Format::Eml) {
            let help = "add `recipients = [\"name@example.com\"]` or `departments`, or leave out the format `eml`";
            faults.push(file.fault("job::no_recipient", raw.formats.span(), "the e-mail has no recipient", help));
        }
        let runs = raw.said().check(file, raw.period, known.clocks, &mut faults);
        match report {
            Some(report) if faults.is_empty() => Ok(Self {
                id: id.to_owned(),
                title: raw.title,
                owner: raw.owner,
                requirements: raw.requirements,
                report,
                scheme: raw.scheme.map_or_else(String::new, Spanned::into_inner),
                list: raw.list.map(Spanned::into_inner),
                survey: raw.survey.map(Spanned::into_inner),
                review: raw.review.map(Spanned::into_inner),
                programme: raw.programme.map(Spanned::into_inner),
                beside: raw.beside.map(Spanned::into_inner),
                period: raw.period,
                language: raw.language,
                formats: raw.formats.into_inner(),
                recipients: raw.recipients.into_iter().map(Spanned::into_inner).collect(),
                departments,
                runs,
            }),
            _ => Err(Faults::from(faults)),
        }
    }
}

/// What a name in a job stands for.
#[derive(Debug, Clone, Copy)]
enum Names {
    Schemes,
    Lists,
    Surveys,
    Reviews,
    Programmes,
}

impl Names {
    /// The code of the fault of a name that is not known, and what it is not.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Schemes => ("job::unknown_scheme", "a scheme of `config/schemes/`"),
            Self::Lists => ("job::unknown_list", "a list of `config/lists/`"),
            Self::Surveys => ("job::unknown_survey", "a survey of `config/surveys/`"),
            Self::Reviews => ("job::unknown_review", "a review of `config/reviews/`"),
            Self::Programmes => ("job::unknown_programme", "a programme of `config/programmes/`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../jobs/monthly-tier-report.toml");

    const SURVEY: &str = include_str!("../../jobs/satisfaction-wave.toml");

    fn check(text: &str) -> Result<Job, Faults> {
        let (schemes, lists, surveys) =
            (&["member-tier".to_owned()], &["calls".to_owned()], &["customer-satisfaction".to_owned()]);
        let clocks =
            Clocks { zone: chrono_tz::Asia::Shanghai, calendars: &[], jobs: &["x".to_owned(), "y".to_owned()] };
        Job::check(
            &Declaration::new("jobs/x.toml", text),
            "x",
            Known { schemes, lists, surveys, reviews: &[], programmes: &[], departments: &[], clocks },
        )
    }

    fn codes(text: &str) -> Vec<&'static str> {
        check(text).unwrap_err().list().iter().map(Fault::code_name).collect()
    }

    #[test]
    fn the_shipped_job_is_sound() {
        let job = check(GOOD).unwrap();
        assert_eq!((job.report.id, job.scheme.as_str()), ("tier", "member-tier"));
        let job = check(SURVEY).unwrap();
        assert_eq!((job.report.shows, job.survey.as_deref()), (Shows::Satisfaction, Some("customer-satisfaction")));
    }

    #[test]
    fn a_job_names_what_its_report_takes_and_nothing_else() {
        let survey = "survey = \"customer-satisfaction\"";
        assert_eq!(codes(&SURVEY.replace("\"customer-satisfaction\"", "\"customer\"")), ["job::unknown_survey"]);
        for named in ["", "scheme = \"member-tier\"", "list = \"calls\"", &format!("{survey}\nlist = \"calls\"")] {
            assert_eq!(codes(&SURVEY.replace(survey, named)), ["job::list_or_scheme"], "{named}");
        }
        assert_eq!(
            codes(&GOOD.replace("scheme =", "survey = \"customer-satisfaction\"\nscheme =")),
            ["job::list_or_scheme"]
        );
    }

    #[test]
    fn faults_have_their_codes() {
        assert_eq!(codes(&GOOD.replace("\"tier\"", "\"teir\"")), ["job::unknown_report"]);
        assert_eq!(codes(&GOOD.replace("\"member-tier\"", "\"member-teir\"")), ["job::unknown_scheme"]);
        let recipients =
            |address: &str| format!("{GOOD}\n").replace("recipients = [", &format!("recipients = [{address}, "));
        assert_eq!(codes(&recipients("\"Eve\\r\\nBcc: x@y.z\"")), ["job::bad_recipient"]);
        assert_eq!(codes(&GOOD.replace("\"html\"", "\"htm\"")), ["declaration::syntax"]);
    }
}
