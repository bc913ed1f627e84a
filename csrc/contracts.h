// The contract of the compiled backends: layouts, dtypes, units, one declaration per stage.
//
// Images and maps are row-major (H, W). A disparity is d = min_disp + i with the index i in
// [0, disparities). Volumes are [y][x][i], i fastest. NaN marks a pixel without a match.
// docs/architecture.md defines every stage to the last tie; stereo/contract.py says the same for
// Python.
#pragma once

#include <cstddef>
#include <cstdint>

namespace stereo {

enum class PixelType { u8, u16, f32 };

enum class SubPixel { none = 0, parabola = 1, equiangular = 2 };

// Why a pixel has no disparity; the same bits as stereo.Flag.
enum Flag : std::uint8_t {
    flag_out_of_range = 1,
    flag_not_unique = 2,
    flag_occlusion = 4,
    flag_mismatch = 8,
    flag_border = 16,
    flag_speckle = 32,
};

// A colour image as a caller has it; three channels count. Strides in bytes, of any sign.
struct ImageView {
    const void* data;
    PixelType type;
    int height, width;
    std::ptrdiff_t row_stride, column_stride, channel_stride;
};

// A gray image, (H, W), C-contiguous.
struct GrayImage {
    const void* data;
    PixelType type;
    int height, width;
};

// What is matched: the gray images, and for what asks for them their 8-bit tones, (H, W).
struct Pair {
    GrayImage left, right;
    int gray_level;  // one level of an 8-bit image, in units of gray; 0 for other images
    const std::uint8_t *left_tone, *right_tone;  // of the gradient census
    const std::uint8_t* guide;                   // of adaptive penalties
    const std::int32_t* prior;                   // px, (H, W), of slanted paths; or null
    const void* volume;                          // (H, W, D) u8 or u16, C-contiguous
    PixelType volume_type;
};

enum class Cost {
    census = 0,           // Hamming distance of the gray images' census
    gradient_census = 1,  // census of the smoothed image and its gradients, truncated difference
    volume = 2,           // the pair's
};

constexpr int levels = 256;  // of a tone

struct MatchingParams {
    int min_disp;     // px
    int disparities;  // D
    Cost cost;
    int window_width, window_height;  // census window, odd, px
    int maximum;                      // of the cost
    int p1, p2;                       // in units of the matching cost, 0 <= p1 <= p2
    // Penalties at a difference of the guide along a path, at most p1 and p2; null: constant.
    const std::uint16_t *p1_at, *p2_at;  // [levels]
    int paths;                           // 4, 5 or 8
    int uniqueness;                      // per cent in [0, 99], 0 = off
    int lr_max_diff;                     // px, -1 = no check
    SubPixel subpixel;
    int threads;  // at least 1; the result does not depend on it
};

// Where the result goes: (H, W) each. All but the disparity are details: given together or null.
struct Selection {
    float* disparity;
    std::uint8_t* flags;
    float* right_disparity;
    float* confidence;
};

// Memory that is kept from frame to frame. One call at a time may use it.
class Workspace {
public:
    Workspace() = default;
    ~Workspace();
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;

