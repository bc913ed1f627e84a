// The 8-bit tones of a pair: gray images on the scale of their common range.
//
// 256 threads a block. The range: a stretch of pixels a thread, minima through shuffles, 64 bytes
// of shared memory, two atomics a block; then a pixel a thread. Reads the gray image twice, 4 to 8
// bytes a pixel, and writes 1: bound by bandwidth.
#include "floats.cuh"
#include "launch.cuh"
#include "stages.h"
#include "tiles.cuh"

namespace stereo {
namespace cuda {
namespace {

constexpr unsigned range_blocks = 1024;  // at most: some for each multiprocessor

// Keys of the same order as the values; both start from all ones and only fall.
struct Range {
    unsigned lowest, inverted_highest;
};

__device__ unsigned unsigned_key(float value) {
    return static_cast<unsigned>(flipped(__float_as_int(value))) ^ 0x80000000u;
}
__device__ float value_of_unsigned(unsigned key) {
    return value_of(static_cast<std::int32_t>(key ^ 0x80000000u));
}

__device__ Range narrowest(Range range) {
    for (int apart = tile_width / 2; apart > 0; apart /= 2) {
        range.lowest = min(range.lowest, __shfl_xor_sync(full_warp, range.lowest, apart, 32));
        range.inverted_highest = min(range.inverted_highest,
                                     __shfl_xor_sync(full_warp, range.inverted_highest, apart, 32));
    }
    return range;
}

template <class Gray>
__global__ void find_range(const Gray* __restrict__ gray, std::size_t count, Range* range) {
    STEREO_SHARED(Range, of_warps, block_rows);
    const int lane = static_cast<int>(threadIdx.x) % tile_width;
    const int warp = static_cast<int>(threadIdx.x) / tile_width;
    Range own{~0u, ~0u};
    const std::size_t step = static_cast<std::size_t>(gridDim.x) * block_threads;
    for (std::size_t k = item_of_thread(); k < count; k += step) {
        const unsigned key = unsigned_key(static_cast<float>(gray[k]));
        own.lowest = min(own.lowest, key);
        own.inverted_highest = min(own.inverted_highest, ~key);
    }
    own = narrowest(own);
    if (lane == 0) of_warps[warp] = own;
    __syncthreads();
    if (warp > 0) return;
    own = narrowest(of_warps[lane % block_rows]);
    if (lane > 0) return;
    atomicMin(&range->lowest, own.lowest);
    atomicMin(&range->inverted_highest, own.inverted_highest);
}

// The law of stereo/costs/tone.py: tone = floor((gray * scale - low) * factor).
struct Stretch {
    float scale, low, factor;
};

__device__ Stretch stretch_of(const Range& range) {
    constexpr float smallest_span = 0x1p-100f, small_scale = 0x1p60f;
    const float low = value_of_unsigned(range.lowest);
    const float high = value_of_unsigned(~range.inverted_highest);
    if (low == high) return {0.0f, 0.0f, 0.0f};
    const float span = high - low;
    const float scale = isinf(span) ? 0.5f : span < smallest_span ? small_scale : 1.0f;
    return {scale, low * scale, 255.0f / (high * scale - low * scale)};
}

template <class Gray>
__global__ void stretch_pixels(const Gray* __restrict__ gray, std::size_t count,
                               const Range* __restrict__ range, std::uint8_t* __restrict__ tone) {
    const std::size_t k = item_of_thread();
    if (k >= count) return;
    const Stretch s = stretch_of(*range);
    const float level = floorf((static_cast<float>(gray[k]) * s.scale - s.low) * s.factor);
    tone[k] = static_cast<std::uint8_t>(static_cast<int>(fminf(level, 255.0f)));
}

__global__ void quarter_pixels(const std::uint16_t* __restrict__ gray, std::size_t count,
                               std::uint8_t* __restrict__ tone) {
    const std::size_t k = item_of_thread();
    if (k < count) tone[k] = static_cast<std::uint8_t>(gray[k] >> 2);
}

struct View {
    const GrayImage& image;
    std::uint8_t* tone;
    std::size_t pixels() const { return pixels_of(image.height, image.width); }
};

void quarter(const View& view, Stream stream) {
    launch("tones", quarter_pixels, blocks_of(view.pixels(), block_threads), dim3(block_threads), 0,
           stream, static_cast<const std::uint16_t*>(view.image.data), view.pixels(), view.tone);
}

template <class Gray>
void stretch(const View (&views)[2], Range* range, Stream stream) {
    check(cudaMemsetAsync(range, 0xff, sizeof(Range), stream), "the range of the tones");
    for (const View& view : views) {
        const auto* const gray = static_cast<const Gray*>(view.image.data);
        const unsigned blocks = min(blocks_of(view.pixels(), block_threads), range_blocks);
        launch("the range of the tones", find_range<Gray>, blocks, dim3(block_threads), 0, stream,
               gray, view.pixels(), range);
    }
    for (const View& view : views) {
        const auto* const gray = static_cast<const Gray*>(view.image.data);
        launch("tones", stretch_pixels<Gray>, blocks_of(view.pixels(), block_threads),
               dim3(block_threads), 0, stream, gray, view.pixels(), range, view.tone);
    }
}

}  // namespace

std::size_t tones_bytes() { return sizeof(Range); }

void tones(const GrayImage& left, const GrayImage& right, bool of_bytes, void* scratch,
           std::uint8_t* left_tone, std::uint8_t* right_tone, Stream stream) {
    const View views[2] = {{left, left_tone}, {right, right_tone}};
    if (of_bytes) {
        for (const View& view : views) quarter(view, stream);
        return;
    }
    auto* const range = static_cast<Range*>(scratch);
    if (left.type == PixelType::f32) return stretch<float>(views, range, stream);
    stretch<std::uint16_t>(views, range, stream);
}

}  // namespace cuda
}  // namespace stereo
