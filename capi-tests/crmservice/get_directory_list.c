#include "common.h"

int main(void)
{
	list("files", get_directory_list(AGENTS, TRUE, FALSE));
	list("executable files", get_directory_list(AGENTS, TRUE, TRUE));
	list("folders", get_directory_list(AGENTS, FALSE, FALSE));
	list("executable folders", get_directory_list(AGENTS, FALSE, TRUE));
	list("the slash at the end", get_directory_list(AGENTS "/", TRUE, TRUE));
	list("two and one that isn't there", get_directory_list("/etc/init.d:/nosuch:" AGENTS, TRUE, TRUE));
	list("the same twice", get_directory_list("/etc/init.d:/etc/init.d", TRUE, TRUE));
	list("empty members", get_directory_list("::/etc/init.d:", TRUE, TRUE));
	list("no such folder", get_directory_list("/nosuch", TRUE, FALSE));
	list("a file", get_directory_list(AGENTS "/agent", TRUE, FALSE));
	list("nothing", get_directory_list("", TRUE, FALSE));
	return T_END();
}
