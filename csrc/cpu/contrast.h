// Local contrast: a row of the tone on a scale that is the same for rough and for smooth regions.
#pragma once

#include "kernels.h"

namespace stereo {
namespace {

// Only operations that IEEE 754 rounds alike everywhere, on integers below 2^24 but for the
// variance.
void even_contrast(const ContrastRow& row) {
    constexpr float spread = 16, steady = contrast_pixels * spread;
    for (int x = 0; x < row.width; ++x) {
        std::int32_t sum = 0, squares = 0;
        for (int k = 0; k < contrast_side; ++k) {
            sum += row.sums[x + k];
            squares += row.squares[x + k];
        }
        const std::int32_t above = contrast_pixels * row.tone[x] - sum;
        const std::int32_t variance = contrast_pixels * squares - sum * sum;
        const float deviation = __builtin_sqrtf(static_cast<float>(variance));
        const float scale = deviation > steady ? deviation : steady;
        const float even = static_cast<float>(above) * spread / scale + 128.5f;
        const float low = even > 0 ? even : 0.0f, bounded = low < 255 ? low : 255.0f;
        row.out[x] = static_cast<std::uint8_t>(static_cast<std::int32_t>(bounded));
    }
}

}  // namespace
}  // namespace stereo
