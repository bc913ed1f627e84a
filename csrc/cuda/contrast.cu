// Stage 2: the guide of adaptive penalties, a tone of even local contrast.
//
// 256 threads a block for a tile of 32 x 32 pixels. Sums and squares of 9 pixels of a row go
// through 7 KiB of shared memory, packed in one number; each thread then slides a window of 9 such
// rows down 4 pixels. Reads 1.6 bytes a pixel and writes 1, for some 200 instructions: bound by
// arithmetic. The sums are exact, and each float operation is one that IEEE 754 defines.
#include "launch.cuh"
#include "stages.h"
#include "tiles.cuh"

namespace stereo {
namespace cuda {
namespace {

constexpr int side = 9, radius = side / 2, window_pixels = side * side;
constexpr int tile_rows = 32, rows_each = tile_rows / block_rows;
constexpr int framed_width = tile_width + 2 * radius, framed_rows = tile_rows + 2 * radius;
constexpr int framed_pixels = framed_rows * framed_width, sums_of_rows = framed_rows * tile_width;
constexpr int sum_shift = 20;  // 9 squares of a byte fit 20 bits, 9 bytes fit 12

struct Sums {
    int sum, squares;
    __device__ void add(unsigned packed, int sign) {
        sum += sign * static_cast<int>(packed >> sum_shift);
        squares += sign * static_cast<int>(packed & ((1u << sum_shift) - 1));
    }
};

__device__ int clamped(int value, int last) { return min(max(value, 0), last); }

__device__ std::uint8_t even(int tone, const Sums& s) {
    constexpr float spread = 16, steady = window_pixels * spread;
    const int above = window_pixels * tone - s.sum;
    const int variance = window_pixels * s.squares - s.sum * s.sum;
    const float deviation = sqrtf(static_cast<float>(variance));
    const float scale = deviation > steady ? deviation : steady;
    const float level = static_cast<float>(above) * spread / scale + 128.5f;
    return static_cast<std::uint8_t>(static_cast<int>(fminf(fmaxf(level, 0.0f), 255.0f)));
}

__global__ void even_pixels(const std::uint8_t* __restrict__ tone, int height, int width,
                            std::uint8_t* __restrict__ out) {
    STEREO_SHARED(std::uint8_t, framed, framed_pixels);
    STEREO_SHARED(unsigned, sums, sums_of_rows);
    const Corner corner = corner_of_tile(width, tile_rows);
    for (int k = thread_of_block(); k < framed_pixels; k += block_threads) {
        const int y = clamped(corner.y + k / framed_width - radius, height - 1);
        const int x = clamped(corner.x + k % framed_width - radius, width - 1);
        framed[k] = tone[pixel_at(y, x, width)];
    }
    __syncthreads();
    for (int k = thread_of_block(); k < sums_of_rows; k += block_threads) {
        const std::uint8_t* const from = framed + k / tile_width * framed_width + k % tile_width;
        unsigned packed = 0;
#pragma unroll
        for (int dx = 0; dx < side; ++dx) {
            const unsigned t = from[dx];
            packed += (t << sum_shift) + t * t;
        }
        sums[k] = packed;
    }
    __syncthreads();
    const int column = static_cast<int>(threadIdx.x), x = corner.x + column;
    const int first = static_cast<int>(threadIdx.y) * rows_each;
    if (x >= width) return;
    Sums window{0, 0};
    for (int k = 0; k < side - 1; ++k) window.add(sums[(first + k) * tile_width + column], 1);
    for (int row = first; row < first + rows_each; ++row) {
        const int y = corner.y + row;
        if (y >= height) return;
        window.add(sums[(row + side - 1) * tile_width + column], 1);
        const int own = framed[(row + radius) * framed_width + column + radius];
        out[pixel_at(y, x, width)] = even(own, window);
        window.add(sums[row * tile_width + column], -1);
    }
}

}  // namespace

void even_contrast(const std::uint8_t* tone, int height, int width, std::uint8_t* out,
                   Stream stream) {
    launch("even_contrast", even_pixels, tiles_of(height, width, tile_rows), tile_threads(), 0,
           stream, tone, height, width, out);
}

}  // namespace cuda
}  // namespace stereo
