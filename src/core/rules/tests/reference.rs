//! Random rules, dates and moments: what counts with libpe_rules counts here. Skipped, and said so, without Debian's
//! pacemaker-dev.

use core_rules::{DateTime, rules_hold};
use core_xml::{Document, Limits};
use proptest::{
    prelude::{Just, Strategy, any, prop_oneof},
    strategy::ValueTree,
    test_runner::TestRunner,
};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use testkit::library::{Folder, compile, skipped};

const HEADER: &str = "/usr/include/pacemaker/crm/pengine/rules.h";
/// In each time zone.
const CASES: usize = 10_000;

/// Years around which all happens, so that it is near.
fn year() -> impl Strategy<Value = i32> {
    prop_oneof![2019..=2021, Just(2000), Just(2024)]
}

fn clock() -> impl Strategy<Value = String> {
    let time = (0..26, 0..62, 0..62).prop_map(|(hour, minute, second)| (hour, minute, second));
    let shape = prop_oneof![
        Just("{h}"),
        Just("{h}:{m}"),
        Just("{h}:{m}:{s}"),
        Just("{h}{m}{s}"),
        Just("24:00:00"),
        Just("{h}:{m}:{s}.5"),
        Just("x")
    ];
    (time, shape).prop_map(|((hour, minute, second), shape)| {
        let part = |number: i32| format!("{number:02}");
        shape.replace("{h}", &part(hour)).replace("{m}", &part(minute)).replace("{s}", &part(second))
    })
}

/// A date as texts have it, some of them wrong.
fn date() -> impl Strategy<Value = String> {
    let day = prop_oneof![
        (year(), 1..14, 1..33).prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}")),
        (year(), 1..13, 1..29).prop_map(|(year, month, day)| format!("{year}{month:02}{day:02}")),
        (year(), 1..370).prop_map(|(year, day)| format!("{year}-{day:03}")),
        (year(), 1..55, 0..9).prop_map(|(year, week, day)| format!("{year}-W{week:02}-{day}")),
        prop_oneof![Just("epoch"), Just("2020"), Just("202001"), Just("2020-01-01-05"), Just("2020-x"), Just("")]
            .prop_map(str::to_owned),
    ];
    let zone = prop_oneof![
        Just(""),
        Just("Z"),
        Just(" +02:00"),
        Just(" -0530"),
        Just("  11"),
        Just(" +25:00"),
        Just("+03:00"),
        Just(" x"),
        Just(" Z")
    ];
    let time = prop_oneof![
        2 => Just(String::new()),
        3 => (prop_oneof![Just("T"), Just(" "), Just("t")], clock(), zone).prop_map(|(mark, time, zone)| format!("{mark}{time}{zone}")),
    ];
    // a time alone is one of today
    (day, time).prop_map(|(day, time)| if day.is_empty() { day } else { day + &time })
}

fn range(top: i32) -> impl Strategy<Value = String> {
    prop_oneof![
        (0..=top).prop_map(|one| one.to_string()),
        (0..=top, 0..=top).prop_map(|(low, high)| format!("{low}-{high}")),
        (0..=top).prop_map(|low| format!("{low}-")),
        (0..=top).prop_map(|high| format!("-{high}")),
        prop_oneof![
            Just("-"),
            Just(""),
            Just("x"),
            Just("1x"),
            Just("1-x"),
            Just("99999999999999999999"),
            Just(" 3"),
            Just("1--1")
        ]
        .prop_map(str::to_owned),
    ]
}

/// Attributes of which each is there or not.
fn attributes<S: Strategy<Value = String> + 'static>(fields: Vec<(&'static str, S)>) -> impl Strategy<Value = String> {
    let each: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| proptest::option::weighted(0.3, value).prop_map(move |value| (name, value)))
        .collect();
    each.prop_map(|fields| {
        fields.into_iter().fold(String::new(), |mut text, (name, value)| {
            if let Some(value) = value {
                write!(text, " {name}='{value}'").expect("a string");
            }
            text
        })
    })
}

fn spec() -> impl Strategy<Value = String> {
    let years = prop_oneof![range(2025), (2018..2023, 2018..2023).prop_map(|(low, high)| format!("{low}-{high}"))];
    let mut fields = vec![("years", years.boxed())];
    fields.extend(
        [
            ("months", 13),
            ("monthdays", 32),
            ("hours", 24),
            ("minutes", 60),
            ("seconds", 60),
            ("yeardays", 367),
            ("weeks", 54),
            ("weekdays", 8),
            ("moon", 8),
            ("weekyears", 2022),
        ]
        .map(|(name, top)| (name, range(top).boxed())),
    );
    attributes(fields).prop_map(|text| format!("<date_spec id='s'{text}/>"))
}

