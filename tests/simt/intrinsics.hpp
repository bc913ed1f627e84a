// Arithmetic intrinsics: those on bytes and half words as loops over the parts of a word.
#pragma once

#include <math.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace simt {

// Each part of the words through `combine`, whose result wraps.
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

template <typename To, typename From>
To same_bits(From from) {
    static_assert(sizeof(To) == sizeof(From));
    To to;
    std::memcpy(&to, &from, sizeof(to));
    return to;
}

}  // namespace simt

inline unsigned __vminu2(unsigned a, unsigned b) {
    return simt::parts<std::uint16_t>(a, b, [](int x, int y) { return std::min(x, y); });
}
inline unsigned __vminu4(unsigned a, unsigned b) {
    return simt::parts<std::uint8_t>(a, b, [](int x, int y) { return std::min(x, y); });
}
inline unsigned __vabsdiffu4(unsigned a, unsigned b) {
    return simt::parts<std::uint8_t>(a, b, [](int x, int y) { return x < y ? y - x : x - y; });
}

inline int __popc(unsigned word) { return __builtin_popcount(word); }
inline int __popcll(unsigned long long word) { return __builtin_popcountll(word); }
inline int __clz(int word) { return word == 0 ? 32 : __builtin_clz(static_cast<unsigned>(word)); }
inline int __ffs(int word) { return __builtin_ffs(word); }

// Four bytes of the eight in (y, x), chosen by the nibbles of `selector`, whose top bits would
// repeat a sign: no kernel sets one.
inline unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {
    const std::uint64_t bytes = static_cast<std::uint64_t>(y) << 32 | x;
    unsigned result = 0;
    for (unsigned k = 0; k < 4; ++k) {
        const unsigned chosen = selector >> (4 * k) & 7u;
        result |= (static_cast<unsigned>(bytes >> (8 * chosen)) & 255u) << (8 * k);
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

inline int __float_as_int(float value) { return simt::same_bits<int>(value); }
inline float __int_as_float(int value) { return simt::same_bits<float>(value); }

// Rounded half to even and clamped to the range of int; NaN becomes 0.
inline int __float2int_rn(float value) {
    if (value != value) return 0;
    if (value >= 2147483648.0f) return 2147483647;
    return value < -2147483648.0f ? -2147483647 - 1 : static_cast<int>(rintf(value));
}

inline int min(int a, int b) { return b < a ? b : a; }
inline int max(int a, int b) { return a < b ? b : a; }
inline unsigned min(unsigned a, unsigned b) { return b < a ? b : a; }
inline unsigned long min(unsigned long a, unsigned long b) { return b < a ? b : a; }
inline unsigned max(unsigned a, unsigned b) { return a < b ? b : a; }
