//! Plugins of Nagios's: they know no actions, only how to look at a service (`services_nagios.c`).

/// The most arguments that a plugin is run with.
const ARGUMENTS_MAX: usize = 254;

/// What a plugin is run with: its parameters as options; or for a probe (`is_probe`) the question which version it is, as
/// nothing can run that was not started. `None`: there are too many of them.
pub fn plugin_arguments<'a>(
    is_probe: bool,
    parameters: impl Iterator<Item = (&'a [u8], &'a [u8])>,
) -> Option<Vec<Vec<u8>>> {
    if is_probe {
        return Some(vec![b"--version".to_vec()]);
    }
    let options = parameters.filter(|(name, _)| is_option(name));
    let arguments: Vec<Vec<u8>> =
        options.flat_map(|(name, value)| [[b"--", name].concat(), value.to_vec()]).take(ARGUMENTS_MAX + 1).collect();
    (arguments.len() <= ARGUMENTS_MAX).then_some(arguments)
}

/// Whether a parameter is the plugin's own, and not pacemaker's.
fn is_option(name: &[u8]) -> bool {
    !name.eq_ignore_ascii_case(b"crm_feature_set") && !String::from_utf8_lossy(name).contains("CRM_meta_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(is_probe: bool, parameters: &[(&str, &str)]) -> Option<String> {
        let bytes = parameters.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        plugin_arguments(is_probe, bytes).map(|arguments| String::from_utf8(arguments.join(&b' ')).unwrap())
    }

    #[test]
    fn parameters_become_options() {
        let parameters =
            [("hostname", "h"), ("CRM_meta_timeout", "20000"), ("crm_feature_set", "3.16.1"), ("port", "80")];
        assert_eq!(arguments(false, &parameters).unwrap(), "--hostname h --port 80");
        assert_eq!(arguments(true, &parameters).unwrap(), "--version");
    }

    #[test]
    fn there_is_an_end_to_them() {
        assert!(arguments(false, &[("a", "b"); 127]).is_some());
        assert_eq!(arguments(false, &[("a", "b"); 128]), None);
    }
}
