// Stage 13: the weighted median (Ma et al., ICCV 2013), by bisection on the value.
//
// 256 threads a block for a tile of 32 x 16 pixels: its values as ordered integers and its guide,
// with their frame, take 5 bytes a pixel of shared memory: 5 KiB at the radius 3, 39 KiB at most.
// The pixels that change are gathered in a list, so that the warps that follow are full wherever
// they lie; then a pixel a thread. Both ends of the bracket are elements of the window, so that it
// closes after a few steps. At the radius 3 the 49 values and weights stay in registers, 128 a
// thread, which leaves 16 warps a multiprocessor; at others each step makes the weights anew.
//
// Reads 5 bytes a pixel and those of the frame again, writes 4. Where all pixels change, 49
// elements times about 6 steps times 5 operations: bound by arithmetic.
#include <cstring>

#include "floats.cuh"
#include "launch.cuh"
#include "stages.h"
#include "tiles.cuh"

namespace stereo {
namespace cuda {
namespace {

constexpr int edge_radius = 2, max_radius = 32, common_radius = 3;
constexpr int levels_of_color = 16, tile_rows = 16, tile_pixels = tile_width * tile_rows;
constexpr int max_side = 2 * max_radius + 1;

// By value in a launch: the constant cache serves a whole warp at once, since all its lanes are at
// the same offset of their windows.
struct Tables {
    std::uint8_t color[levels_of_color];
    std::uint8_t space[max_side * max_side];
};

__host__ __device__ inline int reach_of(int radius) {
    return radius > edge_radius ? radius : edge_radius;
}

// A tile in shared memory, and where it lies in the image.
struct Tile {
    std::int32_t* keys;  // invalid_key outside the image
    std::uint8_t* guide;
    int pitch, reach;
    Corner corner;

    __device__ int at(int row, int column) const { return (row + reach) * pitch + column + reach; }
};

__device__ void load(const Tile& tile, const WeightedMedian& job) {
    const int count = tile.pitch * (tile_rows + 2 * tile.reach);
    for (int k = thread_of_block(); k < count; k += block_threads) {
        const int y = tile.corner.y + k / tile.pitch - tile.reach;
        const int x = tile.corner.x + k % tile.pitch - tile.reach;
        const bool inside = y >= 0 && y < job.height && x >= 0 && x < job.width;
        const std::size_t from = inside ? pixel_at(y, x, job.width) : 0;
        tile.keys[k] = inside ? key_of(job.disparity[from]) : invalid_key;
        tile.guide[k] = inside ? job.guide[from] : 0;
    }
}

// Whether the edge window, cut at the border, spans more than 1 px or has an invalid pixel.
__device__ bool at_edge(const Tile& tile, const WeightedMedian& job, int row, int column) {
    const int y = tile.corner.y + row, x = tile.corner.x + column;
    const int top = max(-edge_radius, -y), bottom = min(edge_radius, job.height - 1 - y);
    const int left = max(-edge_radius, -x), right = min(edge_radius, job.width - 1 - x);
    std::int32_t low = tile.keys[tile.at(row, column)], high = low;
    for (int dy = top; dy <= bottom; ++dy) {
        for (int dx = left; dx <= right; ++dx) {
            const std::int32_t key = tile.keys[tile.at(row + dy, column + dx)];
            low = min(low, key);
            high = max(high, key);
        }
    }
    return high == invalid_key || value_of(high) - value_of(low) > 1.0f;
}

// What a pixel's median is taken of.
struct Window {
    const std::int32_t* keys;  // its first element
    const std::uint8_t* guide;
    int pitch, radius, center;
    const std::uint8_t* color;  // [256], of differences of the guide

