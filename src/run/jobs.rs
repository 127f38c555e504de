//! The jobs of a home, and the calendars that they go by.

use std::sync::Arc;

use crate::{
    declaration::Declaration,
    job::{Department, Job, Known, schedule::Clocks},
    run::{
        error::RunError,
        home::{Home, names, unknown},
    },
    schedule::calendar::Calendar,
};

impl Home {
    /// The names of the jobs.
    pub fn jobs(&self) -> Vec<String> {
        names(&self.root.join("jobs"))
    }

    /// Reads a job.
    ///
    /// # Errors
    /// [`RunError::UnknownName`], or every fault of the file.
    pub fn job(&self, id: &str) -> Result<Job, RunError> {
        self.job_of(&self.job_file(id)?, id)
    }

    /// The file of a job.
    ///
    /// # Errors
    /// [`RunError::UnknownName`], or that it cannot be read.
    pub fn job_file(&self, id: &str) -> Result<Declaration, RunError> {
        let known = self.jobs();
        if !known.iter().any(|name| name == id) {
            return Err(unknown("job", id, &known));
        }
        Ok(Declaration::read(&self.root.join("jobs").join(format!("{id}.toml")))?)
    }

    /// A job as a text says, such as its file stood when a run was planned.
    ///
    /// # Errors
    /// Every fault of the text.
    pub fn job_of(&self, file: &Declaration, id: &str) -> Result<Job, RunError> {
        let (schemes, lists, surveys, reviews, programmes) =
            (&self.schemes(), &self.lists(), &self.surveys(), &self.reviews(), &self.programmes());
        let (calendars, jobs, departments) = (&self.calendars()?, &self.jobs(), &self.departments()?);
        let clocks = Clocks { zone: self.mapping.zone, calendars, jobs };
        Ok(Job::check(file, id, Known { schemes, lists, surveys, reviews, programmes, departments, clocks })?)
    }

    /// The departments; none where nobody wrote the file.
    ///
    /// # Errors
    /// Every fault of the file.
    pub fn departments(&self) -> Result<Vec<Department>, RunError> {
        let path = self.root.join("config").join("departments.toml");
        if !path.exists() {
            return Ok(Vec::new());
        }
        Ok(Department::check(&Declaration::read(&path)?)?)
    }

    /// The calendars of working days.
    ///
    /// # Errors
    /// Every fault of their files.
    pub fn calendars(&self) -> Result<Vec<Arc<Calendar>>, RunError> {
        let directory = self.root.join("config").join("calendars");
        let read = |id: &String| {
            let file = Declaration::read(&directory.join(format!("{id}.toml")))?;
            Ok(Arc::new(Calendar::check(&file, id)?))
        };
        names(&directory).iter().map(read).collect()
    }
}
