//! A command while it runs.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{Call, Output};
use crate::driver_text::driver_text;

#[derive(Clone, Copy, Debug)]
pub enum Signal {
    Interrupt,
    Terminate,
    Kill,
    Stop,
    Continue,
}

/// A started command. It is killed when it outlives its time limit, or its test.
pub struct Running {
    child: Child,
    call: Call,
    started: Instant,
    stdin: Option<ChildStdin>,
    stdout: Stream,
    stderr: Stream,
}

impl Running {
    pub(super) fn new(mut child: Child, call: Call) -> Self {
        let mut stdin = child.stdin.take();
        if let Some(mut stdin) = stdin.take_if(|_| !call.stays_open) {
            let content = call.stdin.clone();
            // A command may exit without reading; what it says of that is for the test to judge.
            thread::spawn(move || stdin.write_all(&content).ok());
        }
        let stdout = Stream::collect(child.stdout.take().expect("standard output is piped"));
        let stderr = Stream::collect(child.stderr.take().expect("standard error is piped"));
        Self { child, call, started: Instant::now(), stdin, stdout, stderr }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn is_running(&mut self) -> bool {
        self.ended().is_none()
    }

    /// Writes to a standard input that was left open, and waits until the pipe has taken it.
    #[track_caller]
    pub fn feed(&mut self, content: impl AsRef<[u8]>) {
        let stdin = self.stdin.as_mut().expect("open_stdin() leaves standard input open");
        stdin.write_all(content.as_ref()).expect("the command reads its standard input");
    }

    pub fn end_input(&mut self) {
        self.stdin = None;
    }

    #[track_caller]
    pub fn kill(&self, signal: Signal) {
        let name = match signal {
            Signal::Interrupt => "INT",
            Signal::Terminate => "TERM",
            Signal::Kill => "KILL",
            Signal::Stop => "STOP",
            Signal::Continue => "CONT",
        };
        // The shell's own `kill` is everywhere, and spares a crate of system calls.
        let sent = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &self.id().to_string()]).output();
        let sent = sent.expect("sh can be run");
        assert!(sent.status.success(), "can't send {signal:?}: {}", String::from_utf8_lossy(&sent.stderr));
    }

    /// Waits until the command handles SIGINT and SIGTERM, or has ended: before that a signal kills it like any other program.
    /// Only where the system tells it (Linux).
    #[track_caller]
    pub fn wait_until_it_listens(&self) {
        const BOTH: u64 = 1 << (2 - 1) | 1 << (15 - 1);
        while !self.is_over_time() {
            let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", self.id())) else { return };
            let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
            let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
            if mask & BOTH == BOTH || status.contains("State:\tZ") {
                return;
            }
            thread::sleep(PAUSE);
        }
        panic!("{} does not listen to signals", self.call.command_line());
    }

    /// Waits until a stream holds the text, and returns all that the stream holds by then.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> String {
        loop {
            let ended = self.ended();
            for stream in [&self.stdout, &self.stderr] {
                let so_far = stream.so_far();
                if so_far.contains(text) {
                    return so_far;
                }
            }
            let state = match ended {
                Some(status) => format!("ended ({status})"),
                None if self.is_over_time() => "is over its time limit".to_owned(),
                None => {
                    thread::sleep(PAUSE);
                    continue;
                }
            };
            let (out, err) = (self.stdout.so_far(), self.stderr.so_far());
            panic!("{} {state} without saying {text:?}:\n{out}\n{err}", self.call.command_line());
        }
    }

    /// Waits for the end.
    #[track_caller]
    pub fn wait(mut self) -> Output {
        loop {
            if let Some(status) = self.ended() {
                let call = self.call.clone();
                let output = Output::new(call, status, self.stdout.finish(), self.stderr.finish());
                // The log of a server has it.
                for line in output.stderr.lines().filter(|line| line.starts_with("error") || line.starts_with("hint")) {
                    assert_eq!(driver_text(line), None, "{}", output.transcript());
                }
                return output;
            }
            if self.is_over_time() {
                let _ = self.child.kill();
                let _ = self.child.wait();
                let limit = self.call.fastenr.limit;
                let (out, err) = (self.stdout.so_far(), self.stderr.so_far());
                panic!("{} was killed after {limit:?}, having said:\n{out}\n{err}", self.call.command_line());
            }
            thread::sleep(PAUSE);
        }
    }

    #[track_caller]
    fn ended(&mut self) -> Option<ExitStatus> {
        let ended = self.child.try_wait().expect("the state of a child can be asked");
        if ended.is_some() {
            self.stdout.join();
            self.stderr.join();
        }
        ended
    }

    fn is_over_time(&self) -> bool {
        self.started.elapsed() > self.call.fastenr.limit
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The standard library has no wait with a limit; a command takes at least as long as this.
const PAUSE: Duration = Duration::from_millis(2);

/// Read by a thread, as a full pipe would stop the command.
struct Stream {
    content: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Stream {
    fn collect(mut source: impl Read + Send + 'static) -> Self {
        let content = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&content);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = source.read(&mut buffer) {
                shared.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..count]);
            }
        });
        Self { content, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.content.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    fn join(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("a reader does not panic");
        }
    }

    /// Bytes that are no UTF-8 never belong on a stream of ours, so they fail here.
    #[track_caller]
    fn finish(&mut self) -> String {
        self.join();
        let content = std::mem::take(&mut *self.content.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8(content).unwrap_or_else(|error| panic!("the output is not UTF-8: {error}"))
    }
}
