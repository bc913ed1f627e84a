// The one header that every .cu file includes for CUDA: nvcc takes the real one, g++ the emulator
// of tests/simt, which runs the same kernels on the CPU for tests.
//
// Only what has no common spelling is a macro here. All else is CUDA's own names, as far as the
// emulator has them; one that it lacks is a compile error there. Kernels are launched with
// cudaLaunchKernelEx, never with <<<>>>, and *_sync intrinsics get explicit masks.
#pragma once

#ifdef __CUDACC__

#include <cuda_runtime.h>

// An array of the block, `count` elements; `count` is a constant.
#define STEREO_SHARED(type, name, count) __shared__ type name[count]

// The block's array whose size the launch names, aligned to 16; at most one in a kernel.
#define STEREO_DYNAMIC_SHARED(type, name)                           \
    extern __shared__ __align__(16) unsigned char dynamic_shared[]; \
    type* const name = reinterpret_cast<type*>(dynamic_shared)

// 1 where __reduce_*_sync exists.
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
#define STEREO_HAS_REDUX 1
#else
#define STEREO_HAS_REDUX 0
#endif

#else

#include "simt.hpp"

#define STEREO_SHARED(type, name, count) \
    static char name##_place;            \
    type(&name)[count] = simt::shared_array<type, (count)>(&name##_place)

#define STEREO_DYNAMIC_SHARED(type, name) \
    type* const name = static_cast<type*>(simt::dynamic_shared())

#define STEREO_HAS_REDUX 1

#endif