    // At least `bytes`, aligned to 64; what it held before is lost. Throws std::bad_alloc.
    std::byte* require(std::size_t bytes);
    std::size_t bytes() const { return bytes_; }
    std::size_t allocations() const { return allocations_; }  // how often it was allocated or grew

private:
    std::byte* memory_ = nullptr;
    std::size_t bytes_ = 0;
    std::size_t allocations_ = 0;
};

// Stage 1: three channels to one. `out` is (H, W), contiguous, of the type gray_type(image.type).
PixelType gray_type(PixelType colour);
void gray(const ImageView& image, void* out);

// Stages 2 to 10, fused: census, cost, aggregation, selection, left-right check, sub-pixel.
// Throws std::bad_alloc where memory runs out.
void semiglobal(const Pair& pair, const MatchingParams& params, Workspace& workspace,
                const Selection& out);

// Bytes that semiglobal keeps in the workspace for such a pair.
std::size_t workspace_bytes(const Pair& pair, const MatchingParams& params, bool details);

// Stage 11: out is 1 on regions of fewer than `size` pixels, else 0.
void speckles(const float* disparity, int height, int width, int size, float max_diff,
              std::uint8_t* out);

// Stage 12: median of the valid pixels of each size x size window, size 3 or 5.
void median(const float* disparity, int height, int width, int size, int threads, float* out);

// Learned costs.
enum class Metric { cosine = 0, l1 = 1, dot = 2 };

// A map of feature vectors, (H, W, F) as a caller has it. Steps in floats, of any sign.
struct FeatureMap {
    const float* data;
    int height, width, features;
    std::ptrdiff_t row_step, column_step, feature_step;
};

// A feature v becomes the 16-bit number q = rint((v - offset) * scale), where cosine divides the
// scale by the length of the vector. s = the sum over the features of |q_left - q_right| (l1) or
// of q_left * q_right. cost = trunc(min(max(e, 0), ceiling) * step + 0.5) in float32, e = s (l1)
// or origin - s. The caller chooses numbers with which nothing leaves 16 and 32 bits.
struct FeatureLaw {
    Metric metric;
    double offset, scale;
    std::int32_t origin;
    float ceiling, step;
};

struct FeatureVolume {
    int min_disp, disparities;
    const void* base;  // (H, W, D) of base_bytes each, or null: costs to which the others are added
    int base_bytes;    // 1 or 2, at most out_bytes
    void* out;         // (H, W, D) of out_bytes each
    int out_bytes;     // 1 or 2
    int maximum;  // of base and learned cost: where a disparity has no counterpart in any column
    int threads;
};

// Features -> cost volume. Candidates without counterpart cost what the nearest column that has
// one costs. Throws std::bad_alloc where memory runs out.
void feature_volume(const FeatureMap& left, const FeatureMap& right, const FeatureLaw& law,
                    const FeatureVolume& volume);

// The guide of adaptive penalties: 128 plus the tone's deviation from the mean of its 9x9 window,
// times 16 / the standard deviation there where that is above 16. Beyond the image the nearest
// pixel counts.
void even_contrast(const std::uint8_t* tone, int height, int width, int threads, std::uint8_t* out);

// The instruction sets that this build has and this CPU runs, best first; null-terminated.
const char* const* instruction_sets();
const char* instruction_set();               // the one in use
bool use_instruction_set(const char* name);  // false if it is not in the list

// Weighted median: each chosen pixel takes the smallest valid value v of its window for which the
// weights of the values <= v are at least half of all. The weight of q in the window of p is
// color_weights[|guide(p) - guide(q)| >> color_shift] (0 from 16 on) * space_weights[q - p].
struct WeightedMedian {
    const float* disparity;     // (H, W)
    const std::uint8_t* guide;  // (H, W)
    int height, width;
    int radius;                         // 1 ... 32
    const std::uint8_t* color_weights;  // [16], the first not 0
    int color_shift;                    // 0 ... 4
    const std::uint8_t* space_weights;  // [2 radius + 1][2 radius + 1], the middle not 0
    const std::uint8_t* where;          // (H, W), 0 where the pixel keeps its value; may be null
    bool edges_only;  // only where the 5x5 window spans more than 1 px or has an invalid pixel
    int threads;
    float* out;  // (H, W); must not overlap
};
void weighted_median(const WeightedMedian& job);

// Fills each NaN with the lower median, the element (n - 1) / 2, of the n first valid values along
// 16 directions, steps (dx, dy) = (+-1, 0), (+-2, +-1), (+-1, +-1), (+-1, +-2), (0, +-1). NaN stays
// where n = 0. `out` must not overlap.
void fill_directions(const float* disparity, int height, int width, int threads, float* out);

// Fills each NaN with the smaller of the nearest valid values left and right of it in its row, or
// the only one. A row without any stays as it is. `out` must not overlap.
void fill_row(const float* disparity, int height, int width, float* out);

}  // namespace stereo
