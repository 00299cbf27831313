/* What needs no CIB: sections' places, empty CIBs, options' defaults and meta-data, shadow CIBs' names. */
#include "common.h"

#include <crm/cib/util.h>

static const char *const sections[] = {
	"cib", "status", "configuration", "crm_config", "nodes", "resources", "constraints", "rsc_defaults", "op_defaults",
	"acls", "tags", "fencing-topology", "alerts", "tickets", "all", "no-such", "", NULL,
};

static void places(void)
{
	xmlNode *cib = string2xml("<cib>" CONFIGURATION "<status/></cib>");

	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		const char *path = get_object_path(sections[i]), *parent = get_object_parent(sections[i]);
		xmlNode *root = get_object_root(sections[i], cib);

		printf("%s: path %s parent %s root ", sections[i] ? sections[i] : "-", path ? path : "none",
		       parent ? parent : "none");
		printf("%s\n", root ? (const char *) root->name : "none");
	}
	printf("%s\n", get_object_root("nodes", NULL) ? "found" : "none");
	free_xml(cib);
}

static void shadows(void)
{
	static const char *const variables[] = { "CIB_shadow_dir", "CIB_shadow", "HOME" };

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		static const char *const names[] = { "a", "a/b", "", NULL };

		for (size_t j = 0; j < sizeof(names) / sizeof(*names); j++) {
			char *file = get_shadow_file(names[j]);

			printf("%s: %s\n", names[j] ? names[j] : "-", file ? file : "none");
			free(file);
		}
		setenv(variables[i], "/run/x", 1);
	}
}

static void kinds(void)
{
	for (int i = 0; i < 4; i++) {
		cib_t *cib;

		i & 1 ? setenv("CIB_shadow", "copy", 1) : unsetenv("CIB_shadow");
		i & 2 ? setenv("CIB_file", "/run/file", 1) : unsetenv("CIB_file");
		cib = cib_new();
		printf("%d: variant %d state %d type %d\n", i, cib->variant, cib->state, cib->type);
		cib_delete(cib);
		cib = cib_new_no_shadow();
		printf("no shadow: variant %d, CIB_shadow %s\n", cib->variant, getenv("CIB_shadow") ? getenv("CIB_shadow") : "-");
		cib_delete(cib);
	}
}

int main(void)
{
	static const char *const options[] = { "enable-acl", "cluster-ipc-limit", "ENABLE-ACL", "no-such", "" };
	GHashTable *set = g_hash_table_new(g_str_hash, g_str_equal);

	crm_xml_init();
	places();
	for (int epoch = -1; epoch < 2; epoch++) {
		xmlNode *empty = createEmptyCib(epoch);
		char *text = dump_xml_formatted(empty);

		printf("%s", text);
		free(text);
		free_xml(empty);
	}
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
			const char *value = cib_pref(set, options[i]);

			printf("%s=%s\n", options[i], value ? value : "none");
		}
		g_hash_table_insert(set, "enable-acl", "yes");
		g_hash_table_insert(set, "cluster-ipc-limit", "no number");
		g_hash_table_insert(set, "no-such", "here");
	}
	g_hash_table_destroy(set);
	cib_metadata();
	shadows();
	kinds();
	return T_END();
}
