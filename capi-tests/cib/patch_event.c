/* What a notification of a change makes of a CIB. */
#include "common.h"

#include <crm/cib/util.h>

#define BEFORE "<cib admin_epoch=\"0\" epoch=\"4\" num_updates=\"2\" crm_feature_set=\"3.16.1\" validate-with=\"none\">"
#define AFTER "<cib admin_epoch=\"0\" epoch=\"5\" num_updates=\"0\" crm_feature_set=\"3.16.1\" validate-with=\"none\">"
#define REST "<status/></cib>"

static xmlNode *patch(const char *before, const char *after)
{
	xmlNode *from = string2xml(before), *to = string2xml(after), *diff;

	xml_track_changes(to, NULL, NULL, FALSE);
	xml_calculate_changes(from, to);
	diff = xml_create_patchset(2, from, to, NULL, FALSE);
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

int main(void)
{
	static const char before[] = BEFORE CONFIGURATION REST;
	static const char after[] = AFTER "<configuration><crm_config/><nodes><node id=\"1\" uname=\"other\"/></nodes><resources/>"
				    "<constraints/></configuration>" REST;
	xmlNode *diff, *empty = create_xml_node(NULL, "diff");

	crm_xml_init();
	crm_xml_add(empty, "format", "2");
	diff = patch(before, after);
	try_event("no code", NULL, diff, before);
	try_event("good", "0", diff, before);
	try_event("refused", "-203", diff, before);
	try_event("no patch", "0", NULL, before);
	try_event("empty patch", "0", empty, before);
	try_event("made already", "0", diff, after);
	try_event("of another", "0", diff, BEFORE "<configuration/>" REST);
	try_event("without versions", "0", diff, "<cib><configuration/></cib>");
	free_xml(diff);
	free_xml(empty);
	return T_END();
}
