//! What `fastenr help dates` and `fastenr help texts` print.

pub(crate) const DATES: &str = "\
Every option and value that takes a date or a time takes these, in any case:

    2026-12-10                           a date
    today, yesterday, tomorrow           also `day after tomorrow`, `day before yesterday`
    monday, fri                          the next one after today; where an option looks back
                                         (--since, --from, --as-of, --completed-at …) the last
                                         one before today
    'next friday', 'last friday'         after today, before today; `this friday` is in this week
    +3d, -2w, +1m, +1y                   days, weeks, months, years from today
    'in 3 days', '2 weeks ago'           the same in words; `next month` is +1m
    'dec 10', '10 dec 2026'              without a year: the next one, or the last one
    'end of month', eom                  also start and week, quarter, year, `next month`, `march`

and where a time is wanted, not only a date:

    'tomorrow 14:00', 'friday 9:30am'    a date without a time is its beginning, 00:00
    14:00, noon, now                     today
    +2h, '20 minutes ago'                hours and minutes from now
    '2026-12-10 14:00'                   by the clocks of the organization
    2026-12-10T14:00:00+01:00            RFC 3339: the same moment everywhere

Days and times are those of the organization's time zone, counted from --now where that is given. A
time that is left out when the clocks are put forward is taken an hour later, one that comes twice is
taken the first time; a warning says so. Weeks begin on Monday. A month after the 31st is the last day
of the next month.

A length without a sign, such as 7d, 3m or 1y, is a time ago for options that look back, a time from
now for those that look ahead (--until, --expires), and refused for a value of a record.
";

pub(crate) const TEXTS: &str = "\
A long text, such as --description, is taken as it stands, or from where it is:

    --description 'They agree.'          as it stands
    --description @call.md               from a file, in UTF-8
    --description -                      from stdin
    --description @editor                from $VISUAL or $EDITOR, which may have arguments; an
                                         update begins with the text as it is. An empty text
                                         writes nothing and ends with exit code 5
    --description '@@team: call back'    a text that begins with @: @team: call back

The same holds for --set description=…, and for the text of `fastenr engagements log`. A file that is
called editor is @./editor. What was typed in an editor or at the terminal is kept in a file, and the
file named, where the command fails.
";
