// Median of the valid pixels of a window, for a row: sorting networks on min and max, a vector of
// pixels at a time. Invalid pixels are +inf, so they sort behind the valid ones.
#pragma once

#include <cstring>

#include "kernels.h"

namespace stereo {
namespace {

using floats = float __attribute__((vector_size(simd::u8v::lanes)));
using masks = std::int32_t __attribute__((vector_size(simd::u8v::lanes)));
constexpr int float_lanes = simd::u8v::lanes / 4;
constexpr float infinite = __builtin_inff();

template <int count>
struct Window {
    floats v[count];

    inline __attribute__((always_inline)) void order(int low, int high) {
        const floats a = v[low], b = v[high];
        v[low] = a < b ? a : b;
        v[high] = a < b ? b : a;
    }

    // Batcher's odd-even merge sort for any count (Knuth, volume 3, algorithm 5.2.2M). The bounds
    // are constants, so that the compiler is left with a straight line of min and max.
    template <int p, int q, int r, int d>
    inline __attribute__((always_inline)) void merge() {
#pragma GCC unroll 32
        for (int i = 0; i + d < count; ++i) {
            if ((i & p) == r) order(i, i + d);
        }
        if constexpr (q != p) merge<p, q / 2, p, q - p>();
    }
    template <int top, int p>
    inline __attribute__((always_inline)) void sort() {
        merge<p, top, 0, p>();
        if constexpr (p > 1) sort<top, p / 2>();
    }
};

template <int size>
inline floats lower_median(const float* const* rows, int x) {
    constexpr int count = size * size, middle = (count - 1) / 2, top = size == 3 ? 8 : 16;
    Window<count> window;
    masks invalid{};
#pragma GCC unroll 32
    for (int k = 0; k < count; ++k) {
        std::memcpy(&window.v[k], rows[k / size] + x + k % size, sizeof(floats));
        invalid += window.v[k] == infinite;  // true is -1
    }
    const masks outside = window.v[count / 2] == infinite;
    window.template sort<top, top>();
    const masks valid = invalid + count;
    floats median = window.v[0];
#pragma GCC unroll 32
    for (int k = 1; k <= middle; ++k) median = valid > 2 * k ? window.v[k] : median;
    return outside ? floats{} + __builtin_nanf("") : median;
}

template <int size>
inline void median_row(const MedianRow& row) {
    int x = 0;
    for (; x + float_lanes <= row.width; x += float_lanes) {
        const floats median = lower_median<size>(row.rows, x);
        std::memcpy(row.out + x, &median, sizeof(floats));
    }
    if (x < row.width) {  // the rows are long enough for a whole vector, out is not
        const floats median = lower_median<size>(row.rows, x);
        std::memcpy(row.out + x, &median, static_cast<std::size_t>(row.width - x) * sizeof(float));
    }
}

void median3(const MedianRow& row) { median_row<3>(row); }
void median5(const MedianRow& row) { median_row<5>(row); }

}  // namespace
}  // namespace stereo
