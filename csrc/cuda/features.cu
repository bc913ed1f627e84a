// Learned costs: maps of feature vectors to a cost volume, in 16-bit numbers and exact sums.
//
// 1. Numbers: 8 lanes a pixel, 256 threads a block, no shared memory. Each lane adds every 8th
// square in double, and shuffles add the eight parts: the order of the CPU's sums, hence its bits,
// and 32 bytes in a row where features lie together. 4 bytes read and 2 written a feature: bound by
// bandwidth; by double arithmetic for cosine on devices that have little of it.
//
// 2. Costs: a block of 256 threads makes 64 pixels times 128 disparities of a row, 4 x 8 a thread.
// 16 features of its 64 left and 191 right pixels at a time lie in 8 KiB of shared memory, a pair
// of numbers a word; a thread loads 4 + 12 words for 64 products. The costs pass through 17 KiB of
// shared memory, so that they are written in rows. F products a pixel and disparity against 1 or 2
// bytes written: bound by 32-bit arithmetic.
//
// The sums of products must be exact in 32 bits, which no tensor core does for 16-bit numbers. They
// could do it in four products of bytes, a signed high and an unsigned low one each; the numbers
// lie as such a product wants both of its operands, [y][x][feature], features next to each other.
//
// 3. What has no counterpart is copied from the nearest column that has one: a warp a pixel, only
// in columns near the left or right border.
#include "launch.cuh"
#include "stages.h"
#include "tiles.cuh"

namespace stereo {
namespace cuda {
namespace {

constexpr int lanes_a_vector = 8, vectors_a_block = block_threads / lanes_a_vector;
constexpr int tile_pixels = 64, tile_candidates = 128, tile_right = tile_pixels + tile_candidates;
constexpr int own_pixels = 4, own_candidates = 8, own_right = own_pixels + own_candidates;
constexpr int groups = tile_pixels / own_pixels;
static_assert(groups * (tile_candidates / own_candidates) == block_threads, "a block is a tile");
constexpr int chunk_pairs = 8;
constexpr int left_pitch = tile_pixels + 4, right_pitch = tile_right + 4;  // for the banks
constexpr int left_fours = chunk_pairs * left_pitch / 4;
constexpr int right_fours = chunk_pairs * right_pitch / 4;
constexpr int cost_pitch = tile_candidates + 2, staged_costs = tile_pixels * cost_pitch;

__global__ void quantise(FeatureMap map, FeatureLaw law, int pairs, std::int16_t* out) {
    const std::size_t count = pixel_at(map.height, 0, map.width);
    const std::size_t own =
        static_cast<std::size_t>(blockIdx.x) * vectors_a_block + threadIdx.x / lanes_a_vector;
    const std::size_t pixel = min(own, count - 1);  // all lanes shuffle
    const auto width = static_cast<std::size_t>(map.width);
    const float* const vector = map.data +
                                static_cast<std::ptrdiff_t>(pixel / width) * map.row_step +
                                static_cast<std::ptrdiff_t>(pixel % width) * map.column_step;
    const int first = static_cast<int>(threadIdx.x) % lanes_a_vector;
    double scale = law.scale;
    if (law.metric == Metric::cosine) {
        double sum = 0.0;
        for (int f = first; f < map.features; f += lanes_a_vector) {
            const double v = vector[f * map.feature_step];
            sum += v * v;
        }
        for (int apart = lanes_a_vector / 2; apart > 0; apart /= 2) {
            sum += __shfl_xor_sync(full_warp, sum, apart, 32);
        }
        scale = sum > 0.0 ? law.scale / sqrt(sum) : 0.0;
    }
    if (own >= count) return;
    std::int16_t* const to = out + pixel * static_cast<std::size_t>(2 * pairs);
    for (int f = first; f < 2 * pairs; f += lanes_a_vector) {
        const double v = f < map.features ? vector[f * map.feature_step] : law.offset;
        to[f] = static_cast<std::int16_t>(static_cast<int>(rint((v - law.offset) * scale)));
    }
}

// A volume, and how its candidates lie.
struct Volume {
    FeatureVolume costs;
    int height, width;

