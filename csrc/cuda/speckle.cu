// Stage 11: small regions, by connected components (after Komura 2015, Playne and Hawick 2018, and
// the block-local phase of Allegretti, Bolelli and Grana 2019).
//
// A label is the index of a pixel of the same region, never a later one; a pixel that has itself is
// a root. 1. Tiles of 32 x 32 pixels, 256 threads a block: runs of rows from ballots, then
// union-find in 8 KiB of shared memory; a pixel's label is the root in its tile. 2. A thread for
// each pair of pixels across the borders of tiles joins their roots with atomics. 3. Each root of a
// tile adds its size to the root of its region. 4. Sizes are compared. A root is the first of its
// region in the order of the joins, whatever these were, and sizes are sums of integers: the result
// does not depend on the order.
//
// About 25 bytes a pixel: bound by bandwidth, phases 2 and 3 by latency. Where many pixels in a row
// touch others in a line, only the first lane of the contact joins them.
#include "floats.cuh"
#include "launch.cuh"
#include "stages.h"
#include "tiles.cuh"

namespace stereo {
namespace cuda {
namespace {

using Label = unsigned;
constexpr Label no_label = 0xffffffffu;  // of pixels without a disparity
constexpr int tile_side = 32, tile_pixels = tile_side * tile_side;
constexpr int rows_each = tile_side / block_rows;

struct Regions {
    Label* labels;
    unsigned* sizes;  // of the roots of tiles; once added to another, that one's index
};

// NaN is connected to nothing, for every comparison with it is false.
__device__ bool connected(float a, float b, float max_diff) { return fabsf(a - b) <= max_diff; }

// Other threads may change labels meanwhile, to earlier ones of the same region.
__device__ Label label_of(Label* labels, Label k) {
    return __nv_atomic_load_n(labels + k, __NV_ATOMIC_RELAXED, __NV_THREAD_SCOPE_DEVICE);
}

__device__ Label root_of(Label* labels, Label k) {
    for (Label next = label_of(labels, k); next != k; next = label_of(labels, k)) k = next;
    return k;
}

__device__ void join(Label* labels, Label a, Label b) {
    for (;;) {
        a = root_of(labels, a);
        b = root_of(labels, b);
        if (a == b) return;
        const Label first = min(a, b), second = max(a, b);
        const Label before = atomicMin(labels + second, first);
        if (before == second) return;
        a = first;  // another thread was faster: `second` is no root
        b = before;
    }
}

// Two lines of pixels side by side, one pixel of each a lane.
struct Lines {
    float here, there, max_diff;

    __device__ float before(float value) const { return __shfl_up_sync(full_warp, value, 1, 32); }
    // Whether this lane must join both of its pixels: the lane before does it for those that are
    // connected to its own on both lines.
    __device__ bool joins() const {
        const unsigned lane = threadIdx.x % 32;
        const unsigned contact = __ballot_sync(full_warp, connected(here, there, max_diff));
        const bool here_on = connected(before(here), here, max_diff);
        const bool there_on = connected(before(there), there, max_diff);
        const unsigned on = __ballot_sync(full_warp, lane > 0 && here_on && there_on);
        return (contact & ~(contact << 1 & on)) >> lane & 1u;
    }
};

// A tile in shared memory, four rows a warp. Labels count within the tile.
struct Tile {
    const float* disparity;
    int height, width;
    float max_diff;
    Corner corner;
    Label* labels;
    unsigned* sizes;
    float here[rows_each];
    unsigned runs[rows_each];  // lanes that are connected to the one before

    __device__ static unsigned row(int k) {
        return threadIdx.y + static_cast<unsigned>(k * block_rows);
    }
    __device__ static Label own(int k) { return row(k) * tile_side + threadIdx.x; }

    __device__ bool inside(unsigned row) const {
        return corner.y + static_cast<int>(row) < height &&
               corner.x + static_cast<int>(threadIdx.x) < width;
    }
    __device__ std::size_t pixel(Label label) const {
        return pixel_at(corner.y + static_cast<int>(label / tile_side),
                        corner.x + static_cast<int>(label % tile_side), width);
    }
    __device__ float value(unsigned row) const {
        return inside(row) ? disparity[pixel(row * tile_side + threadIdx.x)] : no_number;
    }

