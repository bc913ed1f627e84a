// Which pixel is whose: blocks of 32 x 8 threads on tiles of an image.
#pragma once

#include <cstddef>
#include <cstdint>

#include "portability.cuh"

namespace stereo {
namespace cuda {

constexpr unsigned full_warp = 0xffffffffu;
constexpr int tile_width = 32;  // a warp is a row of the tile
constexpr int block_rows = 8;
constexpr int block_threads = tile_width * block_rows;

inline dim3 tile_threads() { return dim3(tile_width, block_rows); }

// Tiles of an image, 32 columns and `rows` rows each. Row after row, they are the blocks of a grid.
inline unsigned tiles_of(int height, int width, int rows) {
    const auto across = static_cast<unsigned>((width + tile_width - 1) / tile_width);
    return across * static_cast<unsigned>((height + rows - 1) / rows);
}

struct Corner {
    int x, y;
};

__device__ inline Corner corner_of_tile(int width, int rows) {
    const auto across = static_cast<unsigned>((width + tile_width - 1) / tile_width);
    return {static_cast<int>(blockIdx.x % across) * tile_width,
            static_cast<int>(blockIdx.x / across) * rows};
}

__device__ inline int thread_of_block() {
    return static_cast<int>(threadIdx.y) * tile_width + static_cast<int>(threadIdx.x);
}

__host__ __device__ inline std::size_t pixel_at(int y, int x, int width) {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(x);
}

inline std::size_t pixels_of(int height, int width) { return pixel_at(height, 0, width); }

// The item of this thread where a grid of blocks of block_threads in a row covers them all.
__device__ inline std::size_t item_of_thread() {
    return static_cast<std::size_t>(blockIdx.x) * block_threads + threadIdx.x;
}

}  // namespace cuda
}  // namespace stereo
