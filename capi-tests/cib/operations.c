/* What a new connection of each variant is, and which operations it has: sign on and off to nothing with each. */
#include "common.h"

#define HAS(operation) printf(" %s=%d", #operation, cib->cmds->operation != NULL)

static void show_operations(const char *name, cib_t *cib)
{
	printf("%s: state %d type %d variant %d call %d timeout %d", name, cib->state, cib->type, cib->variant, cib->call_id,
	       cib->call_timeout);
	printf(" own %d delegate %d list %d callback %d\n", cib->variant_opaque != NULL, cib->delegate_fn != NULL,
	       cib->notify_list != NULL, cib->op_callback != NULL);
	HAS(signon), HAS(signon_raw), HAS(signoff), HAS(free), HAS(set_op_callback), HAS(add_notify_callback);
	HAS(del_notify_callback), HAS(set_connection_dnotify), HAS(inputfd), HAS(noop), HAS(ping), HAS(query);
	HAS(query_from), HAS(is_master), HAS(set_master), HAS(set_slave), HAS(set_slave_all), HAS(sync), HAS(sync_from);
	HAS(upgrade), HAS(bump_epoch), HAS(create), HAS(modify), HAS(update), HAS(replace), HAS(remove), HAS(erase);
	HAS(delete_absolute), HAS(quit), HAS(register_notification), HAS(register_callback);
	HAS(register_callback_full), HAS(set_primary), HAS(set_secondary);
	printf("\n");
	NUM(cib->cmds->signoff(cib));
	cib_delete(cib);
}

int main(void)
{
	crm_xml_init();
	show_operations("native", cib_native_new());
	show_operations("file", cib_file_new("/run/no-such.xml"));
	show_operations("shadow", cib_shadow_new("no-such"));
	show_operations("remote", cib_remote_new("127.0.0.1", "nobody", "none", 1, FALSE));
	return T_END();
}
