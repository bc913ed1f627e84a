// Stage 1: one gray image of three or four channels.
//
// 256 threads a block, a pixel each; no shared memory. Reads 3 to 16 bytes a pixel, as the caller's
// strides have it, and writes 2 or 4: bound by bandwidth. Of interleaved channels a warp reads
// whole sectors, each in three or four goes, all but the first from the L1 cache.
#include "launch.cuh"
#include "stages.h"
#include "tiles.cuh"

namespace stereo {
namespace cuda {
namespace {

// The sums are exact: 10 bits of 8, and 18 bits of 16 in a float.
__device__ std::uint16_t weighted(std::uint8_t a, std::uint8_t b, std::uint8_t c) {
    return static_cast<std::uint16_t>(a + 2 * b + c);
}
__device__ float weighted(std::uint16_t a, std::uint16_t b, std::uint16_t c) {
    return static_cast<float>(a + 2 * b + c);
}
__device__ float weighted(float a, float b, float c) { return (0.25f * a + 0.25f * c) + 0.5f * b; }

template <class Pixel, class Gray>
__global__ void gray_pixels(ImageView image, Gray* __restrict__ out) {
    const Corner corner = corner_of_tile(image.width, block_rows);
    const int x = corner.x + static_cast<int>(threadIdx.x);
    const int y = corner.y + static_cast<int>(threadIdx.y);
    if (x >= image.width || y >= image.height) return;
    const auto* const pixel =
        static_cast<const std::byte*>(image.data) + y * image.row_stride + x * image.column_stride;
    const auto channel = [&](int k) {
        return *reinterpret_cast<const Pixel*>(pixel + k * image.channel_stride);
    };
    out[pixel_at(y, x, image.width)] = weighted(channel(0), channel(1), channel(2));
}

template <class Pixel, class Gray>
void start(const ImageView& image, void* out, Stream stream) {
    launch("gray", gray_pixels<Pixel, Gray>, tiles_of(image.height, image.width, block_rows),
           tile_threads(), 0, stream, image, static_cast<Gray*>(out));
}

}  // namespace

void gray(const ImageView& image, void* out, Stream stream) {
    switch (image.type) {
        case PixelType::u8: return start<std::uint8_t, std::uint16_t>(image, out, stream);
        case PixelType::u16: return start<std::uint16_t, float>(image, out, stream);
        case PixelType::f32: return start<float, float>(image, out, stream);
    }
}

}  // namespace cuda
}  // namespace stereo
