/* votequorum_qdevice_unregister: names, none registered, another name, twice. */
#include "common.h"

int main(void)
{
	votequorum_handle_t h;
	int error;

	T(votequorum_qdevice_unregister(T_BAD_HANDLE, ""));
	T(votequorum_qdevice_unregister(T_BAD_HANDLE, "dev"));
	h = open_votes();
	T(votequorum_qdevice_unregister(h, ""));
	T(votequorum_qdevice_unregister(h, long_name(255)));
	T(votequorum_qdevice_unregister(h, "dev"));
	AGAIN(error, votequorum_qdevice_register(h, "dev"));
	N("register", error);
	T(votequorum_qdevice_unregister(h, "other"));
	T(votequorum_qdevice_unregister(h, "dev"));
	T(votequorum_qdevice_unregister(h, "dev"));
	show(h);
	T(votequorum_finalize(h));
	return T_END();
}
