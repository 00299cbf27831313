#include "common.h"

int main(void)
{
	list("standards", resources_list_standards());
	list("again", resources_list_standards());
	return T_END();
}
