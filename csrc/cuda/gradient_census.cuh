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
    return std::uint64_t{tone} << tone_shift | std::uint64_t{gradient_y} << (2 * derived_bits) |
           std::uint64_t{gradient_x << derived_bits | smooth};
}

constexpr std::uint64_t census_bits = (std::uint64_t{1} << tone_shift) - 1;

// A quarter of the difference of the tones, which counts up to 8: that of `count` descriptors from
// one, in `bits` bits of a word each, all at once.
template <int count, int bits>
__device__ std::uint32_t tone_differences(std::uint64_t own, const std::uint64_t (&others)[count]) {
    constexpr unsigned limit = 0x08080808, quarters = 0x03030303;
    std::uint32_t own_tones = 0, tones = 0;
#pragma unroll
    for (int k = 0; k < count; ++k) {
        const unsigned place = 4 * static_cast<unsigned>(k * bits / 8);
        const unsigned top_byte_to_it = (0x3210u & ~(15u << place)) | 7u << place;
        own_tones = __byte_perm(own_tones, static_cast<unsigned>(own >> 32), top_byte_to_it);
        tones = __byte_perm(tones, static_cast<unsigned>(others[k] >> 32), top_byte_to_it);
    }
    return __vminu4(__vabsdiffu4(own_tones, tones), limit) >> 2 & quarters;
}

}  // namespace cuda
}  // namespace stereo
