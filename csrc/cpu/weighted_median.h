// Weighted median of the valid pixels of a window, for a row. The pixels that are to change are
// picked out of a block, a vector of them is filtered at a time: their weights are products of two
// table entries, and the median is found by bisection on the value. Both ends of the bracket are
// always elements of the window, so it closes after a few steps, whatever the values are.
#pragma once

#include <cstring>

#include "filter_rows.h"
#include "kernels.h"
#include "simd/bisection.h"

namespace stereo {
namespace {

using simd::keys;
using simd::unsigned_keys;
constexpr int key_lanes = simd::bisection_lanes;

inline keys load_keys(const std::int32_t* p) {
    keys v;
    std::memcpy(&v, p, sizeof(v));
    return v;
}
inline void store_keys(std::int32_t* p, keys v) { std::memcpy(p, &v, sizeof(v)); }
inline keys smaller(keys a, keys b) { return a < b ? a : b; }
inline keys larger(keys a, keys b) { return a > b ? a : b; }
inline keys plus(keys a, unsigned_keys b) {  // modulo 2^32
    return reinterpret_cast<keys>(reinterpret_cast<unsigned_keys>(a) + b);
}
// Back to float32. A key is its own inverse.
inline keys bits_of_disparity(keys k) { return k ^ ((k >> 31) & 0x7fffffff); }

// Smallest and largest key of each column, over the rows of the edge window.
inline void columns_of_edges(const WeightedMedianRow& row) {
    const int reach = row.radius > edge_radius ? row.radius : edge_radius;
    const std::int32_t* const* const rows = row.keys + (reach - edge_radius);
    for (int x = -edge_radius; x < row.width + edge_radius; x += key_lanes) {
        keys low = load_keys(rows[0] + x), high = low;
        for (int k = 1; k <= 2 * edge_radius; ++k) {
            const keys v = load_keys(rows[k] + x);
            low = smaller(low, v);
            high = larger(high, v);
        }
        store_keys(row.low + x, low);
        store_keys(row.high + x, high);
    }
}

// All ones where the edge window spans more than 1 px or has an invalid pixel.
inline keys at_edge(const WeightedMedianRow& row, int x) {
    keys low = load_keys(row.low + x - edge_radius), high = load_keys(row.high + x - edge_radius);
    for (int k = 1 - edge_radius; k <= edge_radius; ++k) {
        low = smaller(low, load_keys(row.low + x + k));
        high = larger(high, load_keys(row.high + x + k));
    }
    using reals = float __attribute__((vector_size(sizeof(keys))));
    const reals span = reinterpret_cast<reals>(bits_of_disparity(high)) -
                       reinterpret_cast<reals>(bits_of_disparity(low));
    return (span > 1.0f) | (high == invalid_key);
}

// Sets one bit for each pixel that changes.
inline void select_pixels(const WeightedMedianRow& row, const std::int32_t* center) {
    for (int x = 0; x < row.width; x += 64) {
        std::uint64_t bits = 0;
        for (int k = 0; k < 64; k += key_lanes) {
            keys changes = load_keys(center + x + k) != invalid_key;
            if (row.edges_only) changes &= at_edge(row, x + k);
            bits |= simd::bits_of(changes) << k;
        }
        const int count = row.width - x < 64 ? row.width - x : 64;
        bits &= ~std::uint64_t{0} >> (64 - count);
        if (row.where != nullptr) {
            for (int k = 0; k < count; ++k) {
                bits &= ~(std::uint64_t{row.where[x + k] == 0} << k);
            }
        }
        row.selected[x / 64] = bits;
    }
}

// The bits of the pixels x ... x + 63.
inline std::uint64_t selected_from(const WeightedMedianRow& row, int x) {
    const std::uint64_t* const words = row.selected + x / 64;
    const int shift = x % 64;
    return shift == 0 ? words[0] : words[0] >> shift | words[1] << (64 - shift);
}

// The next pixel from x on that has its bit set, or the width.
inline int next_selected(const WeightedMedianRow& row, int x) {
    if (x >= row.width) return row.width;
    std::uint64_t bits = row.selected[x / 64] & (~std::uint64_t{0} << (x % 64));
    for (x = x / 64 * 64; bits == 0; bits = row.selected[x / 64]) {
        x += 64;
        if (x >= row.width) return row.width;
    }
    return x + __builtin_ctzll(bits);
}

// Weights by color of the block at x: [offset of the window][pixel].
inline void color_weights(const WeightedMedianRow& row, const simd::StepTable& table, int x) {
    using simd::u8v;
    const int radius = row.radius, reach = radius > edge_radius ? radius : edge_radius;
    const u8v center = simd::loadu<u8v>(row.guide[reach] + x);
    std::uint8_t* weights = row.weights;
    for (int k = reach - radius; k <= reach + radius; ++k) {
        const std::uint8_t* const guide = row.guide[k] + x;
        const std::uint8_t* const valid = row.valid[k] + x;
        for (int dx = -radius; dx <= radius; ++dx) {
            const u8v other = simd::loadu<u8v>(guide + dx);
            const u8v difference =
                simd::bit_or(simd::subs(center, other), simd::subs(other, center));
            simd::storeu<u8v>(weights, simd::both(table(difference), simd::loadu<u8v>(valid + dx)));
            weights += weight_stride;
        }
    }
}

struct Bracket {
    keys low, high;  // elements of the window; the median is one of them or between them
    keys total;      // sum of all weights
};

// The windows of the pixels that `pick` takes from x on: each element's keys, then its weights,
// of which those by color begin at `colors`.
inline Bracket stage(const WeightedMedianRow& row, const simd::Pick& pick, int x,
                     const std::uint8_t* colors) {
    const int radius = row.radius, reach = radius > edge_radius ? radius : edge_radius;
    keys low = keys{} + invalid_key, total{};
    keys high = keys{} + static_cast<std::int32_t>(0x80000000u);  // of the keys + 1
    const std::int32_t* space = row.space_weights;
    std::int32_t* out = row.picked;
    for (int k = reach - radius; k <= reach + radius; ++k) {
        const std::int32_t* const line = row.keys[k] + x;
        for (int dx = -radius; dx <= radius; ++dx) {
            const keys value = pick.of(line + dx);
            const keys weight = simd::product(pick.of(colors), keys{} + *space++);
            store_keys(out, value);
            store_keys(out + key_lanes, weight);
            low = smaller(low, value);
            high = larger(high, plus(value, unsigned_keys{} + 1));  // what is invalid wraps around
            total += weight;
            colors += weight_stride;
            out += 2 * key_lanes;
        }
    }
    return {low, plus(high, unsigned_keys{} - 1), total};
}

// The first pivot is the pixel's own value, the next ones lie at a quarter of the bracket on the
// side on which the weights say that the median is.
inline keys bisect(const std::int32_t* window, int count, const Bracket& bracket) {
    keys low = bracket.low, high = bracket.high;
    keys before{}, until = bracket.total;  // weights of what is < low, of what is <= high
    keys pivot =
        smaller(load_keys(window + count / 2 * 2 * key_lanes), plus(high, unsigned_keys{} - 1));
    while (simd::bits_of(low < high) != 0) {
        const keys next = plus(pivot, unsigned_keys{} + 1);
        simd::Split split{keys{}, unsigned_keys{}, ~unsigned_keys{}};
#pragma GCC unroll 8
        for (int k = 0; k < count; ++k) {
            const std::int32_t* const element = window + k * 2 * key_lanes;
            simd::split(load_keys(element), load_keys(element + key_lanes), next, split);
        }
        const keys enough = split.weight + split.weight >= bracket.total;
        high = enough != 0 ? plus(next, split.below) : high;
        until = enough != 0 ? split.weight : until;
        low = enough != 0 ? low : plus(next, split.beyond);
        before = enough != 0 ? before : split.weight;
        const unsigned_keys span =
            reinterpret_cast<unsigned_keys>(high) - reinterpret_cast<unsigned_keys>(low);
        const keys upper = bracket.total >= before + until;
        pivot = plus(plus(low, span >> 2), (span >> 1) & reinterpret_cast<unsigned_keys>(upper));
    }
    return low;
}

// Filters as many pixels as fit a vector, from x on; returns the next one.
inline int filter_some(const WeightedMedianRow& row, int x, const std::uint8_t* colors) {
    std::uint64_t bits = selected_from(row, x) & ((std::uint64_t{1} << simd::pick_span) - 1);
    std::int32_t index[key_lanes];
    int count = 0;
    for (std::int32_t& each : index) {
        each = bits != 0 ? __builtin_ctzll(bits) : 0;
        count += bits != 0;
        bits &= bits - 1;
    }
    const int next =
        bits != 0 ? x + __builtin_ctzll(bits) : next_selected(row, x + simd::pick_span);
    const Bracket bracket = stage(row, simd::Pick(index), x, colors);
    const int side = 2 * row.radius + 1;
    const keys median = bits_of_disparity(bisect(row.picked, side * side, bracket));
    float found[key_lanes];
    std::memcpy(found, &median, sizeof(found));
    for (int k = 0; k < count; ++k) row.out[x + index[k]] = found[k];
    return next;
}

void weighted_median(const WeightedMedianRow& row) {
    const int reach = row.radius > edge_radius ? row.radius : edge_radius;
    if (row.edges_only) columns_of_edges(row);
    select_pixels(row, row.keys[reach]);
    const simd::StepTable table(row.color_weights, row.color_shift);
    constexpr int ahead = simd::u8v::lanes - simd::pick_span;
    for (int x = next_selected(row, 0); x < row.width;) {
        const int block = x;
        color_weights(row, table, block);
        while (x < row.width && x <= block + ahead) {
            x = filter_some(row, x, row.weights + (x - block));
        }
    }
}

}  // namespace
}  // namespace stereo
