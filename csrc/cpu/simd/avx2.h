// Vectors of 32 bytes for AVX2.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace stereo {
namespace {
namespace simd {

constexpr bool counts_bits = false;  // in one instruction for each byte

struct u8v {
    __m256i v;
    using element = std::uint8_t;
    static constexpr int lanes = 32;
    static constexpr int guard = 32;  // elements of all ones around a state that is read at i +- 1
};

struct u16v {
    __m256i v;
    using element = std::uint16_t;
    static constexpr int lanes = 16;
    static constexpr int guard = 16;
};

template <class V>
inline V load(const typename V::element* p) {
    return {_mm256_load_si256(reinterpret_cast<const __m256i*>(p))};
}
template <class V>
inline V loadu(const typename V::element* p) {
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
}
template <class V>
inline void store(typename V::element* p, V a) {
    _mm256_store_si256(reinterpret_cast<__m256i*>(p), a.v);
}
template <class V>
inline void storeu(typename V::element* p, V a) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a.v);
}
// Past the caches: for data that is read again much later.
template <class V>
inline void stream(typename V::element* p, V a) {
    _mm256_stream_si256(reinterpret_cast<__m256i*>(p), a.v);
}
inline void stream_fence() { _mm_sfence(); }

// The first `count` elements only: a multiple of 16 bytes, hence nothing, a half or the whole.
template <class V>
inline void store_first(typename V::element* p, V a, int count) {
    if (count == V::lanes) {
        storeu<V>(p, a);
    } else {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(a.v));
    }
}
template <class V>
inline V load_first(const typename V::element* p, int count, V) {
    if (count == V::lanes) return loadu<V>(p);
    if (count == 0) return V{};
    return {_mm256_zextsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
}

inline u8v splat(std::uint8_t a, u8v) { return {_mm256_set1_epi8(static_cast<char>(a))}; }
inline u16v splat(std::uint16_t a, u16v) { return {_mm256_set1_epi16(static_cast<short>(a))}; }

inline u8v adds(u8v a, u8v b) { return {_mm256_adds_epu8(a.v, b.v)}; }
inline u16v adds(u16v a, u16v b) { return {_mm256_adds_epu16(a.v, b.v)}; }
inline u8v subs(u8v a, u8v b) { return {_mm256_subs_epu8(a.v, b.v)}; }
inline u16v subs(u16v a, u16v b) { return {_mm256_subs_epu16(a.v, b.v)}; }
inline u8v sub(u8v a, u8v b) { return {_mm256_sub_epi8(a.v, b.v)}; }
inline u8v add(u8v a, u8v b) { return {_mm256_add_epi8(a.v, b.v)}; }
inline u16v add(u16v a, u16v b) { return {_mm256_add_epi16(a.v, b.v)}; }
inline u16v sub(u16v a, u16v b) { return {_mm256_sub_epi16(a.v, b.v)}; }
inline u8v min(u8v a, u8v b) { return {_mm256_min_epu8(a.v, b.v)}; }
inline u16v min(u16v a, u16v b) { return {_mm256_min_epu16(a.v, b.v)}; }
inline u8v average(u8v a, u8v b) { return {_mm256_avg_epu8(a.v, b.v)}; }  // rounded up
inline u8v quarter(u8v a) {                                               // rounded down
    return {_mm256_and_si256(_mm256_srli_epi16(a.v, 2), _mm256_set1_epi8(63))};
}
inline u8v bit_or(u8v a, u8v b) { return {_mm256_or_si256(a.v, b.v)}; }
inline u16v bit_or(u16v a, u16v b) { return {_mm256_or_si256(a.v, b.v)}; }
inline u16v mul(u16v a, u16v b) { return {_mm256_mullo_epi16(a.v, b.v)}; }
inline u16v bit_and(u16v a, u16v b) { return {_mm256_and_si256(a.v, b.v)}; }
template <int bits>
inline u16v shift_right(u16v a) {
    return {_mm256_srli_epi16(a.v, bits)};
}

// Half of 32 bytes in memory, as words.
inline u16v load_widened(const std::uint8_t* p) {
    return {_mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
}
// As many costs as V has lanes.
inline u8v load_costs(const std::uint8_t* p, u8v) { return load<u8v>(p); }
inline u16v load_costs(const std::uint8_t* p, u16v) { return load_widened(p); }
inline u16v widen_low(u8v a) { return {_mm256_cvtepu8_epi16(_mm256_castsi256_si128(a.v))}; }
inline u16v widen_high(u8v a) { return {_mm256_cvtepu8_epi16(_mm256_extracti128_si256(a.v, 1))}; }

// The words of two byte vectors, in the order that is cheapest to make; store_words mends it.
struct Words {
    u16v low, high;
};
inline Words interleave(u8v a, u8v b) {  // a + 256 b
    return {{_mm256_unpacklo_epi8(a.v, b.v)}, {_mm256_unpackhi_epi8(a.v, b.v)}};
}
inline Words sums_times_32(u8v a, u8v b) {
    const Words ab = interleave(a, b);
    const __m256i weights = _mm256_set1_epi8(32);
    return {{_mm256_maddubs_epi16(ab.low.v, weights)}, {_mm256_maddubs_epi16(ab.high.v, weights)}};
}
inline void store_words(std::uint16_t* p, Words a) {
    const auto half = [p](int at) { return reinterpret_cast<__m128i*>(p + at); };
    _mm_store_si128(half(0), _mm256_castsi256_si128(a.low.v));
    _mm_store_si128(half(8), _mm256_castsi256_si128(a.high.v));
    _mm_store_si128(half(16), _mm256_extracti128_si256(a.low.v, 1));
    _mm_store_si128(half(24), _mm256_extracti128_si256(a.high.v, 1));
}

// The last 16 bytes of a and the first of b.
inline __m256i between(__m256i a, __m256i b) { return _mm256_permute2x128_si256(a, b, 0x21); }

// near[j] = min of the elements before and after, over n vectors in a row; what lies outside does
// not count.
template <int n>
inline void nearest(const u8v (&v)[n], u8v (&near)[n]) {
    const __m256i ones = _mm256_set1_epi8(-1);
    for (int j = 0; j < n; ++j) {
        const __m256i before = between(j == 0 ? ones : v[j - (j > 0)].v, v[j].v);
        const __m256i after = between(v[j].v, j == n - 1 ? ones : v[j < n - 1 ? j + 1 : j].v);
        near[j].v = _mm256_min_epu8(_mm256_alignr_epi8(v[j].v, before, 15),
                                    _mm256_alignr_epi8(after, v[j].v, 1));
    }
}
// The same for a state in memory between guards; `below` was loaded before the state changed.
template <class V>
inline V nearest(const typename V::element* state, int j, int, V, V below) {
    if (j == 0) below = loadu<V>(state - 1);
    return min(below, loadu<V>(state + j * V::lanes + 1));
}

// Minima of four vectors at once: in the lowest element of each 64-bit quarter, order a c b d.
struct FourMinima {
    __m256i v;
};
inline FourMinima min4(u8v a, u8v b, u8v c, u8v d) {
    const __m256i ab = _mm256_min_epu8(_mm256_permute2x128_si256(a.v, b.v, 0x20),
                                       _mm256_permute2x128_si256(a.v, b.v, 0x31));
    const __m256i cd = _mm256_min_epu8(_mm256_permute2x128_si256(c.v, d.v, 0x20),
                                       _mm256_permute2x128_si256(c.v, d.v, 0x31));
    __m256i q = _mm256_min_epu8(_mm256_unpacklo_epi64(ab, cd), _mm256_unpackhi_epi64(ab, cd));
    q = _mm256_min_epu8(q, _mm256_srli_epi64(q, 32));
    q = _mm256_min_epu8(q, _mm256_srli_epi32(q, 16));
    return {_mm256_min_epu8(q, _mm256_srli_epi16(q, 8))};
}
inline FourMinima min4(u16v a, u16v b, u16v c, u16v d) {
    const __m256i ab = _mm256_min_epu16(_mm256_permute2x128_si256(a.v, b.v, 0x20),
                                        _mm256_permute2x128_si256(a.v, b.v, 0x31));
    const __m256i cd = _mm256_min_epu16(_mm256_permute2x128_si256(c.v, d.v, 0x20),
                                        _mm256_permute2x128_si256(c.v, d.v, 0x31));
    __m256i q = _mm256_min_epu16(_mm256_unpacklo_epi64(ab, cd), _mm256_unpackhi_epi64(ab, cd));
    q = _mm256_min_epu16(q, _mm256_srli_epi64(q, 32));
    return {_mm256_min_epu16(q, _mm256_srli_epi32(q, 16))};
}
inline FourMinima plus(FourMinima m, u8v a) { return {_mm256_add_epi8(m.v, a.v)}; }
inline FourMinima plus(FourMinima m, u16v a) { return {_mm256_add_epi16(m.v, a.v)}; }
inline u8v splat_first(FourMinima m, u8v) {
    return {_mm256_broadcastb_epi8(_mm256_castsi256_si128(m.v))};
}
inline u16v splat_first(FourMinima m, u16v) {
    return {_mm256_broadcastw_epi16(_mm256_castsi256_si128(m.v))};
}
// Each minimum over 16 bytes; such lanes to and from memory.
struct Lanes {
    __m256i ab, cd;
};
inline Lanes spread(FourMinima m, u8v) {
    return {_mm256_shuffle_epi8(m.v, _mm256_setzero_si256()),
            _mm256_shuffle_epi8(m.v, _mm256_set1_epi8(8))};
}
inline Lanes spread(FourMinima m, u16v) {
    return {_mm256_shuffle_epi8(m.v, _mm256_set1_epi16(0x0100)),
            _mm256_shuffle_epi8(m.v, _mm256_set1_epi16(0x0908))};
}
template <int lane>
inline void store_lane(void* p, Lanes lanes) {
    const __m256i pair = lane < 2 ? lanes.ab : lanes.cd;
    _mm_store_si128(static_cast<__m128i*>(p), _mm256_extracti128_si256(pair, lane % 2));
}
template <class V>
inline V splat_lane(const void* p) {
    return {_mm256_broadcastsi128_si256(_mm_load_si128(static_cast<const __m128i*>(p)))};
}

// The minimum, in the lowest lane.
inline __m128i lane_min(u16v a) {
    return _mm_minpos_epu16(
        _mm_min_epu16(_mm256_castsi256_si128(a.v), _mm256_extracti128_si256(a.v, 1)));
}
inline std::uint16_t reduce_min(u16v a) {
    return static_cast<std::uint16_t>(_mm_cvtsi128_si32(lane_min(a)));
}
inline u16v splat_min(u16v a) { return {_mm256_broadcastw_epi16(lane_min(a))}; }
inline std::uint16_t first(u16v a) {
    return static_cast<std::uint16_t>(_mm_cvtsi128_si32(_mm256_castsi256_si128(a.v)));
}

// One bit for each of 64 consecutive elements, from four masks of 16-bit lanes.
inline std::uint64_t bits64(__m256i a, __m256i b, __m256i c, __m256i d) {
    const __m256i low = _mm256_permute4x64_epi64(_mm256_packs_epi16(a, b), 0xd8);
    const __m256i high = _mm256_permute4x64_epi64(_mm256_packs_epi16(c, d), 0xd8);
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
           static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(high))) << 32;
}
inline __m256i load_at(const std::uint16_t* p, int vector) { return load<u16v>(p + 16 * vector).v; }
inline std::uint64_t equal64(const std::uint16_t* p, u16v a) {
    return bits64(_mm256_cmpeq_epi16(load_at(p, 0), a.v), _mm256_cmpeq_epi16(load_at(p, 1), a.v),
                  _mm256_cmpeq_epi16(load_at(p, 2), a.v), _mm256_cmpeq_epi16(load_at(p, 3), a.v));
}
inline __m256i at_most(__m256i a, __m256i b) {
    return _mm256_cmpeq_epi16(_mm256_min_epu16(a, b), a);
}
inline std::uint64_t at_most64(const std::uint16_t* p, u16v a) {
    return bits64(at_most(load_at(p, 0), a.v), at_most(load_at(p, 1), a.v),
                  at_most(load_at(p, 2), a.v), at_most(load_at(p, 3), a.v));
}

