// Aggregation along the paths of one sweep, fused: path costs, their minima, and their sum
// (Hirschmueller 2008, eq. 13).
//
// A state keeps L(q, i) as it is, beside its ceiling min L(q, .) + p2, so that one pass over i does
// it all. Instead of E it works with what a path saves against a jump, M = p2 - E in [0, p2],
// because a saturating subtraction then does the minimum with p2 as well:
//   M(p, i) = max(0, ceiling(q) - min(L(q, i), min(L(q, i - 1), L(q, i + 1)) + p1))
//   L(p, i) = C(p, i) + p2 - M(p, i),    S = paths * (C + p2) - sum of M
// In bytes this is exact while maximum of C + p2 <= 255: min L never exceeds the maximum of C,
// because E is 0 somewhere. Beyond D the costs are so high that L stays above every ceiling.
//
// Plain additions stand wherever nothing can overflow: unlike saturating ones and minima, which
// Intel's 512-bit units do once a cycle, they run twice a cycle.
#pragma once

#include <cstring>
#include <type_traits>

#include "kernels.h"

#define STEREO_INLINE __attribute__((always_inline)) inline  // so that states stay in registers

namespace stereo {
namespace {

using simd::u16v;
using simd::u8v;

// The sum of M over the paths of a sweep: in bytes while it fits, else in words, from pairs of
// bytes while twice p2 fits.
template <Width width>
struct Sum {
    using V = std::conditional_t<width == Width::words, u16v, u8v>;
    static constexpr int parts = width == Width::words ? 1 : 2;  // vectors of words
    V sum, pairs;
    STEREO_INLINE void first(V a) {
        sum = a;
        pairs = simd::splat(0, V{});
    }
    STEREO_INLINE void second(V b) { sum = simd::add(sum, b); }
    STEREO_INLINE void pair(V a, V b) {
        if constexpr (width == Width::mixed) {
            pairs = simd::add(a, b);
        } else {
            sum = simd::add(sum, simd::add(a, b));
        }
    }
    STEREO_INLINE u16v words(int part) const {
        if constexpr (width == Width::words) return sum;
        return simd::add(widen(sum, part), widen(pairs, part));
    }
    static STEREO_INLINE u16v widen(u8v a, int part) {
        return part == 0 ? simd::widen_low(a) : simd::widen_high(a);
    }
    static STEREO_INLINE u16v widen(u16v a, int) { return a; }
};

// One vector of a pixel's volume. Where the pixels are aligned it goes past the caches.
template <class V>
STEREO_INLINE void store_volume(typename V::element* pixel, int at, int size, bool past_caches,
                                V v) {
    if (past_caches) {
        simd::stream<V>(pixel + at, v);
    } else if (at + V::lanes <= size) {
        simd::storeu<V>(pixel + at, v);
    } else if (at < size) {
        simd::store_first(pixel + at, v, size - at);
    }
}
template <class V>
STEREO_INLINE V load_volume(const typename V::element* pixel, int at, int size) {
    if (at + V::lanes <= size) return simd::loadu<V>(pixel + at);
    return simd::load_first(pixel + at, at < size ? size - at : 0, V{});
}

template <Width width, Paths paths, Sweep mode, int fixed_vectors, int planes = 0,
          bool adaptive = false>
struct Sweeper {
    using T = std::conditional_t<width == Width::words, std::uint16_t, std::uint8_t>;
    using Volume = std::conditional_t<width == Width::bytes, std::uint8_t, std::uint16_t>;
    using V = std::conditional_t<width == Width::words, u16v, u8v>;
    using VolumeV = std::conditional_t<width == Width::bytes, u8v, u16v>;
    static constexpr int verticals = paths == Paths::horizontal ? 0 : paths == Paths::cross ? 1 : 3;
    static constexpr bool in_registers = fixed_vectors > 0;  // the state of the horizontal path

    const SweepBlock block;  // a copy: nothing that is stored can alias it
    const int vectors;
    const bool past_caches;
    V p1[adaptive ? 4 : 1], p2[adaptive ? 4 : 1];  // of each path, or of all
    V ceiling[4], lowest[4], carried[4];           // an adaptive ceiling gets p2 at each pixel
    V horizontal[in_registers ? fixed_vectors : 1], near[in_registers ? fixed_vectors : 1];

