// Matching cost of a run of pixels: Hamming distances of their census, made when they are needed.
#pragma once

#include "kernels.h"

namespace stereo {
namespace {

template <int planes>
void cost_of_planes(const CostBlock& block) {
    using simd::u8v;
    const int size = block.padding.state;
    for (int n = 0; n < block.count; ++n) {
        const std::ptrdiff_t x = block.x + std::ptrdiff_t{n} * block.step;
        std::uint8_t* const cost = block.cost + std::ptrdiff_t{n} * size;
        u8v left[planes];
        const std::uint8_t* right[planes];
        for (int k = 0; k < planes; ++k) {
            left[k] = simd::splat(block.left[k][x], u8v{});
            right[k] = block.right[k] - x;
        }
        for (int i = 0; i < size; i += u8v::lanes) {
            simd::store<u8v>(cost + i, simd::hamming<planes>(left, right, i));
        }
        for (int i = block.padding.disparities; i < size; ++i) cost[i] = 255;
    }
}

void cost(const CostBlock& block) {
    switch (block.planes) {
        case 3: return cost_of_planes<3>(block);
        case 6: return cost_of_planes<6>(block);
        default: return cost_of_planes<8>(block);
    }
}

}  // namespace
}  // namespace stereo