    // Each pixel of a run has the run's first one.
    __device__ __forceinline__ void label_runs() {
#pragma unroll
        for (int k = 0; k < rows_each; ++k) {
            here[k] = value(row(k));
            const float before = __shfl_up_sync(full_warp, here[k], 1, 32);
            const bool on = threadIdx.x > 0 && connected(before, here[k], max_diff);
            runs[k] = __ballot_sync(full_warp, on);
            const unsigned starts = ~runs[k] & (full_warp >> (31 - threadIdx.x));
            const int start = 31 - __clz(static_cast<int>(starts));
            labels[own(k)] = row(k) * tile_side + static_cast<unsigned>(start);
            sizes[own(k)] = 0;
        }
    }
    __device__ __forceinline__ void join_rows() {
#pragma unroll
        for (int k = 0; k < rows_each; ++k) {
            if (row(k) == 0) continue;  // the whole warp
            const Lines lines{here[k], value(row(k) - 1), max_diff};
            if (lines.joins()) join(labels, own(k), own(k) - tile_side);
        }
    }
    __device__ __forceinline__ void add_runs() {
#pragma unroll
        for (int k = 0; k < rows_each; ++k) {
            const unsigned from_here = runs[k] >> threadIdx.x;
            if ((from_here & 1u) != 0) continue;  // not the first of a run
            const int length = __ffs(static_cast<int>(~(from_here >> 1)));
            atomicAdd(sizes + root_of(labels, own(k)), static_cast<unsigned>(length));
        }
    }
    __device__ __forceinline__ void store(const Regions& regions) const {
#pragma unroll
        for (int k = 0; k < rows_each; ++k) {
            if (!inside(row(k))) continue;
            const bool valid = !isnan(here[k]);
            const Label root = root_of(labels, own(k));
            const std::size_t to = pixel(own(k));
            regions.labels[to] = valid ? static_cast<Label>(pixel(root)) : no_label;
            regions.sizes[to] = valid && root == own(k) ? sizes[root] : 0;
        }
    }
};

__global__ void label_tiles(const float* __restrict__ disparity, int height, int width,
                            float max_diff, Regions regions) {
    STEREO_SHARED(Label, labels, tile_pixels);
    STEREO_SHARED(unsigned, sizes, tile_pixels);
    Tile tile{disparity, height, width, max_diff, corner_of_tile(width, tile_side),
              labels,    sizes,  {},    {}};
    tile.label_runs();
    __syncthreads();
    tile.join_rows();
    __syncthreads();
    tile.add_runs();
    __syncthreads();
    tile.store(regions);
}

// The borders between tiles in one direction, a warp for 32 pixels of one.
struct Borders {
    int count, length;          // pixels along a border
    std::size_t along, across;  // from a pixel to the next along the border, and across it

    unsigned chunks() const { return blocks_of(static_cast<std::size_t>(length), 32); }
};

__global__ void join_tiles(const float* __restrict__ disparity, Borders borders, unsigned chunks,
                           float max_diff, Label* labels) {
    const unsigned warp = blockIdx.x * block_rows + threadIdx.y;
    const unsigned border = warp / chunks, k = warp % chunks * 32 + threadIdx.x;
    if (border >= static_cast<unsigned>(borders.count)) return;  // the whole warp
    const bool inside = k < static_cast<unsigned>(borders.length);
    const std::size_t here = (border + 1) * tile_side * borders.across + k * borders.along;
    const std::size_t there = here - borders.across;
    const Lines lines{inside ? disparity[here] : no_number, inside ? disparity[there] : no_number,
                      max_diff};
    if (lines.joins()) join(labels, static_cast<Label>(here), static_cast<Label>(there));
}

__global__ void add_sizes(Regions regions, std::size_t count) {
    const std::size_t k = item_of_thread();
    if (k >= count) return;
    const Label next = regions.labels[k];
    if (next == no_label || next == k) return;
    const unsigned size = regions.sizes[k];
    if (size == 0) return;
    const Label root = root_of(regions.labels, next);
    atomicAdd(regions.sizes + root, size);
    regions.sizes[k] = root;
}

__global__ void mark_small(Regions regions, std::size_t count, unsigned size,
                           std::uint8_t* __restrict__ out) {
    const std::size_t k = item_of_thread();
    if (k >= count) return;
    const Label next = regions.labels[k];
    bool small = false;
    if (next != no_label) {  // then it is the root of a tile
        const Label root = regions.labels[next] == next ? next : regions.sizes[next];
        small = regions.sizes[root] < size;
    }
    out[k] = small ? 1 : 0;
}

__global__ void remove_pixels(const std::uint8_t* __restrict__ small, std::size_t count,
                              float* disparity, std::uint8_t* flags, float* confidence) {
    const std::size_t k = item_of_thread();
    if (k >= count || small[k] == 0) return;
    disparity[k] = no_number;
    if (flags != nullptr) flags[k] = flag_speckle;
    if (confidence != nullptr) confidence[k] = 0.0f;
}

}  // namespace

std::size_t speckles_bytes(int height, int width) {
    return pixels_of(height, width) * (sizeof(Label) + sizeof(unsigned));
}

void speckles(const float* disparity, int height, int width, int size, float max_diff,
              void* scratch, std::uint8_t* out, Stream stream) {
    const std::size_t count = pixels_of(height, width);
    auto* const labels = static_cast<Label*>(scratch);
    const Regions regions{labels, labels + count};
    launch("speckles", label_tiles, tiles_of(height, width, tile_side), tile_threads(), 0, stream,
           disparity, height, width, max_diff, regions);
    const auto row = static_cast<std::size_t>(width);
    const Borders both[] = {{(height - 1) / tile_side, width, 1, row},
                            {(width - 1) / tile_side, height, row, 1}};
    for (const Borders& borders : both) {
        const std::size_t warps = static_cast<std::size_t>(borders.count) * borders.chunks();
        launch("speckles", join_tiles, blocks_of(warps, block_rows), tile_threads(), 0, stream,
               disparity, borders, borders.chunks(), max_diff, labels);
    }
    const unsigned blocks = blocks_of(count, block_threads);
    launch("speckles", add_sizes, blocks, dim3(block_threads), 0, stream, regions, count);
    launch("speckles", mark_small, blocks, dim3(block_threads), 0, stream, regions, count,
           static_cast<unsigned>(max(size, 0)), out);
}

void remove_speckles(const std::uint8_t* small, int height, int width, float* disparity,
                     std::uint8_t* flags, float* confidence, Stream stream) {
    const std::size_t count = pixels_of(height, width);
    launch("remove_speckles", remove_pixels, blocks_of(count, block_threads), dim3(block_threads),
           0, stream, small, count, disparity, flags, confidence);
}

}  // namespace cuda
}  // namespace stereo
