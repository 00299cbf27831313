/* corosync_cfg_get_node_addrs: the local node by 0 and by its id, too little room, an unknown node. */
#include "t.h"
#include <arpa/inet.h>
#include <corosync/cfg.h>

static void show(const corosync_cfg_node_address_t *address)
{
	const struct sockaddr *sa = (const void *)address->address;
	char text[INET6_ADDRSTRLEN] = "";

	if (sa->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, text, sizeof text);
	if (sa->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)sa)->sin6_addr, text, sizeof text);
	printf("family %d, length %d: %s\n", sa->sa_family, address->address_length, text);
}

int main(void)
{
	corosync_cfg_handle_t h = 0;
	corosync_cfg_node_address_t addresses[8];
	unsigned int node = 0;
	int found = -5, i;

	T(corosync_cfg_get_node_addrs(T_BAD_HANDLE, 0, 8, &found, addresses));
	NUM(found);
	NEED(corosync_cfg_initialize(&h, NULL));
	T(corosync_cfg_get_node_addrs(h, 0, 8, &found, addresses));
	NUM(found);
	for (i = 0; i < found && i < 8; i++)
		show(&addresses[i]);
	NEED(corosync_cfg_local_get(h, &node));
	found = -5;
	N("by its id", corosync_cfg_get_node_addrs(h, node, 8, &found, addresses));
	NUM(found);
	found = -5;
	N("no room", corosync_cfg_get_node_addrs(h, node, 0, &found, addresses));
	NUM(found);
	N("unknown node", corosync_cfg_get_node_addrs(h, 4000000000u, 0, &found, addresses));
	T(corosync_cfg_finalize(h));
	return T_END();
}
