#include "common.h"

SET_NUMBER_TEST(int64, INT64_MIN, INT64_MAX)
