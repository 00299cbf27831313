#include "common.h"

GET_NUMBER_TEST(float, float, "a", -0.0f, 1.5e38f, int32)
