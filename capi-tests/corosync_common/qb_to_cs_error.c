/* qb_to_cs_error: every errno. The library exports it; no header of its own declares it. */
#include "t.h"

cs_error_t qb_to_cs_error(int result);

int main(void)
{
	int number;

	for (number = -140; number <= 3; number++)
		printf("%d: %s\n", number, t_name(qb_to_cs_error(number)));
	return T_END();
}
