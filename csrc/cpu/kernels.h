// The table of kernels that each instruction set fills: one translation unit each, chosen at load.
//
// Blocks: kernels work on runs of at most `block_pixels` neighbouring pixels of a row, in the
// order of the sweep (x rising where step = +1, falling where step = -1), so that the costs and S
// of a run stay in the first-level cache.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../contracts.h"
#include "filter_rows.h"

namespace stereo {

constexpr int block_pixels = 32;
constexpr int max_planes = 8;                  // bytes of a pixel's census and tone
constexpr int derived_images = 3;              // of the gradient census: smooth, both gradients:
constexpr int tone_plane = 5;                  // 12 bits of each, and the tone
constexpr int tone_limit = 8;                  // of the difference of tones that counts
constexpr int max_sweep_paths = 4;             // that one sweep follows
constexpr std::uint16_t no_candidate = 65535;  // S of what is no candidate; real S is smaller
// S is kept as a key where sums are bytes: S * 32 + the pixel's place in the run, counted so that
// the smallest key of a right pixel is its smallest S with the smallest d.
constexpr int key_bits = 5;
static_assert(block_pixels == 1 << key_bits, "a place fits into a key");
constexpr int aggregated_guard = 32;  // elements of no_candidate on either side of an S
constexpr int median_slack = 16;      // floats that may be read behind a framed row
constexpr int ceiling_bytes = 16;     // of a ceiling: the value, repeated
constexpr int alignment = 64;         // bytes, of every buffer and row

// Indices of the candidates of a left pixel: those whose counterpart is in the right image.
struct Candidates {
    int begin, end;
};
constexpr Candidates candidates(int x, int width, int min_disp, int disparities) {
    const int begin = x - (width - 1) - min_disp, end = x - min_disp + 1;
    return {begin > 0 ? begin : 0, end < disparities ? end : disparities};
}

constexpr int round_up(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

// The place of the n-th pixel of a run in its keys: the smallest d of a right pixel comes first
// where x rises, last where x falls.
constexpr int place_of(int n, int step) { return step > 0 ? n : block_pixels - 1 - n; }
constexpr std::uint16_t from_key(std::uint16_t key) {
    return key == no_candidate ? key : static_cast<std::uint16_t>(key >> key_bits);
}

// The disparities of a pixel in the buffers: D rounded up.
struct Padding {
    int disparities;  // D
    int state;        // elements of a path state and of a cost: a multiple of the byte lanes
    int volume;       // elements of the volume: a multiple of 16
    int aggregated;   // elements from one S to the next: a multiple of 64, and two guards
    int slot;         // elements from one path state to the next: state + guard
};

// One row of bit planes: byte k of each pixel's census.
struct CensusRow {
    const void* const*
        rows;  // the window's gray rows, top to bottom, padded by the window's radius
    PixelType type;
    int width;
    int window_width, window_height;
    bool mirrored;                // the rows run from right to left
    std::uint8_t* const* planes;  // out: [plane][x]
};

// The same on the 12 neighbours of a 5x5 grid with dx + dy even, `step` pixels apart, where they
// are lower by more than `slack`: eight bits to `plane`, and four to the upper or to the lower half
// of `rest`, where that comes first.
struct DiagonalRow {
    const void* const* rows;
    int step, slack;
    PixelType type;
    int width;
    bool mirrored, upper;
    std::uint8_t *plane, *rest;
};

constexpr int derived_steps[derived_images] = {2, 1, 1};
constexpr int diagonal_side(int step) { return 4 * step + 1; }  // of the window, px

// Planes of a row of both images: bits of their census, then the tone. Byte i of right[k] - x is
// candidate i of left pixel x.
struct CensusPlanes {
    const std::uint8_t* left[max_planes];   // at x = 0
    const std::uint8_t* right[max_planes];  // mirrored
    int count;
};

struct CostBlock {
    CensusPlanes planes;
    const std::uint8_t* outside;  // cost of what is no candidate, for this row
    int x, step, count, width, min_disp;
    Padding padding;
    std::uint8_t beyond;       // cost beyond D
    std::uint8_t* cost;        // out: padding.state elements for the first pixel
    std::ptrdiff_t cost_step;  // elements from a pixel to the next of the run
};

// What one sweep knows of the paths at a run of pixels. A state is L, not normalised, in a slot
// (element i is disparity i), beside its ceiling: the minimum of L over i, plus p2, repeated over
// 16 bytes so that it loads as a vector. Slots and ceilings follow the order of the sweep,
// whatever its step.
struct SweepBlock {
    const std::byte* cost;     // as CostBlock wrote it, bytes or (wide_cost) words, or
    std::ptrdiff_t cost_step;  // elements
    bool wide_cost;
    CensusPlanes planes;  // what a kernel that makes its own costs starts from
    std::byte* made;      // out: these costs, where only the horizontal path is followed
    int x;
    int count;
    int step;
    Padding padding;
    int p1, p2, paths;
    void* horizontal;   // one slot, carried along the row
    void* vertical[3];  // slots of the first pixel: straight, then the two diagonals
    void* ceiling[4];   // of horizontal, then of each vertical
    // Slanted paths: how much the prior rises along each, in [-1, 1], where `step` is 1; or null.
    const std::int8_t* slant[max_sweep_paths];
    // Adaptive penalties, where ceilings are without p2: differences of the guide along each path
    // of this sweep, in the order of the image, and of the other; and by difference the penalties,
    // repeated over 16 bytes, and p2.
    const std::uint8_t *edge[max_sweep_paths], *other_edge[max_sweep_paths];
    int other_paths;
    const void *p1_vectors, *p2_vectors;
    const std::uint16_t* p2_at;
    const void* beyond;  // [padding.state]: all ones beyond D, else 0
    void* volume;        // of the first pixel: the sum of p2 - E over the paths of one sweep
    // out (finishing): S of the first pixel, padding.aggregated apart; keys in Width::bytes
    std::uint16_t* aggregated;
};

constexpr int contrast_side = 9, contrast_pixels = contrast_side * contrast_side;

struct ContrastRow {
    // Sums over the window's rows of the tone and of its square; entry x is column x - side / 2.
    const std::int32_t *sums, *squares;
    const std::uint8_t* tone;
    int width;
    std::uint8_t* out;
};

// Which paths a sweep follows.
enum class Paths { horizontal, cross, all };  // (1,0); and (0,1); and both diagonals
// What a sweep does with them: store its sum, or join it with the stored one and give S.
enum class Sweep { store, finish };
// Element types of state and volume.
enum class Width { bytes, mixed, words };  // u8 and u8; u8 and u16; u16 and u16

struct SelectBlock {
    // [count][padding.aggregated], each S between two guards of no_candidate; what is no candidate
    // is overwritten by no_candidate.
    std::uint16_t* aggregated;
    Padding padding;
    int x, step, count, width, min_disp;
    int uniqueness;
    bool keyed;  // aggregated holds keys, and so will lowest, below, above and second
    // out, at x = 0 of the row
    std::uint16_t* winner;  // index, no_candidate where there is none
    std::uint16_t* lowest;  // S1
    std::uint16_t* below;   // S(i - 1), no_candidate if there is none
    std::uint16_t* above;   // S(i + 1)
    std::uint16_t* second;  // S2, no_candidate if there is none; null if nobody asked
    std::uint8_t* flags;    // flag_out_of_range, flag_not_unique or 0
    // Right view, mirrored: entry width - 1 - x + i belongs to candidate i of left pixel x.
    std::uint16_t* right_lowest;
    std::uint16_t* right_winner;
};

// Rows of the workspace: whole vectors beyond `width` may be read.
struct FinishRow {
    int width, min_disp;
    Padding padding;
    int lr_max_diff;
    SubPixel subpixel;
    const std::uint16_t *winner, *lowest, *below, *above, *second;
    std::uint8_t* selection_flags;  // in: those of the selection
    std::uint8_t* failed;           // scratch
    const std::uint16_t *right_lowest, *right_winner;
    const std::uint16_t* aggregated;  // S at x = 0, only for the right view
    bool keyed;                       // it, lowest, below, above and second hold keys
    std::ptrdiff_t aggregated_step;   // elements from x to x + 1
    // out, this row; all but the first may be null
    float* disparity;
    std::uint8_t* flags;
    float* right_disparity;
    float* confidence;
};

struct MedianRow {
    const float* const*
        rows;  // size rows, framed by size / 2 (and more at the end); invalid = +inf
    int width;
    float* out;  // NaN where invalid
};

// Costs of a row from features are made for a few left pixels and disparities at a time.
constexpr int feature_pixels = 8;    // at most
constexpr int feature_entries = 32;  // at most
// Sums from one left pixel of a tile to the next; candidate i is at feature_pixels + i.
constexpr std::ptrdiff_t feature_stride(int disparities) {
    return static_cast<std::ptrdiff_t>(disparities) + 2 * feature_pixels + feature_entries;
}

struct FeatureRow {
    const std::int16_t* left;   // [width, rounded up to feature_pixels][2 * pairs]
    const std::int32_t* right;  // [pairs][right_step], mirrored: entry j, from -feature_pixels on
    std::ptrdiff_t right_step;
    std::int32_t* sums;  // scratch: feature_pixels * feature_stride
    int width, pairs, min_disp, disparities;
    const FeatureLaw* law;
    const void* base;  // [x][i], of base_bytes each, or null: costs to add to
    int base_bytes;
    void* out;  // [x][i], of out_bytes each; candidates only
    int out_bytes;
};

using SweepKernel = void (*)(const SweepBlock&);

struct Kernels {
    const char* name;
    int byte_lanes;
    int guard_bytes;
    void (*census)(const CensusRow&);
    void (*diagonal_census)(const DiagonalRow&);
    void (*cost)(const CostBlock&);
    void (*gradient_census_cost)(const CostBlock&);
    // The kernel for such a sweep. With planes, one that makes its own costs, for pixels all of
    // whose disparities are candidates, where state == D; null if there is none.
    SweepKernel (*sweep)(Paths, Sweep, Width, int state, int planes, bool adaptive);
    void (*fence)();  // after a storing sweep, before another thread reads the volume
    void (*select)(const SelectBlock&);
    void (*finish)(const FinishRow&);
    void (*even_contrast)(const ContrastRow&);
    void (*median3)(const MedianRow&);
    void (*median5)(const MedianRow&);
    // [x][f] -> [x][F rounded up to 2], 0 in what that adds
    void (*quantise_features)(const float* row, int width, int features, const FeatureLaw&,
                              std::int16_t* out);
    void (*feature_costs)(const FeatureRow&);
    void (*weighted_median)(const WeightedMedianRow&);
    void (*carry_row)(const CarryRow&);
    // [met_values][met_batch], NaN where nothing is met -> lower medians of each column
    void (*lower_medians)(const float* met, float* out);
};

#if defined(__x86_64__)
extern const Kernels kernels_avx512;
extern const Kernels kernels_avx2;
#endif
extern const Kernels kernels_baseline;

const Kernels& kernels();  // those in use

}  // namespace stereo
