//! What a terminal can do about an error: flags and commands, fit to be pasted.

use fastenr_core::error::{Call, Edge, GivenSetting, Setting, SettingValue};
use fastenr_core::model::shell::shell_word;

/// The edge of the command line.
pub(crate) struct Terminal;

impl Edge for Terminal {
    fn setting(&self, given: &GivenSetting) -> Option<String> {
        Some(flag(given))
    }

    fn call(&self, call: &Call) -> Option<String> {
        let (noun, verb) = call.verb.words();
        let mut line = format!("`fastenr {noun} {verb}");
        for word in call.record.iter().map(|record| shell_word(record)).chain(call.settings.iter().map(flag)) {
            line.push(' ');
            line.push_str(&word);
        }
        line.push('`');
        Some(line)
    }
}

fn flag(given: &GivenSetting) -> String {
    let name = match given.setting {
        Setting::Verbose => "-v".to_owned(),
        setting => format!("--{}", setting.as_str().replace('_', "-")),
    };
    match &given.value {
        None => name,
        Some(SettingValue::Word(word)) => format!("{name} {word}"),
        Some(value) => {
            let word = shell_word(&value.to_string());
            // One that begins like a flag is taken for a value only so.
            if word.starts_with('-') { format!("{name}={word}") } else { format!("{name} {word}") }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;
    use fastenr_core::error::Verb;
    use fastenr_core::say;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn a_way_out_can_be_pasted() {
        for (text, line) in [
            (say!("{}", Setting::AllowIdChanges), "--allow-id-changes"),
            (say!("{} or {}", Setting::Map.is("My CSM="), Setting::Map.is("Tier=")), "--map 'My CSM=' or --map Tier="),
            (say!("{}", Setting::Scale.is("Jo's=-100-100")), r"--scale 'Jo'\''s=-100-100'"),
            (say!("{}", Setting::MaxMissing.is("-1")), "--max-missing=-1"),
            (say!("{}", Setting::NullWords.is("")), "--null-words ''"),
            (say!("{}", Setting::User.like("EMAIL")), "--user EMAIL"),
            (say!("{}", Setting::Verbose), "-v"),
            (say!("{}", Verb::DbMigrate), "`fastenr db migrate`"),
            (
                say!("{}", Verb::SegmentsDelete.on("top 10").with(Setting::DryRun)),
                "`fastenr segments delete 'top 10' --dry-run`",
            ),
        ] {
            assert_eq!(text.at(&Terminal).as_deref(), Some(line));
        }
    }

    #[test]
    fn every_verb_is_a_command_and_every_setting_a_flag() {
        let command = Cli::command();
        for verb in Verb::ALL {
            let (noun, name) = verb.words();
            let found = command.find_subcommand(noun).and_then(|noun| noun.find_subcommand(name));
            assert!(found.is_some(), "{noun} {name}");
        }
        let mut flags = BTreeSet::new();
        collect(&command, &mut flags);
        for setting in Setting::ALL {
            assert!(flags.contains(&setting.as_str().replace('_', "-")), "--{setting}");
        }
    }

    fn collect(command: &clap::Command, flags: &mut BTreeSet<String>) {
        flags.extend(command.get_arguments().filter_map(|argument| argument.get_long().map(str::to_owned)));
        command.get_subcommands().for_each(|command| collect(command, flags));
    }
}
