#include "common.h"

SET_NUMBER_TEST(uint64, 0, UINT64_MAX)
