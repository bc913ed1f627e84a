// Vectors of 64 bytes for AVX-512 (F, BW, VL, DQ, VBMI, BITALG: Ice Lake, Zen 4 and later).
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace stereo {
namespace {
namespace simd {

constexpr bool counts_bits = true;  // in one instruction for each byte

struct u8v {
    __m512i v;
    using element = std::uint8_t;
    static constexpr int lanes = 64;
    static constexpr int guard = 0;  // neighbours across the ends are made in registers
};

struct u16v {
    __m512i v;
    using element = std::uint16_t;
    static constexpr int lanes = 32;
    static constexpr int guard = 0;
};

template <class V>
inline V load(const typename V::element* p) {
    return {_mm512_load_si512(p)};
}
template <class V>
inline V loadu(const typename V::element* p) {
    return {_mm512_loadu_si512(p)};
}
template <class V>
inline void store(typename V::element* p, V a) {
    _mm512_store_si512(p, a.v);
}
template <class V>
inline void storeu(typename V::element* p, V a) {
    _mm512_storeu_si512(p, a.v);
}
// Past the caches: for data that is read again much later.
template <class V>
inline void stream(typename V::element* p, V a) {
    _mm512_stream_si512(reinterpret_cast<__m512i*>(p), a.v);
}
inline void stream_fence() { _mm_sfence(); }

// The first `count` elements only.
inline void store_first(std::uint8_t* p, u8v a, int count) {
    _mm512_mask_storeu_epi8(p, _cvtu64_mask64(_bzhi_u64(~0ull, count)), a.v);
}
inline void store_first(std::uint16_t* p, u16v a, int count) {
    _mm512_mask_storeu_epi16(p, _cvtu32_mask32(_bzhi_u32(~0u, count)), a.v);
}
inline u8v load_first(const std::uint8_t* p, int count, u8v) {
    return {_mm512_maskz_loadu_epi8(_cvtu64_mask64(_bzhi_u64(~0ull, count)), p)};
}
inline u16v load_first(const std::uint16_t* p, int count, u16v) {
    return {_mm512_maskz_loadu_epi16(_cvtu32_mask32(_bzhi_u32(~0u, count)), p)};
}

inline u8v splat(std::uint8_t a, u8v) { return {_mm512_set1_epi8(static_cast<char>(a))}; }
inline u16v splat(std::uint16_t a, u16v) { return {_mm512_set1_epi16(static_cast<short>(a))}; }

inline u8v adds(u8v a, u8v b) { return {_mm512_adds_epu8(a.v, b.v)}; }
inline u16v adds(u16v a, u16v b) { return {_mm512_adds_epu16(a.v, b.v)}; }
inline u8v subs(u8v a, u8v b) { return {_mm512_subs_epu8(a.v, b.v)}; }
inline u16v subs(u16v a, u16v b) { return {_mm512_subs_epu16(a.v, b.v)}; }
inline u8v sub(u8v a, u8v b) { return {_mm512_sub_epi8(a.v, b.v)}; }
inline u8v add(u8v a, u8v b) { return {_mm512_add_epi8(a.v, b.v)}; }
inline u16v add(u16v a, u16v b) { return {_mm512_add_epi16(a.v, b.v)}; }
inline u16v sub(u16v a, u16v b) { return {_mm512_sub_epi16(a.v, b.v)}; }
inline u8v min(u8v a, u8v b) { return {_mm512_min_epu8(a.v, b.v)}; }
inline u16v min(u16v a, u16v b) { return {_mm512_min_epu16(a.v, b.v)}; }
inline u8v average(u8v a, u8v b) { return {_mm512_avg_epu8(a.v, b.v)}; }  // rounded up
inline u8v quarter(u8v a) {                                               // rounded down
    return {_mm512_and_si512(_mm512_srli_epi16(a.v, 2), _mm512_set1_epi8(63))};
}
inline u8v bit_or(u8v a, u8v b) { return {_mm512_or_si512(a.v, b.v)}; }
inline u16v bit_or(u16v a, u16v b) { return {_mm512_or_si512(a.v, b.v)}; }
inline u16v mul(u16v a, u16v b) { return {_mm512_mullo_epi16(a.v, b.v)}; }
inline u16v bit_and(u16v a, u16v b) { return {_mm512_and_si512(a.v, b.v)}; }
template <int bits>
inline u16v shift_right(u16v a) {
    return {_mm512_srli_epi16(a.v, bits)};
}

// Half of 64 bytes in memory, as words.
inline u16v load_widened(const std::uint8_t* p) {
    return {_mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
}
// As many costs as V has lanes.
inline u8v load_costs(const std::uint8_t* p, u8v) { return load<u8v>(p); }
inline u16v load_costs(const std::uint8_t* p, u16v) { return load_widened(p); }
inline u16v widen_low(u8v a) { return {_mm512_cvtepu8_epi16(_mm512_castsi512_si256(a.v))}; }
inline u16v widen_high(u8v a) { return {_mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(a.v, 1))}; }

// The words of two byte vectors, in the order that is cheapest to make; store_words mends it.
struct Words {
    u16v low, high;
};
inline Words interleave(u8v a, u8v b) {  // a + 256 b
    return {{_mm512_unpacklo_epi8(a.v, b.v)}, {_mm512_unpackhi_epi8(a.v, b.v)}};
}
inline Words sums_times_32(u8v a, u8v b) {
    const Words ab = interleave(a, b);
    const __m512i weights = _mm512_set1_epi8(32);
    return {{_mm512_maddubs_epi16(ab.low.v, weights)}, {_mm512_maddubs_epi16(ab.high.v, weights)}};
}
inline void store_words(std::uint16_t* p, Words a) {
    const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    const __m512i second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    _mm512_store_si512(p, _mm512_permutex2var_epi64(a.low.v, first, a.high.v));
    _mm512_store_si512(p + 32, _mm512_permutex2var_epi64(a.low.v, second, a.high.v));
}

inline __m512i rotation_up() {
    alignas(64) static const std::uint8_t index[64] = {
        63, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
        21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42,
        43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62};
    return _mm512_load_si512(index);
}
inline __m512i rotation_down() {
    alignas(64) static const std::uint8_t index[64] = {
        1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
        23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44,
        45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 0};
    return _mm512_load_si512(index);
}
constexpr __mmask64 all_but_first = ~1ull, all_but_last = ~0ull >> 1;

// near[j] = min of the elements before and after, over n vectors in a row; what lies outside does
// not count.
template <int n>
inline void nearest(const u8v (&v)[n], u8v (&near)[n]) {
    __m512i up[n], down[n];
    for (int j = 0; j < n; ++j) {
        up[j] = _mm512_permutexvar_epi8(rotation_up(), v[j].v);
        down[j] = _mm512_permutexvar_epi8(rotation_down(), v[j].v);
    }
    const __m512i end = n == 1 ? _mm512_mask_mov_epi8(down[0], ~all_but_last, up[0]) : __m512i{};
    for (int j = 0; j < n; ++j) {
        const __m512i below = j == 0 ? up[0] : _mm512_mask_blend_epi8(1, up[j], up[j - (j > 0)]);
        const __m512i above =
            n == 1       ? end
            : j == n - 1 ? down[j]
                         : _mm512_mask_blend_epi8(1ull << 63, down[j], down[j < n - 1 ? j + 1 : j]);
        if (j == 0) {
            near[j].v = _mm512_mask_min_epu8(above, all_but_first, above, below);
        } else if (j == n - 1) {
            near[j].v = _mm512_mask_min_epu8(below, all_but_last, below, above);
        } else {
            near[j].v = _mm512_min_epu8(below, above);
        }
    }
}
// The same for a state in memory, one vector after the other; `below` was loaded before the state
// changed.
inline u8v nearest(const std::uint8_t* state, int j, int vectors, u8v v, u8v below) {
    const __m512i up = _mm512_permutexvar_epi8(rotation_up(), v.v);
    if (j == vectors - 1) {
        const __m512i down = _mm512_permutexvar_epi8(rotation_down(), v.v);
        if (j > 0) return {_mm512_mask_min_epu8(below.v, all_but_last, below.v, down)};
        const __m512i above = _mm512_mask_mov_epi8(down, ~all_but_last, up);
        return {_mm512_mask_min_epu8(above, all_but_first, above, up)};
    }
    const __m512i above = _mm512_loadu_si512(state + j * 64 + 1);
    if (j > 0) return {_mm512_min_epu8(below.v, above)};
    return {_mm512_mask_min_epu8(above, all_but_first, above, up)};
}
inline u16v nearest(const std::uint16_t* state, int j, int vectors, u16v v, u16v below) {
    const __m512i ones = _mm512_set1_epi16(-1);
    if (j == 0) below.v = _mm512_alignr_epi8(v.v, _mm512_alignr_epi64(v.v, ones, 6), 14);
    const __m512i above = j < vectors - 1
                              ? _mm512_loadu_si512(state + j * 32 + 1)
                              : _mm512_alignr_epi8(_mm512_alignr_epi64(ones, v.v, 2), v.v, 2);
    return {_mm512_min_epu16(below.v, above)};
}

// Minima of four vectors at once: lane 0 of each 128-bit quarter of the result.
inline __m512i quarters_min(u8v a, u8v b, u8v c, u8v d) {
    const __m512i ab =
        _mm512_min_epu8(_mm512_shuffle_i64x2(a.v, b.v, 0x44), _mm512_shuffle_i64x2(a.v, b.v, 0xee));
    const __m512i cd =
        _mm512_min_epu8(_mm512_shuffle_i64x2(c.v, d.v, 0x44), _mm512_shuffle_i64x2(c.v, d.v, 0xee));
    return _mm512_min_epu8(_mm512_shuffle_i64x2(ab, cd, 0x88), _mm512_shuffle_i64x2(ab, cd, 0xdd));
}
inline __m512i quarters_min(u16v a, u16v b, u16v c, u16v d) {
    const __m512i ab = _mm512_min_epu16(_mm512_shuffle_i64x2(a.v, b.v, 0x44),
                                        _mm512_shuffle_i64x2(a.v, b.v, 0xee));
    const __m512i cd = _mm512_min_epu16(_mm512_shuffle_i64x2(c.v, d.v, 0x44),
                                        _mm512_shuffle_i64x2(c.v, d.v, 0xee));
    return _mm512_min_epu16(_mm512_shuffle_i64x2(ab, cd, 0x88), _mm512_shuffle_i64x2(ab, cd, 0xdd));
}

struct FourMinima {
    __m512i v;
};
inline FourMinima min4(u8v a, u8v b, u8v c, u8v d) {
    __m512i q = quarters_min(a, b, c, d);
    q = _mm512_min_epu8(q, _mm512_shuffle_epi32(q, _MM_PERM_BADC));
    q = _mm512_min_epu8(q, _mm512_srli_epi64(q, 32));
    q = _mm512_min_epu8(q, _mm512_srli_epi32(q, 16));
    return {_mm512_min_epu8(q, _mm512_srli_epi16(q, 8))};
}
inline FourMinima min4(u16v a, u16v b, u16v c, u16v d) {
    __m512i q = quarters_min(a, b, c, d);
    q = _mm512_min_epu16(q, _mm512_shuffle_epi32(q, _MM_PERM_BADC));
    q = _mm512_min_epu16(q, _mm512_srli_epi64(q, 32));
    return {_mm512_min_epu16(q, _mm512_srli_epi32(q, 16))};
}
inline FourMinima plus(FourMinima m, u8v a) { return {_mm512_add_epi8(m.v, a.v)}; }
inline FourMinima plus(FourMinima m, u16v a) { return {_mm512_add_epi16(m.v, a.v)}; }
inline u8v splat_first(FourMinima m, u8v) {
    return {_mm512_broadcastb_epi8(_mm512_castsi512_si128(m.v))};
}
inline u16v splat_first(FourMinima m, u16v) {
    return {_mm512_broadcastw_epi16(_mm512_castsi512_si128(m.v))};
}
// Each minimum over its whole lane; lanes to and from memory.
struct Lanes {
    __m512i v;
};
inline Lanes spread(FourMinima m, u8v) {
    return {_mm512_shuffle_epi8(m.v, _mm512_setzero_si512())};
}
inline Lanes spread(FourMinima m, u16v) {
    return {_mm512_shuffle_epi8(m.v, _mm512_set1_epi16(0x0100))};
}
template <int lane>
inline void store_lane(void* p, Lanes lanes) {
    _mm_store_si128(static_cast<__m128i*>(p), _mm512_extracti32x4_epi32(lanes.v, lane));
}
template <class V>
inline V splat_lane(const void* p) {
    return {_mm512_broadcast_i32x4(_mm_load_si128(static_cast<const __m128i*>(p)))};
}

// The minimum, in the lowest lane.
inline __m128i lane_min(u16v a) {
    const __m256i h =
        _mm256_min_epu16(_mm512_castsi512_si256(a.v), _mm512_extracti64x4_epi64(a.v, 1));
    return _mm_minpos_epu16(
        _mm_min_epu16(_mm256_castsi256_si128(h), _mm256_extracti128_si256(h, 1)));
}
inline std::uint16_t reduce_min(u16v a) {
    return static_cast<std::uint16_t>(_mm_cvtsi128_si32(lane_min(a)));
}
inline u16v splat_min(u16v a) { return {_mm512_broadcastw_epi16(lane_min(a))}; }
inline std::uint16_t first(u16v a) {
    return static_cast<std::uint16_t>(_mm_cvtsi128_si32(_mm512_castsi512_si128(a.v)));
}

// One bit for each of 64 consecutive elements.
inline std::uint64_t bits64(__mmask32 low, __mmask32 high) {
    return _cvtmask32_u32(low) | static_cast<std::uint64_t>(_cvtmask32_u32(high)) << 32;
}
inline std::uint64_t equal64(const std::uint16_t* p, u16v a) {
    return bits64(_mm512_cmpeq_epu16_mask(_mm512_load_si512(p), a.v),
                  _mm512_cmpeq_epu16_mask(_mm512_load_si512(p + 32), a.v));
}
inline std::uint64_t at_most64(const std::uint16_t* p, u16v a) {
    return bits64(_mm512_cmple_epu16_mask(_mm512_load_si512(p), a.v),
                  _mm512_cmple_epu16_mask(_mm512_load_si512(p + 32), a.v));
}

// Where a < b (strict) or a <= b, `index`, else `old`.
template <bool strict>
inline u16v take_where_less(u16v a, u16v b, u16v index, u16v old) {
    const __mmask32 less =
        strict ? _mm512_cmplt_epu16_mask(a.v, b.v) : _mm512_cmple_epu16_mask(a.v, b.v);
    return {_mm512_mask_mov_epi16(old.v, less, index.v)};
}
// first, first + 1, ...
inline u16v ramp(int first) {
    alignas(64) static const std::uint16_t lane[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                                       11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                                       22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
    return {
        _mm512_add_epi16(_mm512_set1_epi16(static_cast<short>(first)), _mm512_load_si512(lane))};
}

using ints = std::int32_t __attribute__((vector_size(64)));
// p[index] for each; the two bytes after an element are read as well.
inline ints gather(const std::uint16_t* p, ints index) {
    const __m512i found = _mm512_i32gather_epi32(reinterpret_cast<__m512i>(index), p, 2);
    return reinterpret_cast<ints>(found) & 0xffff;
}

// Hamming distance of `planes` bytes: left is one pixel, right[k] points at 64 candidates.
template <int planes>
inline u8v hamming(const u8v (&left)[planes], const std::uint8_t* const (&right)[planes],
                   std::ptrdiff_t at) {
    __m512i sum{};
    for (int k = 0; k < planes; ++k) {
        const __m512i differ = _mm512_xor_si512(left[k].v, _mm512_loadu_si512(right[k] + at));
        const __m512i count = _mm512_popcnt_epi8(differ);
        sum = k == 0 ? count : _mm512_add_epi8(sum, count);
    }
    return {sum};
}

}  // namespace simd
}  // namespace
}  // namespace stereo
