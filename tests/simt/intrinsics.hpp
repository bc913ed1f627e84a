// Arithmetic intrinsics: those on bytes and half words as loops over the parts of a word.
#pragma once

#include <math.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "language.hpp"

namespace simt {

// Each part of `bits` bits, signed or not, through `combine`, whose result wraps.
template <typename Part, typename Combine>
unsigned parts(unsigned a, unsigned b, Combine combine) {
    constexpr unsigned bits = 8 * sizeof(Part);
    unsigned result = 0;
    for (unsigned shift = 0; shift < 32; shift += bits) {
        const int left = static_cast<Part>(a >> shift), right = static_cast<Part>(b >> shift);
        const auto part = static_cast<std::make_unsigned_t<Part>>(combine(left, right));
        result |= static_cast<unsigned>(part) << shift;
    }
    return result;
}

}  // namespace simt

#define SIMT_PARTS(name, part, expression)                                         \
    inline unsigned name(unsigned a, unsigned b) {                                 \
        return simt::parts<part>(a, b, [](int x, int y) { return (expression); }); \
    }
#define SIMT_BOTH(name, signedness, expression)       \
    SIMT_PARTS(name##2, signedness##16_t, expression) \
    SIMT_PARTS(name##4, signedness##8_t, expression)
SIMT_BOTH(__vadd, std::uint, x + y)
SIMT_BOTH(__vsub, std::uint, x - y)
SIMT_BOTH(__vminu, std::uint, std::min(x, y))
SIMT_BOTH(__vmaxu, std::uint, std::max(x, y))
SIMT_BOTH(__vmins, std::int, std::min(x, y))
SIMT_BOTH(__vmaxs, std::int, std::max(x, y))
SIMT_BOTH(__vavgu, std::uint, (x + y + 1) >> 1)
SIMT_BOTH(__vabsdiffu, std::uint, std::max(x, y) - std::min(x, y))
SIMT_BOTH(__vsubus, std::uint, std::max(x - y, 0))
SIMT_PARTS(__vaddus2, std::uint16_t, std::min(x + y, 0xffff))
SIMT_PARTS(__vaddus4, std::uint8_t, std::min(x + y, 0xff))
SIMT_BOTH(__vcmpeq, std::uint, x == y ? -1 : 0)
SIMT_BOTH(__vcmpne, std::uint, x != y ? -1 : 0)
SIMT_BOTH(__vcmpltu, std::uint, x < y ? -1 : 0)
SIMT_BOTH(__vcmpleu, std::uint, x <= y ? -1 : 0)
SIMT_BOTH(__vcmpgtu, std::uint, x > y ? -1 : 0)
SIMT_BOTH(__vcmpgeu, std::uint, x >= y ? -1 : 0)
SIMT_BOTH(__vcmplts, std::int, x < y ? -1 : 0)
SIMT_BOTH(__vcmpgts, std::int, x > y ? -1 : 0)
SIMT_BOTH(__vsetltu, std::uint, x < y ? 1 : 0)
SIMT_BOTH(__vsetgtu, std::uint, x > y ? 1 : 0)
SIMT_BOTH(__vsetne, std::uint, x != y ? 1 : 0)
#undef SIMT_BOTH
#undef SIMT_PARTS

// The sum of the absolute differences of the bytes.
inline unsigned __vsadu4(unsigned a, unsigned b) {
    const unsigned d = __vabsdiffu4(a, b);
    return (d & 255u) + (d >> 8 & 255u) + (d >> 16 & 255u) + (d >> 24);
}

inline unsigned __dp4a(unsigned a, unsigned b, unsigned sum) {
    for (int shift = 0; shift < 32; shift += 8) sum += (a >> shift & 255u) * (b >> shift & 255u);
    return sum;
}
inline int __dp4a(int a, int b, int sum) {
    for (int shift = 0; shift < 32; shift += 8) {
        sum += static_cast<std::int8_t>(a >> shift) * static_cast<std::int8_t>(b >> shift);
    }
    return sum;
}

inline int __popc(unsigned word) { return __builtin_popcount(word); }
inline int __popcll(unsigned long long word) { return __builtin_popcountll(word); }
inline int __clz(int word) { return word == 0 ? 32 : __builtin_clz(static_cast<unsigned>(word)); }
inline int __clzll(long long word) {
    return word == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(word));
}
inline int __ffs(int word) { return __builtin_ffs(word); }
inline int __ffsll(long long word) { return __builtin_ffsll(word); }

inline unsigned __brev(unsigned word) {
    unsigned result = 0;
    for (int bit = 0; bit < 32; ++bit) result |= (word >> bit & 1u) << (31 - bit);
    return result;
}

// Four bytes of the eight in (y, x), chosen by the nibbles of `selector`; its top bit copies a
// sign.
inline unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {
    const std::uint64_t bytes = static_cast<std::uint64_t>(y) << 32 | x;
    unsigned result = 0;
    for (unsigned k = 0; k < 4; ++k) {
        const unsigned chosen = selector >> (4 * k) & 15u;
        unsigned byte = static_cast<unsigned>(bytes >> (8 * (chosen & 7u))) & 255u;
        if (chosen & 8u) byte = byte & 128u ? 255u : 0u;
        result |= byte << (8 * k);
    }
    return result;
}

inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
    const std::uint64_t both = static_cast<std::uint64_t>(high) << 32 | low;
    return static_cast<unsigned>(both << (shift & 31u) >> 32);
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
    const std::uint64_t both = static_cast<std::uint64_t>(high) << 32 | low;
    return static_cast<unsigned>(both >> (shift & 31u));
}

