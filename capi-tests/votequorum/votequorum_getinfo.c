/* votequorum_getinfo: the local node by its number and as 0, and nodes that there are not. */
#include "common.h"

int main(void)
{
	votequorum_handle_t h;
	struct votequorum_info info;

	T(votequorum_getinfo(T_BAD_HANDLE, 1, &info));
	h = open_votes();
	T(votequorum_getinfo(h, 1, &info));
	print_info(&info);
	IS(info.flags == VOTEQUORUM_INFO_QUORATE);
	IS(info.node_state == VOTEQUORUM_NODESTATE_MEMBER);
	memset(&info, 'x', sizeof info);
	T(votequorum_getinfo(h, 0, &info));
	print_info(&info);
	T(votequorum_getinfo(h, 2, &info));
	T(votequorum_getinfo(h, 4000000000u, &info));
	T(votequorum_finalize(h));
	return T_END();
}
