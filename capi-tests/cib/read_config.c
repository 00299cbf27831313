/* The cluster's options, as sets, their order, rules and references make them. */
#include "common.h"

/* Nothing declares it where it is installed. */
extern gboolean cib_read_config(GHashTable *options, xmlNode *current_cib);

#define SET(id, more, content) "<cluster_property_set id=\"" id "\"" more ">" content "</cluster_property_set>"
#define PAIR(id, name, value) "<nvpair id=\"" id "\" name=\"" name "\" value=\"" value "\"/>"
#define RULE(id, more, content) "<rule id=\"" id "\" score=\"0\"" more ">" content "</rule>"
#define PAST "<date_expression id=\"past\" operation=\"gt\" start=\"2001-01-01\"/>"
#define FUTURE "<date_expression id=\"future\" operation=\"gt\" start=\"2901-01-01 10:00:00Z\"/>"
#define WHENEVER "<date_expression id=\"s\" operation=\"date_spec\"><date_spec id=\"ds\" years=\"2000-\" months=\"1-12\"/></date_expression>"
#define ON PAIR("on", "enable-acl", "true") PAIR("limit", "cluster-ipc-limit", "7")

static const char *const configurations[] = {
	"",
	SET("a", "", ON),
	SET("a", "", ON) SET("cib-bootstrap-options", "", PAIR("off", "enable-acl", "false")),
	SET("a", "", ON) SET("CIB-Bootstrap-Options", " score=\"9\"", PAIR("off", "enable-acl", "false")),
	SET("a", " score=\"1\"", ON) SET("b", " score=\"2\"", PAIR("off", "enable-acl", "false")),
	SET("a", "", ON) SET("b", "", PAIR("off", "enable-acl", "false")),
	SET("a", "", RULE("r", "", PAST) ON),
	SET("a", "", RULE("r", "", FUTURE) ON),
	SET("a", "", RULE("r", "", WHENEVER) ON),
	SET("a", "", RULE("r", "", PAST FUTURE) ON),
	SET("a", "", RULE("r", " boolean-op=\"or\"", PAST FUTURE) ON),
	SET("a", "", RULE("r", "", RULE("n", "", FUTURE) PAST) ON),
	SET("a", "", RULE("r", "", "<expression id=\"e\" attribute=\"a\" operation=\"not_defined\"/>") ON),
	SET("a", "", RULE("r", "", FUTURE) ON) SET("b", "", "<rule id-ref=\"r\"/>" PAIR("x", "stonith-enabled", "no")),
	SET("a", "", RULE("r", "", PAST) ON) SET("b", "", "<rule id-ref=\"r\"/>" PAIR("x", "enable-acl", "#default")),
	SET("a", "", ON) "<cluster_property_set id-ref=\"a\"/>" SET("b", " score=\"-5\"", "<nvpair id-ref=\"limit\" value=\"#DEFAULT\"/>"),
	SET("a", "", "<attributes>" ON "</attributes>"),
	SET("a", "", PAIR("p", "enable-acl", "")) "<other id=\"o\">" ON "</other>",
};

static gint by_name(gconstpointer one, gconstpointer other)
{
	return strcmp(one, other);
}

int main(void)
{
	crm_xml_init();
	for (size_t i = 0; i < sizeof(configurations) / sizeof(*configurations); i++) {
		char *text = crm_strdup_printf("<cib><configuration><crm_config>%s</crm_config></configuration></cib>",
					       configurations[i]);
		GHashTable *options = g_hash_table_new_full(g_str_hash, g_str_equal, free, free);
		xmlNode *cib = string2xml(text);
		GList *names;

		printf("%s: %d\n", configurations[i], cib_read_config(options, cib));
		names = g_list_sort(g_hash_table_get_keys(options), by_name);
		for (GList *name = names; name; name = name->next)
			printf(" %s=%s\n", (char *) name->data, (char *) g_hash_table_lookup(options, name->data));
		g_list_free(names);
		g_hash_table_destroy(options);
		free_xml(cib);
		free(text);
	}
	NUM(cib_read_config(NULL, NULL));
	return T_END();
}
