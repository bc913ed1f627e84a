// A row from its winners: left-right check, sub-pixel, confidence, right view.
#pragma once

#include <cstring>

#include "kernels.h"

namespace stereo {
namespace {

constexpr float not_a_number = __builtin_nanf("");

// Offset of the extremum from S at i - 1, i, i + 1; 0 where a neighbour is missing. Sums and
// products are exact in float32, so only the division rounds.
template <SubPixel law>
inline float offset(int below, int at, int above) {
    const int a = below - at, c = above - at;
    const int width = law == SubPixel::parabola ? a + c : (a > c ? a : c);
    const int known = (below != no_candidate) & (above != no_candidate) & (width > 0);
    const int numerator = known != 0 ? a - c : 0, denominator = known != 0 ? 2 * width : 1;
    return static_cast<float>(numerator) / static_cast<float>(denominator);
}
template <>
inline float offset<SubPixel::none>(int, int, int) {
    return 0.0f;
}

inline bool agree(int a, int b, int tolerance) { return (a > b ? a - b : b - a) <= tolerance; }

// The smallest of right[i] - i + tolerance over `count` candidates, modulo 2^16.
inline std::uint16_t smallest_difference(const std::uint16_t* right, int first, int count,
                                         int tolerance) {
    using simd::u16v;
    const auto difference = [&](int k) {
        return simd::sub(simd::loadu<u16v>(right + k), simd::ramp(first + k - tolerance));
    };
    if (count < u16v::lanes) {
        std::uint16_t smallest = 65535;
        for (int k = 0; k < count; ++k) {
            const auto each = static_cast<std::uint16_t>(right[k] - (first + k - tolerance));
            smallest = each < smallest ? each : smallest;
        }
        return smallest;
    }
    u16v smallest = difference(count - u16v::lanes);  // may overlap the one before
    for (int k = 0; k + u16v::lanes <= count; k += u16v::lanes) {
        smallest = simd::min(smallest, difference(k));
    }
    return simd::reduce_min(smallest);
}

// Why the left-right check rejects pixel x: |i - right| <= tolerance for another candidate i, or
// for none.
std::uint8_t disagreement(const FinishRow& row, int x) {
    const Candidates c = candidates(x, row.width, row.min_disp, row.padding.disparities);
    const std::uint16_t* const right = row.right_winner + (row.width - 1 - x) + c.begin;
    const int count = c.end - c.begin;
    if (smallest_difference(right, c.begin, count, row.lr_max_diff) <= 2 * row.lr_max_diff) {
        return flag_mismatch;
    }
    return count < row.padding.disparities ? flag_border : flag_occlusion;
}

// 1 where the left-right check fails. No branches: failures are too irregular to predict.
void check_row(const FinishRow& row, std::uint8_t* __restrict failed) {
    const std::uint16_t* const right = row.right_winner + (row.width - 1);
    for (int x = 0; x < row.width; ++x) {
        const int i = row.winner[x];
        const int at = i == no_candidate ? 0 : i - x;
        failed[x] =
            static_cast<std::uint8_t>((i != no_candidate) & !agree(i, right[at], row.lr_max_diff));
    }
}

// The flags of a row, where somebody asks for them.
void flag_row(const FinishRow& row) {
    if (row.lr_max_diff >= 0) {
        check_row(row, row.failed);
        for (int x = 0; x < row.width; ++x) {
            if (row.failed[x] != 0) row.selection_flags[x] |= disagreement(row, x);
        }
    }
    std::memcpy(row.flags, row.selection_flags, static_cast<std::size_t>(row.width));
}

// A vector of pixels, as 32-bit integers. Rows of the workspace are padded for it.
using simd::ints;
using reals = float __attribute__((vector_size(simd::u8v::lanes)));
constexpr int real_lanes = simd::u8v::lanes / 4;

inline ints load_ints(const std::uint16_t* p) {
    std::uint16_t __attribute__((vector_size(real_lanes * 2))) v;
    std::memcpy(&v, p, sizeof(v));
    return __builtin_convertvector(v, ints);
}
inline ints load_ints(const std::uint8_t* p) {
    std::uint8_t __attribute__((vector_size(real_lanes))) v;
    std::memcpy(&v, p, sizeof(v));
    using words = std::uint16_t __attribute__((vector_size(real_lanes * 2)));
    return __builtin_convertvector(__builtin_convertvector(v, words),
                                   ints);  // GCC: one step is slow
}

// All ones where the left-right check holds. Beyond the row there is nothing to look up.
inline ints passes(const FinishRow& row, int x, ints winner) {
    ints at;
    for (int k = 0; k < real_lanes; ++k) at[k] = x + k;
    const ints known = (winner != no_candidate) & (at < row.width);
    const ints difference =
        winner - simd::gather(row.right_winner + (row.width - 1), (winner - at) & known);
    return (difference <= row.lr_max_diff) & (difference >= -row.lr_max_diff);
}

// offset(), for a vector of pixels: the same operations, hence the same bits. Of keys too: their
// differences are those of S times a power of two.
template <SubPixel law>
inline reals offsets(ints below, ints at, ints above) {
    if constexpr (law == SubPixel::none) {
        return reals{};
    } else {
        const ints a = below - at, c = above - at;
        const ints width = law == SubPixel::parabola ? a + c : (a > c ? a : c);
        const ints known = (below != no_candidate) & (above != no_candidate) & (width > 0);
        const ints denominator = ((2 * width) & known) | (1 & ~known);
        return __builtin_convertvector((a - c) & known, reals) /
               __builtin_convertvector(denominator, reals);
    }
}

template <SubPixel law>
void refine_row(const FinishRow& row) {
    const bool check = row.flags == nullptr && row.lr_max_diff >= 0;  // else the flags know
    for (int x = 0; x < row.width; x += real_lanes) {
        const ints winner = load_ints(row.winner + x);
        ints valid = load_ints(row.selection_flags + x) == 0;
        if (check) valid &= passes(row, x, winner);
        const reals whole = __builtin_convertvector(winner + row.min_disp, reals);
        const reals d = whole + offsets<law>(load_ints(row.below + x), load_ints(row.lowest + x),
                                             load_ints(row.above + x));
        const reals out = valid != 0 ? d : reals{} + not_a_number;
        if (x + real_lanes <= row.width) {
            std::memcpy(row.disparity + x, &out, sizeof(out));
        } else {
            std::memcpy(row.disparity + x, &out,
                        static_cast<std::size_t>(row.width - x) * sizeof(float));
        }
    }
}

// S, from what the selection kept of it.
inline std::uint16_t value_of(const FinishRow& row, std::uint16_t s) {
    return row.keyed ? from_key(s) : s;
}

void confidence_row(const FinishRow& row) {
    for (int x = 0; x < row.width; ++x) {
        const int first = value_of(row, row.lowest[x]), second = value_of(row, row.second[x]);
        float value = 0.0f;
        if (second == no_candidate) {
            value = 1.0f;
        } else if (second > 0) {
            value = static_cast<float>(second - first) / static_cast<float>(second);
        }
        row.confidence[x] = row.flags[x] == 0 ? value : 0.0f;
    }
}

// The right view's neighbours lie on its own line of sight: (x + d +- 1, d +- 1).
template <SubPixel law>
void right_row(const FinishRow& row) {
    const std::ptrdiff_t stride = row.aggregated_step;
    for (int right_x = 0; right_x < row.width; ++right_x) {
        const std::ptrdiff_t entry = std::ptrdiff_t{row.width} - 1 - row.min_disp - right_x;
        float& out = row.right_disparity[right_x];
        out = not_a_number;
        if (entry < 0 || entry >= std::ptrdiff_t{row.width} - 1 + row.padding.disparities) continue;
        const std::uint16_t lowest = row.right_lowest[entry];
        if (lowest == no_candidate) continue;
        const int i = row.right_winner[entry];
        const int x = right_x + row.min_disp + i;
        if (row.lr_max_diff >= 0 && !agree(i, row.winner[x], row.lr_max_diff)) continue;
        const std::uint16_t* const s = row.aggregated + x * stride + i;
        const std::uint16_t below = x > 0 && i > 0 ? value_of(row, s[-stride - 1]) : no_candidate;
        const std::uint16_t above = x + 1 < row.width && i + 1 < row.padding.disparities
                                        ? value_of(row, s[stride + 1])
                                        : no_candidate;
        out = static_cast<float>(row.min_disp + i) + offset<law>(below, lowest, above);
    }
}

template <SubPixel law>
void finish_with(const FinishRow& row) {
    if (row.flags != nullptr) flag_row(row);
    refine_row<law>(row);
    if (row.confidence != nullptr) confidence_row(row);
    if (row.right_disparity != nullptr) right_row<law>(row);
}

void finish(const FinishRow& row) {
    switch (row.subpixel) {
        case SubPixel::none: return finish_with<SubPixel::none>(row);
        case SubPixel::parabola: return finish_with<SubPixel::parabola>(row);
        case SubPixel::equiangular: return finish_with<SubPixel::equiangular>(row);
    }
}

}  // namespace
}  // namespace stereo
