// Stage 14: holes take the background of their row, and rows without any number a whole other row.
//
// A warp a row, 8 rows a block, no shared memory: the row is walked forward and back, 32 pixels at
// a time, with the last valid value in a register. Reads 12 bytes a pixel, of which 8 come from a
// cache, and writes 4, holes twice: bound by latency for images of few rows, else by bandwidth.
// Between rows, one warp walks over a number for each row, then rows are copied: 8 bytes a pixel.
#include "launch.cuh"
#include "stages.h"
#include "tiles.cuh"
#include "walk.cuh"

namespace stereo {
namespace cuda {
namespace {

constexpr int no_row = -1;

__device__ int row_of_warp() {
    return static_cast<int>(blockIdx.x) * block_rows + static_cast<int>(threadIdx.y);
}
unsigned blocks_of_rows(int height) {
    return blocks_of(static_cast<std::size_t>(height), block_rows);
}

__global__ void fill_rows(const float* __restrict__ disparity, int height, int width, float* out) {
    const int y = row_of_warp();
    if (y >= height) return;  // the whole warp
    const float* const row = disparity + pixel_at(y, 0, width);
    float* const filled = out + pixel_at(y, 0, width);
    walk_row(row, width, false, [=](int x, Met<float>, float left) { filled[x] = left; });
    __syncwarp(full_warp);
    walk_row(row, width, true, [=](int x, Met<float> own, float right) {
        if (own.counts) return;
        const float left = filled[x];
        filled[x] = (left < right || isnan(right) ? left : right) + 0.0f;  // -0 is 0
    });
}

__global__ void find_rows(const float* __restrict__ disparity, int height, int width,
                          int* __restrict__ numbered) {
    const int y = row_of_warp();
    if (y >= height) return;  // the whole warp
    const float* const row = disparity + pixel_at(y, 0, width);
    bool any = false;
    for (int first = 0; first < width && !any; first += 32) {
        const int x = first + static_cast<int>(threadIdx.x);
        any = __any_sync(full_warp, x < width && !isnan(row[x]));
    }
    if (threadIdx.x == 0) numbered[y] = any ? y : no_row;
}

// One warp: the nearest row with a number to each row, itself where there is none at all.
__global__ void find_sources(const int* __restrict__ numbered, int height, int* sources) {
    const auto load = [=](int y) { return Met<int>{numbered[y], numbered[y] != no_row}; };
    walk(height, false, no_row, load, [=](int y, Met<int>, int above) { sources[y] = above; });
    __syncwarp(full_warp);
    walk(height, true, no_row, load, [=](int y, Met<int>, int below) {
        const int above = sources[y];
        const int nearer = below - y < y - above ? below : above;
        const int found = above == no_row ? below : below == no_row ? above : nearer;
        sources[y] = found == no_row ? y : found;
    });
}

__global__ void copy_rows(const float* __restrict__ disparity, int height, int width,
                          const int* __restrict__ sources, float* __restrict__ out) {
    const Corner corner = corner_of_tile(width, block_rows);
    const int x = corner.x + static_cast<int>(threadIdx.x);
    const int y = corner.y + static_cast<int>(threadIdx.y);
    if (x >= width || y >= height) return;
    out[pixel_at(y, x, width)] = disparity[pixel_at(sources[y], x, width)];
}

}  // namespace

std::size_t fill_rows_between_bytes(int height) {
    return 2 * static_cast<std::size_t>(height) * sizeof(int);
}

void fill_row(const float* disparity, int height, int width, float* out, Stream stream) {
    launch("fill_row", fill_rows, blocks_of_rows(height), tile_threads(), 0, stream, disparity,
           height, width, out);
}

void fill_rows_between(const float* disparity, int height, int width, void* scratch, float* out,
                       Stream stream) {
    int* const numbered = static_cast<int*>(scratch);
    int* const sources = numbered + height;
    launch("fill_rows_between", find_rows, blocks_of_rows(height), tile_threads(), 0, stream,
           disparity, height, width, numbered);
    launch("fill_rows_between", find_sources, 1, dim3(tile_width), 0, stream, numbered, height,
           sources);
    launch("fill_rows_between", copy_rows, tiles_of(height, width, block_rows), tile_threads(), 0,
           stream, disparity, height, width, sources, out);
}

}  // namespace cuda
}  // namespace stereo
