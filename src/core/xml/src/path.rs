//! Where a node is, as patchsets name it: `/cib/configuration/nodes/node[@id='1']`.

use crate::document::{Document, Kind, NodeId};

impl Document {
    /// The path of a node (`pcmk__element_xpath()`). Elements with an `id` are named with it; of others the name alone
    /// is there, so that siblings of the same name share a path. An `id` stands in it as it is, quotes included.
    #[must_use]
    pub fn path(&self, node: NodeId) -> String {
        let mut ancestors: Vec<NodeId> = self.ancestors(node).collect();
        ancestors.reverse();
        let mut path = String::new();
        for node in ancestors {
            self.write_path_step(node, &mut path);
        }
        path
    }

    /// Appends the last step of a node's path.
    pub(crate) fn write_path_step(&self, node: NodeId, path: &mut String) {
        let name = match self.kind(node) {
            Kind::Element(name) => name,
            Kind::Comment(_) => "comment",
            Kind::Text(_) => "text",
            Kind::Cdata(_) => "cdata-section",
        };
        path.extend(["/", name]);
        if let Some(id) = self.id(node) {
            path.extend(["[@id='", id, "']"]);
        }
    }
}
