#include "common.h"

GET_NUMBER_TEST(int32, int32_t, PRId32, INT32_MIN, INT32_MAX, uint32)
