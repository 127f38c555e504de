//! The child process: started in a group of its own, ended with everything that it started.

use std::{
    fs::File,
    io,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, ChildStdin, Command},
    time::timeout,
};

use crate::run::attempt::{COMMAND, child::Request, manifest::Spent};

/// How long a child may take to end when it was asked to.
const GRACE: Duration = Duration::from_secs(5);

/// A child at work.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Option<Pid>,
    /// The child ends when this is closed.
    _lifeline: ChildStdin,
    seen: Spent,
}

impl Process {
    /// Starts a child that writes what it says into a log.
    pub(super) async fn start(request: &Request, log: File) -> io::Result<Self> {
        // This very program, even when its file was replaced meanwhile.
        let mut command = Command::new("/proc/self/exe");
        command.arg(COMMAND).stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        let mut child = command.process_group(0).kill_on_drop(true).spawn()?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let mut lifeline = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        // A child that is gone already is told by its exit.
        let _gone = lifeline.write_all(&line).await;
        let _gone = lifeline.flush().await;
        Ok(Self { child, group, _lifeline: lifeline, seen: Spent::default() })
    }

    /// Waits until it has ended.
    pub(super) async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Looks how much it takes.
    pub(super) fn look(&mut self) {
        let Some(group) = self.group else { return };
        let seen = spent(&group.as_raw_nonzero().to_string());
        self.seen =
            Spent { max_rss_kb: seen.max_rss_kb.max(self.seen.max_rss_kb), cpu_ms: seen.cpu_ms.max(self.seen.cpu_ms) };
    }

    /// What it was last seen to have taken.
    pub(super) fn seen(&self) -> Spent {
        self.seen
    }

    /// Ends it and everything it started: asked first, killed when that does not help.
    pub(super) async fn end(&mut self) {
        let Some(group) = self.group else { return };
        if self.child.try_wait().is_ok_and(|status| status.is_some()) {
            return;
        }
        let _gone = kill_process_group(group, Signal::TERM);
        if timeout(GRACE, self.child.wait()).await.is_err() {
            let _gone = kill_process_group(group, Signal::KILL);
            let _ended = self.child.wait().await;
        }
    }
}

/// What a process, or `self`, took by now.
pub(super) fn spent(process: &str) -> Spent {
    let directory = format!("/proc/{process}");
    let status = std::fs::read_to_string(Path::new(&directory).join("status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let max_rss_kb = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok());
    Spent { max_rss_kb, cpu_ms: cpu(&directory) }
}

/// The processor time of a process: milliseconds, counted in hundredths of a second.
fn cpu(directory: &str) -> Option<i64> {
    let text = std::fs::read_to_string(Path::new(directory).join("stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11).map(str::parse::<i64>);
    Some((fields.next()?.ok()? + fields.next()?.ok()?) * 10)
}

/// The code and the signal of an exit.
pub(super) fn told(status: ExitStatus) -> (Option<i64>, Option<i64>) {
    (status.code().map(i64::from), status.signal().map(i64::from))
}
