#include "common.h"

int main(void)
{
	grab_all(services__grab_stdout);
	return T_END();
}
