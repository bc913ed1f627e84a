// What the stages of a matching share: the layout of the sums, and a function a stage.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../contracts.h"
#include "portability.cuh"
#include "stream.h"

namespace stereo {
namespace cuda {

constexpr int most_axes = 4;      // horizontal, vertical and both diagonals
constexpr int winner_bits = 14;   // of a key: S << winner_bits | i, so that ties go to small i
constexpr unsigned no_key = ~0u;  // of a pixel without candidates; S has 16 bits
constexpr unsigned no_candidate = 65535;  // S, or i, of what is none; real ones are smaller

// How the disparities of a pixel lie in words, and in the registers of the lanes that follow a
// path. Element k of word j of a lane is disparity ((part * words + j) * elements + k) * lanes +
// lane: a word shifted by one lane holds the neighbouring disparities, and the costs of
// neighbouring lanes come from neighbouring pixels. Words lie in memory as [part][j][lane].
struct Layout {
    bool wide;      // elements are 16 bits, two a word, instead of bytes
    int lane_bits;  // of 8, 16 or 32 lanes
    int words;      // of a lane
    bool block;     // a block follows one path, its warps a part of the disparities each
    int parts;      // 1 if not

    __host__ __device__ int lanes() const { return 1 << lane_bits; }
    __host__ __device__ int elements() const { return wide ? 2 : 4; }  // of a word
    __host__ __device__ int pixel_words() const { return parts * words * lanes(); }
    __host__ __device__ int padded() const {
        return pixel_words() * elements();
    }  // disparities, those beyond D too
};
Layout layout_of(int disparities, bool wide);

// Costs of an image's pixels: from descriptors, [y][x] of 64 bits, or a volume.
struct Costs {
    Cost kind;
    const std::uint64_t *left, *right;
    const void* volume;
    bool wide_volume;  // of 16 bits
    int height, width, min_disp, disparities;
    int maximum;
    int padded;  // disparities of the layout
};

// Sums over the paths of an axis of what a pixel inherits, E in docs/architecture.md: S is the sum
// over the axes, and the number of paths times the cost. [axis][y][x] in the layout.
struct Sums {
    std::uint32_t* words;
    std::size_t axis_words;  // from one axis to the next
    int axes, paths;
    Layout layout;
};

// What the selection leaves to the finish, beside the disparity, flags and confidence.
struct Winners {
    std::uint16_t* left;   // [y][x] i, or no_candidate
    unsigned* right_keys;  // [y][x], in the right image
    std::uint8_t* flags;   // flag_out_of_range, flag_not_unique or 0
};

// Stage 2, at most 64 bits a pixel.
void census(const GrayImage& image, int window_width, int window_height, std::uint64_t* out,
            Stream stream);
void gradient_census(const GrayImage& image, const std::uint8_t* tone, int gray_level,
                     std::uint64_t* out, Stream stream);

// Stages 3 and 4.
void aggregate(const Pair& pair, const MatchingParams& params, const Costs& costs, const Sums& sums,
               Stream stream);

// Stages 5 to 7, 9 and 10 of the left view, before the left-right check.
void select(const MatchingParams& params, const Costs& costs, const Sums& sums,
            const Winners& winners, float* disparity, float* confidence, Stream stream);

// Stage 8, and 9 of the right view. `out` holds what the selection found.
void finish(const MatchingParams& params, const Costs& costs, const Sums& sums,
            const Winners& winners, const Selection& out, Stream stream);

}  // namespace cuda
}  // namespace stereo
