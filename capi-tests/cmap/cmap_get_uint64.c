#include "common.h"

GET_NUMBER_TEST(uint64, uint64_t, PRIu64, 0, UINT64_MAX, double)
