#include "common.h"

SET_NUMBER_TEST(int16, INT16_MIN, INT16_MAX)
