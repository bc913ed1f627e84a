// The stages on the device: contracts.h with device memory and a stream.
//
// The structures are those of contracts.h; their pointers are to device memory unless a comment
// says "host". Each function checks nothing that contracts.h promises, starts its kernels on
// `stream` and returns without waiting. What a stage needs for itself it takes from `scratch`,
// device memory of at least the bytes that its *_bytes function names, aligned to 256. A failure to
// start is a CudaError. Results equal those of the other backends bit for bit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../contracts.h"
#include "stream.h"

namespace stereo {
namespace cuda {

// Stage 1. Strides of the image may be of any sign; `image.data` is its first element.
void gray(const ImageView& image, void* out, Stream stream);

// The 8-bit tones of a pair that is not uint8 gray: of colour uint8 (gray in uint16, with two bits
// below the level), gray >> 2; else floor((g - low) * (255 / (high - low))) over both images.
std::size_t tones_bytes();
void tones(const GrayImage& left, const GrayImage& right, bool of_bytes, void* scratch,
           std::uint8_t* left_tone, std::uint8_t* right_tone, Stream stream);

// Stage 2: the guide of adaptive penalties.
void even_contrast(const std::uint8_t* tone, int height, int width, std::uint8_t* out,
                   Stream stream);

// Stages 2 to 10. The tables of `params` are host memory, read before the call returns; its
// threads are not used.
std::size_t semiglobal_bytes(const Pair& pair, const MatchingParams& params, bool details);
void semiglobal(const Pair& pair, const MatchingParams& params, void* scratch, const Selection& out,
                Stream stream);

// Stage 11: out is 1 on regions of fewer than `size` pixels, else 0. Maps of fewer than 2^32 - 1
// pixels.
std::size_t speckles_bytes(int height, int width);
void speckles(const float* disparity, int height, int width, int size, float max_diff,
              void* scratch, std::uint8_t* out, Stream stream);

// What follows from it: NaN in the disparity, and `flag_speckle` and 0 in the details, which may be
// null, where `small` is not 0. In place.
void remove_speckles(const std::uint8_t* small, int height, int width, float* disparity,
                     std::uint8_t* flags, float* confidence, Stream stream);

// Stage 12, size 3 or 5; `out` must not overlap.
void median(const float* disparity, int height, int width, int size, float* out, Stream stream);

// Stage 13. The tables of weights are host memory, read before the call returns.
void weighted_median(const WeightedMedian& job, Stream stream);

// Stage 14; `out` must not overlap. fill_row and fill_directions are as in contracts.h.
void fill_row(const float* disparity, int height, int width, float* out, Stream stream);
std::size_t fill_directions_bytes(int height, int width);
void fill_directions(const float* disparity, int height, int width, void* scratch, float* out,
                     Stream stream);
// A row without any number takes those of the nearest row that has some, the upper one where two
// are as near; a map without any stays as it is.
std::size_t fill_rows_between_bytes(int height);
void fill_rows_between(const float* disparity, int height, int width, void* scratch, float* out,
                       Stream stream);
// out is 1 where the disparity is NaN, else 0.
void holes(const float* disparity, int height, int width, std::uint8_t* out, Stream stream);

// Between two passes: whole numbers, rounded half to even, 0 for NaN; then where both results
// differ by at most 1 px the first one's number, else the second one's. `second` in place.
void prior(const float* disparity, int height, int width, std::int32_t* out, Stream stream);
void confirm(const float* first, int height, int width, float* second, Stream stream);

// Learned costs: the base and the volume of contracts.h.
std::size_t feature_volume_bytes(const FeatureMap& left);
void feature_volume(const FeatureMap& left, const FeatureMap& right, const FeatureLaw& law,
                    const FeatureVolume& volume, void* scratch, Stream stream);

// Rectification: out(y, x) = the image at (map_x, map_y)(y, x), px, channels 1, 3 or 4,
// interleaved, C-contiguous. With x0 = floor(map_x) and fx = map_x - x0, and alike along y, all in
// float32: each row y0, y0 + 1 gives I(x0) * (1 - fx) + I(x0 + 1) * fx, and both rows are mixed by
// fy in the same way. A pixel outside the image is `border`, but one whose weight is 0 is not
// looked at. A coordinate that is NaN or has no pixel around it gives `border`. Whole numbers are
// rounded half to even; `border` is a value of the type.
void remap(const void* image, PixelType type, int height, int width, int channels,
           const float* map_x, const float* map_y, int out_height, int out_width, float border,
           void* out, Stream stream);

}  // namespace cuda
}  // namespace stereo
