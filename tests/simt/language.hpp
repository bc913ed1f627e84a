// CUDA's words and vector types, as a C++ compiler takes them.
#pragma once

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))

// Aligned as on a GPU, which traps where UndefinedBehaviorSanitizer reports.
struct __align__(16) int4 {
    int x, y, z, w;
};
struct uint3 {
    unsigned x, y, z;
};

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
