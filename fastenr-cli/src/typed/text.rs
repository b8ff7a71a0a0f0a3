//! Long texts: the text itself, `@FILE`, `-` for stdin, or `@editor`; `@@` begins a text with an at sign.

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use fastenr_core::model::noun::{Meaning, Noun};
use fastenr_core::{Error, Kind, Result};

use crate::app::App;
use crate::commands::input;

/// Opens an editor.
pub(crate) const EDITOR: &str = "@editor";

/// The help of an option that takes a long text.
pub(crate) const HELP: &str = "@FILE, - (stdin) or @editor; see `fastenr help texts`";

/// Texts that were typed in this run, kept in files until they are saved.
#[derive(Debug, Default)]
pub(crate) struct Drafts(Vec<PathBuf>);

impl Drafts {
    /// Deletes the files if the texts were saved; otherwise returns their names.
    pub(crate) fn finish(&mut self, written: bool) -> Vec<PathBuf> {
        let drafts = std::mem::take(&mut self.0);
        if written {
            drafts.iter().for_each(|draft| {
                let _ = fs::remove_file(draft);
            });
            return Vec::new();
        }
        drafts.into_iter().filter(|draft| fs::read_to_string(draft).is_ok_and(|text| !text.trim().is_empty())).collect()
    }
}

/// Replaces `@FILE`, `-` and `@editor` by the text, in the long fields of a noun. An editor starts with the text that `old`
/// returns for the field.
///
/// # Errors
/// `io`, `not_text`, `stdin_twice`, `no_editor`, `empty_text`.
pub(crate) async fn fill(
    app: &mut App,
    noun: &'static Noun,
    given: &mut [(String, Option<String>)],
    old: impl Fn(&str) -> String,
) -> Result<()> {
    for (name, text) in given {
        let is_long = noun.field(name).is_some_and(|(_, field)| field.meaning == Meaning::Prose);
        if let Some(text) = text.as_mut().filter(|_| is_long) {
            *text = read(app, name, text, &old(name)).await?;
        }
    }
    Ok(())
}

/// Whether a long field is to be edited, which needs its current text.
pub(crate) fn edits(given: &[(String, Option<String>)]) -> bool {
    given.iter().any(|(_, text)| text.as_deref() == Some(EDITOR))
}

/// The text of one argument.
///
/// # Errors
/// As [`fill`].
pub(crate) async fn read(app: &mut App, name: &str, text: &str, old: &str) -> Result<String> {
    match text {
        "-" | "@-" => stdin(app, name).await,
        EDITOR => edited(app, name, old),
        _ => match text.strip_prefix('@') {
            // `@@team` is `@team`.
            Some(literal) if literal.starts_with('@') => Ok(literal.to_owned()),
            Some("") => Err(no_file(name, "@")),
            Some(file) => {
                let bytes = fs::read(file).map_err(|error| match error.kind() {
                    io::ErrorKind::NotFound => no_file(name, file),
                    _ => Error::io(format_args!("reading {file}"), error),
                })?;
                plain(bytes, file)
            }
            None => Ok(text.to_owned()),
        },
    }
}

fn no_file(name: &str, file: &str) -> Error {
    Error::invalid("no_file", format!("{name}: there is no file {file:?}"))
        .hint("@ names a file; a text that begins with @ is written with two: @@")
        .field(name)
}

fn plain(bytes: Vec<u8>, place: &str) -> Result<String> {
    let text =
        String::from_utf8(bytes).map_err(|_| Error::invalid("not_text", format!("{place} is no text in UTF-8")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

async fn stdin(app: &mut App, name: &str) -> Result<String> {
    input::claim_stdin(name)?;
    let typed = io::stdin().is_terminal();
    if typed {
        app.printer.talk(format_args!("{name}: type the text, then Ctrl-D"));
    }
    let read = tokio::task::spawn_blocking(|| {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    });
    let bytes = read.await.map_err(io::Error::other).and_then(|read| read);
    let text = plain(bytes.map_err(|error| Error::io("reading stdin", error))?, "stdin")?;
    if typed {
        // Only typed text is kept: a pipe can be read again.
        draft(app, &text)?;
    }
    Ok(text)
}

/// A temporary file that stays until the text is saved.
fn draft(app: &mut App, text: &str) -> Result<PathBuf> {
    let doing = |error| Error::io("keeping the text in a file", error);
    let mut file = tempfile::Builder::new().prefix("fastenr-").suffix(".md").tempfile().map_err(doing)?;
    file.write_all(text.as_bytes()).map_err(doing)?;
    let (_, path) = file.keep().map_err(|error| doing(error.error))?;
    app.drafts.0.push(path.clone());
    Ok(path)
}

fn edited(app: &mut App, name: &str, old: &str) -> Result<String> {
    let set = |variable: &str| std::env::var(variable).ok().filter(|editor| !editor.trim().is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR")).ok_or_else(|| {
        Error::invalid("no_editor", "no editor: VISUAL and EDITOR are not set")
            .hint(format!("set one, such as EDITOR=nano, or name a file: @FILE instead of {EDITOR}"))
            .field(name)
    })?;
    let path = draft(app, &if old.is_empty() { String::new() } else { format!("{old}\n") })?;
    run(&editor, &path)?;
    let text = plain(fs::read(&path).map_err(|error| Error::io("reading what was edited", error))?, "the edited file")?;
    if text.trim().is_empty() {
        return Err(Error::refused("empty_text", format!("{name}: the text is empty; nothing was written")));
    }
    Ok(text)
}

/// Runs it in the shell, because the variable may contain arguments.
fn run(editor: &str, path: &Path) -> Result<()> {
    let status = Command::new("sh").arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(path).status();
    let status = status.map_err(|error| Error::io(format_args!("starting {editor}"), error))?;
    if status.success() {
        return Ok(());
    }
    let message = format!("the editor `{editor}` ended with {status}; nothing was written");
    Err(Error::new(Kind::Io, "editor", message))
}
