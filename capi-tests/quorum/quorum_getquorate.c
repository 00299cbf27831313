/* quorum_getquorate: with quorum, without and again. */
#include "common.h"

int main(void)
{
	quorum_handle_t h;
	int quorate = 77;

	T(quorum_getquorate(T_BAD_HANDLE, &quorate));
	NUM(quorate);
	h = open_v0();
	T(quorum_getquorate(h, &quorate));
	NUM(quorate);
	expect_votes(h, 5);
	T(quorum_getquorate(h, &quorate));
	NUM(quorate);
	expect_votes(h, 1);
	T(quorum_getquorate(h, &quorate));
	NUM(quorate);
	T(quorum_finalize(h));
	return T_END();
}
