// What the kernels of the filters are given: a row, and the rows around it.
#pragma once

#include <cstdint>

namespace stereo {

// Disparities as integers of the same order. What is no number comes last.
constexpr std::int32_t invalid_key = 0x7fffffff;
constexpr std::int32_t to_key(std::int32_t bits) { return bits ^ ((bits >> 31) & 0x7fffffff); }

constexpr int edge_radius = 2;           // of the window that tells whether a pixel is at an edge
constexpr int weighted_slack = 192;      // elements that may be read behind a framed row
constexpr int weight_stride = 128;       // bytes, from the weights of an offset to the next
constexpr int picked_lanes = 16;         // pixels that are bisected together, at most
constexpr int color_steps = 16;          // entries of the table over differences of the guide
constexpr int max_weighted_radius = 32;  // so that sums of weights fit 31 bits

struct WeightedMedianRow {
    int width, radius;
    // Rows y - R ... y + R for R = max(radius, edge_radius), from column 0 on. R columns lie before
    // and R + weighted_slack behind; those outside the image repeat its border.
    const std::int32_t* const* keys;
    const std::uint8_t* const* guide;
    const std::uint8_t* const* valid;  // 255 where there is a number, 0 where not or outside
    bool edges_only;
    const std::uint8_t* where;          // not 0 where the pixel may change; null = everywhere
    const std::uint8_t* color_weights;  // [color_steps], over difference >> color_shift
    int color_shift;
    const std::int32_t* space_weights;  // [(2 radius + 1)^2]
    // Scratch
    std::uint64_t* selected;  // [width / 64 + 2], a bit for each pixel; the last word is 0
    std::int32_t* low;        // [width + 2 R + weighted_slack], and high
    std::int32_t* high;
    std::uint8_t* weights;  // [(2 radius + 1)^2][weight_stride]
    std::int32_t* picked;   // [(2 radius + 1)^2][2 picked_lanes]
    float* out;             // in and out: the row's disparities
};

constexpr int met_values = 16;  // directions along which a hole looks
constexpr int met_batch = 16;   // holes whose medians are found together

// out[k][x] = the disparity at x, or where there is none back[k][x].
struct CarryRow {
    int width, directions;
    const float* disparity;
    const float* const* back;
    float* const* out;
};

}  // namespace stereo
