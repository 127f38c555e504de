//! Jobs: `jobs/<id>.toml` read as a checked [`Job`]. Not here: running one (`run`), when it is due (schedules).

use std::path::Path;

use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned, did_you_mean},
    deliver::mail::checked_address,
    period::Unit,
    text::{Lang, Title},
};

/// The reports that a job can make, with what each needs.
pub const REPORTS: &[ReportKind] = &[
    kind(Shows::Tier, "tier", "member-tier", "monthly membership tier report (S01, S05, S10, S55)"),
    kind(Shows::Abc, "abc", "abc", "ABC table with Pareto chart, sales force and review list (S36-S38, S55)"),
    kind(Shows::Rfm, "rfm", "rfm", "RFM codes or segments: customers, orders and sales of each (S41, S42)"),
    kind(Shows::Top, "top", "top-one-percent", "top of the customer pyramid with the year before (S39)"),
    kind(Shows::Register, "register", "customer-overall", "grade register by product category (S68, S71)"),
    kind(Shows::Regions, "regions", "abc", "classes by region, this year and last (S85)"),
    kind(Shows::Activity, "activity", "activity", "active, dormant and lost customers by name; growth (S34, S44)"),
    kind(
        Shows::Satisfaction,
        "satisfaction",
        "",
        "scores of a survey wave with targets, comments and complaints (S23-S29, S31)",
    ),
    kind(Shows::ServiceDesk, "service-desk", "", "what customers say of each member of staff in a period (S23)"),
    kind(
        Shows::ReceivableRisk,
        "receivable-risk",
        "",
        "receivable risk list: classes, ageing, behaviour, changes, suggestions (S60, S61, S66, S70, S72-S77)",
    ),
    kind(Shows::Discounts, "discounts", "", "step discounts of members by product category for the next year (S20)"),
    kind(
        Shows::Entitlements,
        "entitlements",
        "",
        "services of membership cards: used, unused, used without a right (S09)",
    ),
    kind(
        Shows::PrizeReceipts,
        "prize-receipts",
        "",
        "receipts that win a spin of the prize wheel, by store and day (S21)",
    ),
    kind(
        Shows::PointsLiability,
        "points-liability",
        "",
        "points liability: roll-forward, tiers, what will lapse, what it is worth (S15-S18)",
    ),
    kind(
        Shows::PointsLapse,
        "points-lapse",
        "",
        "what lapses with the end of the period: the plan for approval, or what was posted (S16-S18)",
    ),
    kind(Shows::PointsExpiring, "points-expiring", "", "members whose points are about to lapse (S16-S18)"),
    kind(
        Shows::List,
        "list",
        "",
        "a list defined in config/lists/ by attributes, figures and grades (S49, S108, S109)",
    ),
];

const fn kind(shows: Shows, id: &'static str, scheme: &'static str, title: &'static str) -> ReportKind {
    ReportKind { shows, id, scheme, title }
}

/// A kind of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportKind {
    /// What it shows.
    pub shows: Shows,
    /// Name in job files.
    pub id: &'static str,
    /// The scheme whose grades it shows unless another is named.
    pub scheme: &'static str,
    /// What it is.
    pub title: &'static str,
}

/// What a report shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Member tiers of a month.
    Tier,
    /// Classes by share of the whole.
    Abc,
    /// The customers of the best grade.
    Top,
    /// Every class of every customer by product category.
    Register,
    /// Classes by region in two years.
    Regions,
    /// Active, dormant and lost customers.
    Activity,
    /// What is owed and at risk.
    ReceivableRisk,
    /// What members' points are worth.
    PointsLiability,
    /// Points that lapse.
    PointsLapse,
    /// Points that are about to lapse.
    PointsExpiring,
    /// Step discounts by product category.
    Discounts,
    /// What members made use of.
    Entitlements,
    /// Receipts that win a spin of the prize wheel.
    PrizeReceipts,
    /// A list that people defined.
    List,
    /// Codes of recency, frequency and amount, or segments made of them.
    Rfm,
    /// The scores of a survey wave.
    Satisfaction,
    /// What customers say of the staff.
    ServiceDesk,
}

/// What a report or a job names: a scheme, a list, a survey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Takes {
    scheme: bool,
    list: bool,
    survey: bool,
}

impl Shows {
    /// Whether a scheme is named for it; the others know theirs.
    pub fn takes_scheme(self) -> bool {
        match self {
            Self::Discounts
            | Self::Entitlements
            | Self::List
            | Self::PointsExpiring
            | Self::PointsLapse
            | Self::PointsLiability
            | Self::PrizeReceipts
            | Self::ReceivableRisk
            | Self::Satisfaction
            | Self::ServiceDesk => false,
            Self::Tier | Self::Abc | Self::Top | Self::Register | Self::Regions | Self::Activity | Self::Rfm => true,
        }
    }

