//! A home: a directory with `config/`, `jobs/`, `templates/` and `data/`. The files of a new one are compiled in.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::{
    declaration::{Declaration, Faults, did_you_mean, quoted},
    deliver::file::write_together,
    grading::review::ReviewDeclaration,
    ledger::mapping::{Database, Mapping},
    metrics::file::{self, Metrics},
    points::programme::{Known as ProgrammeKnown, Programme},
    receivables::{policy::Policy, risk::policy::RiskPolicy},
    render::Templates,
    report::{
        discounts::policy::Discounts,
        entitlements::policy::Entitlements,
        list::definition::{Against, List, Wanted},
        prizes::policy::Prizes,
    },
    run::{error::RunError, settings::Settings, shipped::FILES, store::StoreAddress},
    satisfaction::{questionnaire::Questionnaire, scale::Scale},
    scheme::{Scheme, SubjectKind},
};

/// A home whose settings, mapping and metrics were checked.
#[derive(Debug, Clone)]
pub struct Home {
    /// The directory.
    pub root: PathBuf,
    /// `config/fenji.toml`.
    pub settings: Settings,
    /// `config/ledger.toml`.
    pub mapping: Mapping,
    /// `config/metrics.toml`.
    pub metrics: Metrics,
}

impl Home {
    /// Opens a home and checks its settings, mapping and metrics.
    ///
    /// # Errors
    /// [`RunError::NoHome`], or every fault of the three files.
    pub fn open(root: &Path) -> Result<Self, RunError> {
        let path = root.join("config").join("fenji.toml");
        if !path.is_file() {
            return Err(RunError::NoHome { root: root.to_owned() });
        }
        let settings = Declaration::read(&path).and_then(|file| Settings::check(&file, root));
        let mapping = Mapping::read(root);
        let metrics = match &mapping {
            Ok(mapping) => Declaration::read(&root.join("config").join("metrics.toml"))
                .and_then(|file| file::check(&file, &mapping.currency)),
            Err(_) => Ok(Metrics::new()),
        };
        match (settings, mapping, metrics) {
            (Ok(Settings { store: StoreAddress::File(path), .. }), Ok(mapping), Ok(_))
                if mapping.database == Database::Sqlite(path.clone()) =>
            {
                Err(RunError::StoreIsLedger { path })
            }
            (Ok(settings), Ok(mapping), Ok(metrics)) => Ok(Self { root: root.to_owned(), settings, mapping, metrics }),
            (settings, mapping, metrics) => {
                let faults = [settings.err(), mapping.err(), metrics.err()].into_iter().flatten();
                Err(Faults::from(faults.flat_map(Faults::into_list).collect::<Vec<_>>()).into())
            }
        }
    }

    /// Writes a new home into a directory that is new or empty.
    ///
    /// # Errors
    /// [`RunError::NotEmpty`], or [`RunError::File`] when a file cannot be written.
    pub fn init(root: &Path) -> Result<Vec<PathBuf>, RunError> {
        let occupied = std::fs::read_dir(root).is_ok_and(|mut entries| entries.next().is_some());
        if occupied || root.is_file() {
            return Err(RunError::NotEmpty { path: root.to_owned() });
        }
        let paths: Vec<PathBuf> = FILES.iter().map(|(name, _)| root.join(name)).collect();
        let files: Vec<(&Path, &[u8])> =
            paths.iter().zip(FILES).map(|(path, (_, text))| (path.as_path(), text.as_bytes())).collect();
        write_together(&files)?;
        Ok(paths)
    }

    /// The files of a new home, with their contents.
    pub fn files() -> BTreeMap<&'static str, &'static str> {
        FILES.iter().copied().collect()
    }

    /// The templates, with the user's own over ours.
    ///
    /// # Errors
    /// [`RunError::Template`] naming the file and line.
    pub fn templates(&self) -> Result<Templates, RunError> {
        let own = self.root.join("templates");
        Ok(Templates::load(own.is_dir().then_some(own.as_path()))?)
    }

    /// The names of the schemes.
    pub fn schemes(&self) -> Vec<String> {
        names(&self.root.join("config").join("schemes"))
    }

    /// The names of the filled-in examples of schemes: they are checked, but not graded by.
    pub fn examples(&self) -> Vec<String> {
        names(&self.root.join("config").join("schemes").join("examples"))
    }

    /// The file of a filled-in example of a scheme.
    ///
    /// # Errors
    /// [`RunError::UnknownName`], or that it cannot be read.
    pub fn example_file(&self, id: &str) -> Result<Declaration, RunError> {
        let known = self.examples();
        if !known.iter().any(|name| name == id) {
            return Err(unknown("example of a scheme", id, &known));
        }
        let path = self.root.join("config").join("schemes").join("examples").join(format!("{id}.toml"));
        Ok(Declaration::read(&path)?)
    }

