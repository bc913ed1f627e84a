// Aggregation along the paths of one sweep, fused: path costs, their minima, and their sum
// (Hirschmueller 2008, eq. 13).
//
// A state keeps L(q, i) as it is, beside min L(q, .), so that one pass over i does it all:
//   E(p, i) = min(L(q, i), min(L(q, i - 1), L(q, i + 1)) + p1, min L(q, .) + p2) - min L(q, .)
//   L(p, i) = C(p, i) + E(p, i)
// In bytes this is exact while maximum of C + p2 <= 255: min L never exceeds the maximum of C, because E is 0 somewhere.
// Beyond D the costs are all ones, and stay so by saturation, so that a neighbour there never wins.
#pragma once

#include <type_traits>

#include "kernels.h"

namespace stereo {
namespace {

using simd::u16v;
using simd::u8v;

template <class T>
struct VectorOf;
template <>
struct VectorOf<std::uint8_t> {
    using type = u8v;
};
template <>
struct VectorOf<std::uint16_t> {
    using type = u16v;
};

// L at i - 1 and i + 1. The ends lie in the guards, or are made in registers where V has none.
template <class V>
inline V lower(const typename V::element* state, int j, V v) {
    if (V::guard == 0 && j == 0) return simd::from_below(v);
    return simd::loadu<V>(state + j * V::lanes - 1);
}
template <class V>
inline V upper(const typename V::element* state, int j, int vectors, V v) {
    if (V::guard == 0 && j == vectors - 1) return simd::from_above(v);
    return simd::loadu<V>(state + j * V::lanes + 1);
}

// E from the predecessor's L at i, i - 1, i + 1 and from the minimum.
template <class V>
inline V excess(V at, V below, V above, V minimum, V ceiling, V p1) {
    const V step = simd::adds(simd::min(below, above), p1);
    return simd::sub(simd::min(simd::min(step, at), ceiling), minimum);
}

// The sum of E of a sweep: in bytes while four times p2 fits, else in words (from pairs of bytes while
// twice p2 fits).
template <class V, Width width>
struct ExcessSum;

template <class V>
struct ExcessSum<V, Width::bytes> {
    V sum;
    void start(V a) { sum = a; }
    void pair(V a, V b) { sum = simd::adds(sum, simd::adds(a, b)); }
    void add(V a) { sum = simd::adds(sum, a); }
    static constexpr int parts = 2;
    u16v words(int part) const {
        return part == 0 ? simd::widen_low(sum) : simd::widen_high(sum);
    }
};

template <class V>
struct ExcessSum<V, Width::mixed> {
    V first, second;
    void start(V a) {
        first = a;
        second = simd::splat(0, V{});
    }
    void add(V a) { first = simd::adds(first, a); }
    void pair(V a, V b) { second = simd::adds(a, b); }
    static constexpr int parts = 2;
    u16v words(int part) const {
        return part == 0 ? simd::adds(simd::widen_low(first), simd::widen_low(second))
                         : simd::adds(simd::widen_high(first), simd::widen_high(second));
    }
};

template <class V>
struct ExcessSum<V, Width::words> {
    V sum;
    void start(V a) { sum = a; }
    void pair(V a, V b) { sum = simd::adds(sum, simd::adds(a, b)); }
    void add(V a) { sum = simd::adds(sum, a); }
    static constexpr int parts = 1;
    u16v words(int) const { return sum; }
};

// One vector of a pixel's volume: whole vectors go past the caches where they are aligned.
template <class V>
inline void store_volume(typename V::element* pixel, int at, int size, bool past_caches, V v) {
    if (at + V::lanes <= size) {
        if (past_caches) {
            simd::stream<V>(pixel + at, v);
        } else {
            simd::storeu<V>(pixel + at, v);
        }
    } else if (at < size) {
        simd::store_first(pixel + at, v, size - at);
    }
}
template <class V>
inline V load_volume(const typename V::element* pixel, int at, int size) {
    if (at + V::lanes <= size) return simd::loadu<V>(pixel + at);
    return simd::load_first(pixel + at, at < size ? size - at : 0, V{});
}

inline u16v times(u8v cost, u16v paths, int part) {
    return simd::mul(part == 0 ? simd::widen_low(cost) : simd::widen_high(cost), paths);
}
inline u16v times(u16v cost, u16v paths, int) { return simd::mul(cost, paths); }

template <Width width, Paths paths, Sweep mode, int fixed_vectors>
struct Sweeper {
    using T = std::conditional_t<width == Width::words, std::uint16_t, std::uint8_t>;
    using Volume = std::conditional_t<width == Width::bytes, std::uint8_t, std::uint16_t>;
    using V = typename VectorOf<T>::type;
    using VolumeV = typename VectorOf<Volume>::type;
    static constexpr int verticals = paths == Paths::horizontal ? 0 : paths == Paths::cross ? 1 : 3;
    static constexpr bool in_registers = fixed_vectors > 0;  // the state of the horizontal path

