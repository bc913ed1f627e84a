// Rectification: an image at given places, bilinear.
//
// 256 threads a block, an output pixel each; no shared memory. Reads 8 bytes of maps a pixel and
// four neighbours of each channel, most of them from the L1 cache since neighbouring places lie
// together, and writes as much as the image has: 10 bytes a pixel of one byte against some 250
// instructions, so bound by arithmetic and by the latency of the neighbours.
#include "launch.cuh"
#include "stages.h"
#include "tiles.cuh"

namespace stereo {
namespace cuda {
namespace {

template <class Pixel>
struct Source {
    const Pixel* data;
    int height, width, channels;
    float border;

    // 0 where the weight is: such a pixel is not looked at.
    __device__ float weighted(int y, int x, int channel, float weight) const {
        if (weight == 0.0f) return 0.0f;
        const bool inside = y >= 0 && y < height && x >= 0 && x < width;
        return weight * (inside ? at(y, x, channel) : border);
    }
    __device__ float at(int y, int x, int channel) const {
        const std::size_t pixel = pixel_at(y, x, width) * static_cast<std::size_t>(channels);
        return static_cast<float>(data[pixel + static_cast<std::size_t>(channel)]);
    }
};

__device__ void store(float value, float& out) { out = value; }
__device__ void store(float value, std::uint8_t& out) {
    out = static_cast<std::uint8_t>(__float2int_rn(value));
}
__device__ void store(float value, std::uint16_t& out) {
    out = static_cast<std::uint16_t>(__float2int_rn(value));
}

template <class Pixel>
__global__ void remap_pixels(Source<Pixel> source, const float* __restrict__ map_x,
                             const float* __restrict__ map_y, std::size_t count,
                             Pixel* __restrict__ out) {
    const std::size_t k = item_of_thread();
    if (k >= count) return;
    const float x = map_x[k], y = map_y[k];
    const bool near = x > -1.0f && x < static_cast<float>(source.width) && y > -1.0f &&
                      y < static_cast<float>(source.height);  // not where one is NaN
    const float left = floorf(near ? x : 0.0f), top = floorf(near ? y : 0.0f);
    const int column = static_cast<int>(left), row = static_cast<int>(top);
    const float fx = x - left, fy = y - top;
    for (int c = 0; c < source.channels; ++c) {
        float value = source.border;
        if (near) {
            const auto mixed = [&](int of_row, float weight) {
                if (weight == 0.0f) return 0.0f;
                return weight * (source.weighted(of_row, column, c, 1.0f - fx) +
                                 source.weighted(of_row, column + 1, c, fx));
            };
            value = mixed(row, 1.0f - fy) + mixed(row + 1, fy);
        }
        store(value,
              out[k * static_cast<std::size_t>(source.channels) + static_cast<std::size_t>(c)]);
    }
}

template <class Pixel>
void start(const void* image, int height, int width, int channels, const float* map_x,
           const float* map_y, std::size_t count, float border, void* out, Stream stream) {
    const Source<Pixel> source{static_cast<const Pixel*>(image), height, width, channels, border};
    launch("remap", remap_pixels<Pixel>, blocks_of(count, block_threads), dim3(block_threads), 0,
           stream, source, map_x, map_y, count, static_cast<Pixel*>(out));
}

}  // namespace

void remap(const void* image, PixelType type, int height, int width, int channels,
           const float* map_x, const float* map_y, int out_height, int out_width, float border,
           void* out, Stream stream) {
    const std::size_t count = pixels_of(out_height, out_width);
    const auto run = type == PixelType::u8    ? start<std::uint8_t>
                     : type == PixelType::u16 ? start<std::uint16_t>
                                              : start<float>;
    run(image, height, width, channels, map_x, map_y, count, border, out, stream);
}

}  // namespace cuda
}  // namespace stereo
