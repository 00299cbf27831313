#include "common.h"

SET_NUMBER_TEST(uint8, 0, UINT8_MAX)
