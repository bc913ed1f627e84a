// The gradient images of a pair.
#pragma once

#include "plan.h"

namespace stereo {

// Rows [begin, end) of the gradients of both images into buffers.gradients.
void gradient_rows(const Buffers& buffers, const Pair& pair, int begin, int end);

}  // namespace stereo
