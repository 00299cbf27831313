/* T_VARIANTS native file */
#include "common.h"

/* The digest and the version are of the moment. */
static void strip(xmlNode *xml)
{
	static const char *const momentary[] = { "digest", "admin_epoch", "epoch", "num_updates", "cib-last-written" };

	for (size_t i = 0; i < sizeof(momentary) / sizeof(*momentary); i++)
		xml_remove_prop(xml, momentary[i]);
	for (xmlNode *each = xml->children; each; each = each->next)
		strip(each);
}

static void pinged(cib_t *cib, int options)
{
	xmlNode *output = NULL;
	int rc = cib->cmds->ping(cib, &output, options);

	if (output)
		strip(output);
	printf("%#x: %d\n", options, rc);
	show_xml("output", output);
	free_xml(output);
}

int main(int argc, char **argv)
{
	cib_t *cib = opened(argc, argv);

	NUM(cib->cmds->ping(NULL, NULL, SYNC));
	NUM(cib->cmds->ping(cib, NULL, SYNC));
	NUM(cib->cmds->signon(cib, "program", cib_command));
	pinged(cib, SYNC);
	pinged(cib, cib_sync_call | cib_scope_local);
	NUM(cib->cmds->ping(cib, NULL, SYNC));
	NUM(cib->cmds->signoff(cib));
	pinged(cib, SYNC);
	cib_delete(cib);
	return T_END();
}
