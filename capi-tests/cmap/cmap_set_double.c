#include "common.h"

SET_NUMBER_TEST(double, -0.0, 1.5e308)