    STEREO_INLINE explicit Sweeper(const SweepBlock& b)
        : block(b),
          vectors(in_registers ? fixed_vectors : b.padding.state / V::lanes),
          past_caches(paths != Paths::horizontal && b.padding.volume % VolumeV::lanes == 0 &&
                      b.padding.volume == b.padding.state),
          p1{simd::splat(static_cast<T>(b.p1), V{})},
          p2{simd::splat(static_cast<T>(b.p2), V{})} {}

    STEREO_INLINE T* slot(int path, int n) const {
        if (path == 0) return static_cast<T*>(block.horizontal);
        return static_cast<T*>(block.vertical[path - 1]) + std::ptrdiff_t{n} * block.padding.slot;
    }

    STEREO_INLINE T* ceiling_of(int path, int n) const {
        return static_cast<T*>(block.ceiling[path]) +
               std::ptrdiff_t{n} * (ceiling_bytes / static_cast<int>(sizeof(T)));
    }

    // In bytes, where even L beyond D plus p1 fits (width_of in plan.cpp), nothing saturates.
    // Otherwise what lies beyond D is made the largest number after each step.
    static constexpr bool saturates = width != Width::bytes || adaptive;
    static STEREO_INLINE V sum(V a, V b) { return saturates ? simd::adds(a, b) : simd::add(a, b); }

    // L and M from the predecessor's L at i, and the smaller one at i +- 1; `top` is C + p2, or C
    // where each path has a p2 of its own.
    STEREO_INLINE V step(int path, V at, V near, V top, int j, V& l) {
        const int own = adaptive ? path : 0;
        const V best = simd::min(sum(near, p1[own]), at);
        const V saved = simd::subs(ceiling[path], best);
        l = simd::sub(adaptive ? sum(top, p2[own]) : top, saved);
        if (saturates && width != Width::words && j == vectors - 1) l = simd::bit_or(l, beyond(j));
        lowest[path] = j == 0 ? l : simd::min(lowest[path], l);
        return saved;
    }

    STEREO_INLINE V beyond(int j) const {
        return simd::load<V>(static_cast<const T*>(block.beyond) + j * V::lanes);
    }

    // A path whose state lies in memory: its L replaces the predecessor's.
    STEREO_INLINE V follow(int path, T* state, int j, V top) {
        const V at = simd::load<V>(state + j * V::lanes);
        const V near = simd::nearest(state, j, vectors, at, carried[path]);
        if (j + 1 < vectors) carried[path] = simd::loadu<V>(state + (j + 1) * V::lanes - 1);
        V l;
        const V saved = step(path, at, near, top, j, l);
        simd::store<V>(state + j * V::lanes, l);
        return saved;
    }

    // The horizontal path, whose state stays in registers where it can.
    STEREO_INLINE V follow_horizontal(int j, V top) {
        if constexpr (!in_registers) {
            return follow(0, slot(0, 0), j, top);
        } else {
            return step(0, horizontal[j], near[j], top, j, horizontal[j]);
        }
    }

    STEREO_INLINE V cost_of(int n, int j) const {
        if constexpr (planes == 0) {
            const std::ptrdiff_t at = n * block.cost_step + j * V::lanes;
            if constexpr (width == Width::words) {
                if (block.wide_cost) {
                    return simd::load<V>(reinterpret_cast<const std::uint16_t*>(block.cost) + at);
                }
            }
            return simd::load_costs(reinterpret_cast<const std::uint8_t*>(block.cost) + at, V{});
        } else {
            const std::ptrdiff_t x = block.x + std::ptrdiff_t{n} * block.step;
            V left[planes];
            const std::uint8_t* right[planes];
            for (int k = 0; k < planes; ++k) {
                left[k] = simd::splat(block.planes.left[k][x], V{});
                right[k] = block.planes.right[k];
            }
            const V cost = simd::hamming<planes>(left, right, j * V::lanes - x);
            if constexpr (paths == Paths::horizontal) {  // the sweep itself comes later
                auto* const made = reinterpret_cast<std::uint8_t*>(block.made);
                simd::store<V>(made + n * block.cost_step + j * V::lanes, cost);
            }
            return cost;
        }
    }

