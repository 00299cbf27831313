/* Of the variants that have it. */
#include "common.h"

int main(void)
{
	cib_t *cib;

	crm_xml_init();
	NUM(system("cp /run/empty.xml /run/cib.xml"));
	cib = cib_file_new("/run/cib.xml");
	NUM(cib->cmds->inputfd(cib));
	NUM(cib->cmds->signon(cib, "program", cib_query));
	NUM(cib->cmds->inputfd(cib));
	NUM(cib->cmds->signoff(cib));
	cib_delete(cib);
	cib = cib_remote_new("127.0.0.1", "nobody", "none", 1, FALSE);
	NUM(cib->cmds->inputfd(cib));
	cib_delete(cib);
	return T_END();
}
