#include "common.h"

GET_NUMBER_TEST(uint32, uint32_t, PRIu32, 0, UINT32_MAX, float)
