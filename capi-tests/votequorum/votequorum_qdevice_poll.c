/* votequorum_qdevice_poll: names, none registered, a wrong ring, a wrong name, with and without a vote. */
#include "common.h"

int main(void)
{
	votequorum_handle_t h;
	votequorum_ring_id_t ring, other;
	int error;

	memset(&ring, 0, sizeof ring);
	T(votequorum_qdevice_poll(T_BAD_HANDLE, "", 1, ring));
	T(votequorum_qdevice_poll(T_BAD_HANDLE, long_name(255), 1, ring));
	T(votequorum_qdevice_poll(T_BAD_HANDLE, "dev", 1, ring));
	h = open_votes();
	learn_ring(h);
	ring = last_ring;
	T(votequorum_qdevice_poll(h, "dev", 1, ring));
	AGAIN(error, votequorum_qdevice_register(h, "dev"));
	N("register", error);
	other = ring;
	other.seq++;
	T(votequorum_qdevice_poll(h, "dev", 1, other));
	other = ring;
	other.nodeid++;
	T(votequorum_qdevice_poll(h, "dev", 1, other));
	T(votequorum_qdevice_poll(h, "other", 1, other));
	T(votequorum_qdevice_poll(h, "other", 1, ring));
	show(h);
	T(votequorum_qdevice_poll(h, "dev", 0, ring));
	show(h);
	T(votequorum_qdevice_poll(h, "dev", 1, ring));
	T(votequorum_qdevice_poll(h, "dev", 1, ring));
	show(h);
	T(votequorum_qdevice_poll(h, "dev", 77, ring));
	show(h);
	T(votequorum_qdevice_poll(h, "dev", 0, ring));
	show(h);
	T(votequorum_qdevice_unregister(h, "dev"));
	show(h);
	T(votequorum_finalize(h));
	return T_END();
}
