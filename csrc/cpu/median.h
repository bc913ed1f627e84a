// Median of the valid pixels of a window, for a row: sorting networks on min and max, which
// vectorise. Invalid pixels are +inf, so they sort behind the valid ones.
#pragma once

#include "kernels.h"

namespace stereo {
namespace {

inline void order(float& a, float& b) {
    const float low = a < b ? a : b;
    b = a < b ? b : a;
    a = low;
}

// Batcher's odd-even merge sort for any n (Knuth, volume 3, algorithm 5.2.2M): the loop bounds are
// constants, so it unrolls to a fixed network.
template <int n>
inline void sort(float (&v)[n]) {
    int top = 1;
    while (top * 2 < n) top *= 2;
#pragma GCC unroll 8
    for (int p = top; p > 0; p /= 2) {
        int q = top, r = 0, d = p;
        while (true) {
#pragma GCC unroll 32
            for (int i = 0; i + d < n; ++i) {
                if ((i & p) == r) order(v[i], v[i + d]);
            }
            if (q == p) break;
            d = q - p;
            q /= 2;
            r = p;
        }
    }
}

template <int size>
inline float lower_median(const float* const* rows, int x) {
    constexpr int n = size * size, radius = size / 2;
    constexpr float invalid = __builtin_inff();
    float v[n];
    int valid = 0;
#pragma GCC unroll 32
    for (int k = 0; k < n; ++k) {
        v[k] = rows[k / size][x + k % size];
        valid += v[k] < invalid ? 1 : 0;
    }
    sort(v);
    float middle = v[0];
#pragma GCC unroll 32
    for (int k = 1; k <= (n - 1) / 2; ++k) middle = (valid - 1) / 2 >= k ? v[k] : middle;
    return rows[radius][x + radius] < invalid ? middle : __builtin_nanf("");
}

void median3(const MedianRow& row) {
    const float* const rows[3] = {row.rows[0], row.rows[1], row.rows[2]};
    float* __restrict out = row.out;
    for (int x = 0; x < row.width; ++x) out[x] = lower_median<3>(rows, x);
}

void median5(const MedianRow& row) {
    const float* const rows[5] = {row.rows[0], row.rows[1], row.rows[2], row.rows[3], row.rows[4]};
    float* __restrict out = row.out;
    for (int x = 0; x < row.width; ++x) out[x] = lower_median<5>(rows, x);
}

}  // namespace
}  // namespace stereo
