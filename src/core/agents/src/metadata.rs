//! Meta-data of agents that have none of their own: init scripts and units.

/// The version of an agent that tells none.
const VERSION: &str = "0.1";
/// Bytes of a header's line that count.
const LINE_MAX: usize = 1023;
/// Actions of init scripts: name, seconds, and for those that recur how often.
const SCRIPT_ACTIONS: [(&str, u32, Option<u32>); 7] = [
    ("meta-data", 5, None),
    ("start", 15, None),
    ("stop", 15, None),
    ("status", 15, None),
    ("restart", 15, None),
    ("force-reload", 15, None),
    ("monitor", 15, Some(15)),
];
/// Lines of an init script's header, and what the meta-data calls them.
const HEADER: [(&str, &str); 7] = [
    ("# Provides:", "Provides"),
    ("# Required-Start:", "Required-Start"),
    ("# Required-Stop:", "Required-Stop"),
    ("# Should-Start:", "Should-Start"),
    ("# Should-Stop:", "Should-Stop"),
    ("# Default-Start:", "Default-Start"),
    ("# Default-Stop:", "Default-Stop"),
];
const SHORT: &str = "# Short-Description:";
const LONG: &str = "# Description:";

/// What an init script says of itself, in the comments that LSB has for it ("INIT INFO"). The first line of a kind counts.
#[derive(Debug, Default)]
struct Header {
    /// In the order of [`HEADER`], with their line ends.
    values: [Option<String>; HEADER.len()],
    short: Option<String>,
    long: Option<String>,
}

impl Header {
    fn read(script: &str) -> Header {
        let mut header = Header::default();
        let mut lines = script.split_inclusive('\n').map(cut).peekable();
        let begins = |line: &str| line.starts_with("### BEGIN INIT INFO");
        while lines.next_if(|line| !begins(line)).is_some() {}
        while let Some(line) = lines.next() {
            if begins(line) || header.take(line) {
                continue;
            }
            if let Some(first) = line.strip_prefix(LONG).filter(|_| header.long.is_none()) {
                let mut text = first.to_owned();
                while let Some(more) = lines.next_if(|line| line.starts_with("#  ") || line.starts_with("#\t")) {
                    text += &more[1..];
                }
                header.long = Some(text);
            } else if line.starts_with("### END INIT INFO") || !line.starts_with('#') {
                break;
            }
        }
        header
    }

    /// Takes a line of one value; whether it was one.
    fn take(&mut self, line: &str) -> bool {
        let places = self.values.iter_mut().zip(HEADER.map(|(prefix, _)| prefix));
        for (place, prefix) in places.chain([(&mut self.short, SHORT)]) {
            if let Some(value) = line.strip_prefix(prefix).filter(|_| place.is_none()) {
                *place = Some(value.to_owned());
                return true;
            }
        }
        false
    }
}

/// A line without what is too long of it.
fn cut(line: &str) -> &str {
    let end = (0..=LINE_MAX.min(line.len())).rev().find(|end| line.is_char_boundary(*end));
    &line[..end.unwrap_or(0)]
}

/// The meta-data of an init script (`services__get_lsb_metadata()`).
#[must_use]
pub fn script_metadata(name: &str, script: &str) -> String {
    let Header { values, short, long } = Header::read(script);
    let shown = |text: Option<String>| text.map_or_else(|| name.to_owned(), |text| escape_text(&text));
    let mut text = format!(
        "<?xml version='1.0'?>\n\
         <!DOCTYPE resource-agent SYSTEM 'ra-api-1.dtd'>\n\
         <resource-agent name='{name}' version='{VERSION}'>\n  \
         <version>1.0</version>\n  \
         <longdesc lang='en'>\n{}  </longdesc>\n  \
         <shortdesc lang='en'>{}</shortdesc>\n  \
         <parameters>\n  </parameters>\n  <actions>\n",
        shown(long),
        shown(short),
    );
    for (action, seconds, interval) in SCRIPT_ACTIONS {
        let interval = interval.map_or_else(String::new, |interval| format!(" interval='{interval}'"));
        let action = format!("'{action}'");
        text += &format!("    <action name={action:<14} timeout='{seconds}'{interval} />\n");
    }
    text += "  </actions>\n  <special tag='LSB'>\n";
    for ((_, tag), value) in HEADER.into_iter().zip(values) {
        text += &format!("    <{tag}>{}</{tag}>\n", escape_text(&value.unwrap_or_default()));
    }
    text + "  </special>\n</resource-agent>\n"
}

