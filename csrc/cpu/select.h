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

// One pixel's S, or keys, as vectors; `chunks` of 64 elements, or as many as there are if it is 0.
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

    // The first element that equals all of `value`, which is there. A branch for each part: near
    // pixels win near each other.
    int first_equal(simd::u16v all) const {
        int part = 0;
        std::uint64_t bits = simd::equal64(s, all);
        while (bits == 0 && ++part < parts()) bits = simd::equal64(s + 64 * part, all);
        return 64 * part + __builtin_ctzll(bits);
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

// Whether all disparities of the run are candidates.
inline bool whole(const SelectBlock& b) {
    const int other = b.x + b.step * (b.count - 1);
    const int left = b.step > 0 ? b.x : other, right = b.step > 0 ? other : b.x;
    return left - b.min_disp >= b.padding.disparities - 1 && right - b.min_disp < b.width;
}

// What is no candidate must not win: neither the padding nor what lies outside the right image.
inline void mask_run(const SelectBlock& b) {
    for (int n = 0, x = b.x; n < b.count; ++n, x += b.step) {
        mask_others(b.aggregated + std::ptrdiff_t{n} * b.padding.aggregated,
                    candidates(x, b.width, b.min_disp, b.padding.disparities), b.padding.state);
    }
}

// All keys of a pixel have the same place, so that they compare as S does.
template <int chunks>
void select_winners(const SelectBlock& block) {
    const SelectBlock b = block;  // a copy: what is stored can't alias it
    Row<chunks> row{b.aggregated, round_up(b.padding.disparities, 64)};
    for (int n = 0, x = b.x; n < b.count; ++n, x += b.step, row.s += b.padding.aggregated) {
        const simd::u16v minimum = simd::splat_min(row.minima());
        const int i = row.first_equal(minimum);
        b.winner[x] = static_cast<std::uint16_t>(i);
        b.lowest[x] = simd::first(minimum);
        b.below[x] = row.s[i - 1];
        b.above[x] = row.s[i + 1];
        b.flags[x] = 0;
    }
}

template <bool keyed, int chunks>
void judge_uniqueness(const SelectBlock& b) {
    Row<chunks> row{b.aggregated, round_up(b.padding.disparities, 64)};
    for (int n = 0, x = b.x; n < b.count; ++n, x += b.step, row.s += b.padding.aggregated) {
        const unsigned lowest = keyed ? from_key(b.lowest[x]) : b.lowest[x];
        unsigned limit = lowest * 100u / static_cast<unsigned>(100 - b.uniqueness);
        if (keyed) limit = ((limit + 1) << key_bits) - 1;
        if (limit >= no_candidate) limit = no_candidate - 1;
        if (row.any_other_at_most(b.winner[x], static_cast<std::uint16_t>(limit))) {
            b.flags[x] = flag_not_unique;
        }
    }
}

template <int chunks>
void find_seconds(const SelectBlock& b) {
    Row<chunks> row{b.aggregated, round_up(b.padding.disparities, 64)};
    for (int n = 0, x = b.x; n < b.count; ++n, x += b.step, row.s += b.padding.aggregated) {
        b.second[x] = row.second_lowest(b.winner[x]);
    }
}

// Pixels that have no candidate at all.
inline void select_nothing(const SelectBlock& b) {
    for (int n = 0, x = b.x; n < b.count; ++n, x += b.step) {
        if (b.lowest[x] != no_candidate) continue;
        b.winner[x] = b.below[x] = b.above[x] = no_candidate;
        b.flags[x] = flag_out_of_range;
    }
}

template <bool keyed, int chunks>
void select_left(const SelectBlock& b) {
    const bool all = whole(b);
    if (!all || b.padding.disparities < b.padding.state) mask_run(b);
    select_winners<chunks>(b);
    if (b.uniqueness > 0) judge_uniqueness<keyed, chunks>(b);
    if (b.second != nullptr) find_seconds<chunks>(b);
    if (!all) select_nothing(b);
}

// The right view of a run. Entry e of it belongs to candidate first + step * n of left pixel n of
// the run, so that its candidates lie on a diagonal of S: plain loads for a vector of entries from
// one left pixel after the other.
template <bool rising>
struct RightRun {
    static constexpr int lanes = simd::u16v::lanes, step = rising ? 1 : -1;
    int begin, end;       // the entries
    int width, x, count;  // of the image; first and number of left pixels
    std::ptrdiff_t next;  // from one left pixel to the next, along the diagonal

    explicit RightRun(const SelectBlock& b)
        : width(b.width), x(b.x), count(b.count), next(b.padding.aggregated + step) {
        const int last = b.x + b.step * (b.count - 1);
        begin = width - 1 - (rising ? last : x);
        end = width - 1 - (rising ? x : last) + b.padding.disparities;
    }
    int first(int entry) const { return entry - (width - 1) + x; }
};

// Joins the lowest S of a run with what earlier runs found. The smallest d wins a tie: it comes
// first where x rises, last where x falls.
template <bool rising>
inline void join_right(const SelectBlock& b, int entry, simd::u16v s, simd::u16v index) {
    using simd::u16v;
    const u16v lowest = simd::loadu<u16v>(b.right_lowest + entry);
    const u16v winner = simd::loadu<u16v>(b.right_winner + entry);
    simd::storeu<u16v>(b.right_winner + entry,
                       simd::take_where_less<rising>(s, lowest, index, winner));
    simd::storeu<u16v>(b.right_lowest + entry, simd::min(lowest, s));
}

template <bool rising>
inline void select_right(const SelectBlock& b, const RightRun<rising>& run, int entry) {
    using simd::u16v;
    const int first = run.first(entry), disparities = b.padding.disparities;
    // Left pixels [begin, end) see any of the vector.
    const int outside = rising ? -(u16v::lanes - 1) - first : first - (disparities - 1);
    const int inside = rising ? disparities - first : first + u16v::lanes;
    const int begin = outside > 0 ? outside : 0, end = inside < b.count ? inside : b.count;

    const u16v one = simd::splat(static_cast<std::uint16_t>(run.step), u16v{});
    u16v lowest = simd::splat(no_candidate, u16v{}), winner = lowest;
    u16v index = simd::ramp(first + run.step * begin);
    const std::uint16_t* s = b.aggregated + first + begin * run.next;
    for (int n = begin; n < end; ++n, s += run.next) {
        const u16v candidate = simd::loadu<u16v>(s);
        winner = simd::take_where_less<rising>(candidate, lowest, index, winner);
        lowest = simd::min(lowest, candidate);
        index = simd::add(index, one);
    }
    join_right<rising>(b, entry, lowest, winner);
}

// Several vectors at once: whatever they read outside [0, D) is a guard.
template <bool rising, int vectors>
inline void select_right_by_key(const SelectBlock& b, const RightRun<rising>& run, int entry) {
    using simd::u16v;
    static_assert(u16v::lanes <= aggregated_guard && block_pixels <= aggregated_guard, "guards");
    const u16v none = simd::splat(no_candidate, u16v{});
    u16v lowest[vectors];
    for (u16v& each : lowest) each = none;
    const int first = run.first(entry);
    const std::uint16_t* s = b.aggregated + first;
    for (int n = 0; n < run.count; ++n, s += run.next) {
        for (int k = 0; k < vectors; ++k) {
            lowest[k] = simd::min(lowest[k], simd::loadu<u16v>(s + k * u16v::lanes));
        }
    }
    const u16v places = simd::splat(std::uint16_t{block_pixels - 1}, u16v{});
    for (int k = 0; k < vectors; ++k) {
        const int at = first + k * u16v::lanes - (rising ? 0 : block_pixels - 1);
        const u16v index = simd::add(simd::ramp(at), simd::bit_and(lowest[k], places));
        const u16v value = simd::shift_right<key_bits>(lowest[k]);
        join_right<rising>(b, entry + k * u16v::lanes,
                           simd::take_where_less<true>(lowest[k], none, value, none), index);
    }
}

template <bool keyed, bool rising>
void select_right_run(const SelectBlock& b) {
    constexpr int lanes = simd::u16v::lanes, together = 5;
    const RightRun<rising> run(b);
    int entry = run.begin;
    if constexpr (keyed) {
        for (; run.end - entry > (together - 1) * lanes; entry += together * lanes) {
            select_right_by_key<rising, together>(b, run, entry);
        }
        for (; entry < run.end; entry += lanes) select_right_by_key<rising, 1>(b, run, entry);
    } else {
        for (; entry < run.end; entry += lanes) select_right<rising>(b, run, entry);
    }
}

template <bool keyed>
void select_run(const SelectBlock& b) {
    switch ((b.padding.disparities + 63) / 64) {
        case 1: select_left<keyed, 1>(b); break;
        case 2: select_left<keyed, 2>(b); break;
        case 3: select_left<keyed, 3>(b); break;
        case 4: select_left<keyed, 4>(b); break;
        default: select_left<keyed, 0>(b);
    }
    if (b.step > 0) {
        select_right_run<keyed, true>(b);
    } else {
        select_right_run<keyed, false>(b);
    }
}

void select(const SelectBlock& b) { b.keyed ? select_run<true>(b) : select_run<false>(b); }

}  // namespace
}  // namespace stereo