    // visit(k, key) for each element k.
    template <int fixed, class Visit>
    __device__ __forceinline__ void each(Visit visit) const {
        if constexpr (fixed > 0) {
            constexpr int side = 2 * fixed + 1;
#pragma unroll
            for (int k = 0; k < side * side; ++k) visit(k, k / side * pitch + k % side);
        } else {
            const int side = 2 * radius + 1;
            for (int y = 0, k = 0; y < side; ++y) {
                for (int x = 0; x < side; ++x, ++k) visit(k, y * pitch + x);
            }
        }
    }
    __device__ unsigned weight(const Tables& tables, int k, int at) const {
        const unsigned of_color = color[abs(static_cast<int>(guide[at]) - center)];
        return keys[at] == invalid_key ? 0 : of_color * tables.space[k];
    }
};

template <int fixed>
__device__ std::int32_t median_of(const Window& window, const Tables& tables, std::int32_t own) {
    constexpr int kept_weights = (2 * fixed + 1) * (2 * fixed + 1);
    unsigned kept[kept_weights];
    std::int32_t low = own, high = own;
    unsigned total = 0;
    window.each<fixed>([&](int k, int at) {
        const unsigned weight = window.weight(tables, k, at);
        if constexpr (fixed > 0) kept[k] = weight;
        const std::int32_t key = window.keys[at];
        low = min(low, key);
        high = key == invalid_key ? high : max(high, key);
        total += weight;
    });
    // Both ends are elements; the median is one of them or between them.
    std::int32_t pivot = min(own, high - 1);
    while (low < high) {
        std::int32_t below = low, beyond = high;
        unsigned sum = 0;
        window.each<fixed>([&](int k, int at) {
            const std::int32_t key = window.keys[at];
            if (key <= pivot) {
                sum += fixed > 0 ? kept[fixed > 0 ? k : 0] : window.weight(tables, k, at);
                below = max(below, key);
            } else {
                beyond = min(beyond, key);
            }
        });
        const bool enough = 2 * sum >= total;
        high = enough ? below : high;
        low = enough ? low : beyond;
        const unsigned span = static_cast<unsigned>(high) - static_cast<unsigned>(low);
        pivot = static_cast<std::int32_t>(static_cast<unsigned>(low) + span / 2);
    }
    return low;
}

// The place of each lane whose pixel is chosen, in a list of the block.
__device__ unsigned place_in(unsigned* count, bool chosen) {
    const unsigned lanes = __ballot_sync(full_warp, chosen);
    unsigned first = 0;
    if (threadIdx.x == 0 && lanes != 0) first = atomicAdd(count, __popc(lanes));
    first = __shfl_sync(full_warp, first, 0, 32);
    return first + static_cast<unsigned>(__popc(lanes & ~(full_warp << threadIdx.x)));
}

template <int fixed>
__global__ void median_pixels(WeightedMedian job, Tables tables) {
    STEREO_DYNAMIC_SHARED(unsigned char, memory);
    STEREO_SHARED(std::uint8_t, color, levels);
    STEREO_SHARED(std::uint16_t, list, tile_pixels);
    STEREO_SHARED(unsigned, listed, 1);
    const int radius = fixed > 0 ? fixed : job.radius, reach = reach_of(radius);
    const int pitch = tile_width + 2 * reach;
    auto* const keys = reinterpret_cast<std::int32_t*>(memory);
    const Tile tile{keys, reinterpret_cast<std::uint8_t*>(keys + pitch * (tile_rows + 2 * reach)),
                    pitch, reach, corner_of_tile(job.width, tile_rows)};
    load(tile, job);
    const int step = thread_of_block() >> job.color_shift;
    color[thread_of_block()] = step < levels_of_color ? tables.color[step] : 0;
    if (thread_of_block() == 0) *listed = 0;
    __syncthreads();
    const int column = static_cast<int>(threadIdx.x);
    for (int row = static_cast<int>(threadIdx.y); row < tile_rows; row += block_rows) {
        const int x = tile.corner.x + column, y = tile.corner.y + row;
        const bool inside = x < job.width && y < job.height;
        const std::size_t pixel = pixel_at(y, x, job.width);
        bool chosen = inside && keys[tile.at(row, column)] != invalid_key;
        chosen = chosen && (job.where == nullptr || job.where[pixel] != 0);
        chosen = chosen && (!job.edges_only || at_edge(tile, job, row, column));
        const unsigned place = place_in(listed, chosen);
        if (chosen) {
            list[place] = static_cast<std::uint16_t>(row * tile_width + column);
        } else if (inside) {
            job.out[pixel] = job.disparity[pixel];
        }
    }
    __syncthreads();
    for (unsigned k = static_cast<unsigned>(thread_of_block()); k < *listed; k += block_threads) {
        const int row = list[k] / tile_width, own_column = list[k] % tile_width;
        const int center = tile.at(row, own_column), first = center - radius * pitch - radius;
        const Window window{keys + first, tile.guide + first, pitch,
                            radius,       tile.guide[center], color};
        job.out[pixel_at(tile.corner.y + row, tile.corner.x + own_column, job.width)] =
            value_of(median_of<fixed>(window, tables, keys[center]));
    }
}

}  // namespace

void weighted_median(const WeightedMedian& job, Stream stream) {
    Tables tables{};
    const auto side = static_cast<std::size_t>(2 * job.radius + 1);
    std::memcpy(tables.color, job.color_weights, sizeof(tables.color));
    std::memcpy(tables.space, job.space_weights, side * side);
    const int reach = reach_of(job.radius);
    const auto framed = static_cast<std::size_t>(tile_width + 2 * reach) *
                        static_cast<std::size_t>(tile_rows + 2 * reach);
    const bool common = job.radius == common_radius;
    launch("weighted_median", common ? median_pixels<common_radius> : median_pixels<0>,
           tiles_of(job.height, job.width, tile_rows), tile_threads(),
           framed * (sizeof(std::int32_t) + sizeof(std::uint8_t)), stream, job, tables);
}

}  // namespace cuda
}  // namespace stereo
