/* votequorum_qdevice_master_wins: names, none registered, a wrong name, on and off. */
#include "common.h"

int main(void)
{
	votequorum_handle_t h;
	int error;

	T(votequorum_qdevice_master_wins(T_BAD_HANDLE, "", 1));
	T(votequorum_qdevice_master_wins(T_BAD_HANDLE, long_name(255), 1));
	T(votequorum_qdevice_master_wins(T_BAD_HANDLE, "dev", 1));
	h = open_votes();
	T(votequorum_qdevice_master_wins(h, "dev", 1));
	AGAIN(error, votequorum_qdevice_register(h, "dev"));
	N("register", error);
	T(votequorum_qdevice_master_wins(h, "other", 1));
	T(votequorum_qdevice_master_wins(h, "dev", 1));
	show(h);
	T(votequorum_qdevice_master_wins(h, "dev", 1));
	T(votequorum_qdevice_master_wins(h, "dev", 0));
	show(h);
	T(votequorum_qdevice_master_wins(h, "dev", 256));
	show(h);
	T(votequorum_qdevice_master_wins(h, "dev", 0));
	T(votequorum_qdevice_unregister(h, "dev"));
	show(h);
	T(votequorum_finalize(h));
	return T_END();
}