// Where a < b (strict) or a <= b, `index`, else `old`.
template <bool strict>
inline u16v take_where_less(u16v a, u16v b, u16v index, u16v old) {
    return {strict ? _mm256_blendv_epi8(index.v, old.v, at_most(b.v, a.v))
                   : _mm256_blendv_epi8(old.v, index.v, at_most(a.v, b.v))};
}
// first, first + 1, ...
inline u16v ramp(int first) {
    return {
        _mm256_add_epi16(_mm256_set1_epi16(static_cast<short>(first)),
                         _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))};
}

using ints = std::int32_t __attribute__((vector_size(32)));
// p[index] for each; the two bytes after an element are read as well.
inline ints gather(const std::uint16_t* p, ints index) {
    const __m256i found = _mm256_i32gather_epi32(reinterpret_cast<const int*>(p),
                                                 reinterpret_cast<__m256i>(index), 2);
    return reinterpret_cast<ints>(found) & 0xffff;
}

// Bits set in each byte.
inline __m256i popcount(__m256i a) {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                                           2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i low = _mm256_and_si256(a, nibble);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(a, 4), nibble);
    return _mm256_add_epi8(_mm256_shuffle_epi8(table, low), _mm256_shuffle_epi8(table, high));
}

#define STEREO_XOR(a, b) _mm256_xor_si256(a, b)
#define STEREO_AND(a, b) _mm256_and_si256(a, b)
#define STEREO_OR(a, b) _mm256_or_si256(a, b)
#define STEREO_ADD8(a, b) _mm256_add_epi8(a, b)
using raw = __m256i;

}  // namespace simd
}  // namespace
}  // namespace stereo

#include "hamming_csa.h"