    const SweepBlock& block;
    const int vectors;
    const int volume_size;
    const bool past_caches;
    const V p1, p2;
    const u16v path_count;
    V minimum[4], ceiling[4], lowest[4], carried[4];
    V horizontal[in_registers ? fixed_vectors : 1];

    explicit Sweeper(const SweepBlock& b)
        : block(b),
          vectors(in_registers ? fixed_vectors : b.padding.state / V::lanes),
          volume_size(b.padding.volume),
          past_caches(paths != Paths::horizontal && b.padding.volume % VolumeV::lanes == 0),
          p1(simd::splat(static_cast<T>(b.p1), V{})),
          p2(simd::splat(static_cast<T>(b.p2), V{})),
          path_count(simd::splat(static_cast<std::uint16_t>(b.paths), u16v{})) {}

    T* slot(int path, int n) const {
        if (path == 0) return static_cast<T*>(block.horizontal);
        return static_cast<T*>(block.vertical[path - 1]) + std::ptrdiff_t{n} * block.padding.slot;
    }

    // E of a path whose state lies in memory; its L replaces the predecessor's.
    inline V follow(int path, T* state, int j, V cost) {
        const V at = simd::load<V>(state + j * V::lanes);
        const V below = j == 0 ? lower(state, j, at) : carried[path];
        const V above = upper(state, j, vectors, at);
        if (j + 1 < vectors) carried[path] = simd::loadu<V>(state + (j + 1) * V::lanes - 1);
        const V e = excess(at, below, above, minimum[path], ceiling[path], p1);
        const V l = simd::adds(e, cost);
        lowest[path] = simd::min(lowest[path], l);
        simd::store<V>(state + j * V::lanes, l);
        return e;
    }

    // The same for the horizontal path, whose state stays in registers where it can.
    inline V follow_horizontal(int j, V cost) {
        if constexpr (!in_registers) return follow(0, slot(0, 0), j, cost);
        const V at = horizontal[j];
        const V below = j == 0 ? simd::from_below(at) : simd::from_below(at, carried[0]);
        const V above = j == vectors - 1 ? simd::from_above(at)
                                         : simd::from_above(at, horizontal[j + 1 < fixed_vectors ? j + 1 : j]);
        carried[0] = at;
        const V e = excess(at, below, above, minimum[0], ceiling[0], p1);
        horizontal[j] = simd::adds(e, cost);
        lowest[0] = simd::min(lowest[0], horizontal[j]);
        return e;
    }

    inline void vector(int n, int j, Volume* volume, std::uint16_t* aggregated) {
        V cost = simd::load_costs(block.cost + std::ptrdiff_t{n} * block.padding.state + j * V::lanes, V{});
        if constexpr (width == Width::words) {
            cost = simd::bit_or(cost, simd::load<V>(block.beyond + j * V::lanes));
        }
        ExcessSum<V, width> sum;
        sum.start(follow_horizontal(j, cost));
        if constexpr (verticals > 0) sum.add(follow(1, slot(1, n), j, cost));
        if constexpr (verticals > 1) {
            const V e = follow(2, slot(2, n), j, cost);
            sum.pair(e, follow(3, slot(3, n), j, cost));
        }
        if constexpr (mode == Sweep::store && width != Width::mixed) {
            store_volume<V>(volume, j * V::lanes, volume_size, past_caches, sum.sum);
        } else {
            for (int part = 0; part < sum.parts; ++part) {
                const int at = (j * sum.parts + part) * u16v::lanes;
                const u16v words = sum.words(part);
                if constexpr (mode == Sweep::store) {
                    store_volume<u16v>(reinterpret_cast<std::uint16_t*>(volume), at, volume_size,
                                       past_caches, words);
                } else {
                    simd::store<u16v>(aggregated + at,
                                      simd::adds(simd::adds(words, stored(volume, j, part)),
                                                 times(cost, path_count, part)));
                }
            }
        }
    }