    STEREO_INLINE void vector(int n, int j, Volume* volume, std::uint16_t* aggregated) {
        V cost = cost_of(n, j);
        if constexpr (width == Width::words) cost = simd::bit_or(cost, beyond(j));
        const V top = adaptive ? cost : sum(cost, p2[0]);
        Sum<width> saved;
        saved.first(follow_horizontal(j, top));
        if constexpr (verticals > 0) saved.second(follow(1, slot(1, n), j, top));
        if constexpr (verticals > 1) {
            const V one = follow(2, slot(2, n), j, top);
            saved.pair(one, follow(3, slot(3, n), j, top));
        }
        if constexpr (mode == Sweep::finish) {
            finish(n, j, top, saved, volume, aggregated);
        } else {
            store(j, saved, volume);
        }
    }

    STEREO_INLINE void store(int j, const Sum<width>& saved, Volume* volume) {
        const int size = block.padding.volume;
        if constexpr (width == Width::bytes) {
            store_volume<V>(volume, j * V::lanes, size, past_caches, saved.sum);
        } else {
#pragma GCC unroll 2
            for (int part = 0; part < saved.parts; ++part) {
                store_volume<u16v>(volume, (j * saved.parts + part) * u16v::lanes, size,
                                   past_caches, saved.words(part));
            }
        }
    }

    STEREO_INLINE void finish(int n, int j, V top, const Sum<width>& saved, const Volume* volume,
                              std::uint16_t* aggregated) {
        const int size = block.padding.volume;
        if constexpr (width == Width::bytes) {
            const V other = load_volume<V>(volume, j * V::lanes, size);
            simd::Words key = first_keys(n, top);
            const simd::Words both = simd::sums_times_32(saved.sum, other);
            key.low = simd::sub(key.low, both.low);
            key.high = simd::sub(key.high, both.high);
            simd::store_words(aggregated + j * V::lanes, key);
        } else {
            const u16v count = simd::splat(static_cast<std::uint16_t>(block.paths), u16v{});
#pragma GCC unroll 2
            for (int part = 0; part < saved.parts; ++part) {
                const int at = (j * saved.parts + part) * u16v::lanes;
                u16v all = simd::mul(Sum<width>::widen(top, part), count);
                if constexpr (adaptive) all = simd::add(all, simd::splat(p2_of_all(n), u16v{}));
                const u16v both = simd::add(saved.words(part), load_volume<u16v>(volume, at, size));
                simd::store<u16v>(aggregated + at, simd::sub(all, both));
            }
        }
    }

    // The keys of paths * (C + p2), or of paths * C + the sum of p2.
    STEREO_INLINE simd::Words first_keys(int n, u8v top) const {
        const int place = place_of(n, block.step);
        if (!adaptive && block.paths << key_bits == 256) {
            return simd::interleave(simd::splat(static_cast<std::uint8_t>(place), u8v{}), top);
        }
        simd::Words key = simd::interleave(top, u8v{});
        const int sum = adaptive ? p2_of_all(n) << key_bits : 0;
        const u16v low = simd::splat(static_cast<std::uint16_t>(sum + place), u16v{});
        const u16v count = simd::splat(static_cast<std::uint16_t>(block.paths << key_bits), u16v{});
        key.low = simd::add(simd::mul(key.low, count), low);
        key.high = simd::add(simd::mul(key.high, count), low);
        return key;
    }

    // The stored sums come from memory, in an order that the hardware does not foresee well.
    static constexpr int pixels_ahead = 16;
    STEREO_INLINE void prefetch(int n) const {
        const auto* const pixel = static_cast<const char*>(block.volume) +
                                  std::ptrdiff_t{block.step} * n * block.padding.volume *
                                      static_cast<std::ptrdiff_t>(sizeof(Volume));
        const int bytes = block.padding.volume * static_cast<int>(sizeof(Volume));
        for (int at = 0; at < bytes; at += alignment) __builtin_prefetch(pixel + at);
    }

    static STEREO_INLINE V penalty(const void* vectors_of_levels, int level) {
        return simd::splat_lane<V>(static_cast<const T*>(vectors_of_levels) +
                                   std::ptrdiff_t{level} *
                                       (ceiling_bytes / static_cast<int>(sizeof(T))));
    }

