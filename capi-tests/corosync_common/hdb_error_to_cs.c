/* hdb_error_to_cs: every errno. The library exports it; no header of its own declares it. */
#include "t.h"

cs_error_t hdb_error_to_cs(int result);

int main(void)
{
	int number;

	for (number = -140; number <= 3; number++)
		printf("%d: %s\n", number, t_name(hdb_error_to_cs(number)));
	return T_END();
}
