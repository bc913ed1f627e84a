// Census of both images, and their tone, as the cost kernels want it.
#pragma once

#include "plan.h"

namespace stereo {

// Rows [begin, end) of both images into buffers.left_planes and right_planes. What the gradients
// are wanted for reads two rows beyond.
void describe_rows(const Plan& plan, const Buffers& buffers, const Buffers::Thread& scratch,
                   const Pair& pair, int begin, int end);

}  // namespace stereo
