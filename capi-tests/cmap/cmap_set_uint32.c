#include "common.h"

SET_NUMBER_TEST(uint32, 0, UINT32_MAX)
