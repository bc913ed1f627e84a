// Floats of a map: what marks that there is none, and integers of the same order, for minima by
// atomics and for bisection.
#pragma once

#include <cstdint>

#include "portability.cuh"

namespace stereo {
namespace cuda {

constexpr float no_number = __builtin_nanf("");   // NaN
constexpr float infinite = __builtin_inff();      // sorts behind all that counts
constexpr std::int32_t invalid_key = 0x7fffffff;  // of NaN; it comes last

// Its own inverse.
__device__ inline std::int32_t flipped(std::int32_t bits) {
    return bits ^ ((bits >> 31) & 0x7fffffff);
}

// -0 is 0.
__device__ inline std::int32_t key_of(float value) {
    return isnan(value) ? invalid_key : flipped(__float_as_int(value + 0.0f));
}

__device__ inline float value_of(std::int32_t key) { return __int_as_float(flipped(key)); }

}  // namespace cuda
}  // namespace stereo
