#include "common.h"

int main(void)
{
	list("services", services_list());
	list("again", services_list());
	return T_END();
}
