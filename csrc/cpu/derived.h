// The images whose census the gradient census takes.
#pragma once

#include "plan.h"

namespace stereo {

// Rows [begin, end) of what is derived from both images, into buffers.derived.
void derived_rows(const Buffers& buffers, const Pair& pair, int begin, int end);

}  // namespace stereo
