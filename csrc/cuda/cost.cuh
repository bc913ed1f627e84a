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

struct CensusDifference {
    __device__ static unsigned of(std::uint64_t a, std::uint64_t b) {
        return static_cast<unsigned>(__popcll(a ^ b));
    }
};

struct GradientDifference {
    __device__ static unsigned of(std::uint64_t a, std::uint64_t b) {
        return gradient_difference(a, b);
    }
};

// The costs of one pixel, from descriptors.
template <class Difference>
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
          maximum_(costs.maximum),
          whole_(first_ < costs.width && first_ >= costs.padded - 1) {}

    // Of disparity i, and of those that lie `step` further each, in `bits` bits of a word each.
    template <int count, int bits>
    __device__ std::uint32_t word(int i, int step) const {
        std::uint32_t word = 0;
        if (whole_) {
#pragma unroll
            for (int k = 0; k < count; ++k) {
                word |= Difference::of(own_, right_[first_ - (i + k * step)]) << (k * bits);
            }
        } else {
#pragma unroll 1
            for (int k = 0; k < count; ++k) word |= at_edge(i + k * step) << (k * bits);
        }
        return word;
    }

private:
    // Where a counterpart lies outside the right image, the cost is that of the nearest column for
    // which it does not.
    __device__ unsigned at_edge(int i) const {
        const int d = min_disp_ + i;
        if (d <= -width_ || d >= width_) return static_cast<unsigned>(maximum_);
        const int x = min(max(x_, d), width_ - 1 + min(d, 0));
        return Difference::of(left_[x], right_[x - d]);
    }

    const std::uint64_t *left_, *right_;
    std::uint64_t own_;
    int x_, first_, width_, min_disp_, maximum_;
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
// for all costs.
template <class Run>
__device__ auto with_costs(const Costs& costs, int y, int x, Run run) {
    switch (costs.kind) {
        case Cost::census: return run(DescriptorCosts<CensusDifference>(costs, y, x));
        case Cost::gradient_census: return run(DescriptorCosts<GradientDifference>(costs, y, x));
        default: break;
    }
    return costs.wide_volume ? run(VolumeCosts<std::uint16_t>(costs, y, x))
                             : run(VolumeCosts<std::uint8_t>(costs, y, x));
}

}  // namespace cuda
}  // namespace stereo
