#include "common.h"

GET_NUMBER_TEST(int8, int8_t, PRId8, INT8_MIN, INT8_MAX, uint8)
