/* T_VARIANTS native file */
#include "common.h"

int main(int argc, char **argv)
{
	static const char *const parts[] = {
		NULL, "nodes", "//node", "//node[@id='2']", "//nvpair/@value", "/cib/configuration/resources", "//no-such", "count(//node)", "//[",
		"/", "//text()", "//primitive//nvpair", "//node | //primitive", "",
	};
	static const int options[] = {
		0, cib_no_children, cib_xpath, cib_xpath | cib_multiple, cib_xpath | cib_no_children, cib_xpath | cib_xpath_address,
		cib_xpath | cib_xpath_address | cib_no_children, cib_discard_reply,
	};
	cib_t *cib = started(argc, argv);

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		printf("options %#x\n", options[i]);
		for (size_t j = 0; j < sizeof(parts) / sizeof(*parts); j++)
			show_part(cib, parts[j], options[i]);
	}
	return ended(cib);
}