    /// Reads a scheme.
    ///
    /// # Errors
    /// [`RunError::UnknownName`], or every fault of the file.
    pub fn scheme(&self, id: &str) -> Result<Scheme, RunError> {
        Ok(Scheme::read(&self.scheme_file(id)?, id)?)
    }

    /// The file of a scheme.
    ///
    /// # Errors
    /// [`RunError::UnknownName`], or that it cannot be read.
    pub fn scheme_file(&self, id: &str) -> Result<Declaration, RunError> {
        let known = self.schemes();
        if !known.iter().any(|name| name == id) {
            return Err(unknown("scheme", id, &known));
        }
        Ok(Declaration::read(&self.root.join("config").join("schemes").join(format!("{id}.toml")))?)
    }

    /// The names of the surveys.
    pub fn surveys(&self) -> Vec<String> {
        names(&self.root.join("config").join("surveys"))
    }

    /// Reads a survey, with the scales and the scheme of its targets.
    ///
    /// # Errors
    /// [`RunError::UnknownName`], or every fault of the file or of `config/scales.toml`.
    pub fn survey(&self, id: &str) -> Result<Questionnaire, RunError> {
        let known = self.surveys();
        if !known.iter().any(|name| name == id) {
            return Err(unknown("survey", id, &known));
        }
        let config = self.root.join("config");
        let scales = Scale::check_all(&Declaration::read(&config.join("scales.toml"))?)?;
        let grades = |scheme: &str| {
            let scheme = self.scheme(scheme).ok().filter(|scheme| scheme.subject == SubjectKind::Customer)?;
            Some(scheme.grades.into_iter().map(|grade| grade.id).collect())
        };
        let file = Declaration::read(&config.join("surveys").join(format!("{id}.toml")))?;
        Ok(Questionnaire::check(&file, id, &scales, &grades)?)
    }

    /// Reads how receivables are aged and payments judged.
    ///
    /// # Errors
    /// Every fault of `config/receivables.toml`.
    pub fn receivables(&self) -> Result<Policy, RunError> {
        Ok(Policy::check(&Declaration::read(&self.root.join("config").join("receivables.toml"))?)?)
    }

    /// Reads how receivables are classed by risk, and what is suggested.
    ///
    /// # Errors
    /// Every fault of `config/risk.toml`.
    pub fn risk(&self) -> Result<RiskPolicy, RunError> {
        self.risk_of("risk.toml")
    }

    /// Reads the filled-in example of `config/risk.toml`.
    ///
    /// # Errors
    /// Every fault of `config/risk.example.toml`.
    pub fn risk_example(&self) -> Result<RiskPolicy, RunError> {
        self.risk_of("risk.example.toml")
    }

    fn risk_of(&self, name: &str) -> Result<RiskPolicy, RunError> {
        let file = Declaration::read(&self.root.join("config").join(name))?;
        let ids = |scheme: Scheme| scheme.grades.into_iter().map(|grade| grade.id).collect();
        let grades = |id: &str| self.scheme(id).ok().map(ids);
        Ok(RiskPolicy::check(&file, &self.schemes(), &grades)?)
    }

    /// The names of the points programmes.
    pub fn programmes(&self) -> Vec<String> {
        names(&self.root.join("config").join("programmes"))
    }

    /// The names of the filled-in examples of points programmes: they are checked, but nobody's points follow them.
    pub fn programme_examples(&self) -> Vec<String> {
        names(&self.root.join("config").join("programmes").join("examples"))
    }

    /// Reads a points programme.
    ///
    /// # Errors
    /// [`RunError::UnknownName`], or every fault of the file.
    pub fn programme(&self, id: &str) -> Result<Programme, RunError> {
        self.programme_of(id, &self.programmes(), &self.root.join("config").join("programmes"))
    }

    /// Reads the filled-in example of a points programme.
    ///
    /// # Errors
    /// [`RunError::UnknownName`], or every fault of the file.
    pub fn programme_example(&self, id: &str) -> Result<Programme, RunError> {
        self.programme_of(id, &self.programme_examples(), &self.root.join("config").join("programmes").join("examples"))
    }

