//! How long a job may take, how much memory, and how often it is tried.

use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

/// What an attempt of a job may take, and what follows when it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long an attempt may take.
    pub timeout: Duration,
    /// How much memory: bytes.
    pub memory: Option<u64>,
    /// When it is tried again.
    pub retry: Retry,
}

/// When a run that failed is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// So many failures are the end.
    pub max_failures: u32,
    /// The wait after the first failure; it doubles with each.
    pub first: Duration,
    /// The longest wait.
    pub max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let retry = Retry { max_failures: 5, first: Duration::from_secs(30), max: Duration::from_hours(1) };
        Self { timeout: Duration::from_hours(1), memory: None, retry }
    }
}

impl Retry {
    /// How long a run waits after so many failures before this one: milliseconds. Half of it to all of it, by the run's number, so that runs that
    /// failed together do not come back together, and a test knows what comes.
    pub fn after(self, failures: i64, run: i64) -> i64 {
        let doublings = u32::try_from(failures.clamp(0, 20)).unwrap_or(0);
        let wait = self.first.saturating_mul(1 << doublings).min(self.max);
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        let seed = [run.to_le_bytes(), failures.to_le_bytes()].concat();
        let share = i64::try_from(xxh3_64(&seed) % 500).unwrap_or(0);
        wait / 1000 * (500 + share) + wait % 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_limit() {
        let retry = Limits::default().retry;
        for (failures, longest) in
            [(0, 30_000), (1, 60_000), (2, 120_000), (6, 1_920_000), (7, 3_600_000), (90, 3_600_000)]
        {
            for run in 0..50 {
                let wait = retry.after(failures, run);
                assert!(wait >= longest / 2 && wait <= longest, "{failures} {run}: {wait}");
                assert_eq!(wait, retry.after(failures, run));
            }
        }
    }
}
