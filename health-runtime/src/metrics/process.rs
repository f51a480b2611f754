//! Figures of the process and of the runtime of the checks, read at each scrape.

use std::fmt;

use prometheus_client::registry::Unit;
use tokio::runtime::Handle;

use super::families::{Families, Name};

const RESIDENT: Name = Name("process_resident_memory", Some(Unit::Bytes), "Resident memory size in bytes.");
const VIRTUAL: Name = Name("process_virtual_memory", Some(Unit::Bytes), "Virtual memory size in bytes.");
const CPU: Name = Name("process_cpu", Some(Unit::Seconds), "Total user and system CPU time spent in seconds.");
const THREADS: Name = Name("process_threads", None, "Number of OS threads in the process.");
const OPEN_FILES: Name = Name("process_open_fds", None, "Number of open file descriptors.");
const MOST_FILES: Name = Name("process_max_fds", None, "Maximum number of open file descriptors.");
const STARTED: Name =
    Name("process_start_time", Some(Unit::Seconds), "Start time of the process since the Unix epoch in seconds.");
const WORKERS: Name = Name("tokio_workers", None, "Worker threads of the runtime that runs the checks.");
const QUEUE: Name = Name("tokio_global_queue_depth", None, "Tasks in the global queue of the runtime.");
const TASKS: Name = Name("tokio_alive_tasks", None, "Tasks of the runtime that have not ended.");

/// The figures of Linux; absent on other systems.
#[derive(Debug, Default, PartialEq)]
struct Process {
    resident_bytes: Option<u64>,
    virtual_bytes: Option<u64>,
    threads: Option<u64>,
    cpu_seconds: Option<f64>,
    /// Since the system was booted.
    started_seconds: Option<f64>,
}

pub(super) fn encode(families: &mut Families<'_>) -> fmt::Result {
    let read = |file| std::fs::read_to_string(file).unwrap_or_default();
    let process = Process::parse(&read("/proc/self/status"), &read("/proc/self/stat"));
    if let Some(bytes) = process.resident_bytes {
        families.gauge(&RESIDENT, &bytes)?;
    }
    if let Some(bytes) = process.virtual_bytes {
        families.gauge(&VIRTUAL, &bytes)?;
    }
    if let Some(threads) = process.threads {
        families.gauge(&THREADS, &threads)?;
    }
    if let Some(seconds) = process.cpu_seconds {
        families.counter(&CPU, &seconds)?;
    }
    if let (Some(seconds), Some(booted)) = (process.started_seconds, booted(&read("/proc/stat"))) {
        families.gauge(&STARTED, &(booted + seconds))?;
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        // Without the descriptor that is open for this count.
        families.gauge(&OPEN_FILES, &files.count().saturating_sub(1))?;
    }
    if let Some(limit) = most_files(&read("/proc/self/limits")) {
        families.gauge(&MOST_FILES, &limit)?;
    }
    Ok(())
}

pub(super) fn encode_runtime(families: &mut Families<'_>, runtime: &Handle) -> fmt::Result {
    let metrics = runtime.metrics();
    families.gauge(&WORKERS, &metrics.num_workers())?;
    families.gauge(&QUEUE, &metrics.global_queue_depth())?;
    families.gauge(&TASKS, &metrics.num_alive_tasks())
}

impl Process {
    /// Parses `/proc/self/status` and `/proc/self/stat`.
    fn parse(status: &str, stat: &str) -> Self {
        let member = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        // The second field, the name, can contain any character. The third one follows it.
        let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        // In hundredths of a second: the unit of Linux for user space on every architecture that Rust supports.
        let seconds = |field: usize| Some(fields.get(field - 3)?.parse::<f64>().ok()? / 100.0);
        Self {
            resident_bytes: member("VmRSS").map(|kibibytes| kibibytes * 1024),
            virtual_bytes: member("VmSize").map(|kibibytes| kibibytes * 1024),
            threads: member("Threads"),
            cpu_seconds: seconds(14).zip(seconds(15)).map(|(user, system)| user + system),
            started_seconds: seconds(22),
        }
    }
}

/// The boot time, in seconds since 1970.
fn booted(stat: &str) -> Option<f64> {
    stat.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())
}

/// The soft limit; infinite if there is none.
fn most_files(limits: &str) -> Option<f64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(f64::INFINITY),
        limit => limit.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_linux_are_understood_whatever_the_process_is_called() {
        let stat = "4242 (a) b (c)) S 1 2 3 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 7 0 1234500 1000000 200 0";
        let status = "Name:\ta) b\nVmSize:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t7\n";
        let process = Process {
            resident_bytes: Some(1 << 20),
            virtual_bytes: Some(2 << 20),
            threads: Some(7),
            cpu_seconds: Some(2.0),
            started_seconds: Some(12_345.0),
        };
        assert_eq!(Process::parse(status, stat), process);
        assert_eq!(Process::parse("", ""), Process::default());
        assert_eq!(booted("cpu 1 2\nbtime 1700000000\n"), Some(1.7e9));
        let limits =
            "Limit   Soft Limit   Hard Limit   Units\nMax open files            1024                 4096   files\n";
        assert_eq!(most_files(limits), Some(1024.0));
        assert_eq!(most_files(&limits.replace("1024", "unlimited")), Some(f64::INFINITY));
    }
}