    // The column of the right image that candidate i of a left pixel is.
    __device__ int right_of(int x, int i) const { return x - costs.min_disp - i; }
    __device__ std::size_t at(int y, int x, int i) const {
        return pixel_at(y, x, width) * static_cast<std::size_t>(costs.disparities) +
               static_cast<std::size_t>(i);
    }
};

__device__ int cost_at(const void* costs, int bytes, std::size_t at) {
    return bytes == 1 ? static_cast<const std::uint8_t*>(costs)[at]
                      : static_cast<const std::uint16_t*>(costs)[at];
}
__device__ void store_cost(void* costs, int bytes, std::size_t at, int cost) {
    if (bytes == 1) {
        static_cast<std::uint8_t*>(costs)[at] = static_cast<std::uint8_t>(cost);
    } else {
        static_cast<std::uint16_t*>(costs)[at] = static_cast<std::uint16_t>(cost);
    }
}

// Pixels first ... of a row, chunk_pairs pairs of each from `pair` on: [pair][pixel], 0 for none.
__device__ void load_pairs(const int* row, int width, int pairs, int first, int pixels, int pair,
                           int pitch, int* out) {
    for (int k = static_cast<int>(threadIdx.x); k < pixels * chunk_pairs; k += block_threads) {
        const int x = first + k / chunk_pairs, p = k % chunk_pairs;
        const bool inside = x >= 0 && x < width && pair + p < pairs;
        const std::size_t from = inside ? pixel_at(x, pair + p, pairs) : 0;
        out[p * pitch + k / chunk_pairs] = inside ? row[from] : 0;
    }
}

template <bool differences>
__device__ int with_term(int sum, int left, int right) {
    const int l = static_cast<std::int16_t>(left), r = static_cast<std::int16_t>(right);
    const int low = differences ? abs(l - r) : l * r;
    const int lh = left >> 16, rh = right >> 16;
    return sum + low + (differences ? abs(lh - rh) : lh * rh);
}

template <bool differences>
__device__ int cost_of(const FeatureLaw& law, int sum) {
    float excess = static_cast<float>(differences ? sum : law.origin - sum);
    excess = fminf(fmaxf(excess, 0.0f), law.ceiling);
    return static_cast<int>(excess * law.step + 0.5f);
}

// The sums of a thread: its pixel k and candidate j are right[k - j + own_candidates] apart.
template <bool differences>
__device__ void add_chunk(const int* left, const int* right,
                          int (&sums)[own_pixels][own_candidates]) {
#pragma unroll 1
    for (int p = 0; p < chunk_pairs; ++p) {
        const int4 l = *reinterpret_cast<const int4*>(left + p * left_pitch);
        const int of_left[own_pixels] = {l.x, l.y, l.z, l.w};
        int of_right[own_right];
#pragma unroll
        for (int k = 0; k < own_right; k += 4) {
            const int4 r = *reinterpret_cast<const int4*>(right + p * right_pitch + k);
            of_right[k] = r.x, of_right[k + 1] = r.y, of_right[k + 2] = r.z, of_right[k + 3] = r.w;
        }
#pragma unroll
        for (int k = 0; k < own_pixels; ++k) {
#pragma unroll
            for (int j = 0; j < own_candidates; ++j) {
                sums[k][j] = with_term<differences>(sums[k][j], of_left[k],
                                                    of_right[k - j + own_candidates]);
            }
        }
    }
}

__device__ void write_costs(const Volume& volume, int y, int first_x, int first_i,
                            const std::uint16_t* costs) {
    const FeatureVolume& v = volume.costs;
    for (int k = static_cast<int>(threadIdx.x); k < tile_pixels * tile_candidates;
         k += block_threads) {
        const int pixel = k / tile_candidates, candidate = k % tile_candidates;
        const int x = first_x + pixel, i = first_i + candidate, right = volume.right_of(x, i);
        if (x >= volume.width || i >= v.disparities || right < 0 || right >= volume.width) continue;
        const std::size_t at = volume.at(y, x, i);
        const int base = v.base == nullptr ? 0 : cost_at(v.base, v.base_bytes, at);
        store_cost(v.out, v.out_bytes, at, base + costs[pixel * cost_pitch + candidate]);
    }
}

template <bool differences>
__global__ void make_costs(const int* __restrict__ left, const int* __restrict__ right, int pairs,
                           FeatureLaw law, Volume volume, unsigned tiles_x, unsigned tiles_i) {
    STEREO_SHARED(int4, left_words, left_fours);
    STEREO_SHARED(int4, right_words, right_fours);
    STEREO_SHARED(std::uint16_t, costs, staged_costs);
    int* const left_chunk = reinterpret_cast<int*>(left_words);
    int* const right_chunk = reinterpret_cast<int*>(right_words);
    const int first_i = static_cast<int>(blockIdx.x % tiles_i) * tile_candidates;
    const int first_x = static_cast<int>(blockIdx.x / tiles_i % tiles_x) * tile_pixels;
    const int y = static_cast<int>(blockIdx.x / tiles_i / tiles_x);
    const int first_right = volume.right_of(first_x, first_i) - tile_candidates;
    if (first_right + tile_right <= 0 || first_right >= volume.width) return;  // the whole block
    const std::size_t row = pixel_at(y, 0, volume.width) * static_cast<std::size_t>(pairs);
    const int own_pixel = static_cast<int>(threadIdx.x) % groups * own_pixels;
    const int own_candidate = static_cast<int>(threadIdx.x) / groups * own_candidates;
    const int own_first = own_pixel - own_candidate + tile_candidates - own_candidates;
    int sums[own_pixels][own_candidates] = {};
    for (int pair = 0; pair < pairs; pair += chunk_pairs) {
        load_pairs(left + row, volume.width, pairs, first_x, tile_pixels, pair, left_pitch,
                   left_chunk);
        load_pairs(right + row, volume.width, pairs, first_right, tile_right, pair, right_pitch,
                   right_chunk);
        __syncthreads();
        add_chunk<differences>(left_chunk + own_pixel, right_chunk + own_first, sums);
        __syncthreads();
    }
#pragma unroll
    for (int k = 0; k < own_pixels; ++k) {
#pragma unroll
        for (int j = 0; j < own_candidates; ++j) {
            costs[(own_pixel + k) * cost_pitch + own_candidate + j] =
                static_cast<std::uint16_t>(cost_of<differences>(law, sums[k][j]));
        }
    }
    __syncthreads();
    write_costs(volume, y, first_x, first_i, costs);
}

// Columns that have candidates without counterpart: `before` ones from the left, then some at the
// right, `count` in all.
struct BorderColumns {
    int before, count;
};

__global__ void copy_outside(Volume volume, BorderColumns columns) {
    const FeatureVolume& v = volume.costs;
    const std::size_t warp = static_cast<std::size_t>(blockIdx.x) * block_rows + threadIdx.y;
    const int y = static_cast<int>(warp / static_cast<unsigned>(columns.count));
    const int c = static_cast<int>(warp % static_cast<unsigned>(columns.count));
    if (y >= volume.height) return;
    const int last = volume.width - 1;
    const int x = c < columns.before ? c : volume.width - columns.count + c;
    for (int i = static_cast<int>(threadIdx.x); i < v.disparities; i += 32) {
        const int right = volume.right_of(x, i), d = v.min_disp + i;
        if (right >= 0 && right <= last) continue;
        const int nearest = right < 0 ? d : last + d;
        const bool none = nearest < 0 || nearest > last;
        const int cost = none ? v.maximum : cost_at(v.out, v.out_bytes, volume.at(y, nearest, i));
        store_cost(v.out, v.out_bytes, volume.at(y, x, i), cost);
    }
}

int pairs_of(const FeatureMap& map) { return (map.features + 1) / 2; }

std::size_t words_of(const FeatureMap& map) {
    return pixels_of(map.height, map.width) * static_cast<std::size_t>(pairs_of(map));
}

void start_copying(const Volume& volume, Stream stream) {
    const FeatureVolume& v = volume.costs;
    const int before = min(max(v.min_disp + v.disparities - 1, 0), volume.width);
    const int after = min(max(-v.min_disp, 0), volume.width);
    const BorderColumns columns{before, min(before + after, volume.width)};
    launch("feature_volume", copy_outside,
           blocks_of(pixels_of(volume.height, columns.count), block_rows), tile_threads(), 0,
           stream, volume, columns);
}

}  // namespace

std::size_t feature_volume_bytes(const FeatureMap& left) {
    return 2 * words_of(left) * sizeof(int);
}

void feature_volume(const FeatureMap& left, const FeatureMap& right, const FeatureLaw& law,
                    const FeatureVolume& volume, void* scratch, Stream stream) {
    const int pairs = pairs_of(left);
    int* const left_words = static_cast<int*>(scratch);
    int* const right_words = left_words + words_of(left);
    const std::size_t pixels = pixels_of(left.height, left.width);
    for (const FeatureMap* map : {&left, &right}) {
        int* const words = map == &left ? left_words : right_words;
        launch("feature_volume", quantise, blocks_of(pixels, vectors_a_block), dim3(block_threads),
               0, stream, *map, law, pairs, reinterpret_cast<std::int16_t*>(words));
    }
    const unsigned tiles_x = blocks_of(static_cast<std::size_t>(left.width), tile_pixels);
    const unsigned tiles_i =
        blocks_of(static_cast<std::size_t>(volume.disparities), tile_candidates);
    const Volume target{volume, left.height, left.width};
    launch("feature_volume", law.metric == Metric::l1 ? make_costs<true> : make_costs<false>,
           tiles_x * tiles_i * static_cast<unsigned>(left.height), dim3(block_threads), 0, stream,
           left_words, right_words, pairs, law, target, tiles_x, tiles_i);
    start_copying(target, stream);
}

}  // namespace cuda
}  // namespace stereo
