// Census of both images, and their tone, as the cost kernels want it.
#pragma once

#include "plan.h"

namespace stereo {

// Rows [begin, end) of both images into buffers.left_planes and right_planes. What is
// derived is read up to four rows beyond.
void describe_rows(const Plan& plan, const Buffers& buffers, const Buffers::Thread& scratch,
                   const Pair& pair, int begin, int end);

}  // namespace stereo
