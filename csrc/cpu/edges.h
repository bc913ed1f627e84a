// Differences along the paths: of the guide, on which adaptive penalties depend, and of the prior,
// along which slanted paths go.
#pragma once

#include "plan.h"

namespace stereo {

// Map k holds for pixel (x, y) the difference to its neighbour at edge_steps[k], or 0 if there is
// none. A frame of zeros, a column on either side and a row below, stands for the differences of
// pixels outside, so that the difference to the opposite neighbour is that neighbour's own.
struct EdgeStep {
    int dx, dy;
};
constexpr EdgeStep edge_steps[max_sweep_paths] = {{-1, 0}, {0, -1}, {-1, -1}, {1, -1}};

inline std::size_t edge_stride(const Plan& plan) {
    return static_cast<std::size_t>(plan.width) + 2;
}
inline std::size_t edge_map_size(const Plan& plan) {
    return (static_cast<std::size_t>(plan.height) + 1) * edge_stride(plan);
}

// Rows [begin, end) of every map.
void edge_rows(const Plan& plan, const Buffers& buffers, const std::uint8_t* guide, int begin,
               int end);
// The same for the prior, signed, the pixel's own less its neighbour's; 0 where that is beyond 1
// px.
void slant_rows(const Plan& plan, const Buffers& buffers, const std::int32_t* prior, int begin,
                int end);

}  // namespace stereo
