/* T_VARIANTS native file shadow */
/* Attributes in sets of name and value, wherever a section has them, and nodes' names. */
#include "common.h"

#include <crm/cib/util.h>

static const struct attribute {
	const char *section, *node, *set_type, *set_name, *id, *name, *value, *node_type;
} attributes[] = {
	{ "crm_config", .name = "one", .value = "1" },
	{ "crm_config", .name = "one", .value = "2" },
	{ "crm_config", .name = "one", .value = "value++" },
	{ "crm_config", .set_name = "mine", .name = "one", .value = "3" },
	{ "crm_config", .name = "one", .value = "4" },
	{ "crm_config", .set_name = "mine", .name = "one", .value = "5" },
	{ "crm_config", .id = "by-id", .name = "two", .value = "6" },
	{ "crm_config", .id = "by-id", .value = "7" },
	{ "crm_config", .id = "no-such", .value = "8" },
	{ "crm_config", .name = "none" },
	{ "crm_config", .name = "empty", .value = "" },
	{ "crm_config", .name = "a b/c", .value = "<&\"'>" },
	{ "rsc_defaults", .name = "x", .value = "1" },
	{ "op_defaults", .name = "x", .value = "1" },
	{ "nodes", "1", .name = "x", .value = "1" },
	{ "nodes", "1", "utilization", .name = "cpu", .value = "8" },
	{ "nodes", "1", "instance_attributes", "other", .name = "x", .value = "2" },
	{ "nodes", "1", .name = "x", .value = "3" },
	{ "nodes", "7", .name = "x", .value = "1" },
	{ "nodes", .name = "x", .value = "1" },
	{ "nodes", "far", .name = "x", .value = "1", .node_type = "remote" },
	{ "status", "1", .name = "x", .value = "1" },
	{ "status", "far", .name = "x", .value = "1", .node_type = "remote" },
	{ "tickets", "t", .name = "granted", .value = "true" },
	{ "resources", "a", "meta_attributes", .name = "target-role", .value = "Started" },
	{ "constraints", .name = "x", .value = "1" },
	{ "no-such", .name = "x", .value = "1" },
	{ .name = "x", .value = "1" },
};

#define COUNT (sizeof(attributes) / sizeof(*attributes))
#define PLACE(of) (of)->section, (of)->node, (of)->set_type, (of)->set_name, (of)->id, (of)->name

static void say(const char *what, const struct attribute *of)
{
	const char *words[] = { PLACE(of), of->value };

	printf("%s", what);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		printf(" %s", words[i] ? words[i] : "-");
	printf("\n");
	fflush(stdout);
}

static void look(cib_t *cib, const struct attribute *of)
{
	char *value = NULL, *id = NULL;

	say("read", of);
	NUM(read_attr_delegate(cib, PLACE(of), &value, TRUE, NULL));
	printf("%s\n", value ? value : "none");
	NUM(find_nvpair_attr_delegate(cib, "value", PLACE(of), TRUE, &id, NULL));
	printf("%s\n", id ? id : "none");
	fflush(stdout);
	free(value);
	free(id);
}

static void nodes(cib_t *cib)
{
	static const char *const ids[] = { "1", "2", "7", "n1", "" };
	static const char *const scopes[] = { "nodes", "status", NULL, "no-such" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		char *name = NULL;

		NUM(query_node_uname(cib, ids[i], &name));
		printf("%s: %s\n", ids[i], name ? name : "none");
		free(name);
	}
	for (size_t i = 0; i < sizeof(scopes) / sizeof(*scopes); i++) {
		NUM(set_standby(cib, "1", scopes[i], "on"));
		NUM(set_standby(cib, "7", scopes[i], "on"));
		NUM(set_standby(cib, "2", scopes[i], NULL));
		show_part(cib, "nodes", 0);
		show_part(cib, "status", 0);
	}
}

int main(int argc, char **argv)
{
	cib_t *cib = started(argc, argv);

	for (size_t i = 0; i < COUNT; i++) {
		const struct attribute *of = &attributes[i];

		say("update", of);
		NUM(update_attr_delegate(cib, SYNC, PLACE(of), of->value, TRUE, NULL, of->node_type));
	}
	show_part(cib, "configuration", 0);
	show_part(cib, "status", 0);
	for (size_t i = 0; i < COUNT; i++)
		look(cib, &attributes[i]);
	for (size_t i = 0; i < COUNT; i++) {
		say("delete", &attributes[i]);
		NUM(delete_attr_delegate(cib, SYNC, PLACE(&attributes[i]), attributes[i].value, TRUE, NULL));
	}
	show_part(cib, "configuration", 0);
	show_part(cib, "status", 0);
	nodes(cib);
	return ended(cib);
}
