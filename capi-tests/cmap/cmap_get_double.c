#include "common.h"

GET_NUMBER_TEST(double, double, "a", -0.0, 1.5e308, int64)