fn duration() -> impl Strategy<Value = String> {
    let amount =
        || prop_oneof![(-3..40).prop_map(|count: i32| count.to_string()), Just("x".to_owned()), Just("2x".to_owned())];
    let names = ["years", "months", "weeks", "days", "hours", "minutes", "seconds"];
    attributes(names.map(|name| (name, amount())).into()).prop_map(|text| format!("<duration id='d'{text}/>"))
}

fn expression() -> impl Strategy<Value = String> {
    let operation = prop_oneof![
        2 => Just(""),
        3 => Just(" operation='in_range'"),
        1 => Just(" operation='GT'"),
        1 => Just(" operation='lt'"),
        3 => Just(" operation='date_spec'"),
        1 => Just(" operation='x'"),
    ];
    let bounds = attributes(vec![("start", date().boxed()), ("end", date().boxed())]);
    let inside = prop_oneof![Just(String::new()), spec(), duration(), (duration(), spec()).prop_map(|(a, b)| a + &b)];
    let dated = (operation, bounds, inside).prop_map(|(operation, bounds, inside)| {
        format!("<date_expression id='e'{operation}{bounds}>{inside}</date_expression>")
    });
    let other = prop_oneof![
        Just("<expression id='x' attribute='a' operation='not_defined'/>"),
        Just("<expression id='x' attribute='#role' operation='ne' value='Stopped'/>"),
        Just("<rsc_expression id='x'/>"),
        Just("<op_expression id='x' name='monitor'/>"),
        Just("<nonsense/>")
    ];
    prop_oneof![8 => dated, 1 => other.prop_map(str::to_owned)]
}

fn rule() -> impl Strategy<Value = String> {
    let word = || prop_oneof![Just(""), Just(" boolean-op='or'"), Just(" boolean-op='AND'"), Just(" boolean-op='OR'")];
    let wrap = move |parts: Vec<String>, word: &str| format!("<rule id='r'{word}>{}</rule>", parts.concat());
    expression().prop_recursive(3, 12, 3, move |inner| {
        (proptest::collection::vec(inner, 0..3), word()).prop_map(move |(parts, word)| wrap(parts, word))
    })
}

fn block() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        8 => proptest::collection::vec(rule(), 0..3).prop_map(|parts| format!("<rule id='t'>{}</rule>", parts.concat())),
        1 => expression().prop_map(|text| format!("<rule id='named'>{text}</rule><rule id='u' id-ref='named'/>")),
        1 => Just("<rule id='u' id-ref='nobody'/>".to_owned()),
        1 => Just("<nvpair id='n' name='a' value='b'/>".to_owned()),
    ];
    proptest::collection::vec(part, 0..3).prop_map(|parts| format!("<set id='s'>{}</set>", parts.concat()))
}

/// A moment that is one, of the place.
fn moment() -> impl Strategy<Value = String> {
    (year(), 1..13, 1..29, any::<u32>()).prop_map(|(year, month, day, second)| {
        let second = second % 86_400;
        format!("{year}-{month:02}-{day:02} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
    })
}

/// What the reference says of each case, in a time zone.
fn reference(program: &Path, zone: &str, cases: &[(String, String)]) -> String {
    let mut command = Command::new(program);
    command.env("TZ", zone).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("it runs");
    let input: String = cases.iter().map(|(now, block)| format!("{now}\t{block}\n")).collect();
    let mut pipe = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
    let said = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("all is taken");
    String::from_utf8(said.stdout).expect("digits")
}

#[test]
fn what_counts_with_the_reference_counts() {
    if !Path::new(HEADER).exists() {
        return skipped(&format!("{HEADER} is missing: apt-get install pacemaker-dev"));
    }
    let folder = Folder::new("rules");
    let program = compile(&folder.0, include_str!("rules.c"), &["libpe_rules.so", "libcrmcommon.so"]);
    let mut runner = TestRunner::deterministic();
    for (zone, offset) in [("UTC", 0), ("E-05:30", 19_800), ("W+03", -10_800)] {
        let case = |_| (moment(), block()).new_tree(&mut runner).expect("a case").current();
        let cases: Vec<(String, String)> = (0..CASES).map(case).collect();
        let said = reference(&program, zone, &cases);
        assert_eq!(said.lines().count(), CASES);
        let place = DateTime::new(2020, 1, 1, 0, offset).expect("a day");
        let mut held = 0;
        for ((now, block), expected) in cases.iter().zip(said.lines()) {
            let document = Document::parse(block, Limits::default()).expect("XML");
            let now = DateTime::parse(now, &place).expect("a moment");
            let holds = rules_hold(&document, document.root(), &now);
            assert_eq!(u8::from(holds).to_string(), expected, "{zone} {now:?} {block}");
            held += usize::from(holds);
        }
        assert!((CASES / 10..CASES * 9 / 10).contains(&held), "{held} of {CASES} held");
    }
}
