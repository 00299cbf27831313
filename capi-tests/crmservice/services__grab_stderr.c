#include "common.h"

int main(void)
{
	grab_all(services__grab_stderr);
	return T_END();
}
