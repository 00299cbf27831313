/* votequorum_qdevice_register: names, twice, another name, another handle; the device outlives its handle. */
#include "common.h"

int main(void)
{
	votequorum_handle_t h, other;
	int error;

	T(votequorum_qdevice_register(T_BAD_HANDLE, ""));
	T(votequorum_qdevice_register(T_BAD_HANDLE, long_name(255)));
	T(votequorum_qdevice_register(T_BAD_HANDLE, "dev"));
	h = open_votes();
	T(votequorum_qdevice_register(h, ""));
	T(votequorum_qdevice_register(h, long_name(255)));
	T(votequorum_qdevice_register(h, long_name(300)));
	AGAIN(error, votequorum_qdevice_register(h, "dev"));
	N("register", error);
	show(h);
	T(votequorum_qdevice_register(h, "dev"));
	T(votequorum_qdevice_register(h, "other"));
	T(votequorum_qdevice_register(h, "devil"));
	T(votequorum_qdevice_register(h, "de"));
	T(votequorum_trackstart(h, 1, CS_TRACK_CURRENT));
	T(votequorum_dispatch(h, CS_DISPATCH_ALL));
	T(votequorum_finalize(h));
	other = open_votes();
	show(other);
	T(votequorum_qdevice_unregister(other, "dev"));
	show(other);
	AGAIN(error, votequorum_qdevice_register(other, long_name(254)));
	N("register a long name", error);
	show(other);
	T(votequorum_qdevice_unregister(other, long_name(254)));
	show(other);
	T(votequorum_finalize(other));
	return T_END();
}
