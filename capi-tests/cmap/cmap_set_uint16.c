#include "common.h"

SET_NUMBER_TEST(uint16, 0, UINT16_MAX)
