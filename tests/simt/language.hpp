// CUDA's words and vector types, as a C++ compiler takes them.
#pragma once

#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))

// Alignments are CUDA's: UndefinedBehaviorSanitizer sees an access that a GPU would trap on.
#define SIMT_VECTORS(type, element)                                                      \
    struct __align__(2 * sizeof(element)) type##2 { element x, y; };                     \
    struct type##3 { element x, y, z; };                                                 \
    struct __align__(sizeof(element) < 8 ? 4 * sizeof(element) : 16) type##4 {           \
        element x, y, z, w;                                                              \
    };                                                                                   \
    inline type##2 make_##type##2(element x, element y) { return {x, y}; }               \
    inline type##3 make_##type##3(element x, element y, element z) { return {x, y, z}; } \
    inline type##4 make_##type##4(element x, element y, element z, element w) {          \
        return {x, y, z, w};                                                             \
    }
SIMT_VECTORS(char, signed char)
SIMT_VECTORS(uchar, unsigned char)
SIMT_VECTORS(short, short)
SIMT_VECTORS(ushort, unsigned short)
SIMT_VECTORS(int, int)
SIMT_VECTORS(uint, unsigned)
SIMT_VECTORS(longlong, long long)
SIMT_VECTORS(ulonglong, unsigned long long)
SIMT_VECTORS(float, float)
#undef SIMT_VECTORS

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
