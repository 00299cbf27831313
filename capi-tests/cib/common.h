/* What the programs share: a CIB of the variant that the program's argument names, and how its parts are shown. */
#include "t.h"

#include <stdbool.h>

#include <crm/cib.h>
#include <crm/common/xml.h>
#include <crm/crm.h>

/* How most calls are made: alone on its host, the manager has a quorum or hasn't, as corosync pleases. */
#define SYNC (cib_sync_call | cib_quorum_override)

/* Of the local manager, or of a file or a shadow copy of this program's own that nobody else changes. */
T_UNUSED static cib_t *opened(int argc, char **argv)
{
	/* else the reference knows no schema, and signs on to no file */
	crm_xml_init();
	if (argc > 1 && strcmp(argv[1], "file") == 0) {
		NUM(system("cp /run/empty.xml /run/cib.xml"));
		setenv("CIB_file", "/run/cib.xml", 1);
	}
	if (argc > 1 && strcmp(argv[1], "shadow") == 0) {
		NUM(system("cp /run/empty.xml /run/shadow.copy"));
		setenv("CIB_shadow_dir", "/run", 1);
		setenv("CIB_shadow", "copy", 1);
	}
	return cib_new();
}

/* What was found, without the attributes that no two runs have in common. */
T_UNUSED static void show(const char *what, int rc, xmlNode *found)
{
	printf("%s: %d %s", what, rc, found ? (const char *) found->name : "none");
	for (xmlNode *each = found ? found->children : NULL; each; each = each->next)
		printf(" %s", (const char *) each->name);
	printf("\n");
	fflush(stdout);
	free_xml(found);
}

/* What every program starts from. */
#define CONFIGURATION                                                                                            \
	"<configuration><crm_config/><nodes><node id=\"1\" uname=\"n1\"/><node id=\"2\" uname=\"n2\"/></nodes>" \
	"<resources><primitive id=\"a\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">"                   \
	"<meta_attributes id=\"a-m\"><nvpair id=\"a-m-1\" name=\"target-role\" value=\"Stopped\"/></meta_attributes>" \
	"</primitive><primitive id=\"b\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/></resources>"     \
	"<constraints/></configuration>"

/* The version that the program started from: admin_epoch, epoch and num_updates. */
static int base[3];

static void version(cib_t *cib, int numbers[3])
{
	xmlNode *found = NULL;

	if (cib->cmds->query(cib, NULL, &found, SYNC | cib_scope_local | cib_no_children) == pcmk_ok)
		cib_version_details(found, &numbers[0], &numbers[1], &numbers[2]);
	free_xml(found);
}

/* How far the version went; num_updates as it is. */
T_UNUSED static void show_version(cib_t *cib)
{
	int now[3] = { 0 };

	version(cib, now);
	printf("version: +%d.+%d.%d\n", now[0] - base[0], now[1] - base[1], now[2]);
	fflush(stdout);
}

/* A tree as text, without the attributes of a CIB that no two runs have in common. The caller still owns it. */
T_UNUSED static void show_xml(const char *what, xmlNode *xml)
{
	static const char *const hidden[] = {
		"cib-last-written", "admin_epoch", "epoch", "num_updates", "update-origin", "update-client", "update-user",
		"have-quorum", "dc-uuid", "execution-date", "no-quorum-panic",
	};
	xmlNode *copy = xml ? copy_xml(xml) : NULL;
	char *text = NULL;

	for (size_t i = 0; copy && strcmp((const char *) copy->name, "cib") == 0 && i < sizeof(hidden) / sizeof(*hidden); i++)
		xml_remove_prop(copy, hidden[i]);
	text = copy ? dump_xml_unformatted(copy) : NULL;
	printf("%s: %s\n", what, text ? text : "none");
	fflush(stdout);
	free(text);
	free_xml(copy);
}

/* What a section, or an XPath, finds now. */
T_UNUSED static void show_part(cib_t *cib, const char *part, int options)
{
	xmlNode *found = NULL;
	int rc = cib->cmds->query(cib, part, &found, SYNC | cib_scope_local | options);

	printf("%d ", rc);
	show_xml(part ? part : "all", found);
	free_xml(found);
}

/* Sets what every program starts from. */
T_UNUSED static void filled(cib_t *cib)
{
	xmlNode *configuration = string2xml(CONFIGURATION);

	NUM(cib->cmds->erase(cib, NULL, SYNC));
	NUM(cib->cmds->replace(cib, "configuration", configuration, SYNC));
	free_xml(configuration);
	version(cib, base);
}

/* Signed on for changes, and what every program starts from. */
T_UNUSED static cib_t *started(int argc, char **argv)
{
	cib_t *cib = opened(argc, argv);

	NEED(cib->cmds->signon(cib, "program", cib_command) == pcmk_ok ? CS_OK : CS_ERR_LIBRARY);
	filled(cib);
	return cib;
}

T_UNUSED static int ended(cib_t *cib)
{
	NUM(cib->cmds->signoff(cib));
	cib_delete(cib);
	return T_END();
}

/* A change to try: `xml` is text, or NULL. */
struct change {
	const char *section;
	const char *xml;
	int options;
};

typedef int (*change_fn)(cib_t *cib, const char *section, xmlNode *data, int options);

/* Tries changes one after the other, each on what the one before left, and shows what is left. */
T_UNUSED static void try_changes(cib_t *cib, change_fn change, const struct change *changes, size_t count, int options)
{
	for (size_t i = 0; i < count; i++) {
		xmlNode *data = changes[i].xml ? string2xml(changes[i].xml) : NULL;
		int rc = change(cib, changes[i].section, data, changes[i].options | SYNC | options);

		printf("%s %s %#x: %d\n", changes[i].section ? changes[i].section : "-", changes[i].xml ? changes[i].xml : "-",
		       changes[i].options, rc);
		free_xml(data);
		show_version(cib);
		show_part(cib, "configuration", 0);
	}
	show_part(cib, "status", 0);
}

#define TRY_CHANGES(cib, change, changes) try_changes(cib, change, changes, sizeof(changes) / sizeof(*(changes)), 0)
