// Selection of a run of pixels from its S: winner, uniqueness, and the right view from the same S.
#pragma once

#include "kernels.h"

namespace stereo {
namespace {

// Everything outside the candidates reads as no candidate from here on.
inline void mask_others(std::uint16_t* s, Candidates c, int size) {
    for (int i = 0; i < c.begin && i < size; ++i) s[i] = no_candidate;
    for (int i = c.end > 0 ? c.end : 0; i < size; ++i) s[i] = no_candidate;
}

inline int first_bit(std::uint64_t bits) { return __builtin_ctzll(bits); }

// Bits of i - 1, i, i + 1 that fall into the 64 elements from `at` on.
inline std::uint64_t around(int i, int at) {
    const int shift = i - 1 - at;
    if (shift <= -3 || shift >= 64) return 0;
    return shift >= 0 ? std::uint64_t{7} << shift : std::uint64_t{7} >> -shift;
}

inline std::uint16_t minimum_of(const std::uint16_t* s, int size) {
    using simd::u16v;
    u16v best = simd::load<u16v>(s);
    for (int i = u16v::lanes; i < size; i += u16v::lanes) {
        best = simd::min(best, simd::load<u16v>(s + i));
    }
    return simd::reduce_min(best);
}

inline int first_equal(const std::uint16_t* s, std::uint16_t value) {
    const simd::u16v all = simd::splat(value, simd::u16v{});
    for (int at = 0;; at += 64) {
        const std::uint64_t bits = simd::equal64(s + at, all);
        if (bits != 0) return at + first_bit(bits);
    }
}

// Whether a candidate other than i - 1, i, i + 1 has S <= limit.
inline bool any_other_at_most(const std::uint16_t* s, int size, int i, std::uint16_t limit) {
    const simd::u16v all = simd::splat(limit, simd::u16v{});
    std::uint64_t any = 0;
    for (int at = 0; at < size; at += 64) any |= simd::at_most64(s + at, all) & ~around(i, at);
    return any != 0;
}

inline std::uint16_t second_lowest(std::uint16_t* s, int size, int i) {
    std::uint16_t kept[3];
    for (int k = 0; k < 3; ++k) {
        kept[k] = s[i - 1 + k];
        s[i - 1 + k] = no_candidate;  // the guards make i - 1 and i + 1 safe
    }
    const std::uint16_t second = minimum_of(s, size);
    for (int k = 0; k < 3; ++k) s[i - 1 + k] = kept[k];
    return second;
}

inline void select_pixel(const SelectBlock& b, int x, std::uint16_t* s, int size) {
    const Candidates c = candidates(x, b.width, b.min_disp, b.padding.disparities);
    if (c.begin > 0 || c.end < b.padding.state) mask_others(s, c, b.padding.state);
    if (c.begin >= c.end) {
        b.winner[x] = b.lowest[x] = b.below[x] = b.above[x] = no_candidate;
        b.not_unique[x] = 0;
        if (b.second != nullptr) b.second[x] = no_candidate;
        return;
    }
    const std::uint16_t lowest = minimum_of(s, size);
    const int i = first_equal(s, lowest);
    b.winner[x] = static_cast<std::uint16_t>(i);
    b.lowest[x] = lowest;
    b.below[x] = s[i - 1];
    b.above[x] = s[i + 1];
    b.not_unique[x] = 0;
    if (b.uniqueness > 0) {
        const unsigned limit = lowest * 100u / static_cast<unsigned>(100 - b.uniqueness);
        b.not_unique[x] = any_other_at_most(
            s, size, i, static_cast<std::uint16_t>(limit < no_candidate ? limit : no_candidate - 1));
    }
    if (b.second != nullptr) b.second[x] = second_lowest(s, size, i);
}

// One vector of right pixels, entries [entry, entry + lanes): its candidates lie on a diagonal of S,
// so that they are plain loads from one left pixel after the other.
// The smallest d wins a tie: it comes first where x rises, last where x falls.
template <bool rising>
inline void select_right(const SelectBlock& b, int entry) {
    using simd::u16v;
    constexpr int step = rising ? 1 : -1;
    // Left pixel n sees this vector's first entry as candidate first + step * n; of those vectors
    // of candidates only the ones that overlap [0, D) matter.
    const int first = entry - (b.width - 1) + b.x;
    const int outside = rising ? -(u16v::lanes - 1) - first : first - (b.padding.disparities - 1);
    const int inside = rising ? b.padding.disparities - first : first + u16v::lanes;
    const int begin = outside > 0 ? outside : 0, end = inside < b.count ? inside : b.count;

    const std::ptrdiff_t next = b.padding.aggregated + step;
    const std::uint16_t* s = b.aggregated + first + begin * next;
    u16v lowest = simd::loadu<u16v>(b.right_lowest + entry);
    u16v winner = simd::loadu<u16v>(b.right_winner + entry);
    u16v index = simd::ramp(first + step * begin);
    const u16v one = simd::splat(static_cast<std::uint16_t>(step), u16v{});
    for (int n = begin; n < end; ++n, s += next) {
        const u16v candidate = simd::loadu<u16v>(s);
        winner = simd::take_where_less<rising>(candidate, lowest, index, winner);
        lowest = simd::min(lowest, candidate);
        index = simd::add(index, one);
    }
    simd::storeu<u16v>(b.right_lowest + entry, lowest);
    simd::storeu<u16v>(b.right_winner + entry, winner);
}

template <bool rising>
void select_run(const SelectBlock& b) {
    const int size = round_up(b.padding.disparities, 64);
    std::uint16_t* s = b.aggregated;
    for (int n = 0, x = b.x; n < b.count; ++n, x += b.step, s += b.padding.aggregated) {
        select_pixel(b, x, s, size);
    }
    const int last_x = b.x + b.step * (b.count - 1);
    const int begin = b.width - 1 - (rising ? last_x : b.x);
    const int end = b.width - 1 - (rising ? b.x : last_x) + b.padding.disparities;
    for (int entry = begin; entry < end; entry += simd::u16v::lanes) {
        select_right<rising>(b, entry);
    }
}

void select(const SelectBlock& b) {
    if (b.step > 0) {
        select_run<true>(b);
    } else {
        select_run<false>(b);
    }
}

}  // namespace
}  // namespace stereo
