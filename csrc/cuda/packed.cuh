// Bytes and half words packed in 32 bits, the disparities of a lane, and how they meet those of
// the neighbouring lanes.
//
// Minima are __vminu4 and __vminu2: one instruction on devices of compute capability 9.0 and above
// for half words, five or six elsewhere. Sums are plain additions of words: nothing is added that
// would leave its element.
#pragma once

#include <cstdint>

#include "matching.cuh"
#include "portability.cuh"
#include "tiles.cuh"

namespace stereo {
namespace cuda {

template <class Element>
struct Packed;

template <>
struct Packed<std::uint8_t> {
    static constexpr bool wide = false;
    static constexpr int elements = 4, bits = 8;
    static constexpr std::uint32_t element = 0xff;
    __device__ static std::uint32_t repeated(unsigned value) { return value * 0x01010101u; }
    __device__ static std::uint32_t least(std::uint32_t a, std::uint32_t b) {
        return __vminu4(a, b);
    }
    __device__ static unsigned least_element(std::uint32_t word) {
        const std::uint32_t pairs = __vminu2(word & 0x00ff00ffu, word >> 8 & 0x00ff00ffu);
        return min(pairs & 0xffffu, pairs >> 16);
    }
};

template <>
struct Packed<std::uint16_t> {
    static constexpr bool wide = true;
    static constexpr int elements = 2, bits = 16;
    static constexpr std::uint32_t element = 0xffff;
    __device__ static std::uint32_t repeated(unsigned value) { return value * 0x00010001u; }
    __device__ static std::uint32_t least(std::uint32_t a, std::uint32_t b) {
        return __vminu2(a, b);
    }
    __device__ static unsigned least_element(std::uint32_t word) {
        return min(word & 0xffffu, word >> 16);
    }
};

// The smallest number of `lanes` neighbouring lanes, in each of them.
__device__ inline unsigned least_of_lanes(unsigned value, int lanes) {
#if STEREO_HAS_REDUX
    if (lanes == 32) return __reduce_min_sync(full_warp, value);
#endif
    for (int apart = lanes / 2; apart > 0; apart /= 2) {
        value = min(value, __shfl_xor_sync(full_warp, value, apart, lanes));
    }
    return value;
}

// What lies before a lane's first disparity and behind its last, in the element next to it: all
// ones where that is nothing.
struct Ends {
    std::uint32_t before = ~std::uint32_t{0}, behind = ~std::uint32_t{0};
};

// The words of disparities i - 1 and i + 1 from those of i, word after word; `lane` of `lanes`.
template <class Element, int words>
class Neighbours {
    static constexpr int bits = Packed<Element>::bits;

public:
    __device__ Neighbours(const std::uint32_t (&at)[words], int lane, int lanes, const Ends& ends)
        : lane_(lane), lanes_(lanes), behind_(ends.behind), before_(ends.before) {
        next_ = from_above(at[0]);
    }

    // Word j, before `at` changes beyond it.
    __device__ void take(const std::uint32_t (&at)[words], int j, std::uint32_t& below,
                         std::uint32_t& above) {
        const std::uint32_t lower =
            __shfl_sync(full_warp, at[j], (lane_ - 1) & (lanes_ - 1), lanes_);
        below = lane_ == 0 ? __funnelshift_l(before_, lower, bits) : lower;
        before_ = lower;
        const std::uint32_t upper = next_;
        next_ = j + 1 < words ? from_above(at[j + 1 < words ? j + 1 : j]) : behind_;
        above = lane_ == lanes_ - 1 ? __funnelshift_r(upper, next_, bits) : upper;
    }

private:
    __device__ std::uint32_t from_above(std::uint32_t word) const {
        return __shfl_sync(full_warp, word, (lane_ + 1) & (lanes_ - 1), lanes_);
    }
    int lane_, lanes_;
    std::uint32_t behind_, before_, next_;
};

}  // namespace cuda
}  // namespace stereo