    /// Whether a points programme may be named for it.
    pub fn takes_programme(self) -> bool {
        matches!(self, Self::PointsLiability | Self::PointsLapse | Self::PointsExpiring)
    }

    fn takes(self) -> Takes {
        Takes {
            scheme: self.takes_scheme(),
            list: self == Self::List,
            survey: matches!(self, Self::Satisfaction | Self::ServiceDesk),
        }
    }
}

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
    programme: Option<Spanned<String>>,
    beside: Option<Spanned<String>>,
    #[serde(default = "month")]
    period: Unit,
    language: Option<Lang>,
    formats: Spanned<Vec<Format>>,
    #[serde(default)]
    recipients: Vec<Spanned<String>>,
}

fn month() -> Unit {
    Unit::Month
}

impl RawJob {
    fn takes(&self) -> Takes {
        Takes { scheme: self.scheme.is_some(), list: self.list.is_some(), survey: self.survey.is_some() }
    }

    /// A fault for each name that the home does not have.
    fn named(&self, file: &Declaration, known: Known<'_>) -> Vec<Fault> {
        let schemes = self.scheme.iter().chain(&self.beside).map(|name| (name, known.schemes, Names::Schemes));
        let lists = self.list.iter().map(|name| (name, known.lists, Names::Lists));
        let surveys = self.survey.iter().map(|name| (name, known.surveys, Names::Surveys));
        let programmes = self.programme.iter().map(|name| (name, known.programmes, Names::Programmes));
        let named = schemes.chain(lists).chain(surveys).chain(programmes);
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
    /// Its points programmes.
    pub programmes: &'k [String],
}

impl Job {
    /// Checks a job file against what the home has.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check(file: &Declaration, id: &str, known: Known<'_>) -> Result<Self, Faults> {
        let raw: RawJob = file.parse()?;
        let mut faults: Vec<Fault> = Vec::new();
        let report = report_kind(raw.report.get_ref());
        if report.is_none() {
            let help = did_you_mean(raw.report.get_ref(), REPORTS.iter().map(|kind| kind.id));
            let message = format!("`{}` is not a report", raw.report.get_ref());
            faults.push(file.fault("job::unknown_report", raw.report.span(), message, help));
        }
        faults.extend(raw.named(file, known));
        if report.is_some_and(|report| report.shows.takes() != raw.takes()) {
            let help = "a `list` report takes `list = \"…\"`, `satisfaction` and `service-desk` a `survey = \"…\"`, `receivable-risk`, `discounts`, `entitlements`, `prize-receipts` and the `points-…` reports nothing, every other report `scheme = \"…\"`";
            let message = "the job must name what its report takes: a list, a survey, a scheme, or nothing";
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
        if raw.recipients.is_empty() && raw.formats.get_ref().contains(&Format::Eml) {
            let help = "add `recipients = [\"name@example.com\"]`, or leave out the format `eml`";
            faults.push(file.fault("job::no_recipient", raw.formats.span(), "the e-mail has no recipient", help));
        }
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
                programme: raw.programme.map(Spanned::into_inner),
                beside: raw.beside.map(Spanned::into_inner),
                period: raw.period,
                language: raw.language,
                formats: raw.formats.into_inner(),
                recipients: raw.recipients.into_iter().map(Spanned::into_inner).collect(),
            }),
            _ => Err(Faults::from(faults)),
        }
    }

    /// Reads and checks the file of a job.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn read(path: &Path, id: &str, known: Known<'_>) -> Result<Self, Faults> {
        Self::check(&Declaration::read(path)?, id, known)
    }
}

/// What a name in a job stands for.
#[derive(Debug, Clone, Copy)]
enum Names {
    Schemes,
    Lists,
    Surveys,
    Programmes,
}

impl Names {
    /// The code of the fault of a name that is not known, and what it is not.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Schemes => ("job::unknown_scheme", "a scheme of `config/schemes/`"),
            Self::Lists => ("job::unknown_list", "a list of `config/lists/`"),
            Self::Surveys => ("job::unknown_survey", "a survey of `config/surveys/`"),
            Self::Programmes => ("job::unknown_programme", "a programme of `config/programmes/`"),
        }
    }
}

/// The kind of report of a name.
pub fn report_kind(id: &str) -> Option<ReportKind> {
    REPORTS.iter().copied().find(|kind| kind.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../jobs/monthly-tier-report.toml");

    const SURVEY: &str = include_str!("../../jobs/satisfaction-wave.toml");

    fn check(text: &str) -> Result<Job, Faults> {
        let (schemes, lists, surveys) =
            (&["member-tier".to_owned()], &["calls".to_owned()], &["customer-satisfaction".to_owned()]);
        Job::check(&Declaration::new("jobs/x.toml", text), "x", Known { schemes, lists, surveys, programmes: &[] })
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
