// Sorting a few values in registers, and their lower median.
#pragma once

#include "floats.cuh"
#include "portability.cuh"

namespace stereo {
namespace cuda {

template <int count>
struct Sorted {
    float v[count];

    __device__ __forceinline__ void order(int low, int high) {
        const float a = v[low], b = v[high];
        v[low] = a < b ? a : b;
        v[high] = a < b ? b : a;
    }

    // Batcher's odd-even merge sort for any count (Knuth, volume 3, algorithm 5.2.2M). The bounds
    // are constants, so that a straight line of minima and maxima is left; what no result needs is
    // left out of it.
    template <int p, int q, int r, int d>
    __device__ __forceinline__ void merge() {
#pragma unroll
        for (int i = 0; i < count - d; ++i) {
            if ((i & p) == r) order(i, i + d);
        }
        if constexpr (q != p) merge<p, q / 2, p, q - p>();
    }
    template <int top, int p>
    __device__ __forceinline__ void sort() {
        merge<p, top, 0, p>();
        if constexpr (p > 1) sort<top, p / 2>();
    }

    // The element (n - 1) / 2 of the n values that are not infinite; infinite where n = 0.
    __device__ __forceinline__ float lower_median() {
        constexpr int middle = (count - 1) / 2, top = count > 16 ? 16 : 8;
        static_assert(count > 8 && count <= 32, "top is the largest power of two below the count");
        int valid = 0;
#pragma unroll
        for (int k = 0; k < count; ++k) valid += v[k] != infinite ? 1 : 0;
        sort<top, top>();
        float median = v[0];
#pragma unroll
        for (int k = 1; k <= middle; ++k) median = valid > 2 * k ? v[k] : median;
        return median;
    }
};

}  // namespace cuda
}  // namespace stereo
