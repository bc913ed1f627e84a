// Stage 2: the census transform (Zabih and Woodfill 1994), one 64-bit descriptor a pixel.
//
// 256 threads a block for a tile of 32 x 8 pixels, in shared memory with its frame:
// (31 + w)·(7 + h) pixels, 3.5 KiB for float and 9x7. Reads about 2 pixels a pixel and writes 8
// bytes; two operations a bit: bound by arithmetic for wide windows, else by bandwidth. The order
// of the bits does not matter to a Hamming distance. The contract's windows have at most 64 bits.
#include "launch.cuh"
#include "matching.cuh"
#include "tiles.cuh"

namespace stereo {
namespace cuda {
namespace {

template <class Pixel>
__global__ void census_pixels(const Pixel* __restrict__ image, int height, int width,
                              int window_width, int window_height,
                              std::uint64_t* __restrict__ out) {
    STEREO_DYNAMIC_SHARED(Pixel, framed);
    const Corner corner = corner_of_tile(width, block_rows);
    const int reach_x = window_width / 2, reach_y = window_height / 2;
    const int framed_width = tile_width + 2 * reach_x, framed_rows = block_rows + 2 * reach_y;
    for (int k = thread_of_block(); k < framed_rows * framed_width; k += block_threads) {
        const int y = min(max(corner.y + k / framed_width - reach_y, 0), height - 1);
        const int x = min(max(corner.x + k % framed_width - reach_x, 0), width - 1);
        framed[k] = image[pixel_at(y, x, width)];
    }
    __syncthreads();
    const int column = static_cast<int>(threadIdx.x), row = static_cast<int>(threadIdx.y);
    const int x = corner.x + column, y = corner.y + row;
    if (x >= width || y >= height) return;
    const Pixel* const window = framed + row * framed_width + column;
    const Pixel own = window[reach_y * framed_width + reach_x];
    std::uint64_t bits = 0;
    for (int dy = 0; dy < window_height; ++dy) {
        for (int dx = 0; dx < window_width; ++dx) {
            if (dy == reach_y && dx == reach_x) continue;
            bits = bits << 1 | std::uint64_t{window[dy * framed_width + dx] < own};
        }
    }
    out[pixel_at(y, x, width)] = bits;
}

template <class Pixel>
void census_of(const GrayImage& image, int window_width, int window_height, std::uint64_t* out,
               Stream stream) {
    const auto framed = static_cast<std::size_t>(tile_width + window_width - 1) *
                        static_cast<std::size_t>(block_rows + window_height - 1);
    launch("census", census_pixels<Pixel>, tiles_of(image.height, image.width, block_rows),
           tile_threads(), framed * sizeof(Pixel), stream, static_cast<const Pixel*>(image.data),
           image.height, image.width, window_width, window_height, out);
}

}  // namespace

void census(const GrayImage& image, int window_width, int window_height, std::uint64_t* out,
            Stream stream) {
    auto* const of = image.type == PixelType::u8    ? census_of<std::uint8_t>
                     : image.type == PixelType::u16 ? census_of<std::uint16_t>
                                                    : census_of<float>;
    of(image, window_width, window_height, out, stream);
}

}  // namespace cuda
}  // namespace stereo
