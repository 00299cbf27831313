//! Each broken promise is found: a correct pair of logs, then the same with one thing wrong.

use super::*;

const FIRST: &str = "I 1:10\nC 1:10:0,2:20:0 - 2:20:4\nT 1.8 1,2\nQ 1 1.8 1,2\n\
    A 1 9 aa\nS 1\nD 1:10 1 9 aa\nD 2:20 1 9 bb\nA 2 9 cc\nS 2\nD 1:10 2 9 cc\nD 2:20 2 9 dd\n\
    C 1:10:0 2:20:3 -\nT 1.12 1\nQ 0 1.12 1\nA 3 1 ee\nS 3\nD 1:10 3 1 ee\n";
const SECOND: &str = "I 2:20\nC 1:10:0,2:20:0 - 1:10:4\nT 1.8 1,2\nQ 1 1.8 1,2\n\
    A 1 9 bb\nS 1\nD 1:10 1 9 aa\nD 2:20 1 9 bb\nA 2 9 dd\nS 2\nD 1:10 2 9 cc\nD 2:20 2 9 dd\nX\n";

/// What the judge says of two logs, the first's witness settled, of a cluster of two.
fn judged(first: &str, second: &str) -> Vec<String> {
    judged_beside(true, first, second)
}

/// The same; the second's daemon may or may not tell of everybody who was away.
fn judged_beside(tells_leaves: bool, first: &str, second: &str) -> Vec<String> {
    let events = |text: &str| text.lines().map(|line| line.parse().unwrap()).collect::<Vec<Event>>();
    let (first, second) = (events(first), events(second));
    let first = Witness { node: 1, settled: true, tells_leaves: true, events: &first };
    let second = Witness { node: 2, settled: false, tells_leaves, events: &second };
    broken(&[first, second], 2)
}

/// The first log with one passage changed breaks this promise, as one of the judge's lines says.
fn breaks(promise: &str, from: &str, to: &str) {
    assert!(FIRST.contains(from), "{from:?}");
    let found = judged(&FIRST.replacen(from, to, 1), SECOND);
    assert!(found.iter().any(|words| words.starts_with(promise)), "{promise}: {found:?}");
}

#[test]
fn a_correct_pair_is_found_correct() {
    assert_eq!(judged(FIRST, SECOND), Vec::<String>::new());
}

#[test]
fn each_broken_promise_is_found() {
    breaks("T1", "D 2:20 1 9 bb", "D 2:20 1 9 b0");
    breaks("T2", "D 2:20 1 9 bb\n", "D 2:20 1 9 bb\nD 2:20 1 9 bb\n");
    breaks("T3", "D 1:10 3 1 ee\n", "");
    breaks(
        "T4",
        "D 2:20 1 9 bb\nA 2 9 cc\nS 2\nD 1:10 2 9 cc\nD 2:20 2 9 dd\n",
        "D 2:20 1 9 bb\nA 2 9 cc\nS 2\nD 1:10 2 9 cc\nA 4 9 ff\nS 4\nA 5 9 f0\nS 5\nD 1:10 5 9 f0\n",
    );
    breaks("T6", "D 1:10 2 9 cc\nD 2:20 2 9 dd\n", "D 2:20 2 9 dd\nD 1:10 2 9 cc\n");
    breaks("T7", "T 1.8 1,2", "T 1.8 1,2,3");
    breaks("T7", "T 1.12 1\n", "T 1.4 1\n");
    breaks("T11", "C 1:10:0,2:20:0 - 2:20:4", "C 1:10:0 - 1:10:1");
    breaks("T11", "C 1:10:0 2:20:3 -", "C 1:10:0 3:30:3 -");
    breaks("Q1", "Q 0 1.12 1", "Q 1 1.12 1");
}

#[test]
fn who_goes_on_together_must_have_been_told_the_same() {
    // Both were there from the first ring on, and neither joined in it.
    let whole = |text: &str| text.replace("T 1.8 1,2", "T 1.4 1,2\nT 1.8 1,2");
    let third = whole(SECOND).replace('X', "C 1:10:0,2:20:0 - -\nT 1.12 1,2");
    let first = whole(FIRST).replace("C 1:10:0 2:20:3 -\nT 1.12 1\nQ 0 1.12 1", "C 1:10:0,2:20:0 - -\nT 1.12 1,2");
    assert_eq!(judged(&first, &third), Vec::<String>::new());
    let less = third.replace("D 1:10 2 9 cc\n", "");
    assert!(judged(&first, &less).iter().any(|words| words.starts_with("T8")), "{:?}", judged(&first, &less));
}

