#include "common.h"

SET_NUMBER_TEST(int32, INT32_MIN, INT32_MAX)