    fn programme_of(&self, id: &str, known: &[String], directory: &Path) -> Result<Programme, RunError> {
        if !known.iter().any(|name| name == id) {
            return Err(unknown("points programme", id, known));
        }
        let file = Declaration::read(&directory.join(format!("{id}.toml")))?;
        let grades = |scheme: &str| {
            let scheme = self.scheme(scheme).ok().filter(|scheme| scheme.subject == SubjectKind::Member)?;
            Some(scheme.grades.into_iter().map(|grade| grade.id).collect())
        };
        let (schemes, currency) = (self.schemes(), &self.mapping.currency);
        Ok(Programme::check(&file, id, ProgrammeKnown { currency, schemes: &schemes, grades: &grades })?)
    }

    /// Reads how points of a category become discounts (S20).
    ///
    /// # Errors
    /// Every fault of `config/discounts.toml`.
    pub fn discounts(&self) -> Result<Discounts, RunError> {
        let file = Declaration::read(&self.root.join("config").join("discounts.toml"))?;
        Ok(Discounts::check(&file, &self.mapping.currency)?)
    }

    /// Reads who has a right to which services (S09).
    ///
    /// # Errors
    /// Every fault of `config/entitlements.toml`.
    pub fn entitlements(&self) -> Result<Entitlements, RunError> {
        let file = Declaration::read(&self.root.join("config").join("entitlements.toml"))?;
        let grades = |id: &str| {
            let scheme = self.scheme(id).ok().filter(|scheme| scheme.subject == SubjectKind::Member)?;
            Some(scheme.grades.into_iter().map(|grade| grade.id).collect())
        };
        Ok(Entitlements::check(&file, &grades)?)
    }

    /// Reads which receipts win a spin of the prize wheel (S21).
    ///
    /// # Errors
    /// Every fault of `config/prizes.toml`.
    pub fn prizes(&self) -> Result<Prizes, RunError> {
        let file = Declaration::read(&self.root.join("config").join("prizes.toml"))?;
        Ok(Prizes::check(&file, &self.mapping.currency)?)
    }

    /// The names of the lists.
    pub fn lists(&self) -> Vec<String> {
        names(&self.root.join("config").join("lists"))
    }

    /// Reads a list, and what it needs to be made.
    ///
    /// # Errors
    /// [`RunError::UnknownName`], or every fault of the file.
    pub fn list(&self, id: &str) -> Result<(List, Wanted), RunError> {
        let known = self.lists();
        if !known.iter().any(|name| name == id) {
            return Err(unknown("list", id, &known));
        }
        let file = Declaration::read(&self.root.join("config").join("lists").join(format!("{id}.toml")))?;
        let grades = |id: &str| {
            let scheme = self.scheme(id).ok()?;
            Some((scheme.subject, scheme.grades.into_iter().map(|grade| grade.id).collect()))
        };
        let schemes = self.schemes();
        let currency = &self.mapping.currency;
        let against = Against { metrics: &self.metrics, currency, schemes: &schemes, grades: &grades };
        Ok(List::check(&file, id, against)?)
    }

    /// The names of the declared reviews.
    pub fn reviews(&self) -> Vec<String> {
        names(&self.root.join("config").join("reviews"))
    }

    /// Reads the declaration of a review.
    ///
    /// # Errors
    /// [`RunError::UnknownName`], or every fault of the file or of its scheme.
    pub fn review(&self, id: &str) -> Result<ReviewDeclaration, RunError> {
        let known = self.reviews();
        if !known.iter().any(|name| name == id) {
            return Err(unknown("review", id, &known));
        }
        let file = Declaration::read(&self.root.join("config").join("reviews").join(format!("{id}.toml")))?;
        let scheme = |name: &str| {
            let path = self.root.join("config").join("schemes").join(format!("{name}.toml"));
            Scheme::read(&Declaration::read(&path)?, name)
        };
        Ok(ReviewDeclaration::check(&file, id, &self.schemes(), scheme)?)
    }
}

/// A points programme by its name, or the only one.
///
/// # Errors
/// [`RunError::NoProgramme`] when it is not clear which is meant; every fault of its file.
pub fn one_programme(home: &Home, id: Option<&str>) -> Result<Programme, RunError> {
    let known = home.programmes();
    match (id, known.as_slice()) {
        (Some(id), _) => home.programme(id),
        (None, [only]) => home.programme(only),
        (None, _) => {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            Err(RunError::NoProgramme { known: quoted(&known) })
        }
    }
}

/// An unknown name, with the nearest known ones.
pub(in crate::run) fn unknown(what: &'static str, name: &str, known: &[String]) -> RunError {
    let help = did_you_mean(name, known.iter().map(String::as_str));
    RunError::UnknownName { what, name: name.to_owned(), help }
}

pub(in crate::run) fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .filter_map(|path| path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned))
        .collect();
    names.sort();
    names
}
