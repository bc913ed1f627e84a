// The descriptor of the gradient census, and what two of them differ by.
#pragma once

#include <cstdint>

#include "portability.cuh"

namespace stereo {
namespace cuda {

constexpr int derived_bits = 12;  // of each derived image
constexpr int tone_shift = 56;    // the top byte; what lies between is 0

__device__ inline std::uint64_t gradient_descriptor(unsigned smooth, unsigned gradient_x,
                                                    unsigned gradient_y, std::uint8_t tone) {
    return std::uint64_t{tone} << tone_shift |
           std::uint64_t{gradient_y} << (2 * derived_bits) |
           std::uint64_t{gradient_x << derived_bits | smooth};
}

__device__ inline unsigned gradient_difference(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t census = (std::uint64_t{1} << tone_shift) - 1;
    constexpr int tone_limit = 8;
    const int tone = static_cast<int>(a >> tone_shift) - static_cast<int>(b >> tone_shift);
    const int difference = min(max(tone, -tone), tone_limit);
    return static_cast<unsigned>(__popcll((a ^ b) & census) + (difference >> 2));
}

}  // namespace cuda
}  // namespace stereo
