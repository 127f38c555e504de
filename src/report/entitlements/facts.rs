//! Each use judged, and what each member has left.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    period::day_from_number,
    report::{
        entitlements::{EntitlementInputs, right::Holding, uses::Use},
        graded::count,
    },
};

/// What a use is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// The member had a right to it.
    Right,
    /// The limit of the year was reached before.
    OverLimit,
    /// The tier of the day does not give the service.
    NotInTier,
    /// The card of the day is cancelled or lost.
    Inactive,
    /// The member held nothing on the day.
    NoTier,
    /// Nobody defined the service.
    UnknownService,
}

impl Verdict {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::OverLimit => "over_limit",
            Self::NotInTier => "not_in_tier",
            Self::Inactive => "inactive",
            Self::NoTier => "no_tier_held",
            Self::UnknownService => "unknown_service",
        }
    }
}

/// A use with what it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judged {
    pub(super) used: Use,
    /// The place of the service.
    pub(super) service: Option<usize>,
    /// The place of the tier on the day.
    pub(super) tier: Option<usize>,
    pub(super) verdict: Verdict,
}

impl Judged {
    pub(super) fn day(&self) -> Option<NaiveDate> {
        day_from_number(self.used.on)
    }

    pub(super) fn is_right(&self) -> bool {
        self.verdict == Verdict::Right
    }
}

/// A right that nobody has used this year.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unused {
    pub(super) member: u32,
    pub(super) service: usize,
    pub(super) tier: usize,
}

/// What happened with a service.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// Members with a right to it on the last day.
    pub(super) entitled: i64,
    /// Of them, those who used it this year with a right.
    pub(super) used: i64,
    pub(super) unused: i64,
    /// Uses of the year, and those without a right.
    pub(super) uses: i64,
    pub(super) wrong: i64,
}

/// Everything that the report shows.
#[derive(Debug)]
pub(super) struct Facts {
    /// The uses of the year, by day.
    pub(super) uses: Vec<Judged>,
    /// Members by the place of their tier on the last day.
    pub(super) tiers: Vec<i64>,
    /// What happened with each service.
    pub(super) services: Vec<Tally>,
    /// Rights that are reminded of and were not used, by member and service.
    pub(super) unused: Vec<Unused>,
    /// Who has a right to anything on the last day.
    pub(super) entitled: Vec<u32>,
}

impl Facts {
    pub(super) fn gather(inputs: &EntitlementInputs<'_>) -> Self {
        let rules = inputs.rules;
        let (uses, rightful) = judge(inputs);
        let mut facts = Self {
            uses,
            tiers: vec![0; rules.tiers.len()],
            services: vec![Tally::default(); rules.services.len()],
            unused: Vec::new(),
            entitled: Vec::new(),
        };
        for member in inputs.members {
            let Holding::Tier(tier) = inputs.rights.on(*member, inputs.day()) else { continue };
            facts.tiers.get_mut(tier).into_iter().for_each(|members| *members += 1);
            let services = rules.tiers.get(tier).map_or(&[][..], |tier| &tier.services);
            if !services.is_empty() {
                facts.entitled.push(*member);
            }
            for service in services.iter().copied() {
                let used = rightful.contains_key(&(*member, service));
                let reminded = rules.services.get(service).is_some_and(|service| service.remind);
                if let Some(tally) = facts.services.get_mut(service) {
                    tally.entitled += 1;
                    *(if used { &mut tally.used } else { &mut tally.unused }) += 1;
                }
                if !used && reminded {
                    facts.unused.push(Unused { member: *member, service, tier });
                }
            }
        }
        for judged in &facts.uses {
            let tally = judged.service.and_then(|service| facts.services.get_mut(service));
            if let Some(tally) = tally {
                tally.uses += 1;
                tally.wrong += i64::from(!judged.is_right());
            }
        }
        facts
    }

    /// Uses of services that nobody defined.
    pub(super) fn undefined(&self) -> i64 {
        self.of(Verdict::UnknownService)
    }

    /// How many uses are of a kind.
    pub(super) fn of(&self, verdict: Verdict) -> i64 {
        count(self.uses.iter().filter(|judged| judged.verdict == verdict).count())
    }

    /// How many uses there are without a right.
    pub(super) fn wrong(&self) -> i64 {
        count(self.uses.iter().filter(|judged| !judged.is_right()).count())
    }
}

/// Judges every use in the order of days; returns how many each member had of each service with a right, too.
fn judge(inputs: &EntitlementInputs<'_>) -> (Vec<Judged>, BTreeMap<(u32, usize), i64>) {
    let rules = inputs.rules;
    let mut rightful: BTreeMap<(u32, usize), i64> = BTreeMap::new();
    let judged = |used: &Use| {
        let name = inputs.scene.dictionaries.text("service", used.service).unwrap_or_default();
        let service = rules.service(name);
        let holding = day_from_number(used.on).map_or(Holding::Nothing, |day| inputs.rights.on(used.member, day));
        let tier = if let Holding::Tier(tier) = holding { Some(tier) } else { None };
        let gives =
            |service| tier.and_then(|tier| rules.tiers.get(tier)).is_some_and(|tier| tier.services.contains(&service));
        let verdict = match (service, holding) {
            (None, _) => Verdict::UnknownService,
            (Some(_), Holding::Nothing) => Verdict::NoTier,
            (Some(_), Holding::Inactive) => Verdict::Inactive,
            (Some(service), Holding::Tier(_)) if !gives(service) => Verdict::NotInTier,
            (Some(service), Holding::Tier(_)) => {
                let had = rightful.entry((used.member, service)).or_default();
                let limit = rules.services.get(service).and_then(|service| service.uses_a_year);
                if limit.is_some_and(|limit| *had >= limit) {
                    Verdict::OverLimit
                } else {
                    *had += 1;
                    Verdict::Right
                }
            }
        };
        Judged { used: *used, service, tier, verdict }
    };
    let uses = inputs.uses.iter().map(judged).collect();
    (uses, rightful)
}