inline unsigned __umulhi(unsigned a, unsigned b) {
    return static_cast<unsigned>(static_cast<std::uint64_t>(a) * b >> 32);
}
inline int __mul24(int a, int b) {
    return static_cast<int>(static_cast<unsigned>(a << 8 >> 8) *
                            static_cast<unsigned>(b << 8 >> 8));
}

template <typename To, typename From>
To simt_bits(From from) {
    static_assert(sizeof(To) == sizeof(From));
    To to;
    std::memcpy(&to, &from, sizeof(to));
    return to;
}
inline int __float_as_int(float value) { return simt_bits<int>(value); }
inline unsigned __float_as_uint(float value) { return simt_bits<unsigned>(value); }
inline float __int_as_float(int value) { return simt_bits<float>(value); }
inline float __uint_as_float(unsigned value) { return simt_bits<float>(value); }

// Rounded as the names say; clamped to the range of int, NaN becomes 0.
inline int simt_to_int(float whole) {
    if (whole != whole) return 0;
    if (whole >= 2147483648.0f) return 2147483647;
    return whole < -2147483648.0f ? -2147483647 - 1 : static_cast<int>(whole);
}
inline int __float2int_rn(float value) { return simt_to_int(rintf(value)); }
inline int __float2int_rz(float value) { return simt_to_int(truncf(value)); }
inline int __float2int_rd(float value) { return simt_to_int(floorf(value)); }
inline int __float2int_ru(float value) { return simt_to_int(ceilf(value)); }
inline float __int2float_rn(int value) { return static_cast<float>(value); }
inline float __uint2float_rn(unsigned value) { return static_cast<float>(value); }

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float a) { return sqrtf(a); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }

template <typename Value>
Value __ldg(const Value* address) {
    return *address;
}

#define SIMT_EXTREMES(type)                                   \
    inline type min(type a, type b) { return b < a ? b : a; } \
    inline type max(type a, type b) { return a < b ? b : a; }
SIMT_EXTREMES(int)
SIMT_EXTREMES(unsigned)
SIMT_EXTREMES(long)
SIMT_EXTREMES(unsigned long)
SIMT_EXTREMES(long long)
SIMT_EXTREMES(unsigned long long)
#undef SIMT_EXTREMES
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }
