/* What a notification of a change makes of a CIB, with patches of both formats. */
#include "common.h"

#include <crm/cib/util.h>

#define BEFORE "<cib admin_epoch=\"0\" epoch=\"4\" num_updates=\"2\" crm_feature_set=\"3.16.1\" validate-with=\"none\">"
#define AFTER "<cib admin_epoch=\"0\" epoch=\"5\" num_updates=\"0\" crm_feature_set=\"3.16.1\" validate-with=\"none\">"
#define REST "<status/></cib>"

gboolean cib_config_changed(xmlNode *last, xmlNode *next, xmlNode **diff);

static xmlNode *patch(int format, const char *before, const char *after)
{
	xmlNode *from = string2xml(before), *to = string2xml(after), *diff;

	xml_track_changes(to, NULL, NULL, FALSE);
	xml_calculate_changes(from, to);
	diff = xml_create_patchset(format, from, to, NULL, FALSE);
	patchset_process_digest(diff, from, to, TRUE);
	free_xml(from);
	free_xml(to);
	return diff;
}

static void try_event(const char *what, const char *code, xmlNode *diff, const char *text)
{
	xmlNode *event = create_xml_node(NULL, "notify"), *input = string2xml(text), *output = NULL;
	int rc;

	if (code)
		crm_xml_add(event, "cib_rc", code);
	if (diff)
		add_node_copy(create_xml_node(event, "cib_update_result"), diff);
	rc = cib_apply_patch_event(event, input, &output, LOG_TRACE);
	printf("%s: %d\n", what, rc);
	text = output ? dump_xml_unformatted(output) : NULL;
	printf("output %s\n", text ? text : "none");
	fflush(stdout);
	free((char *) text);
	if (output != input)
		free_xml(output);
	free_xml(input);
	free_xml(event);
}

static void try_versions(xmlNode *diff)
{
	int v[6] = { -1, -1, -1, -1, -1, -1 };

	cib_diff_version_details(diff, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]);
	printf("to %d.%d.%d from %d.%d.%d\n", v[0], v[1], v[2], v[3], v[4], v[5]);
}

/* What a patch says of the configuration, and one that is made of two CIBs. */
static void try_configuration(const char *before, const char *after)
{
	xmlNode *from = string2xml(before), *to = string2xml(after), *diff = NULL;
	int changed = cib_config_changed(from, to, &diff);
	char *text = diff ? dump_xml_unformatted(diff) : NULL;

	printf("changed %d by %s\n", changed, text ? text : "nothing");
	fflush(stdout);
	free(text);
	free_xml(diff);
	diff = patch(1, before, after);
	printf("changed %d\n", diff ? cib_config_changed(NULL, NULL, &diff) : -1);
	free_xml(diff);
	free_xml(from);
	free_xml(to);
}

static void try_events(int format, const char *before, const char *after, const char *another)
{
	xmlNode *diff = patch(format, before, after);

	printf("format %d\n", format);
	try_versions(diff);
	try_event("no code", NULL, diff, before);
	try_event("good", "0", diff, before);
	try_event("refused", "-203", diff, before);
	try_event("made already", "0", diff, after);
	try_event("of another", "0", diff, another);
	try_event("without versions", "0", diff, "<cib><configuration/></cib>");
	crm_xml_add(diff, "format", "3");
	try_event("of format 3", "0", diff, before);
	free_xml(diff);
}

int main(void)
{
	static const char before[] = BEFORE CONFIGURATION REST;
	static const char after[] = AFTER "<configuration><crm_config/><nodes><node id=\"1\" uname=\"other\"/></nodes><resources/>"
				    "<constraints/></configuration>" REST;
	xmlNode *empty = create_xml_node(NULL, "diff");

	crm_xml_init();
	crm_xml_add(empty, "format", "2");
	try_events(1, before, after, BEFORE "<configuration/>" REST);
	try_events(2, before, after, BEFORE "<configuration/>" REST);
	try_versions(empty);
	try_event("no patch", "0", NULL, before);
	try_event("empty patch", "0", empty, before);
	free_xml(empty);
	try_configuration(before, after);
	try_configuration(before, before);
	try_configuration(BEFORE "<configuration/>" REST, AFTER "<configuration/>" REST);
	try_configuration(BEFORE "<configuration/>" REST, BEFORE "<configuration/><status><a id=\"1\"/></status></cib>");
	return T_END();
}