#[test]
fn a_message_comes_after_what_its_sender_knew() {
    // The sender of dd had got cc; its own end is not in its log.
    let second = SECOND.replace("A 2 9 dd\nS 2\nD 1:10 2 9 cc\nD 2:20 2 9 dd\n", "D 1:10 2 9 cc\nA 2 9 dd\nS 2\n");
    let first = FIRST.replace("D 1:10 2 9 cc\nD 2:20 2 9 dd\n", "D 2:20 2 9 dd\nD 1:10 2 9 cc\n");
    assert_eq!(judged(FIRST, &second), Vec::<String>::new());
    assert!(judged(&first, &second).iter().any(|words| words.starts_with("T5")));
}

/// A message of a byte shows the last byte of its number: who was away for more than 256 messages would take it for an
/// earlier one, if it weren't for the ring.
#[test]
fn a_short_message_is_not_taken_for_one_of_an_earlier_ring() {
    let of_a_byte = |number: u64| format!("A {number} 1 ff\nS {number}\nD 1:10 {} 1 ff\n", number & 0xff);
    let alone: String = (3..=300).map(of_a_byte).collect();
    let together = "C 1:10:0,2:20:0 - 2:20:4\nT 1.16 1,2\nQ 1 1.16 1,2\n";
    let last = "D 2:20 3 9 ee\nD 1:10 45 1 ff\n";
    let away = &FIRST[..FIRST.find("A 3").unwrap()];
    let first = format!("{away}{alone}{together}A 301 1 ff\nS 301\n{last}");
    let second = format!(
        "{}C 2:20:0 1:10:3 -\nT 2.12 2\nQ 0 2.12 2\nC 1:10:0,2:20:0 - 1:10:4\nT 1.16 1,2\nQ 1 1.16 1,2\n\
         A 3 9 ee\nS 3\n{last}X\n",
        SECOND.trim_end_matches("X\n")
    );
    assert_eq!(judged(&first, &second), Vec::<String>::new());
    let lines = judged(&first, &second.replace(last, "D 1:10 45 1 ff\nD 2:20 3 9 ee\n"));
    assert!(lines.iter().any(|words| words.starts_with("T6")), "{lines:?}");
}

/// Node 1 was alone with its third message. The second's daemon says nothing of that: node 2 misses it for no reason.
#[test]
fn who_was_away_may_be_forgotten_by_the_reference_only() {
    let together = "C 1:10:0,2:20:0 - 2:20:4\nT 1.16 1,2\nQ 1 1.16 1,2\n";
    let first = format!("{FIRST}{together}A 4 9 ff\nS 4\nD 1:10 4 9 ff\n");
    let second = format!("{}T 1.16 1,2\nQ 1 1.16 1,2\nD 1:10 4 9 ff\nX\n", SECOND.trim_end_matches("X\n"));
    assert_eq!(judged_beside(false, &first, &second), Vec::<String>::new());
    let lines = judged(&first, &second);
    assert!(lines.iter().any(|words| words.starts_with("T4")), "{lines:?}");
    // Without its sender having seen it go and come, it is missed for no reason.
    let both = first.replace("C 1:10:0 2:20:3 -\nT 1.12 1\nQ 0 1.12 1\n", "").replace(together, "T 1.16 1,2\n");
    let lines = judged_beside(false, &both, &second);
    assert!(lines.iter().any(|words| words.starts_with("T4")), "{lines:?}");
}

/// Both lost each other, and only one was told of the ring between.
#[test]
fn who_lost_each_other_need_not_have_been_told_the_same() {
    let whole = |text: &str| text.replace("T 1.8 1,2", "T 1.4 1,2\nT 1.8 1,2");
    let first = whole(&FIRST[..FIRST.find("C 1:10:0 2:20:3").unwrap()]);
    let second = whole(SECOND.trim_end_matches("X\n")).replace("D 1:10 2 9 cc\n", "");
    let then = |log: &str, changes: &str| format!("{log}{changes}T 1.12 1,2\nQ 1 1.12 1,2\nT 1.16 1,2\n");
    let one = then(&first, "C 1:10:0 2:20:3 -\nC 1:10:0,2:20:0 - 2:20:4\n");
    let two = then(&second, "C 2:20:0 1:10:3 -\nC 1:10:0,2:20:0 - 1:10:4\n");
    assert_eq!(judged(&one, &two), Vec::<String>::new());
    let lines = judged(&then(&first, ""), &then(&second, ""));
    assert!(lines.iter().any(|words| words.starts_with("T8")), "{lines:?}");
}