/// The meta-data of a unit with that description (`systemd_unit_metadata()`).
#[must_use]
pub fn unit_metadata(name: &str, description: &str) -> String {
    let description = escape_value(description);
    format!(
        "<?xml version=\"1.0\"?>\n\
         <!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">\n\
         <resource-agent name=\"{name}\" version=\"{VERSION}\">\n  \
         <version>1.1</version>\n  \
         <longdesc lang=\"en\">\n    {description}\n  </longdesc>\n  \
         <shortdesc lang=\"en\">systemd unit file for {name}</shortdesc>\n  \
         <parameters/>\n  <actions>\n    \
         <action name=\"start\"     timeout=\"100\" />\n    \
         <action name=\"stop\"      timeout=\"100\" />\n    \
         <action name=\"status\"    timeout=\"100\" />\n    \
         <action name=\"monitor\"   timeout=\"100\" interval=\"60\"/>\n    \
         <action name=\"meta-data\" timeout=\"5\"   />\n  \
         </actions>\n  <special tag=\"systemd\"/>\n</resource-agent>\n"
    )
}

/// As libxml2 escapes an element's text (`xmlEncodeEntitiesReentrant()`).
fn escape_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' | '\t' | ' '..='\u{7f}' => escaped.push(character),
            '\u{80}'.. => escaped += &format!("&#x{:X};", u32::from(character)),
            _ => {}
        }
    }
    escaped
}

/// As the reference escapes what it writes into XML itself (`crm_xml_escape()`).
fn escape_value(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '&' => escaped.push_str("&amp;"),
            '\t' => escaped.push_str("    "),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\0'..='\u{1f}' | '\u{7f}' => escaped += &format!("\\{:03o}", u32::from(character)),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "#!/bin/sh\n# Provides: too early\n### BEGIN INIT INFO\n# Provides:          a <b> & \"c\"\n\
        # Required-Start:    $all\n# Provides: twice\n# Default-Stop:\t0 6\n# Short-Description: short\n\
        # Description:       long,\n#  in two lines\n#\tand a third\n### END INIT INFO\n# Should-Stop: too late\n";

    #[test]
    fn a_script_tells_of_itself_in_its_header() {
        let text = script_metadata("name", SCRIPT);
        for line in [
            "<resource-agent name='name' version='0.1'>",
            "<longdesc lang='en'>\n       long,\n  in two lines\n\tand a third\n  </longdesc>",
            "<shortdesc lang='en'> short\n</shortdesc>",
            "    <action name='meta-data'    timeout='5' />\n",
            "    <action name='monitor'      timeout='15' interval='15' />\n",
            "<Provides>          a &lt;b&gt; &amp; \"c\"\n</Provides>",
            "<Required-Start>    $all\n</Required-Start>",
            "<Should-Stop></Should-Stop>",
            "<Default-Stop>\t0 6\n</Default-Stop>",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        let bare = script_metadata("bare", "exit 0\n");
        assert!(bare.contains("<longdesc lang='en'>\nbare  </longdesc>\n  <shortdesc lang='en'>bare<"), "{bare}");
    }

    #[test]
    fn a_unit_is_told_of_by_its_description() {
        let text = unit_metadata("x", "it's <a>\tunit\n\u{1}");
        assert!(text.contains("    it&apos;s &lt;a&gt;    unit\\n\\001\n  </longdesc>"), "{text}");
    }
}
