/* sam_data_store, _getsize, _restore: before the fork, in the child, over a recovery. */
#include "sam.h"

static void show(void)
{
	char data[16] = "...............";
	size_t size = 77;

	T(sam_data_getsize(&size));
	NUM(size);
	N("restore", sam_data_restore(data, sizeof data));
	printf("%.15s\n", data);
	fflush(stdout);
}

static void alone(void)
{
	char data[4] = "xyz";

	NEED(sam_initialize(0, SAM_RECOVERY_POLICY_QUIT));
	show();
	T(sam_data_store("hello", 5));
	show();
	N("too little room", sam_data_restore(data, 4));
	T(sam_data_restore(NULL, 100));
	T(sam_data_store("hi", 2));
	show();
	T(sam_data_store("", 0));
	show();
	T(sam_data_store("abc", 3));
	T(sam_data_store(NULL, 3));
	show();
	T(sam_finalize());
	T(sam_data_store("abc", 3));
}

static void recovered(void)
{
	unsigned int instance;

	NEED(sam_initialize(0, SAM_RECOVERY_POLICY_RESTART));
	NEED(sam_data_store("parent", 6));
	instance = child();
	NUM(instance);
	show();
	if (instance == 3)
		exit(15);
	T(sam_data_store(instance == 1 ? "first" : "second!", instance == 1 ? 5 : 7));
	T(sam_start());
	exit(0);
}

static void large(void)
{
	size_t i, size = 3 << 20;
	unsigned char *data = malloc(size);

	NEED(sam_initialize(0, SAM_RECOVERY_POLICY_RESTART));
	if (child() == 1) {
		for (i = 0; i < size; i++)
			data[i] = i * 7;
		T(sam_data_store(data, size));
		T(sam_start());
		exit(0);
	}
	T(sam_data_restore(data, size));
	for (i = 0; i < size && data[i] == (unsigned char)(i * 7); i++)
		;
	IS(i == size);
	exit(16);
}

int main(void)
{
	scenario("no child yet", alone);
	scenario("over recoveries", recovered);
	scenario("three megabytes", large);
	return T_END();
}
