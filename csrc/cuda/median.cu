// Stage 12: the median of the valid pixels of a window.
//
// 256 threads a block for a tile of 32 x 8 pixels, whose values and frame take 1.4 KiB (3x3) or
// 1.7 KiB (5x5) of shared memory. A pixel a thread: 9 or 25 values in registers, sorted by a
// network whose needless comparisons the compiler drops. Reads 4 bytes a pixel, and those of the
// frame again from the cache, and writes 4; 330 or 700 PTX instructions: bound by arithmetic.
#include "floats.cuh"
#include "launch.cuh"
#include "sorting.cuh"
#include "stages.h"
#include "tiles.cuh"

namespace stereo {
namespace cuda {
namespace {

template <int size>
__global__ void median_pixels(const float* __restrict__ disparity, int height, int width,
                              float* __restrict__ out) {
    constexpr int radius = size / 2, count = size * size;
    constexpr int framed_width = tile_width + 2 * radius, framed_rows = block_rows + 2 * radius;
    constexpr int framed_pixels = framed_rows * framed_width;
    STEREO_SHARED(float, framed, framed_pixels);
    const Corner corner = corner_of_tile(width, block_rows);
    for (int k = thread_of_block(); k < framed_pixels; k += block_threads) {
        const int y = corner.y + k / framed_width - radius;
        const int x = corner.x + k % framed_width - radius;
        const bool inside = y >= 0 && y < height && x >= 0 && x < width;
        const float value = inside ? disparity[pixel_at(y, x, width)] : infinite;
        framed[k] = isnan(value) ? infinite : value;
    }
    __syncthreads();
    const int x = corner.x + static_cast<int>(threadIdx.x);
    const int y = corner.y + static_cast<int>(threadIdx.y);
    if (x >= width || y >= height) return;
    const float* const window = framed + threadIdx.y * framed_width + threadIdx.x;
    Sorted<count> values;
#pragma unroll
    for (int k = 0; k < count; ++k) values.v[k] = window[k / size * framed_width + k % size];
    const bool valid = values.v[count / 2] != infinite;
    const float median = values.lower_median();
    out[pixel_at(y, x, width)] = valid ? median : no_number;
}

}  // namespace

void median(const float* disparity, int height, int width, int size, float* out, Stream stream) {
    launch("median", size == 3 ? median_pixels<3> : median_pixels<5>,
           tiles_of(height, width, block_rows), tile_threads(), 0, stream, disparity, height, width,
           out);
}

}  // namespace cuda
}  // namespace stereo
