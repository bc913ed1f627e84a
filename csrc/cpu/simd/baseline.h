// Vectors of 16 bytes in the compiler's own vector types: SSE2 on x86-64, NEON on aarch64,
// whatever there is elsewhere. SSE2 is named only where the generic form compiles to much more.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__SSE2__) && !defined(STEREO_GENERIC_VECTORS)
#include <emmintrin.h>
#define STEREO_SSE2 1
#else
#define STEREO_SSE2 0
#endif

namespace stereo {
namespace {
namespace simd {

constexpr bool counts_bits = false;  // in one instruction for each byte

using bytes = std::uint8_t __attribute__((vector_size(16)));
using words = std::uint16_t __attribute__((vector_size(16)));

struct u8v {
    bytes v;
    using element = std::uint8_t;
    static constexpr int lanes = 16;
    static constexpr int guard = 16;  // elements of all ones around a state that is read at i +- 1
};

struct u16v {
    words v;
    using element = std::uint16_t;
    static constexpr int lanes = 8;
    static constexpr int guard = 8;
};

template <class V>
inline V loadu(const typename V::element* p) {
    V a;
    std::memcpy(&a.v, p, 16);
    return a;
}
template <class V>
inline V load(const typename V::element* p) {
    return loadu<V>(static_cast<const typename V::element*>(__builtin_assume_aligned(p, 16)));
}
template <class V>
inline void storeu(typename V::element* p, V a) {
    std::memcpy(p, &a.v, 16);
}
template <class V>
inline void store(typename V::element* p, V a) {
    storeu<V>(static_cast<typename V::element*>(__builtin_assume_aligned(p, 16)), a);
}
// Past the caches, where there is such a store.
template <class V>
inline void stream(typename V::element* p, V a) {
#if STEREO_SSE2
    _mm_stream_si128(reinterpret_cast<__m128i*>(p), reinterpret_cast<__m128i>(a.v));
#else
    store<V>(p, a);
#endif
}
inline void stream_fence() {
#if STEREO_SSE2
    _mm_sfence();
#endif
}

// A multiple of 16 bytes is always the whole vector.
template <class V>
inline void store_first(typename V::element* p, V a, int) {
    storeu<V>(p, a);
}
template <class V>
inline V load_first(const typename V::element* p, int count, V) {
    return count == 0 ? V{} : loadu<V>(p);
}

inline u8v splat(std::uint8_t a, u8v) { return {a - bytes{}}; }
inline u16v splat(std::uint16_t a, u16v) { return {a - words{}}; }

#if STEREO_SSE2
inline __m128i m(bytes a) { return reinterpret_cast<__m128i>(a); }
inline __m128i m(words a) { return reinterpret_cast<__m128i>(a); }
inline bytes b(__m128i a) { return reinterpret_cast<bytes>(a); }
inline words w(__m128i a) { return reinterpret_cast<words>(a); }

inline u8v adds(u8v x, u8v y) { return {b(_mm_adds_epu8(m(x.v), m(y.v)))}; }
inline u16v adds(u16v x, u16v y) { return {w(_mm_adds_epu16(m(x.v), m(y.v)))}; }
inline u8v subs(u8v x, u8v y) { return {b(_mm_subs_epu8(m(x.v), m(y.v)))}; }
inline u16v subs(u16v x, u16v y) { return {w(_mm_subs_epu16(m(x.v), m(y.v)))}; }
inline u8v min(u8v x, u8v y) { return {b(_mm_min_epu8(m(x.v), m(y.v)))}; }
inline u16v min(u16v x, u16v y) {
    return {x.v - w(_mm_subs_epu16(m(x.v), m(y.v)))};  // pminuw is SSE4.1
}
#else
inline u8v adds(u8v x, u8v y) {
    const bytes sum = x.v + y.v;
    return {sum | reinterpret_cast<bytes>(sum < x.v)};
}
inline u16v adds(u16v x, u16v y) {
    const words sum = x.v + y.v;
    return {sum | reinterpret_cast<words>(sum < x.v)};
}
inline u8v subs(u8v x, u8v y) { return {(x.v - y.v) & reinterpret_cast<bytes>(x.v > y.v)}; }
inline u16v subs(u16v x, u16v y) { return {(x.v - y.v) & reinterpret_cast<words>(x.v > y.v)}; }
inline u8v min(u8v x, u8v y) { return {x.v < y.v ? x.v : y.v}; }
inline u16v min(u16v x, u16v y) { return {x.v < y.v ? x.v : y.v}; }
#endif
inline u8v sub(u8v x, u8v y) { return {x.v - y.v}; }
inline u8v add(u8v x, u8v y) { return {x.v + y.v}; }
inline u16v add(u16v x, u16v y) { return {x.v + y.v}; }
inline u16v sub(u16v x, u16v y) { return {x.v - y.v}; }
inline u8v average(u8v x, u8v y) { return {(x.v | y.v) - ((x.v ^ y.v) >> 1)}; }  // rounded up
inline u8v quarter(u8v x) { return {x.v >> 2}; }                                 // rounded down
inline u8v bit_or(u8v x, u8v y) { return {x.v | y.v}; }
inline u16v bit_or(u16v x, u16v y) { return {x.v | y.v}; }
inline u16v mul(u16v x, u16v y) { return {x.v * y.v}; }
inline u16v bit_and(u16v x, u16v y) { return {x.v & y.v}; }
template <int bits>
inline u16v shift_right(u16v x) {
    return {x.v >> bits};
}

// Element i of the result is element index[i] of x followed by y.
#if defined(__clang__)
#define STEREO_SHUFFLE8(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#define STEREO_SHUFFLE16(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
#define STEREO_SHUFFLE8(x, y, ...) __builtin_shuffle(x, y, bytes{__VA_ARGS__})
#define STEREO_SHUFFLE16(x, y, ...) __builtin_shuffle(x, y, words{__VA_ARGS__})
#endif

inline u16v widen_low(u8v a) {
    return {reinterpret_cast<words>(
        STEREO_SHUFFLE8(a.v, bytes{}, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23))};
}
inline u16v widen_high(u8v a) {
    return {reinterpret_cast<words>(STEREO_SHUFFLE8(a.v, bytes{}, 8, 24, 9, 25, 10, 26, 11, 27, 12,
                                                    28, 13, 29, 14, 30, 15, 31))};
}

// The words of two byte vectors.
struct Words {
    u16v low, high;
};
inline Words interleave(u8v a, u8v b) {  // a + 256 b
    return {{reinterpret_cast<words>(
                STEREO_SHUFFLE8(a.v, b.v, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23))},
            {reinterpret_cast<words>(STEREO_SHUFFLE8(a.v, b.v, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28,
                                                     13, 29, 14, 30, 15, 31))}};
}
inline Words sums_times_32(u8v a, u8v b) {
    return {{(widen_low(a).v + widen_low(b).v) << 5}, {(widen_high(a).v + widen_high(b).v) << 5}};
}
inline void store_words(std::uint16_t* p, Words a) {
    store<u16v>(p, a.low);
    store<u16v>(p + 8, a.high);
}

// Half of 16 bytes in memory, as words.
inline u16v load_widened(const std::uint8_t* p) {
#if STEREO_SSE2
    return widen_low({b(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)))});
#else
    u8v low{};
    std::memcpy(&low.v, p, 8);
    return widen_low(low);
#endif
}
// As many costs as V has lanes.
inline u8v load_costs(const std::uint8_t* p, u8v) { return load<u8v>(p); }
inline u16v load_costs(const std::uint8_t* p, u16v) { return load_widened(p); }

// near[j] = min of the elements before and after, over n vectors in a row; what lies outside does
// not count.
template <int n>
inline void nearest(const u8v (&v)[n], u8v (&near)[n]) {
    const bytes ones = ~bytes{};
    for (int j = 0; j < n; ++j) {
        const bytes before = j == 0 ? ones : v[j - (j > 0)].v;
        const bytes after = j == n - 1 ? ones : v[j < n - 1 ? j + 1 : j].v;
        near[j] = min(u8v{STEREO_SHUFFLE8(before, v[j].v, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
                                          25, 26, 27, 28, 29, 30)},
                      u8v{STEREO_SHUFFLE8(v[j].v, after, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
                                          14, 15, 16)});
    }
}
// The same for a state in memory between guards; `below` was loaded before the state changed.
template <class V>
inline V nearest(const typename V::element* state, int j, int, V, V below) {
    if (j == 0) below = loadu<V>(state - 1);
    return min(below, loadu<V>(state + j * V::lanes + 1));
}

inline std::uint8_t reduce_min(u8v a) {
    a = min(a, {STEREO_SHUFFLE8(a.v, a.v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)});
    a = min(a, {STEREO_SHUFFLE8(a.v, a.v, 4, 5, 6, 7, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3)});
    a = min(a, {STEREO_SHUFFLE8(a.v, a.v, 2, 3, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1)});
    return a.v[0] < a.v[1] ? a.v[0] : a.v[1];
}
inline std::uint16_t reduce_min(u16v a) {
    a = min(a, {STEREO_SHUFFLE16(a.v, a.v, 4, 5, 6, 7, 0, 1, 2, 3)});
    a = min(a, {STEREO_SHUFFLE16(a.v, a.v, 2, 3, 0, 1, 0, 1, 0, 1)});
    return a.v[0] < a.v[1] ? a.v[0] : a.v[1];
}

inline u16v splat_min(u16v a) { return splat(reduce_min(a), u16v{}); }
inline std::uint16_t first(u16v a) { return a.v[0]; }

struct FourMinima {
    std::uint16_t v[4];
};
template <class V>
inline FourMinima min4(V a, V b, V c, V d) {
    return {{reduce_min(a), reduce_min(b), reduce_min(c), reduce_min(d)}};
}
template <class V>
inline FourMinima plus(FourMinima m, V a) {
    for (std::uint16_t& each : m.v) each = static_cast<std::uint16_t>(each + a.v[0]);
    return m;
}
template <class V>
inline V splat_first(FourMinima m, V) {
    return splat(static_cast<typename V::element>(m.v[0]), V{});
}
// Each minimum over 16 bytes; such lanes to and from memory.
template <class V>
struct Lanes {
    V v[4];
};
template <class V>
inline Lanes<V> spread(FourMinima m, V) {
    using T = typename V::element;
    return {{splat(static_cast<T>(m.v[0]), V{}), splat(static_cast<T>(m.v[1]), V{}),
             splat(static_cast<T>(m.v[2]), V{}), splat(static_cast<T>(m.v[3]), V{})}};
}
template <int lane, class V>
inline void store_lane(typename V::element* p, Lanes<V> lanes) {
    store<V>(p, lanes.v[lane]);
}
template <class V>
inline V splat_lane(const typename V::element* p) {
    return load<V>(p);
}

// One bit for each of 64 consecutive elements.
template <class Compare>
inline std::uint64_t bits64(const std::uint16_t* p, Compare compare) {
    std::uint64_t bits = 0;
    for (int k = 0; k < 4; ++k) {
        const words low = compare(load<u16v>(p + 16 * k).v);
        const words high = compare(load<u16v>(p + 16 * k + 8).v);
#if STEREO_SSE2
        const std::uint64_t part =
            static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(m(low), m(high))));
#else
        std::uint64_t part = 0;
        for (int i = 0; i < 8; ++i) {
            part |= static_cast<std::uint64_t>(low[i] & 1) << i;
            part |= static_cast<std::uint64_t>(high[i] & 1) << (8 + i);
        }
#endif
        bits |= part << (16 * k);
    }
    return bits;
}
inline std::uint64_t equal64(const std::uint16_t* p, u16v a) {
    return bits64(p, [a](words s) { return reinterpret_cast<words>(s == a.v); });
}
inline std::uint64_t at_most64(const std::uint16_t* p, u16v a) {
    return bits64(p, [a](words s) { return reinterpret_cast<words>(min({s}, a).v == s); });
}

