// Matching cost of a run of pixels: Hamming distances of their census, made when they are needed.
#pragma once

#include <cstring>

#include "kernels.h"

namespace stereo {
namespace {

// Where the counterpart lies outside the right image.
inline void cost_outside(const CostBlock& block, int x, std::uint8_t* cost) {
    const int disparities = block.padding.disparities;
    const Candidates c = candidates(x, block.width, block.min_disp, disparities);
    const int begin = c.begin < disparities ? c.begin : disparities, end = c.end > 0 ? c.end : 0;
    std::memcpy(cost, block.outside, static_cast<std::size_t>(begin));
    if (end < disparities) {
        std::memcpy(cost + end, block.outside + end, static_cast<std::size_t>(disparities - end));
    }
}

// Diagonal census of gray and of the gradients, and the truncated difference of the tones,
// quartered.
struct GradientCensus {
    static constexpr int planes = tone_plane + 1;
    static inline simd::u8v of(const simd::u8v (&left)[planes],
                               const std::uint8_t* const (&right)[planes], std::ptrdiff_t at) {
        using simd::u8v;
        const u8v bits =
            simd::hamming<tone_plane>({left[0], left[1], left[2], left[3], left[4]},
                                      {right[0], right[1], right[2], right[3], right[4]}, at);
        const u8v own = left[tone_plane], other = simd::loadu<u8v>(right[tone_plane] + at);
        const u8v difference = simd::add(simd::subs(own, other), simd::subs(other, own));
        const u8v limit = simd::splat(std::uint8_t{tone_limit}, u8v{});
        return simd::add(bits, simd::quarter(simd::min(difference, limit)));
    }
};

template <int count>
struct Census {
    static constexpr int planes = count;
    static inline simd::u8v of(const simd::u8v (&left)[planes],
                               const std::uint8_t* const (&right)[planes], std::ptrdiff_t at) {
        return simd::hamming<planes>(left, right, at);
    }
};

template <class Cost, int vectors>
void cost_of(const CostBlock& block) {
    constexpr int planes = Cost::planes;
    using simd::u8v;
    const int size = vectors > 0 ? vectors * u8v::lanes : block.padding.state;
    const std::ptrdiff_t cost_step = block.cost_step, step = block.step;
    const int disparities = block.padding.disparities;
    const std::uint8_t beyond = block.beyond;
    // The pixels all of whose disparities are candidates.
    const int whole_begin = block.min_disp + disparities - 1,
              whole_end = block.width + block.min_disp;
    const std::uint8_t* left[planes];
    const std::uint8_t* right[planes];
    for (int k = 0; k < planes; ++k) {
        left[k] = block.planes.left[k];
        right[k] = block.planes.right[k];
    }
    std::uint8_t* cost = block.cost;
    std::ptrdiff_t x = block.x;
    for (int n = 0; n < block.count; ++n, x += step, cost += cost_step) {
        u8v pixel[planes];
        for (int k = 0; k < planes; ++k) pixel[k] = simd::splat(left[k][x], u8v{});
#pragma GCC unroll 4
        for (int i = 0; i < size; i += u8v::lanes) {
            simd::store<u8v>(cost + i, Cost::of(pixel, right, i - x));
        }
        if (x < whole_begin || x >= whole_end) cost_outside(block, static_cast<int>(x), cost);
        if (disparities < size) {
            std::memset(cost + disparities, beyond, static_cast<std::size_t>(size - disparities));
        }
    }
}

template <class Cost>
void cost_of_size(const CostBlock& block) {
    switch (block.padding.state / simd::u8v::lanes) {
        case 1: return cost_of<Cost, 1>(block);
        case 2: return cost_of<Cost, 2>(block);
        case 4: return cost_of<Cost, 4>(block);
        default: return cost_of<Cost, 0>(block);
    }
}

void cost(const CostBlock& block) {
    switch (block.planes.count) {
        case 3: return cost_of_size<Census<3>>(block);
        case 6: return cost_of_size<Census<6>>(block);
        default: return cost_of_size<Census<8>>(block);
    }
}

void gradient_census_cost(const CostBlock& block) { cost_of_size<GradientCensus>(block); }

}  // namespace
}  // namespace stereo
