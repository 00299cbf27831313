/* cs_strerror: every number that corotypes.h names, and some that it doesn't. */
#include "t.h"

int main(void)
{
	int error;

	for (error = -2; error <= 102; error++)
		printf("%d: %s\n", error, cs_strerror((cs_error_t)error));
	printf("max: %s\n", cs_strerror((cs_error_t)0x7fffffff));
	return T_END();
}