// Where a < b (strict) or a <= b, `index`, else `old`.
template <bool strict>
inline u16v take_where_less(u16v a, u16v b, u16v index, u16v old) {
    const words take = strict ? ~reinterpret_cast<words>(min(a, b).v == b.v)
                              : reinterpret_cast<words>(min(a, b).v == a.v);
    return {(index.v & take) | (old.v & ~take)};
}
// first, first + 1, ...
inline u16v ramp(int first) {
    return {static_cast<std::uint16_t>(first) + words{0, 1, 2, 3, 4, 5, 6, 7}};
}

using ints = std::int32_t __attribute__((vector_size(16)));
// p[index] for each.
inline ints gather(const std::uint16_t* p, ints index) {
    return ints{p[index[0]], p[index[1]], p[index[2]], p[index[3]]};
}

// Bits set in each byte: pairs, then fours, then eights.
inline bytes popcount(bytes a) {
    const words w16 = reinterpret_cast<words>(a);
    a = a - (reinterpret_cast<bytes>(w16 >> 1) & 0x55);
    const words pairs = reinterpret_cast<words>(a);
    a = (a & 0x33) + (reinterpret_cast<bytes>(pairs >> 2) & 0x33);
    const words fours = reinterpret_cast<words>(a);
    return (a + reinterpret_cast<bytes>(fours >> 4)) & 0x0f;
}

#define STEREO_XOR(a, b) ((a) ^ (b))
#define STEREO_AND(a, b) ((a) & (b))
#define STEREO_OR(a, b) ((a) | (b))
#define STEREO_ADD8(a, b) ((a) + (b))
using raw = bytes;

}  // namespace simd
}  // namespace
}  // namespace stereo

#include "hamming_csa.h"
