// Between stages and passes: holes, the prior of a second pass, and what both passes agree on.
//
// 256 threads a block, a pixel each; no shared memory. 5 bytes a pixel for holes, 8 for the prior,
// 12 for both maps: bound by bandwidth.
#include "floats.cuh"
#include "launch.cuh"
#include "stages.h"
#include "tiles.cuh"

namespace stereo {
namespace cuda {
namespace {

__global__ void mark_holes(const float* __restrict__ disparity, std::size_t count,
                           std::uint8_t* __restrict__ out) {
    const std::size_t k = item_of_thread();
    if (k < count) out[k] = isnan(disparity[k]) ? 1 : 0;
}

__global__ void round_pixels(const float* __restrict__ disparity, std::size_t count,
                             std::int32_t* __restrict__ out) {
    const std::size_t k = item_of_thread();
    if (k < count) out[k] = isnan(disparity[k]) ? 0 : __float2int_rn(disparity[k]);
}

__global__ void confirm_pixels(const float* __restrict__ first, std::size_t count, float* second) {
    const std::size_t k = item_of_thread();
    if (k < count && fabsf(first[k] - second[k]) <= 1.0f) second[k] = first[k];
}

}  // namespace

void holes(const float* disparity, int height, int width, std::uint8_t* out, Stream stream) {
    const std::size_t count = pixels_of(height, width);
    launch("holes", mark_holes, blocks_of(count, block_threads), dim3(block_threads), 0, stream,
           disparity, count, out);
}

void prior(const float* disparity, int height, int width, std::int32_t* out, Stream stream) {
    const std::size_t count = pixels_of(height, width);
    launch("prior", round_pixels, blocks_of(count, block_threads), dim3(block_threads), 0, stream,
           disparity, count, out);
}

void confirm(const float* first, int height, int width, float* second, Stream stream) {
    const std::size_t count = pixels_of(height, width);
    launch("confirm", confirm_pixels, blocks_of(count, block_threads), dim3(block_threads), 0,
           stream, first, count, second);
}

}  // namespace cuda
}  // namespace stereo
