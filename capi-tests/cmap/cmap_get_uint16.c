#include "common.h"

GET_NUMBER_TEST(uint16, uint16_t, PRIu16, 0, UINT16_MAX, int16)
