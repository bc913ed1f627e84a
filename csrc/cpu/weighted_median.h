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

// One bit for each pixel of the block at x that changes.
inline std::uint64_t selected(const WeightedMedianRow& row, const std::int32_t* center, int x) {
    std::uint64_t bits = 0;
    for (int k = 0; k < simd::u8v::lanes; k += key_lanes) {
        keys changes = load_keys(center + x + k) != invalid_key;
        if (row.edges_only) changes &= at_edge(row, x + k);
        bits |= simd::bits_of(changes) << k;
    }
    const int count = row.width - x < simd::u8v::lanes ? row.width - x : simd::u8v::lanes;
    bits &= ~std::uint64_t{0} >> (64 - count);
    if (row.where != nullptr) {
        for (int k = 0; k < count; ++k) {
            if (row.where[x + k] == 0) bits &= ~(std::uint64_t{1} << k);
        }
    }
    return bits;
}

// Weights by color of the block at x: [offset of the window][pixel].
inline void color_weights(const WeightedMedianRow& row, const simd::StepTable& table, int x) {
    using simd::u8v;
    const int reach = row.radius > edge_radius ? row.radius : edge_radius;
    const u8v center = simd::loadu<u8v>(row.guide[reach] + x);
    std::uint8_t* weights = row.weights;
    for (int k = reach - row.radius; k <= reach + row.radius; ++k) {
        for (int dx = -row.radius; dx <= row.radius; ++dx) {
            const u8v other = simd::loadu<u8v>(row.guide[k] + x + dx);
            const u8v difference = simd::bit_or(simd::subs(center, other),
                                                simd::subs(other, center));
            simd::storeu<u8v>(weights, simd::both(table(difference),
                                                  simd::loadu<u8v>(row.valid[k] + x + dx)));
            weights += weight_stride;
        }
    }
}

struct Bracket {
    keys low, high;  // elements of the window; the median is one of them or between them
    keys total;      // sum of all weights
};

// The windows of the pixels `pick` of the block at x0 + offset, one after the other: each element's
// keys, then its weights.
inline Bracket stage(const WeightedMedianRow& row, const simd::Pick& pick, int x0, int offset) {
    const int reach = row.radius > edge_radius ? row.radius : edge_radius;
    Bracket bracket{keys{} + invalid_key, keys{}, keys{}};
    keys high = keys{} + static_cast<std::int32_t>(0x80000000u);  // of the keys + 1
    const std::uint8_t* weights = row.weights + offset;
    const std::uint8_t* space = row.space_weights;
    std::int32_t* out = row.picked;
    for (int k = reach - row.radius; k <= reach + row.radius; ++k) {
        const std::int32_t* const line = row.keys[k] + x0 + offset;
        for (int dx = -row.radius; dx <= row.radius; ++dx) {
            const keys value = pick.of(line + dx);
            const keys weight = simd::product(pick.of(weights), keys{} + *space++);
            store_keys(out, value);
            store_keys(out + key_lanes, weight);
            bracket.low = smaller(bracket.low, value);
            high = larger(high, plus(value, unsigned_keys{} + 1));  // what is invalid wraps around
            bracket.total += weight;
            weights += weight_stride;
            out += 2 * key_lanes;
        }
    }
    bracket.high = plus(high, unsigned_keys{} - 1);
    return bracket;
}

inline keys bisect(const std::int32_t* window, int count, Bracket bracket) {
    keys low = bracket.low, high = bracket.high;
    while (simd::bits_of(low < high) != 0) {
        const unsigned_keys span =
            reinterpret_cast<unsigned_keys>(high) - reinterpret_cast<unsigned_keys>(low);
        const keys pivot = plus(low, span >> 1);
        simd::Split split{keys{}, unsigned_keys{}, ~unsigned_keys{}};
#pragma GCC unroll 4
        for (int k = 0; k < count; ++k) {
            const std::int32_t* const element = window + k * 2 * key_lanes;
            simd::split(load_keys(element), load_keys(element + key_lanes), pivot, split);
        }
        const keys enough = split.weight + split.weight >= bracket.total;
        high = enough != 0 ? plus(pivot, split.below + 1) : high;
        low = enough != 0 ? low : plus(pivot, split.beyond + 1);
    }
    return low;
}

// Filters the pixels of the block at x that have their bit set.
inline void filter_block(const WeightedMedianRow& row, std::uint64_t bits, int x) {
    const int side = 2 * row.radius + 1;
    while (bits != 0) {
        const int first = __builtin_ctzll(bits);
        std::int32_t index[key_lanes];
        int count = 0;
        for (; count < key_lanes && bits != 0; bits &= bits - 1) {
            const int k = __builtin_ctzll(bits) - first;
            if (k >= simd::pick_span) break;
            index[count++] = k;
        }
        for (int k = count; k < key_lanes; ++k) index[k] = index[0];
        const Bracket bracket = stage(row, simd::Pick(index), x, first);
        const keys median = bits_of_disparity(bisect(row.picked, side * side, bracket));
        float found[key_lanes];
        std::memcpy(found, &median, sizeof(found));
        for (int k = 0; k < count; ++k) row.out[x + first + index[k]] = found[k];
    }
}

void weighted_median(const WeightedMedianRow& row) {
    const int reach = row.radius > edge_radius ? row.radius : edge_radius;
    if (row.edges_only) columns_of_edges(row);
    const simd::StepTable table(row.color_weights, row.color_shift);
    for (int x = 0; x < row.width; x += simd::u8v::lanes) {
        const std::uint64_t bits = selected(row, row.keys[reach], x);
        if (bits == 0) continue;
        color_weights(row, table, x);
        filter_block(row, bits, x);
    }
}

}  // namespace
}  // namespace stereo
