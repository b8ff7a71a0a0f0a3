//! What `fastenr help dates` and `fastenr help texts` print.

pub(crate) const DATES: &str = "\
Every option and value that takes a date or a time accepts these forms, in any case:

    2026-12-10                           a date
    today, yesterday, tomorrow           also `day after tomorrow`, `day before yesterday`
    monday, fri                          the next one after today; for options that look back
                                         (--since, --from, --as-of, --completed-at …) the last
                                         one before today
    'next friday', 'last friday'         after today, before today; `this friday` is in this week
    +3d, -2w, +1m, +1y                   days, weeks, months, years from today
    'in 3 days', '2 weeks ago'           the same in words; `next month` is +1m
    'dec 10', '10 dec 2026'              without a year: the next one, or the last one
    'end of month', eom                  also start and week, quarter, year, `next month`, `march`

If a time is needed, not only a date, also these:

    'tomorrow 14:00', 'friday 9:30am'    a date without a time means 00:00
    14:00, noon, now                     today
    +2h, '20 minutes ago'                hours and minutes from now
    '2026-12-10 14:00'                   in the organization's time zone
    2026-12-10T14:00:00+01:00            RFC 3339: the same moment everywhere

Days and times are in the organization's time zone, relative to --now if it is set. A time that does
not exist because the clocks change is read as one hour later; a time that occurs twice is read as the
first one. A warning is printed in both cases. Weeks begin on Monday. A month after the 31st
is the last day of the next month.

A duration without a sign, such as 7d, 3m or 1y, is in the past for options that look back, in the
future for options that look ahead (--until, --expires), and refused as a value of a record.
";

pub(crate) const TEXTS: &str = "\
A long text, such as --description, is used as typed, or read from elsewhere:

    --description 'They agree.'          as typed
    --description @call.md               from a file, in UTF-8
    --description -                      from stdin
    --description @editor                from $VISUAL or $EDITOR, which may have arguments; an
                                         update begins with the current text. An empty text
                                         writes nothing and exits with code 5
    --description '@@team: call back'    a text that begins with @: @team: call back

The same is true for --set description=… and for the text of `fastenr engagements log`. For a file
named editor, use @./editor. If the command fails, a text that you typed in an editor or on the
terminal is saved to a file, and the name of the file is printed.
";
