//! Runs other programs: in a process group of their own, with a deadline, their output in a log file.
//! Whatever happens, nothing that was started here outlives this program.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

/// Process groups that may still have members.
static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Set for good once this program is told to stop: nothing may be started any more.
static STOPPING: AtomicBool = AtomicBool::new(false);

/// How long a program gets to end by itself. Keycloak needs a few seconds.
const PATIENCE: Duration = Duration::from_secs(8);

/// The project's folder.
pub fn root() -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR"));
    tools.parent().unwrap_or(tools).to_path_buf()
}

/// A file in the folder for everything that can be made again.
pub fn cache(name: &str) -> PathBuf {
    root().join(".cache").join(name)
}

/// Tells whether this program runs as root; browsers then refuse their sandbox.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// The first of these programs on PATH.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names.iter().find_map(|name| std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file()))
}

/// PATH with this folder in front.
pub fn path_with(first: &Path, rest: &OsStr) -> OsString {
    let dirs = std::iter::once(first.to_path_buf()).chain(std::env::split_paths(rest));
    std::env::join_paths(dirs).unwrap_or_else(|_| rest.to_os_string())
}

/// A command in the project's folder, without the variables by which `cargo run` would bind child
/// builds to its own toolchain and flags.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(Stdio::null());
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(name);
    }
    command.env_remove("RUST_RECURSION_COUNT").env_remove("LD_LIBRARY_PATH");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    command
}

/// What a short command prints, if it succeeds.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_string();
    output.status.success().then_some(text)
}

/// A running program with its whole process group; dropping it ends them all.
pub struct Running {
    child: Child,
    name: String,
    /// Where its output goes.
    pub log: PathBuf,
}

/// Starts a command in its own process group, with both outputs in `.cache/logs/<log>.log`.
pub fn spawn(command: &mut Command, log: &str) -> Result<Running> {
    if STOPPING.load(Ordering::Relaxed) {
        bail!("stopped");
    }
    let name = command.get_program().to_string_lossy().into_owned();
    let log = cache("logs").join(format!("{log}.log"));
    fs::create_dir_all(cache("logs")).context("the folder .cache cannot be written")?;
    let file = File::create(&log).context("the folder .cache cannot be written")?;
    command.stdout(file.try_clone()?).stderr(file).process_group(0);
    let child = command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            anyhow!("the program {name} is missing: install it and run this again")
        }
        _ => anyhow!("{name} cannot be started: {error}"),
    })?;
    lock().push(child.id());
    Ok(Running { child, name, log })
}

impl Running {
    /// How it ended, if it did.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Holds the whole group where it is, or lets it go on.
    pub fn hold(&self, held: bool) {
        signal(self.child.id(), if held { "STOP" } else { "CONT" });
    }

    /// Waits for the end; after the limit everything it started is ended and this fails.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            if start.elapsed() > limit {
                bail!("{} did not finish within {} seconds", self.name, limit.as_secs());
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let group = self.child.id();
        let _ = self.child.try_wait();
        end(&[group], || {
            let _ = self.child.try_wait();
        });
        let _ = self.child.wait();
        lock().retain(|other| *other != group);
    }
}

/// Runs a command to its end. On failure the error has the last lines of its output.
pub fn run(command: &mut Command, log: &str, limit: Duration) -> Result<()> {
    let mut running = spawn(command, log)?;
    let outcome = running.wait(limit);
    match outcome {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(failure(&running.name, &running.log, "failed")),
        Err(error) => Err(failure(&running.name, &running.log, &format!("stopped ({error})"))),
    }
}

fn failure(name: &str, log: &Path, what: &str) -> anyhow::Error {
    let text = fs::read_to_string(log).unwrap_or_default();
    let short = Path::new(name).file_name().map_or(name.into(), OsStr::to_string_lossy);
    let place = log.strip_prefix(root()).unwrap_or(log).display();
    let reason = known_cause(&text).map_or(String::new(), |cause| format!(": {cause}"));
    anyhow!("{short} {what}{reason}; the end of {place}:\n{}", tail(&text, 40))
}

