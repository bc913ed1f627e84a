// Hamming distance by carry-save adders, for instruction sets without a vector popcount:
// three bits of equal weight become a sum and a carry, so fewer bytes need counting
// (Harley and Seal; Mula, Kurz and Lemire 2018).
#pragma once

namespace stereo {
namespace {
namespace simd {

// sum keeps the weight of its inputs, the carry that is returned has twice the weight.
inline raw carry_save(raw& sum, raw b, raw c) {
    const raw half = STEREO_XOR(sum, b);
    const raw carry = STEREO_OR(STEREO_AND(sum, b), STEREO_AND(half, c));
    sum = STEREO_XOR(half, c);
    return carry;
}
inline raw twice(raw a) { return STEREO_ADD8(a, a); }

// Hamming distance of `planes` bytes: left is one pixel, right[k] points at the candidates.
template <int planes>
inline u8v hamming(const u8v (&left)[planes], const std::uint8_t* const (&right)[planes],
                   std::ptrdiff_t at) {
    raw bits[planes];
    for (int k = 0; k < planes; ++k) {
        bits[k] = STEREO_XOR(left[k].v, loadu<u8v>(right[k] + at).v);
    }
    raw ones = bits[0];
    raw twos = carry_save(ones, bits[1], bits[2]);
    if constexpr (planes == 3) return {STEREO_ADD8(popcount(ones), twice(popcount(twos)))};
    if constexpr (planes == 5) {
        const raw more = carry_save(ones, bits[3], bits[4]);
        const raw fours = STEREO_AND(twos, more);
        twos = STEREO_XOR(twos, more);
        const raw high = twice(STEREO_ADD8(popcount(twos), twice(popcount(fours))));
        return {STEREO_ADD8(popcount(ones), high)};
    }
    if constexpr (planes == 6) {
        raw rest = bits[3];
        const raw more = carry_save(rest, bits[4], bits[5]);
        const raw last = STEREO_AND(ones, rest);
        ones = STEREO_XOR(ones, rest);
        const raw fours = carry_save(twos, more, last);
        const raw high = twice(STEREO_ADD8(popcount(twos), twice(popcount(fours))));
        return {STEREO_ADD8(popcount(ones), high)};
    }
    if constexpr (planes == 8) {
        const raw more = carry_save(ones, bits[3], bits[4]);
        const raw again = carry_save(ones, bits[5], bits[6]);
        const raw last = STEREO_AND(ones, bits[7]);
        ones = STEREO_XOR(ones, bits[7]);
        raw fours = carry_save(twos, more, again);
        const raw carry = STEREO_AND(twos, last);
        twos = STEREO_XOR(twos, last);
        const raw eights = STEREO_AND(fours, carry);
        fours = STEREO_XOR(fours, carry);
        const raw high = STEREO_ADD8(popcount(fours), twice(popcount(eights)));
        return {STEREO_ADD8(popcount(ones), twice(STEREO_ADD8(popcount(twos), twice(high))))};
    }
}

}  // namespace simd
}  // namespace
}  // namespace stereo
