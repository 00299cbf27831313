#include "common.h"

GET_NUMBER_TEST(int64, int64_t, PRId64, INT64_MIN, INT64_MAX, uint64)
