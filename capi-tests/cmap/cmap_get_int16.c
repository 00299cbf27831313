#include "common.h"

GET_NUMBER_TEST(int16, int16_t, PRId16, INT16_MIN, INT16_MAX, uint16)
