/* votequorum_qdevice_update: names, none registered, a wrong old name, a new name that then is the device's. */
#include "common.h"

int main(void)
{
	votequorum_handle_t h;
	int error;

	T(votequorum_qdevice_update(T_BAD_HANDLE, "", "b"));
	T(votequorum_qdevice_update(T_BAD_HANDLE, "a", ""));
	T(votequorum_qdevice_update(T_BAD_HANDLE, "a", long_name(255)));
	T(votequorum_qdevice_update(T_BAD_HANDLE, "a", "b"));
	h = open_votes();
	T(votequorum_qdevice_update(h, "a", "b"));
	AGAIN(error, votequorum_qdevice_register(h, "a"));
	N("register", error);
	T(votequorum_qdevice_update(h, "b", "c"));
	T(votequorum_qdevice_update(h, "a", "b"));
	show(h);
	T(votequorum_qdevice_update(h, "a", "c"));
	T(votequorum_qdevice_update(h, "b", long_name(254)));
	show(h);
	T(votequorum_qdevice_unregister(h, "b"));
	T(votequorum_qdevice_unregister(h, long_name(254)));
	show(h);
	T(votequorum_finalize(h));
	return T_END();
}
