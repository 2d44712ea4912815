//! Shell commands, run with a timeout and bounded output.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Timeout of a command.
const TIME: Duration = Duration::from_secs(30);
/// Maximum output per stream in bytes.
const BYTES: u64 = 16 * 1024;

/// Process group of a command; killed when dropped.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        let id = self.0.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(Pid::from_raw) {
            // The group may have ended already.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Runs a command; returns its output, stdout first.
///
/// # Errors
/// The command cannot be run, takes too long, or failed: a sentence with its output.
pub(crate) async fn run(command: &str) -> Result<String, String> {
    let child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own, so that children of the shell are killed with it.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("The shell cannot be run: {error}."))?;
    let mut group = Group(child);
    match timeout(TIME, finish(&mut group.0)).await {
        Ok(Ok((status, output))) if status.success() => Ok(output),
        Ok(Ok((status, output))) => {
            let told = format!("{output}\nThe command ended with {status}.");
            Err(told.trim_start().to_owned())
        }
        Ok(Err(error)) => Err(format!("The command cannot be followed: {error}.")),
        Err(_) => Err(format!(
            "The command took longer than {} seconds and was ended.",
            TIME.as_secs()
        )),
    }
}

async fn finish(child: &mut Child) -> std::io::Result<(ExitStatus, String)> {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    // Concurrently: a command that fills one pipe while the other is read would deadlock.
    let (out, err) = tokio::try_join!(read(out), read(err))?;
    let is_cut = out.len() as u64 == BYTES || err.len() as u64 == BYTES;
    if is_cut {
        // The command may block on a full pipe, so it is killed.
        child.start_kill()?;
    }
    let status = child.wait().await?;
    let mut text = String::from_utf8_lossy(&out).into_owned();
    text.push_str(&String::from_utf8_lossy(&err));
    if is_cut {
        text.push_str("\n(It wrote more than is shown.)");
        return Ok((ExitStatus::default(), text));
    }
    Ok((status, text))
}

async fn read(stream: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        // Bounded, whatever the command writes.
        stream.take(BYTES).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        runtime.block_on(future)
    }

    #[test]
    fn what_a_command_writes_comes_whole_or_with_a_word() {
        assert_eq!(block_on(run("echo a; echo b")), Ok("a\nb\n".into()));
        let failed = block_on(run("echo no >&2; exit 3")).unwrap_err();
        assert!(
            failed.starts_with("no\n") && failed.contains('3'),
            "{failed}"
        );
        let endless = block_on(run("yes")).unwrap();
        assert!(endless.ends_with("more than is shown.)"), "{endless}");
    }
}
