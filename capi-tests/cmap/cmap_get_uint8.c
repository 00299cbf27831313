#include "common.h"

GET_NUMBER_TEST(uint8, uint8_t, PRIu8, 0, UINT8_MAX, int8)
