//! Reading a CIB.

use crate::{Access, CallOptions, Cib, CibError, section};
use core_xml::{Document, NodeId, XPath, XPathError};

/// What a query gives.
#[derive(Clone, Debug)]
pub enum Answer {
    /// An element of the CIB itself, with all that is in it.
    Element(NodeId),
    /// Something made for the caller.
    Made(Document),
}

impl Cib {
    /// What a user may read of it, as a CIB of its own: `None` when that is nothing.
    ///
    /// # Errors
    /// [`CibError::Denied`] when its rules can't be told.
    pub fn readable_by(&self, access: &Access) -> Result<Option<Cib>, CibError> {
        let readable = access.on(&self.document)?.readable(&self.document);
        Ok(readable.map(|document| Cib { document, fitted: None }))
    }

    /// Reads a section, or what an XPath finds. Several matches come in `<xpath-query>`.
    ///
    /// # Errors
    /// [`CibError::NotFound`] when nothing is there.
    pub fn query(&self, section: Option<&str>, options: CallOptions) -> Result<Answer, CibError> {
        if options.contains(CallOptions::XPATH) {
            return self.query_xpath(section.unwrap_or_default(), options);
        }
        let element = section::find(&self.document, section).ok_or(CibError::NotFound)?;
        Ok(if options.contains(CallOptions::NO_CHILDREN) {
            Answer::Made(self.without_children(element))
        } else {
            Answer::Element(element)
        })
    }

    /// The elements that an XPath finds.
    ///
    /// # Errors
    /// [`CibError::NotFound`] when there are none, or it is no XPath, as in the reference; [`CibError::Invalid`] when it
    /// costs too much.
    pub(crate) fn find_xpath(&self, xpath: &str) -> Result<Vec<NodeId>, CibError> {
        let found = XPath::parse(xpath).and_then(|xpath| xpath.elements(&self.document));
        match found {
            Ok(elements) if !elements.is_empty() => Ok(elements),
            Ok(_) | Err(XPathError::Syntax { .. } | XPathError::Type(_)) => Err(CibError::NotFound),
            Err(XPathError::TooCostly) => Err(CibError::Invalid),
        }
    }

    fn query_xpath(&self, xpath: &str, options: CallOptions) -> Result<Answer, CibError> {
        let found = self.find_xpath(xpath)?;
        let shallow = options.contains(CallOptions::NO_CHILDREN);
        let paths = options.contains(CallOptions::XPATH_ADDRESS) && !shallow;
        if let ([element], false) = (found.as_slice(), paths) {
            return Ok(if shallow { Answer::Made(self.without_children(*element)) } else { Answer::Element(*element) });
        }
        let mut answer = Document::new("xpath-query");
        let root = answer.root();
        for element in found {
            if shallow {
                let copy = self.without_children(element);
                answer.insert_copy(root, None, &copy, copy.root());
            } else if paths {
                let path = answer.append_element(root, "xpath-query-path");
                answer.set_attribute(path, "id", &self.document.path(element));
            } else {
                answer.insert_copy(root, None, &self.document, element);
            }
        }
        Ok(Answer::Made(answer))
    }

    fn without_children(&self, element: NodeId) -> Document {
        let mut shallow = Document::new(self.document.name(element).unwrap_or_default());
        let root = shallow.root();
        for attribute in self.document.attributes(element) {
            shallow.set_attribute(root, attribute.name(), attribute.value());
        }
        shallow
    }
}