    inline u16v stored(const Volume* volume, int j, int part) const {
        if constexpr (width == Width::bytes) {
            const u8v bytes = load_volume<u8v>(volume, j * V::lanes, volume_size);
            return part == 0 ? simd::widen_low(bytes) : simd::widen_high(bytes);
        } else {
            return load_volume<u16v>(volume, (j * (width == Width::mixed ? 2 : 1) + part) * u16v::lanes,
                                     volume_size);
        }
    }

    void run() {
        T* minima[4];
        for (int k = 0; k <= verticals; ++k) minima[k] = static_cast<T*>(block.minimum[k]);
        FourMinimaOf found{};
        minimum[0] = simd::splat(*minima[0], V{});
        if constexpr (in_registers) {
            for (int j = 0; j < fixed_vectors; ++j) horizontal[j] = simd::load<V>(slot(0, 0) + j * V::lanes);
        }
        const std::ptrdiff_t volume_step = std::ptrdiff_t{block.step} * volume_size;
        for (int n = 0; n < block.count; ++n) {
            for (int k = 0; k <= verticals; ++k) {
                if (k > 0) minimum[k] = simd::splat(minima[k][n], V{});
                ceiling[k] = simd::adds(minimum[k], p2);
                lowest[k] = simd::splat(static_cast<T>(-1), V{});
            }
            Volume* const volume = static_cast<Volume*>(block.volume) + n * volume_step;
            std::uint16_t* const aggregated =
                mode == Sweep::finish ? block.aggregated + std::ptrdiff_t{n} * block.padding.aggregated : nullptr;
            for (int j = 0; j < vectors; ++j) vector(n, j, volume, aggregated);
            found = simd::min4(lowest[0], lowest[verticals > 0 ? 1 : 0], lowest[verticals > 1 ? 2 : 0],
                               lowest[verticals > 1 ? 3 : 0]);
            minimum[0] = simd::splat_first(found, V{});
            if constexpr (verticals > 0) {
                std::uint32_t each[4];
                simd::unpack(found, each);
                for (int k = 1; k <= verticals; ++k) {
                    minima[k][n] = static_cast<T>(each[k]);
                }
            }
        }
        if constexpr (in_registers) {
            for (int j = 0; j < fixed_vectors; ++j) simd::store<V>(slot(0, 0) + j * V::lanes, horizontal[j]);
        }
        if (block.count > 0) {
            std::uint32_t each[4];
            simd::unpack(found, each);
            *minima[0] = static_cast<T>(each[0]);
        }
    }

    using FourMinimaOf = simd::FourMinima;
};

template <Width width, Paths paths, Sweep mode, int fixed_vectors>
void sweep(const SweepBlock& block) {
    Sweeper<width, paths, mode, fixed_vectors>(block).run();
}

template <Width width, Paths paths, Sweep mode>
SweepKernel sweep_of_size(int vectors) {
    if constexpr (width != Width::words) {
        switch (vectors) {
            case 1: return sweep<width, paths, mode, 1>;
            case 2: return sweep<width, paths, mode, 2>;
            case 3: return sweep<width, paths, mode, 3>;
            case 4: return sweep<width, paths, mode, 4>;
            default: break;
        }
    }
    return sweep<width, paths, mode, 0>;
}

template <Width width>
SweepKernel sweep_of_width(Paths paths, Sweep mode, int vectors) {
    if (paths == Paths::horizontal) return sweep_of_size<width, Paths::horizontal, Sweep::store>(vectors);
    if (paths == Paths::cross) {
        return mode == Sweep::store ? sweep_of_size<width, Paths::cross, Sweep::store>(vectors)
                                    : sweep_of_size<width, Paths::cross, Sweep::finish>(vectors);
    }
    return mode == Sweep::store ? sweep_of_size<width, Paths::all, Sweep::store>(vectors)
                                : sweep_of_size<width, Paths::all, Sweep::finish>(vectors);
}

SweepKernel sweep_kernel(Paths paths, Sweep mode, Width width, int state) {
    switch (width) {
        case Width::bytes: return sweep_of_width<Width::bytes>(paths, mode, state / u8v::lanes);
        case Width::mixed: return sweep_of_width<Width::mixed>(paths, mode, state / u8v::lanes);
        default: return sweep_of_width<Width::words>(paths, mode, 0);
    }
}

}  // namespace
}  // namespace stereo
