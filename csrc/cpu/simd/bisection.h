// What the weighted median needs beyond the vectors of simd/avx512.h, avx2.h and baseline.h: lanes
// of 32 bits that are picked from a row, and one step of a bisection. Included after one of them.
#pragma once

#include <cstdint>
#include <cstring>

namespace stereo {
namespace {
namespace simd {

constexpr int bisection_lanes = u8v::lanes / 4;
using keys = std::int32_t __attribute__((vector_size(u8v::lanes)));
using unsigned_keys = std::uint32_t __attribute__((vector_size(u8v::lanes)));

// Sum of the weights up to a pivot, and the elements next to it on either side: as element - next
// modulo 2^32, where next = pivot + 1. Those <= pivot are the largest such numbers.
struct Split {
    keys weight;           // of the elements <= pivot
    unsigned_keys below;   // largest element <= pivot
    unsigned_keys beyond;  // smallest element > pivot
};

#if defined(__AVX512F__)

constexpr int pick_span = 32;  // elements among which `Pick` can choose

// The elements index[k] of a row, index in [0, pick_span).
struct Pick {
    __m512i wide;
    __m256i narrow;
    explicit Pick(const std::int32_t* index) {
        wide = _mm512_loadu_si512(index);
        narrow = _mm256_castsi128_si256(_mm512_cvtepi32_epi8(wide));
    }
    keys of(const std::int32_t* p) const {
        return reinterpret_cast<keys>(
            _mm512_permutex2var_epi32(_mm512_loadu_si512(p), wide, _mm512_loadu_si512(p + 16)));
    }
    keys of(const std::uint8_t* p) const {
        const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
        return reinterpret_cast<keys>(
            _mm512_cvtepu8_epi32(_mm256_castsi256_si128(_mm256_permutexvar_epi8(narrow, bytes))));
    }
};

// Products of numbers below 2^15 that fit 32 bits.
inline keys product(keys a, keys b) {
    return reinterpret_cast<keys>(
        _mm512_madd_epi16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
}

inline void split(keys value, keys weight, keys next, Split& s) {
    const __m512i v = reinterpret_cast<__m512i>(value), n = reinterpret_cast<__m512i>(next);
    const __m512i sum = reinterpret_cast<__m512i>(s.weight);
    s.weight = reinterpret_cast<keys>(_mm512_mask_add_epi32(sum, _mm512_cmplt_epi32_mask(v, n), sum,
                                                            reinterpret_cast<__m512i>(weight)));
    const __m512i from = _mm512_sub_epi32(v, n);
    s.below =
        reinterpret_cast<unsigned_keys>(_mm512_max_epu32(reinterpret_cast<__m512i>(s.below), from));
    s.beyond = reinterpret_cast<unsigned_keys>(
        _mm512_min_epu32(reinterpret_cast<__m512i>(s.beyond), from));
}

// One bit for each lane of a mask.
inline std::uint64_t bits_of(keys mask) {
    return _cvtmask16_u32(_mm512_movepi32_mask(reinterpret_cast<__m512i>(mask)));
}

// table[difference >> shift], 0 from table[16] on.
struct StepTable {
    __m512i table, kept;
    __m128i shift;
    StepTable(const std::uint8_t* entries, int bits)
        : table(_mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(entries)))),
          kept(_mm512_set1_epi8(static_cast<char>(255 >> bits))),
          shift(_mm_cvtsi32_si128(bits)) {}
    u8v operator()(u8v difference) const {
        const __m512i step = _mm512_and_si512(_mm512_srl_epi16(difference.v, shift), kept);
        // Beyond 15 the sum has the bit that makes a shuffle give 0.
        return {_mm512_shuffle_epi8(table, _mm512_adds_epu8(step, _mm512_set1_epi8(112)))};
    }
};
inline u8v both(u8v a, u8v b) { return {_mm512_and_si512(a.v, b.v)}; }

#elif defined(__AVX2__)

constexpr int pick_span = 16;

struct Pick {
    __m256i wide, second;
    __m128i narrow;
    explicit Pick(const std::int32_t* index) {
        wide = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(index));
        second = _mm256_cmpgt_epi32(wide, _mm256_set1_epi32(7));
        alignas(16) std::uint8_t bytes[16] = {};
        for (int k = 0; k < 8; ++k) bytes[k] = static_cast<std::uint8_t>(index[k]);
        narrow = _mm_load_si128(reinterpret_cast<const __m128i*>(bytes));
    }
    keys of(const std::int32_t* p) const {
        const auto half = [&](int at) {
            return _mm256_permutevar8x32_epi32(
                _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + at)), wide);
        };
        return reinterpret_cast<keys>(_mm256_blendv_epi8(half(0), half(8), second));
    }
    keys of(const std::uint8_t* p) const {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        return reinterpret_cast<keys>(_mm256_cvtepu8_epi32(_mm_shuffle_epi8(bytes, narrow)));
    }
};

