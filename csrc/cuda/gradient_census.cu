// Stage 2: the gradient census, 36 bits of three derived images and the tone in one descriptor.
//
// 256 threads a block for a tile of 32 x 8 pixels. The smoothed image and both Sobel gradients are
// made in shared memory, 9.2 KiB with the gray tile, and never stored. Reads about 3.2 pixels a
// pixel and writes 8 bytes; some 110 operations a pixel: bound by arithmetic. All sums of integers
// are exact in float32; those of floats are in the order of csrc/cpu/derived.cpp.
#include "gradient_census.cuh"
#include "launch.cuh"
#include "matching.cuh"
#include "tiles.cuh"

namespace stereo {
namespace cuda {
namespace {

constexpr int grid = 2;         // reach of the census grid, in its steps
constexpr int smooth_step = 2;  // px; of the gradients 1
constexpr int smooth_reach = grid * smooth_step, gradient_reach = grid;
constexpr int column_reach = smooth_reach, row_reach = smooth_reach + 2;  // of gray
constexpr int gray_width = tile_width + 2 * column_reach, gray_rows = block_rows + 2 * row_reach;
constexpr int smooth_rows = block_rows + 2 * smooth_reach;
constexpr int gradient_width = tile_width + 2 * gradient_reach;
constexpr int gradient_rows = block_rows + 2 * gradient_reach;

// The gray tile with its frame, and where the image ends: beyond it derived images, too, repeat
// their border.
struct Tile {
    const float* gray;
    Corner corner;
    int height, width;

    // The place in `gray` of a pixel given relative to the tile, moved into the image.
    __device__ const float* at(int row, int column) const {
        const int y = min(max(corner.y + row, 0), height - 1) - corner.y;
        const int x = min(max(corner.x + column, 0), width - 1) - corner.x;
        return gray + (y + row_reach) * gray_width + x + column_reach;
    }
};

__device__ float smoothed(const float* p) {
    return ((p[-2 * gray_width] + p[2 * gray_width]) + 4 * (p[-gray_width] + p[gray_width])) +
           6 * p[0];
}

// A gradient across `over`, summed along `along`, both steps in the gray tile.
__device__ float slope(const float* p, int over, int along) {
    return ((p[over - along] - p[-over - along]) + 2 * (p[over] - p[-over])) +
           (p[over + along] - p[-over + along]);
}

__device__ unsigned diagonal_census(const float* p, int width, int step, float slack) {
    const float own = *p - slack;
    unsigned bits = 0;
#pragma unroll
    for (int dy = -grid; dy <= grid; ++dy) {
#pragma unroll
        for (int dx = -grid; dx <= grid; ++dx) {
            if ((dx + dy) % 2 != 0 || (dx == 0 && dy == 0)) continue;
            bits = bits << 1 | unsigned{p[step * (dy * width + dx)] < own};
        }
    }
    return bits;
}

template <class Pixel>
__global__ void gradient_census_pixels(const Pixel* __restrict__ image,
                                       const std::uint8_t* __restrict__ tone, int height, int width,
                                       float slack, std::uint64_t* __restrict__ out) {
    STEREO_SHARED(float, gray, gray_rows* gray_width);
    STEREO_SHARED(float, smooth, smooth_rows* gray_width);
    STEREO_SHARED(float, gradient_x, gradient_rows* gradient_width);
    STEREO_SHARED(float, gradient_y, gradient_rows* gradient_width);
    const Corner corner = corner_of_tile(width, block_rows);
    const Tile tile{gray, corner, height, width};
    for (int k = thread_of_block(); k < gray_rows * gray_width; k += block_threads) {
        const int y = min(max(corner.y + k / gray_width - row_reach, 0), height - 1);
        const int x = min(max(corner.x + k % gray_width - column_reach, 0), width - 1);
        gray[k] = static_cast<float>(image[pixel_at(y, x, width)]);
    }
    __syncthreads();
    for (int k = thread_of_block(); k < smooth_rows * gray_width; k += block_threads) {
        smooth[k] = smoothed(tile.at(k / gray_width - smooth_reach, k % gray_width - smooth_reach));
    }
    for (int k = thread_of_block(); k < gradient_rows * gradient_width; k += block_threads) {
        const float* const p =
            tile.at(k / gradient_width - gradient_reach, k % gradient_width - gradient_reach);
        gradient_x[k] = slope(p, 1, gray_width);
        gradient_y[k] = slope(p, gray_width, 1);
    }
    __syncthreads();
    const int column = static_cast<int>(threadIdx.x), row = static_cast<int>(threadIdx.y);
    const int x = corner.x + column, y = corner.y + row;
    if (x >= width || y >= height) return;
    const int in_smooth = (row + smooth_reach) * gray_width + column + smooth_reach;
    const int in_gradient = (row + gradient_reach) * gradient_width + column + gradient_reach;
    const std::size_t at = pixel_at(y, x, width);
    out[at] = gradient_descriptor(
        diagonal_census(smooth + in_smooth, gray_width, smooth_step, 0),
        diagonal_census(gradient_x + in_gradient, gradient_width, 1, slack),
        diagonal_census(gradient_y + in_gradient, gradient_width, 1, slack), tone[at]);
}

template <class Pixel>
void gradient_census_of(const GrayImage& image, const std::uint8_t* tone, int gray_level,
                        std::uint64_t* out, Stream stream) {
    launch("gradient_census", gradient_census_pixels<Pixel>,
           tiles_of(image.height, image.width, block_rows), tile_threads(), 0, stream,
           static_cast<const Pixel*>(image.data), tone, image.height, image.width,
           static_cast<float>(gray_level), out);
}

}  // namespace

void gradient_census(const GrayImage& image, const std::uint8_t* tone, int gray_level,
                     std::uint64_t* out, Stream stream) {
    auto* const of = image.type == PixelType::u8    ? gradient_census_of<std::uint8_t>
                     : image.type == PixelType::u16 ? gradient_census_of<std::uint16_t>
                                                    : gradient_census_of<float>;
    of(image, tone, gray_level, out, stream);
}

}  // namespace cuda
}  // namespace stereo
