//! T12: once faults stop, one configuration forms.

use super::view::{Place, View};
use super::{Broken, broken};
use core_types::NodeId;

/// Why hosts aren't settled: in one ring when `one`, else each in a ring that all of its members are in.
pub(super) fn unsettled(view: &View, one: bool) -> Option<Broken> {
    let rings = view.stable_rings();
    let settled: usize = rings.iter().map(|(_, members)| members.len()).sum();
    if settled == view.hosts && (!one || rings.len() == 1) {
        return None;
    }
    let words = |(node, place): (&NodeId, &Place)| {
        let ring = place.ring.unwrap_or_default();
        format!("{node}: {ring} {:?}{}", place.members.iter().map(|node| node.0).collect::<Vec<_>>(), state(place))
    };
    let places: Vec<String> = view.places.iter().map(words).collect();
    Some(broken!("T12", "{} of {} hosts are settled: {}", settled, view.hosts, places.join("; ")))
}

fn state(place: &Place) -> &'static str {
    match (place.leaving, place.serving) {
        (true, _) => " leaving",
        (_, false) => " syncing",
        _ => "",
    }
}
