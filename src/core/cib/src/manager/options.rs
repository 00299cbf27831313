//! The cluster options that the manager itself follows (`cib_read_config()`).

use crate::{section, value};
use core_xml::{Document, NodeId};
use std::collections::BTreeMap;

/// `cluster-ipc-limit` where nobody set it.
const IPC_LIMIT: usize = 500;

/// See the module. Sets of properties that a rule limits are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// `enable-acl`: whether access rules are in force.
    pub access_rules: bool,
    /// `cluster-ipc-limit`: how many events may wait for another daemon of the cluster.
    pub ipc_limit: usize,
}

impl Options {
    /// The options of a CIB.
    #[must_use]
    pub fn of(cib: &Document) -> Options {
        let properties = properties(cib);
        let enabled = properties.get("enable-acl").is_some_and(|text| is_true(text));
        let limit = properties.get("cluster-ipc-limit").and_then(|text| text.trim().parse().ok());
        Options { access_rules: enabled, ipc_limit: limit.filter(|limit| *limit > 0).unwrap_or(IPC_LIMIT) }
    }
}

/// All cluster properties: what `cib-bootstrap-options` says is overwritten by the sets after it, in the order of their
/// scores. Sets that a rule limits are left out.
#[must_use]
pub fn properties(cib: &Document) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let Some(config) = section::find(cib, Some("crm_config")) else { return found };
    let is_set = |node: &NodeId| cib.name(*node) == Some("cluster_property_set");
    let mut sets: Vec<NodeId> = cib.elements(config).filter(is_set).collect();
    // equal scores come last to first, as the reference's list of them is built
    sets.reverse();
    sets.sort_by_key(|set| {
        let first = cib.id(*set) == Some("cib-bootstrap-options");
        (!first, std::cmp::Reverse(cib.attribute(*set, "score").map_or(0, value::score)))
    });
    for set in sets.into_iter().filter(|set| cib.child(*set, Some("rule")).is_none()) {
        for pair in cib.elements(set).filter(|pair| cib.name(*pair) == Some("nvpair")) {
            match (cib.attribute(pair, "name"), cib.attribute(pair, "value")) {
                (Some(name), Some("#default")) => drop(found.remove(name)),
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
        Options::of(&Document::parse(&text, Limits::default()).unwrap())
    }

    fn set(id: &str, score: &str, name: &str, value: &str) -> String {
        format!(
            "<cluster_property_set id=\"{id}\" score=\"{score}\"><nvpair name=\"{name}\" value=\"{value}\"/></cluster_property_set>"
        )
    }

    #[test]
    fn the_last_set_counts_and_the_bootstrap_options_come_first() {
        assert_eq!(options(""), Options { access_rules: false, ipc_limit: 500 });
        assert!(options(&set("a", "0", "enable-acl", "Yes")).access_rules);
        let first = set("cib-bootstrap-options", "0", "enable-acl", "true");
        assert!(!options(&(set("a", "9", "enable-acl", "false") + &first)).access_rules);
        let low = set("a", "1", "enable-acl", "true") + &set("b", "2", "enable-acl", "false");
        assert!(options(&low).access_rules);
        assert!(!options(&(first + &set("a", "0", "enable-acl", "#default"))).access_rules);
    }

    #[test]
    fn a_limit_is_a_positive_number() {
        for (value, limit) in [("1000", 1000), ("0", 500), ("-1", 500), ("x", 500)] {
            assert_eq!(options(&set("a", "0", "cluster-ipc-limit", value)).ipc_limit, limit);
        }
    }
}
