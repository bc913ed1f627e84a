// Filling along 16 directions: lower medians of the first values that a hole meets.
//
// What a pixel first meets along a direction is the next pixel's value, or what that one meets. So
// a thread follows a whole line of the image with the last value in a register, and writes it down
// at the holes: the work is the same however large the holes are. 14 directions in 18 sets of
// lines, a line for each column: one that leaves the image at a side enters at the other, with
// nothing. A step of two rows has two sets, from the first and from the second row. 128 threads a
// block, no shared memory; the loads of a line wait for nothing but the line. The two directions of
// the row are walked by a warp. Then a hole a thread: 16 values sorted in registers.
//
// Reads 80 bytes a pixel, neighbouring columns together and most of them from the L2 cache, and at
// a hole writes and reads 64: bound by bandwidth, and by latency for images of few columns. The
// scratch is 64 bytes a pixel, less than the volumes of a matching with 32 disparities.
#include "floats.cuh"
#include "launch.cuh"
#include "sorting.cuh"
#include "stages.h"
#include "tiles.cuh"
#include "walk.cuh"

namespace stereo {
namespace cuda {
namespace {

constexpr int directions = 16, line_threads = 128;

// Steps of a set of lines, the row from which they start, and the plane of what is met.
struct Line {
    int dx, dy, first, plane;
};
constexpr int sets_down = 9, planes_down = 7;
struct Lines {
    Line down[sets_down];  // the same upwards from the last row, in the planes that follow
};
constexpr Lines all_lines{{{-2, 1, 0, 0},
                           {-1, 1, 0, 1},
                           {0, 1, 0, 2},
                           {1, 1, 0, 3},
                           {2, 1, 0, 4},
                           {-1, 2, 0, 5},
                           {-1, 2, 1, 5},
                           {1, 2, 0, 6},
                           {1, 2, 1, 6}}};
constexpr int plane_of_left = 2 * planes_down, plane_of_right = plane_of_left + 1;

__global__ void follow_lines(const float* __restrict__ disparity, int height, int width,
                             Lines lines, unsigned blocks_a_set, float* __restrict__ met) {
    const unsigned set = blockIdx.x / blocks_a_set;
    const bool up = set >= sets_down;
    const Line line = lines.down[set % sets_down];
    int x = static_cast<int>(blockIdx.x % blocks_a_set * line_threads + threadIdx.x);
    if (x >= width) return;
    const int step = (line.dx % width + width) % width;
    const int plane = line.plane + (up ? planes_down : 0);
    float* const seen = met + pixel_at(height, 0, width) * static_cast<std::size_t>(plane);
    float last = no_number;
#pragma unroll 4
    for (int row = line.first; row < height; row += line.dy) {
        const bool enters = x - line.dx < 0 || x - line.dx >= width;
        const std::size_t pixel = pixel_at(up ? height - 1 - row : row, x, width);
        const float own = disparity[pixel];
        last = enters ? no_number : last;
        if (isnan(own)) seen[pixel] = last;
        last = isnan(own) ? last : own;
        x += step;
        x -= x >= width ? width : 0;
    }
}

__global__ void follow_rows(const float* __restrict__ disparity, int height, int width,
                            float* __restrict__ met) {
    const int y = static_cast<int>(blockIdx.x) * block_rows + static_cast<int>(threadIdx.y);
    if (y >= height) return;  // the whole warp
    const float* const row = disparity + pixel_at(y, 0, width);
    const std::size_t plane = pixel_at(height, 0, width);
    float* const left = met + plane * plane_of_left + pixel_at(y, 0, width);
    float* const right = met + plane * plane_of_right + pixel_at(y, 0, width);
    walk_row(row, width, false, [=](int x, Met<float> own, float last) {
        if (!own.counts) left[x] = last;
    });
    walk_row(row, width, true, [=](int x, Met<float> own, float last) {
        if (!own.counts) right[x] = last;
    });
}

__global__ void fill_holes(const float* __restrict__ disparity, std::size_t count,
                           const float* __restrict__ met, float* __restrict__ out) {
    const std::size_t k = item_of_thread();
    if (k >= count) return;
    float value = disparity[k];
    if (isnan(value)) {
        Sorted<directions> values;
#pragma unroll
        for (int plane = 0; plane < directions; ++plane) {
            const float seen = met[count * static_cast<std::size_t>(plane) + k];
            values.v[plane] = isnan(seen) ? infinite : seen;
        }
        const float median = values.lower_median() + 0.0f;  // -0 is 0
        value = median == infinite ? no_number : median;
    }
    out[k] = value;
}

}  // namespace

std::size_t fill_directions_bytes(int height, int width) {
    return directions * pixels_of(height, width) * sizeof(float);
}

void fill_directions(const float* disparity, int height, int width, void* scratch, float* out,
                     Stream stream) {
    auto* const met = static_cast<float*>(scratch);
    const std::size_t count = pixels_of(height, width);
    const unsigned blocks_a_set = blocks_of(static_cast<std::size_t>(width), line_threads);
    launch("fill_directions", follow_lines, 2 * sets_down * blocks_a_set, dim3(line_threads), 0,
           stream, disparity, height, width, all_lines, blocks_a_set, met);
    launch("fill_directions", follow_rows, blocks_of(static_cast<std::size_t>(height), block_rows),
           tile_threads(), 0, stream, disparity, height, width, met);
    launch("fill_directions", fill_holes, blocks_of(count, block_threads), dim3(block_threads), 0,
           stream, disparity, count, met, out);
}

}  // namespace cuda
}  // namespace stereo
