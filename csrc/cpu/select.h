// Selection of a run of pixels from its S: winner, uniqueness, and the right view from the same S.
#pragma once

#include <cstring>

#include "kernels.h"

namespace stereo {
namespace {

// Everything outside the candidates reads as no candidate from here on.
inline void mask_others(std::uint16_t* s, Candidates c, int size) {
    static_assert(no_candidate == 0xffff, "filled byte by byte");
    const int begin = c.begin < size ? c.begin : size, end = c.end > 0 ? c.end : 0;
    std::memset(s, 255, static_cast<std::size_t>(begin) * sizeof(*s));
    if (end < size) std::memset(s + end, 255, static_cast<std::size_t>(size - end) * sizeof(*s));
}

// One pixel's S as vectors; `chunks` of 64 elements, or as many as there are if it is 0.
template <int chunks>
struct Row {
    std::uint16_t* s;
    int size;
    int parts() const { return chunks > 0 ? chunks : size / 64; }

    simd::u16v minima() const {
        using simd::u16v;
        constexpr int vectors = 64 / u16v::lanes;
        u16v best = simd::load<u16v>(s);
        for (int k = 1; k < parts() * vectors; ++k) {
            best = simd::min(best, simd::load<u16v>(s + k * u16v::lanes));
        }
        return best;
    }
    std::uint16_t minimum() const { return simd::reduce_min(minima()); }

    // The first element that equals all of `value`, which is there. From the back, and without a
    // branch while the number of parts is known.
    int first_equal(simd::u16v all) const {
        int first = 0;
        for (int part = parts() - 1; part >= 0; --part) {
            const std::uint64_t bits = simd::equal64(s + 64 * part, all);
            first = bits != 0 ? 64 * part + __builtin_ctzll(bits) : first;
        }
        return first;
    }

    // Whether an element other than i - 1, i, i + 1 is at most `limit`.
    bool any_other_at_most(int i, std::uint16_t limit) const {
        const simd::u16v all = simd::splat(limit, simd::u16v{});
        std::uint64_t any = 0;
        for (int part = 0; part < parts(); ++part) {
            any |= simd::at_most64(s + 64 * part, all) & ~around(i, 64 * part);
        }
        return any != 0;
    }

    // Bits of i - 1, i, i + 1 that fall into the 64 elements from `at` on.
    static std::uint64_t around(int i, int at) {
        const int shift = i - 1 - at;
        if (shift <= -3 || shift >= 64) return 0;
        return shift >= 0 ? std::uint64_t{7} << shift : std::uint64_t{7} >> -shift;
    }

    std::uint16_t second_lowest(int i) const {
        std::uint16_t kept[3];
        for (int k = 0; k < 3; ++k) {
            kept[k] = s[i - 1 + k];
            s[i - 1 + k] = no_candidate;  // the guards make i - 1 and i + 1 safe
        }
        const std::uint16_t second = minimum();
        for (int k = 0; k < 3; ++k) s[i - 1 + k] = kept[k];
        return second;
    }
};

void select_nothing(const SelectBlock& b, int x) {
    b.winner[x] = b.lowest[x] = b.below[x] = b.above[x] = no_candidate;
    b.flags[x] = flag_out_of_range;
    if (b.second != nullptr) b.second[x] = no_candidate;
}

template <int chunks>
inline void select_pixel(const SelectBlock& b, int x, Row<chunks> row) {
    const simd::u16v minimum = simd::splat_min(row.minima());
    const std::uint16_t lowest = simd::first(minimum);
    const int i = row.first_equal(minimum);
    b.winner[x] = static_cast<std::uint16_t>(i);
    b.lowest[x] = lowest;
    b.below[x] = row.s[i - 1];
    b.above[x] = row.s[i + 1];
    bool ambiguous = false;
    if (b.uniqueness > 0) {
        const unsigned limit = lowest * 100u / static_cast<unsigned>(100 - b.uniqueness);
        ambiguous = row.any_other_at_most(
            i, static_cast<std::uint16_t>(limit < no_candidate ? limit : no_candidate - 1));
    }
    b.flags[x] = ambiguous ? flag_not_unique : 0;
    if (b.second != nullptr) b.second[x] = row.second_lowest(i);
}

template <int chunks>
void select_left(const SelectBlock& block) {
    const SelectBlock b = block;  // a copy: what is stored can't alias it
    const int size = round_up(b.padding.disparities, 64), disparities = b.padding.disparities;
    // The pixels all of whose disparities are candidates, where the padding needs no mask either.
    const bool padded = disparities < b.padding.state;
    const int whole_begin = b.min_disp + disparities - 1, whole_end = b.width + b.min_disp;
    std::uint16_t* s = b.aggregated;
    for (int n = 0, x = b.x; n < b.count; ++n, x += b.step, s += b.padding.aggregated) {
        if (padded || x < whole_begin || x >= whole_end) {
            const Candidates c = candidates(x, b.width, b.min_disp, disparities);
            mask_others(s, c, b.padding.state);
            if (c.begin >= c.end) {
                select_nothing(b, x);
                continue;
            }
        }
        select_pixel<chunks>(b, x, {s, size});
    }
}

// One vector of right pixels, entries [entry, entry + lanes): its candidates lie on a diagonal of
// S, so that they are plain loads from one left pixel after the other. The smallest d wins a tie:
// it comes first where x rises, last where x falls.
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
void select_right_run(const SelectBlock& b) {
    const int last_x = b.x + b.step * (b.count - 1);
    const int begin = b.width - 1 - (rising ? last_x : b.x);
    const int end = b.width - 1 - (rising ? b.x : last_x) + b.padding.disparities;
    for (int entry = begin; entry < end; entry += simd::u16v::lanes) {
        select_right<rising>(b, entry);
    }
}

void select(const SelectBlock& b) {
    switch ((b.padding.disparities + 63) / 64) {
        case 1: select_left<1>(b); break;
        case 2: select_left<2>(b); break;
        case 3: select_left<3>(b); break;
        case 4: select_left<4>(b); break;
        default: select_left<0>(b);
    }
    if (b.step > 0) {
        select_right_run<true>(b);
    } else {
        select_right_run<false>(b);
    }
}

}  // namespace
}  // namespace stereo