/// The last lines of a text.
pub fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all.get(all.len().saturating_sub(lines)..).unwrap_or_default().join("\n")
}

/// Failures that have one usual cause, said in words that name the remedy.
fn known_cause(log: &str) -> Option<&'static str> {
    const CAUSES: [(&str, &str); 7] = [
        ("No space left on device", "no space is left on the disk: free some and run this again"),
        ("ENOSPC", "no space is left on the disk: free some and run this again"),
        ("linker `cc` not found", "a C linker is missing: install the package gcc"),
        ("Could not get lock", "another package manager is at work: wait for it and run this again"),
        (
            "Temporary failure resolving",
            "the package server cannot be reached: check the network and its proxy settings",
        ),
        ("Could not resolve host", "the package server cannot be reached: check the network and its proxy settings"),
        ("EAI_AGAIN", "the package server cannot be reached: check the network and its proxy settings"),
    ];
    CAUSES.iter().find(|(sign, _)| log.contains(sign)).map(|(_, cause)| *cause)
}

fn lock() -> std::sync::MutexGuard<'static, Vec<u32>> {
    GROUPS.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The shell's own `kill` reaches a group without unsafe code or one more package.
fn signal(group: u32, name: &str) {
    let line = format!("kill -{name} -{group}");
    let _ = Command::new("sh").args(["-c", &line]).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// Asks the groups to end and gives them time to end what they started themselves, then insists.
fn end(groups: &[u32], mut between: impl FnMut()) {
    let alive = || -> Vec<u32> { groups.iter().copied().filter(|group| has_members(*group)).collect() };
    alive().iter().for_each(|group| signal(*group, "TERM"));
    let start = Instant::now();
    while !alive().is_empty() && start.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(50));
        between();
    }
    alive().iter().for_each(|group| signal(*group, "KILL"));
}

/// Whether a process of this group still runs; one that only waits to be noticed does not count.
/// Where that cannot be told, there may be one.
fn has_members(group: u32) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else { return true };
    processes.flatten().any(|process| {
        let stat = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        // "1 (name) S 0 1": the name may hold anything, so from the last bracket on.
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let state = fields.next();
        state.is_some_and(|state| state != "Z") && fields.nth(1) == Some(group.to_string().as_str())
    })
}

/// Ends everything that is still running.
pub fn stop_children() {
    let groups = lock().clone();
    end(&groups, || {});
}

/// Makes Ctrl-C, a closed terminal and a polite kill end the children too: they are in groups of
/// their own, so the terminal does not reach them.
pub fn stop_children_on_signals() {
    std::thread::spawn(|| {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
            return;
        };
        runtime.block_on(async {
            use tokio::signal::unix::{SignalKind, signal};
            let (Ok(mut int), Ok(mut term), Ok(mut hup)) =
                (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()))
            else {
                return;
            };
            tokio::select! { _ = int.recv() => {}, _ = term.recv() => {}, _ = hup.recv() => {} }
        });
        STOPPING.store(true, Ordering::Relaxed);
        stop_children();
        std::process::exit(130);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropping_ends_the_whole_group() {
        let running = spawn(command("sh").args(["-c", "sleep 60 & sleep 60"]), "test-drop").expect("sh starts");
        let group = running.child.id();
        assert!(has_members(group));
        drop(running);
        assert!(!has_members(group));
    }

    #[test]
    fn a_deadline_is_kept_and_a_failure_shows_the_output() {
        let limit = Duration::from_millis(200);
        let error =
            run(command("sh").args(["-c", "echo before; sleep 60"]), "test-limit", limit).expect_err("too late");
        assert!(error.to_string().contains("did not finish") && error.to_string().contains("before"));
        let missing = run(&mut command("no-such-program"), "test-missing", limit).expect_err("not there");
        assert!(missing.to_string().contains("no-such-program is missing"));
    }
}
