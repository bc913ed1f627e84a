// Census of both images as the cost kernels want it.
#pragma once

#include "plan.h"

namespace stereo {

// Rows [begin, end) of both images into buffers.left_planes and right_planes.
void census_rows(const Plan& plan, const Buffers& buffers, const Buffers::Thread& scratch,
                 const GrayImage& left, const GrayImage& right, int begin, int end);

}  // namespace stereo
