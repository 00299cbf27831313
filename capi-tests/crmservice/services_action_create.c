/* The reference gives null even for actions that can be carried out, which this library doesn't (docs/quirks.md). */
#include "common.h"

int main(void)
{
	show("no name", services_action_create("", "start", 0, 1000));
	show("null", services_action_create(NULL, "start", 0, 1000));
	show("no action", services_action_create("script", "", 0, 1000));
	show("a null action", services_action_create("script", NULL, 0, 1000));
	return T_END();
}
