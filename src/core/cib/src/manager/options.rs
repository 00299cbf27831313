//! The cluster options that the manager itself follows (`cib_read_config()`).

use crate::{section, value};
use core_rules::DateTime;
use core_xml::{Document, NodeId};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// `cluster-ipc-limit` where nobody set it.
const IPC_LIMIT: usize = 500;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// `enable-acl`: whether access rules are in force.
    pub access_rules: bool,
    /// `cluster-ipc-limit`: how many events may wait for another daemon of the cluster.
    pub ipc_limit: usize,
    /// Whether they may be others at another time, as rules say.
    pub vary: bool,
}

impl Options {
    /// The options of a CIB at a time.
    #[must_use]
    pub fn of(cib: &Document, now: &DateTime) -> Options {
        let sets = sets(cib);
        let properties = counting(cib, &sets, now);
        let enabled = properties.get("enable-acl").is_some_and(|text| is_true(text));
        let limit = properties.get("cluster-ipc-limit").and_then(|text| text.trim().parse().ok());
        let limit = limit.filter(|limit| *limit > 0).unwrap_or(IPC_LIMIT);
        let vary = sets.iter().any(|set| cib.child(*set, Some("rule")).is_some());
        Options { access_rules: enabled, ipc_limit: limit, vary }
    }
}

/// The sets of cluster properties, in the order in which later ones overwrite those before: `cib-bootstrap-options`, then by
/// their scores.
fn sets(cib: &Document) -> Vec<NodeId> {
    let Some(config) = section::find(cib, Some("crm_config")) else { return Vec::new() };
    let is_set = |node: &NodeId| cib.name(*node) == Some("cluster_property_set");
    let mut sets: Vec<NodeId> =
        cib.elements(config).filter(is_set).filter_map(|set| core_rules::referenced(cib, set)).collect();
    // equal scores come last to first, as the reference's list of them is built
    sets.reverse();
    sets.sort_by_key(|set| {
        let first = cib.id(*set).is_some_and(|id| id.eq_ignore_ascii_case("cib-bootstrap-options"));
        (!first, Reverse(cib.attribute(*set, "score").map_or(0, value::score)))
    });
    sets
}

/// All cluster properties that count at a time.
#[must_use]
pub fn properties(cib: &Document, now: &DateTime) -> BTreeMap<String, String> {
    counting(cib, &sets(cib), now)
}

/// Those of these sets (`pe_unpack_nvpairs()`).
fn counting(cib: &Document, sets: &[NodeId], now: &DateTime) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for set in sets.iter().copied().filter(|set| core_rules::rules_hold(cib, *set, now)) {
        // as sets were written long ago
        let list = cib.first_child(set).filter(|child| cib.name(*child) == Some("attributes")).unwrap_or(set);
        for pair in cib.elements(list).filter(|pair| cib.name(*pair) == Some("nvpair")) {
            let meant = core_rules::referenced(cib, pair);
            let word = |name| cib.attribute(pair, name).or_else(|| cib.attribute(meant?, name));
            match (word("name"), word("value")) {
                (Some(name), Some(value)) if value.eq_ignore_ascii_case("#default") => drop(found.remove(name)),
                (Some(name), Some(value)) => drop(found.insert(name.to_owned(), value.to_owned())),
                _ => {}
            }
        }
    }
    found
}

/// Whether an option's text says yes (`crm_is_true()`).
#[must_use]
pub fn is_true(text: &str) -> bool {
    ["true", "on", "yes", "y", "1"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use core_xml::Limits;

    fn options(sets: &str) -> Options {
        let text = format!("<cib><configuration><crm_config>{sets}</crm_config></configuration></cib>");
        Options::of(&Document::parse(&text, Limits::default()).unwrap(), &DateTime::new(2026, 1, 2, 0, 0).unwrap())
    }

    fn set(id: &str, score: &str, name: &str, value: &str) -> String {
        format!(
            "<cluster_property_set id=\"{id}\" score=\"{score}\"><nvpair name=\"{name}\" value=\"{value}\"/></cluster_property_set>"
        )
    }

    #[test]
    fn the_last_set_counts_and_the_bootstrap_options_come_first() {
        assert_eq!(options(""), Options { access_rules: false, ipc_limit: 500, vary: false });
        assert!(options(&set("a", "0", "enable-acl", "Yes")).access_rules);
        let first = set("cib-bootstrap-options", "0", "enable-acl", "true");
        assert!(!options(&(set("a", "9", "enable-acl", "false") + &first)).access_rules);
        let low = set("a", "1", "enable-acl", "true") + &set("b", "2", "enable-acl", "false");
        assert!(options(&low).access_rules);
        assert!(!options(&(first + &set("a", "0", "enable-acl", "#default"))).access_rules);
    }

    #[test]
    fn a_set_with_a_rule_counts_when_that_holds() {
        let ruled = |operation: &str| {
            let date = "start=\"2026-01-01\" end=\"2026-01-01\"";
            let rule = format!("<rule id=\"r\"><date_expression id=\"e\" operation=\"{operation}\" {date}/></rule>");
            set("a", "0", "enable-acl", "true").replace("<nvpair", &format!("{rule}<nvpair"))
        };
        assert_eq!(options(&ruled("gt")), Options { access_rules: true, ipc_limit: 500, vary: true });
        assert_eq!(options(&ruled("lt")), Options { access_rules: false, ipc_limit: 500, vary: true });
    }

    #[test]
    fn names_and_defaults_are_found_where_they_are_referred_to() {
        let pair = "<nvpair id=\"p\" name=\"enable-acl\" value=\"yes\"/>";
        let one = format!("<cluster_property_set id=\"a\"><attributes>{pair}</attributes></cluster_property_set>");
        assert!(options(&one).access_rules);
        let off = set("CIB-bootstrap-options", "0", "enable-acl", "no");
        let by_name = "<cluster_property_set id=\"b\"><nvpair id-ref=\"p\"/></cluster_property_set>";
        assert!(options(&(off.clone() + by_name + &one)).access_rules);
        let default = "<cluster_property_set id=\"c\" score=\"-1\"><nvpair id-ref=\"p\" value=\"#DEFAULT\"/></cluster_property_set>";
        assert!(!options(&(off + &one + default)).access_rules);
    }

    #[test]
    fn a_limit_is_a_positive_number() {
        for (value, limit) in [("1000", 1000), ("0", 500), ("-1", 500), ("x", 500)] {
            assert_eq!(options(&set("a", "0", "cluster-ipc-limit", value)).ipc_limit, limit);
        }
    }
}
