// Stage 9: the sub-pixel laws, the same float32 operations as csrc/cpu/finish.h.
#pragma once

#include "matching.cuh"
#include "portability.cuh"

namespace stereo {
namespace cuda {

// Offset of the extremum from S at i - 1, i, i + 1; 0 where a neighbour is missing. Sums and
// products are exact in float32, so only the division rounds.
__device__ inline float offset(SubPixel law, unsigned below, unsigned at, unsigned above) {
    if (law == SubPixel::none || below == no_candidate || above == no_candidate) return 0;
    const int a = static_cast<int>(below) - static_cast<int>(at);
    const int c = static_cast<int>(above) - static_cast<int>(at);
    const int width = law == SubPixel::parabola ? a + c : max(a, c);
    if (width <= 0) return 0;
    return static_cast<float>(a - c) / static_cast<float>(2 * width);
}

}  // namespace cuda
}  // namespace stereo
