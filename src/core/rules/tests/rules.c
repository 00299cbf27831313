/*
 * Says of each line of standard input, a moment, a tab and a block with rules, whether the block counts then; `?` where the
 * moment is none.
 */
#include <crm/common/iso8601.h>
#include <crm/common/xml.h>
#include <crm/pengine/rules.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
	static char line[1 << 16];

	crm_xml_init();
	while (fgets(line, sizeof(line), stdin)) {
		char *text = strchr(line, '\t');
		crm_time_t *now;
		xmlNode *block;

		*text++ = '\0';
		now = crm_time_new(line);
		block = string2xml(text);
		puts(!now || !block ? "?" : pe_evaluate_rules(block, NULL, now, NULL) ? "1" : "0");
		free_xml(block);
		crm_time_free(now);
	}
	return 0;
}