    STEREO_INLINE void take_penalties(int n) {
        for (int k = 0; k <= verticals; ++k) {
            const int own = adaptive ? k : 0, level = block.edge[k][n * block.step];
            p1[own] = penalty(block.p1_vectors, level);
            p2[own] = penalty(block.p2_vectors, level);
            ceiling[k] = simd::add(ceiling[k], p2[own]);
        }
    }

    // Where the prior rises by 1 px along a path, the predecessor's L counts 1 px higher, so that
    // a surface that goes on as it did costs nothing.
    STEREO_INLINE void follow_slants(int n) {
        for (int k = 0; k <= verticals; ++k) {
            const int rise = block.step * block.slant[k][n * block.step];
            if (rise != 0) shift(slot(k, k == 0 ? 0 : n), rise);
        }
    }
    // What would leave the range stays at its end: min L must not change.
    STEREO_INLINE void shift(T* state, int rise) const {
        const int last = block.padding.disparities - 1;
        const int left = rise > 0 ? last : 0, entered = last - left;
        const T leaving = state[left];
        std::memmove(state + (rise > 0), state + (rise < 0),
                     static_cast<std::size_t>(last) * sizeof(T));
        state[entered] = static_cast<T>(~T{0});
        if (leaving < state[left]) state[left] = leaving;
    }

    STEREO_INLINE std::uint16_t p2_of_all(int n) const {
        const std::ptrdiff_t at = n * block.step;
        int sum = 0;
        for (int k = 0; k <= verticals; ++k) sum += block.p2_at[block.edge[k][at]];
        for (int k = 0; k < block.other_paths; ++k) sum += block.p2_at[block.other_edge[k][at]];
        return static_cast<std::uint16_t>(sum);
    }

    STEREO_INLINE void pixel(int n) {
        if constexpr (mode == Sweep::finish) prefetch(n + pixels_ahead);
        for (int k = 1; k <= verticals; ++k) {
            ceiling[k] = simd::splat_lane<V>(ceiling_of(k, n));
        }
        if constexpr (adaptive) take_penalties(n);
        if constexpr (adaptive && !in_registers) {
            if (block.slant[0] != nullptr) follow_slants(n);
        }
        Volume* const volume = static_cast<Volume*>(block.volume) +
                               std::ptrdiff_t{block.step} * n * block.padding.volume;
        std::uint16_t* const aggregated =
            mode == Sweep::finish ? block.aggregated + std::ptrdiff_t{n} * block.padding.aggregated
                                  : nullptr;
        if constexpr (in_registers) {
            simd::nearest(horizontal, near);
#pragma GCC unroll 4
            for (int j = 0; j < fixed_vectors; ++j) vector(n, j, volume, aggregated);
        } else {
            for (int j = 0; j < vectors; ++j) vector(n, j, volume, aggregated);
        }
        const auto found =
            simd::plus(simd::min4(lowest[0], lowest[verticals > 0 ? 1 : 0],
                                  lowest[verticals > 1 ? 2 : 0], lowest[verticals > 1 ? 3 : 0]),
                       adaptive ? V{} : p2[0]);
        ceiling[0] = simd::splat_first(found, V{});
        if constexpr (verticals > 0) {
            const auto each = simd::spread(found, V{});
            simd::store_lane<1>(ceiling_of(1, n), each);
            if constexpr (verticals > 1) {
                simd::store_lane<2>(ceiling_of(2, n), each);
                simd::store_lane<3>(ceiling_of(3, n), each);
            }
        }
    }

    STEREO_INLINE void run() {
        ceiling[0] = simd::splat_lane<V>(ceiling_of(0, 0));
        for (int j = 0; j < fixed_vectors; ++j) {
            horizontal[j] = simd::load<V>(slot(0, 0) + j * V::lanes);
        }
        for (int n = 0; n < block.count; ++n) pixel(n);
        for (int j = 0; j < fixed_vectors; ++j) {
            simd::store<V>(slot(0, 0) + j * V::lanes, horizontal[j]);
        }
        simd::store_first(ceiling_of(0, 0), ceiling[0],
                          ceiling_bytes / static_cast<int>(sizeof(T)));
    }
};

}  // namespace
}  // namespace stereo
