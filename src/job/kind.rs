//! The kinds of reports that a job can make.

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
        Shows::Review,
        "review",
        "",
        "annual review of grades: opened on its day, shown as it stands (S56-S61, S69, S70)",
    ),
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
    /// The annual review of grades.
    Review,
}

/// What a report takes, and a job names for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Scheme,
    List,
    Survey,
    Review,
}

impl Shows {
    /// Whether a scheme is named for it; the others know theirs.
    pub fn takes_scheme(self) -> bool {
        self.takes() == Some(Takes::Scheme)
    }

    /// Whether a points programme may be named for it.
    pub fn takes_programme(self) -> bool {
        matches!(self, Self::PointsLiability | Self::PointsLapse | Self::PointsExpiring)
    }

    pub(super) fn takes(self) -> Option<Takes> {
        match self {
            Self::Tier | Self::Abc | Self::Top | Self::Register | Self::Regions | Self::Activity | Self::Rfm => {
                Some(Takes::Scheme)
            }
            Self::List => Some(Takes::List),
            Self::Satisfaction | Self::ServiceDesk => Some(Takes::Survey),
            Self::Review => Some(Takes::Review),
            Self::Discounts
            | Self::Entitlements
            | Self::PointsExpiring
            | Self::PointsLapse
            | Self::PointsLiability
            | Self::PrizeReceipts
            | Self::ReceivableRisk => None,
        }
    }
}

/// The kind of report of a name.
pub fn report_kind(id: &str) -> Option<ReportKind> {
    REPORTS.iter().copied().find(|kind| kind.id == id)
}