inline keys product(keys a, keys b) {
    return reinterpret_cast<keys>(
        _mm256_madd_epi16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
}

inline void split(keys value, keys weight, keys next, Split& s) {
    const __m256i v = reinterpret_cast<__m256i>(value), n = reinterpret_cast<__m256i>(next);
    s.weight += reinterpret_cast<keys>(
        _mm256_and_si256(_mm256_cmpgt_epi32(n, v), reinterpret_cast<__m256i>(weight)));
    const __m256i from = _mm256_sub_epi32(v, n);
    s.below =
        reinterpret_cast<unsigned_keys>(_mm256_max_epu32(reinterpret_cast<__m256i>(s.below), from));
    s.beyond = reinterpret_cast<unsigned_keys>(
        _mm256_min_epu32(reinterpret_cast<__m256i>(s.beyond), from));
}

inline std::uint64_t bits_of(keys mask) {
    return static_cast<std::uint32_t>(_mm256_movemask_ps(reinterpret_cast<__m256>(mask)));
}

struct StepTable {
    __m256i table, kept;
    __m128i shift;
    StepTable(const std::uint8_t* entries, int bits)
        : table(_mm256_broadcastsi128_si256(
              _mm_loadu_si128(reinterpret_cast<const __m128i*>(entries)))),
          kept(_mm256_set1_epi8(static_cast<char>(255 >> bits))),
          shift(_mm_cvtsi32_si128(bits)) {}
    u8v operator()(u8v difference) const {
        const __m256i step = _mm256_and_si256(_mm256_srl_epi16(difference.v, shift), kept);
        return {_mm256_shuffle_epi8(table, _mm256_adds_epu8(step, _mm256_set1_epi8(112)))};
    }
};
inline u8v both(u8v a, u8v b) { return {_mm256_and_si256(a.v, b.v)}; }

#else

constexpr int pick_span = 8;

struct Pick {
    std::int32_t index[bisection_lanes];
    explicit Pick(const std::int32_t* from) { std::memcpy(index, from, sizeof(index)); }
    template <class T>
    keys of(const T* p) const {
        return keys{p[index[0]], p[index[1]], p[index[2]], p[index[3]]};
    }
};

inline keys product(keys a, keys b) { return a * b; }

// SSE2 has no unsigned comparison of 32 bits; with the highest bit turned a signed one does it.
inline keys turned(unsigned_keys a) { return reinterpret_cast<keys>(a ^ 0x80000000u); }
inline unsigned_keys turned(keys a) { return reinterpret_cast<unsigned_keys>(a) ^ 0x80000000u; }
inline void split(keys value, keys weight, keys next, Split& s) {
    s.weight += (value < next) & weight;
    const keys from = reinterpret_cast<keys>(reinterpret_cast<unsigned_keys>(value) - turned(next));
    const keys below = turned(s.below), beyond = turned(s.beyond);
    s.below = turned(from > below ? from : below);
    s.beyond = turned(from < beyond ? from : beyond);
}

inline std::uint64_t bits_of(keys mask) {
    std::uint64_t bits = 0;
    for (int k = 0; k < bisection_lanes; ++k) {
        bits |= static_cast<std::uint64_t>(mask[k] & 1) << k;
    }
    return bits;
}

struct StepTable {
    std::uint8_t entries[256];
    StepTable(const std::uint8_t* steps, int bits) {
        for (int k = 0; k < 256; ++k) entries[k] = k >> bits < 16 ? steps[k >> bits] : 0;
    }
    u8v operator()(u8v difference) const {
        for (int k = 0; k < u8v::lanes; ++k) difference.v[k] = entries[difference.v[k]];
        return difference;
    }
};
inline u8v both(u8v a, u8v b) { return {a.v & b.v}; }

#endif

}  // namespace simd
}  // namespace
}  // namespace stereo
