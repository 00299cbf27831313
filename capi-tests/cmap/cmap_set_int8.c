#include "common.h"

SET_NUMBER_TEST(int8, INT8_MIN, INT8_MAX)
