// Stage 3: the matching cost of a pixel and a disparity, made when it is needed and never stored.
//
// The descriptors of a right row are read by neighbouring lanes for neighbouring disparities: 256
// bytes in a row for a warp, most of them in the first-level cache since the neighbouring pixel.
// To make a cost again for each path costs two xors, two population counts and two additions; to
// read it from memory would take as many bytes as the paths themselves.
#pragma once

#include "gradient_census.cuh"
#include "matching.cuh"
#include "tiles.cuh"

namespace stereo {
namespace cuda {

// The costs of one pixel, from descriptors.
class DescriptorCosts {
public:
    __device__ DescriptorCosts(const Costs& costs, int y, int x)
        : left_(costs.left + pixel_at(y, 0, costs.width)),
          right_(costs.right + pixel_at(y, 0, costs.width)),
          own_(left_[x]),
          x_(x),
          first_(x - costs.min_disp),
          width_(costs.width),
          min_disp_(costs.min_disp),
          maximum_(static_cast<std::uint32_t>(costs.maximum)),
          tones_(costs.kind == Cost::gradient_census),
          whole_(first_ < costs.width && first_ >= costs.padded - 1) {}

    // Of disparity i, and of those that lie `step` further each, in `bits` bits of a word each.
    template <int count, int bits>
    __device__ std::uint32_t word(int i, int step) const {
        if (whole_) {
            std::uint64_t others[count];
#pragma unroll
            for (int k = 0; k < count; ++k) others[k] = right_[first_ - (i + k * step)];
            return differences<count, bits>(own_, others);
        }
        std::uint32_t word = 0;
#pragma unroll 1
        for (int k = 0; k < count; ++k) word |= at_edge(i + k * step) << (k * bits);
        return word;
    }

private:
    template <int count, int bits>
    __device__ std::uint32_t differences(std::uint64_t own,
                                         const std::uint64_t (&others)[count]) const {
        const std::uint64_t census = tones_ ? census_bits : ~std::uint64_t{0};
        std::uint32_t word = 0;
#pragma unroll
        for (int k = 0; k < count; ++k) {
            const int differ = __popcll((own ^ others[k]) & census);
            word |= static_cast<std::uint32_t>(differ) << (k * bits);
        }
        return tones_ ? word + tone_differences<count, bits>(own, others) : word;
    }

    // Where a counterpart lies outside the right image, the cost is that of the nearest column for
    // which it does not.
    __device__ std::uint32_t at_edge(int i) const {
        const int d = min_disp_ + i;
        const bool exists = d > -width_ && d < width_;
        const int x = exists ? min(max(x_, d), width_ - 1 + min(d, 0)) : 0;
        const std::uint64_t other[1] = {right_[exists ? x - d : 0]};
        return exists ? differences<1, 8>(left_[x], other) : maximum_;
    }

    const std::uint64_t *left_, *right_;
    std::uint64_t own_;
    int x_, first_, width_, min_disp_;
    std::uint32_t maximum_;
    bool tones_;  // count, too
    bool whole_;  // the counterparts of all disparities are in the right image
};

// The costs of one pixel, from a volume; 0 beyond its disparities.
template <class Value>
class VolumeCosts {
public:
    __device__ VolumeCosts(const Costs& costs, int y, int x)
        : values_(static_cast<const Value*>(costs.volume) +
                  pixel_at(y, x, costs.width) * static_cast<std::size_t>(costs.disparities)),
          disparities_(costs.disparities) {}

    template <int count, int bits>
    __device__ std::uint32_t word(int i, int step) const {
        std::uint32_t word = 0;
#pragma unroll
        for (int k = 0; k < count; ++k) {
            const int at = i + k * step;
            if (at < disparities_) word |= std::uint32_t{values_[at]} << (k * bits);
        }
        return word;
    }

private:
    const Value* values_;
    int disparities_;
};

// Calls `run` with the costs of a pixel. The kind is the same for all threads, so one kernel does
// for all costs. Volumes of 16 bits come with elements of 16 bits only.
template <bool wide, class Run>
__device__ auto with_costs(const Costs& costs, int y, int x, Run run) {
    if (costs.kind != Cost::volume) return run(DescriptorCosts(costs, y, x));
    if constexpr (wide) {
        if (costs.wide_volume) return run(VolumeCosts<std::uint16_t>(costs, y, x));
    }
    return run(VolumeCosts<std::uint8_t>(costs, y, x));
}

}  // namespace cuda
}  // namespace stereo
