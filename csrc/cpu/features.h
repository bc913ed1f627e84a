// Costs of a row from feature vectors: exact sums of products or of absolute differences of 16-bit
// numbers, a vector of disparities times a few left pixels at a time, then one float32 law.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels.h"

namespace stereo {
namespace {

using sums = std::int32_t __attribute__((vector_size(simd::u8v::lanes)));
using halves = std::int16_t __attribute__((vector_size(simd::u8v::lanes)));
constexpr int sum_lanes = simd::u8v::lanes / 4;
// Left pixels and vectors of disparities that go together: what the registers hold.
constexpr int tile_pixels = simd::u8v::lanes == 64 ? 8 : 4;
constexpr int tile_vectors = 2;
constexpr int tile_entries = tile_vectors * sum_lanes;
static_assert(tile_pixels <= feature_pixels && tile_entries <= feature_entries, "buffers fit");

// Each lane is a pair of 16-bit numbers: the sum of both products.
inline sums pair_products(sums a, sums b) {
#if !defined(STEREO_SSE2) && defined(__AVX512BW__)
    return reinterpret_cast<sums>(
        _mm512_madd_epi16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#elif !defined(STEREO_SSE2)
    return reinterpret_cast<sums>(
        _mm256_madd_epi16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#elif STEREO_SSE2
    return reinterpret_cast<sums>(
        _mm_madd_epi16(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#else
    using bits = std::uint32_t __attribute__((vector_size(simd::u8v::lanes)));
    const auto low = [](sums v) {
        return reinterpret_cast<sums>(reinterpret_cast<bits>(v) << 16) >> 16;
    };
    return low(a) * low(b) + (a >> 16) * (b >> 16);
#endif
}

template <bool differences>
inline sums pair_terms(sums a, sums b) {
    if constexpr (differences) {
        const halves d = reinterpret_cast<halves>(a) - reinterpret_cast<halves>(b);
        const halves size = d > 0 ? d : -d;
        return pair_products(reinterpret_cast<sums>(size), sums{} + 0x00010001);
    } else {
        return pair_products(a, b);
    }
}

// Sums of one tile: out[k * stride + lane] is that of left pixel k and of entry `lane`.
template <bool differences>
inline void tile_sums(const FeatureRow& row, const std::int16_t* left, const std::int32_t* right,
                      std::int32_t* out, std::ptrdiff_t stride) {
    sums total[tile_pixels][tile_vectors] = {};
    for (int pair = 0; pair < row.pairs; ++pair) {
        sums entries[tile_vectors];  // copied one by one: then they stay in registers
        for (int v = 0; v < tile_vectors; ++v) {
            std::memcpy(&entries[v], right + pair * row.right_step + v * sum_lanes, sizeof(sums));
        }
#pragma GCC unroll 8
        for (int k = 0; k < tile_pixels; ++k) {
            std::int32_t both;
            std::memcpy(&both, left + 2 * (k * row.pairs + pair), sizeof(both));
            const sums pixel = sums{} + both;
#pragma GCC unroll 2
            for (int v = 0; v < tile_vectors; ++v) {
                total[k][v] += pair_terms<differences>(pixel, entries[v]);
            }
        }
    }
#pragma GCC unroll 8
    for (int k = 0; k < tile_pixels; ++k) {
#pragma GCC unroll 2
        for (int v = 0; v < tile_vectors; ++v) {
            std::memcpy(out + k * stride + v * sum_lanes, &total[k][v], sizeof(sums));
        }
    }
}

// The law: sum -> cost, and what the cost is added to.
template <bool differences, class Base, class Out>
inline void costs_of_sums(const FeatureLaw& law, const std::int32_t* sum, const Base* base,
                          int count, Out* out) {
    const float ceiling = law.ceiling, step = law.step;
    const std::int32_t origin = law.origin;
    const auto cost = [=](std::int32_t s) {
        float excess = static_cast<float>(differences ? s : origin - s);
        excess = excess < 0.0f ? 0.0f : excess;
        excess = excess > ceiling ? ceiling : excess;
        return static_cast<std::int32_t>(excess * step + 0.5f);
    };
    if (base == nullptr) {
        for (int i = 0; i < count; ++i) out[i] = static_cast<Out>(cost(sum[i]));
    } else {
        for (int i = 0; i < count; ++i) out[i] = static_cast<Out>(base[i] + cost(sum[i]));
    }
}

// Entry j of the right row is its pixel width - 1 - min_disp - j, so candidate i of left pixel x
// is entry width - 1 - x + i.
template <bool differences, class Base, class Out>
inline void feature_row(const FeatureRow& row, const Base* base, Out* out) {
    const int width = row.width, disparities = row.disparities;
    const std::ptrdiff_t stride = feature_stride(disparities);
    const int inside_begin = -row.min_disp, inside_end = width - row.min_disp;
    for (int x = 0; x < width; x += tile_pixels) {
        const int before =
            width - tile_pixels - x;  // entry of candidate 0 of the tile's last pixel
        const int begin = std::max(before, inside_begin);
        const int end = std::min(before + disparities + tile_pixels - 1, inside_end);
        // Pixel k of the tile has candidate i at sums[k * stride + i + feature_pixels].
        std::int32_t* const at = row.sums + feature_pixels - before - (tile_pixels - 1);
        for (int j = begin; j < end; j += tile_entries) {
            tile_sums<differences>(row, row.left + static_cast<std::ptrdiff_t>(x) * row.pairs * 2,
                                   row.right + j, at + j, stride + 1);
        }
        for (int k = 0; k < std::min(tile_pixels, width - x); ++k) {
            const Candidates c = candidates(x + k, width, row.min_disp, disparities);
            if (c.begin >= c.end) continue;
            const std::ptrdiff_t to = static_cast<std::ptrdiff_t>(x + k) * disparities + c.begin;
            costs_of_sums<differences>(*row.law, row.sums + k * stride + feature_pixels + c.begin,
                                       base == nullptr ? nullptr : base + to, c.end - c.begin,
                                       out + to);
        }
    }
}

template <class Base, class Out>
inline void feature_row(const FeatureRow& row) {
    const auto* const base = static_cast<const Base*>(row.base);
    auto* const out = static_cast<Out*>(row.out);
    row.law->metric == Metric::l1 ? feature_row<true>(row, base, out)
                                  : feature_row<false>(row, base, out);
}

void feature_costs(const FeatureRow& row) {
    if (row.out_bytes == 1) return feature_row<std::uint8_t, std::uint8_t>(row);
    if (row.base_bytes == 2) return feature_row<std::uint16_t, std::uint16_t>(row);
    feature_row<std::uint8_t, std::uint16_t>(row);
}

// To the nearest integer, ties to even, for |a| < 2^51: one addition leaves no bits for a fraction.
inline double nearest_integer(double a) {
    constexpr double shift = 6755399441055744.0;  // 1.5 * 2^52
    return (a + shift) - shift;
}

// Sum of squares in eight partial sums, so that every vector width adds in one order.
inline double squared_norm(const float* vector, int features) {
    double part[8] = {};
    int f = 0;
    for (; f + 8 <= features; f += 8) {
        for (int k = 0; k < 8; ++k) {
            const double v = vector[f + k];
            part[k] += v * v;
        }
    }
    for (int k = 0; f + k < features; ++k) {
        const double v = vector[f + k];
        part[k] += v * v;
    }
    for (int k = 0; k < 4; ++k) part[k] += part[k + 4];
    return (part[0] + part[2]) + (part[1] + part[3]);
}

void quantise_features(const float* row, int width, int features, const FeatureLaw& law,
                       std::int16_t* out) {
    const int padded = round_up(features, 2);
    for (int x = 0; x < width; ++x) {
        const float* const vector = row + static_cast<std::ptrdiff_t>(x) * features;
        std::int16_t* const to = out + static_cast<std::ptrdiff_t>(x) * padded;
        double scale = law.scale;
        if (law.metric == Metric::cosine) {
            const double squared = squared_norm(vector, features);
            scale = squared > 0.0 ? law.scale / std::sqrt(squared) : 0.0;
        }
        for (int f = 0; f < features; ++f) {
            to[f] = static_cast<std::int16_t>(static_cast<std::int32_t>(
                nearest_integer((static_cast<double>(vector[f]) - law.offset) * scale)));
        }
        if (padded > features) to[features] = 0;
    }
}

}  // namespace
}  // namespace stereo
