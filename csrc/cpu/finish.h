// A row from its winners: left-right check, sub-pixel, confidence, right view.
#pragma once

#include <cstring>

#include "kernels.h"

namespace stereo {
namespace {

constexpr float not_a_number = __builtin_nanf("");

// Offset of the extremum from S at i - 1, i, i + 1; 0 where a neighbour is missing. Sums and
// products are exact in float32, so only the division rounds. No branches: it must vectorise.
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

// Why the left-right check rejects pixel x.
std::uint8_t disagreement(const FinishRow& row, int x) {
    const Candidates c = candidates(x, row.width, row.min_disp, row.padding.disparities);
    const std::uint16_t* const right = row.right_winner + (row.width - 1 - x);
    // In 16 bits |k - right| <= t is right - k + t <= 2 t, modulo 2^16, for the indices that there are.
    const auto tolerance = static_cast<std::uint16_t>(row.lr_max_diff);
    std::uint16_t agreeing = 0;
    for (int i = c.begin; i < c.end; ++i) {
        const auto shifted = static_cast<std::uint16_t>(right[i] - static_cast<std::uint16_t>(i) + tolerance);
        agreeing |= static_cast<std::uint16_t>(shifted <= 2 * tolerance ? 1 : 0);
    }
    if (agreeing != 0) return flag_mismatch;
    return c.end - c.begin < row.padding.disparities ? flag_border : flag_occlusion;
}

// 1 where the left-right check fails. No branches: failures are too irregular to predict.
void check_row(const FinishRow& row, std::uint8_t* __restrict failed) {
    const std::uint16_t* const right = row.right_winner + (row.width - 1);
    for (int x = 0; x < row.width; ++x) {
        const int i = row.winner[x];
        const int at = i == no_candidate ? 0 : i - x;
        failed[x] = static_cast<std::uint8_t>((i != no_candidate) & !agree(i, right[at], row.lr_max_diff));
    }
}

void flag_row(const FinishRow& row) {
    std::uint8_t* const __restrict flags = row.flags;
    if (row.lr_max_diff >= 0) {
        check_row(row, flags);
        for (int x = 0; x < row.width; ++x) {
            if (flags[x] != 0) flags[x] = disagreement(row, x);
        }
    } else {
        std::memset(flags, 0, static_cast<std::size_t>(row.width));
    }
    for (int x = 0; x < row.width; ++x) {
        const int none = row.winner[x] == no_candidate ? flag_out_of_range : 0;
        const int ambiguous = row.not_unique[x] != 0 ? flag_not_unique : 0;
        flags[x] = static_cast<std::uint8_t>(flags[x] | none | ambiguous);
    }
}

template <SubPixel law>
void refine_row(const FinishRow& row) {
    float* const __restrict out = row.disparity;
    for (int x = 0; x < row.width; ++x) {
        const float d = static_cast<float>(row.min_disp + row.winner[x]) +
                        offset<law>(row.below[x], row.lowest[x], row.above[x]);
        out[x] = row.flags[x] == 0 ? d : not_a_number;
    }
}

void confidence_row(const FinishRow& row) {
    for (int x = 0; x < row.width; ++x) {
        const int first = row.lowest[x], second = row.second[x];
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
        const std::uint16_t below = x > 0 && i > 0 ? s[-stride - 1] : no_candidate;
        const std::uint16_t above =
            x + 1 < row.width && i + 1 < row.padding.disparities ? s[stride + 1] : no_candidate;
        out = static_cast<float>(row.min_disp + i) + offset<law>(below, lowest, above);
    }
}

template <SubPixel law>
void finish_with(const FinishRow& row) {
    flag_row(row);
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
