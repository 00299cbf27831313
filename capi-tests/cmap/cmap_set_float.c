#include "common.h"

SET_NUMBER_TEST(float, -0.0f, 1.5e38f)
