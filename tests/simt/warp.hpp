// What the lanes of a warp do together. As on a GPU, only __syncwarp orders memory.
#pragma once

#include <cstring>

#include "thread.hpp"

namespace simt {

constexpr unsigned lanes = 32;

template <typename Word>
std::uint64_t packed(Word word) {
    static_assert(sizeof(Word) == 4 || sizeof(Word) == 8, "CUDA shuffles words of 4 or 8 bytes");
    std::uint64_t bits = 0;
    std::memcpy(&bits, &word, sizeof(word));
    return bits;
}

template <typename Word>
Word unpacked(std::uint64_t bits) {
    Word word;
    std::memcpy(&word, &bits, sizeof(word));
    return word;
}

// The lane that a shuffle reads, or `self` where it would leave the segment: chapter "shfl.sync" of
// the PTX manual.
unsigned shuffle_source(Meeting kind, unsigned self, unsigned operand, int width, Site site);
void require_source(unsigned mask, unsigned source, Site site);

template <typename Word>
Word shuffle(Meeting kind, unsigned mask, Word word, unsigned operand, int width, Site site) {
    const unsigned source = shuffle_source(kind, lane(), operand, width, site);
    const std::uint64_t* const words = meet(kind, mask, packed(word), site);
    require_source(mask, source, site);
    return unpacked<Word>(words[source]);
}

unsigned ballot(unsigned mask, bool predicate, Site site);
unsigned smallest(unsigned mask, unsigned word, Site site);

}  // namespace simt

#define SIMT_SITE ::simt::Site site = {__builtin_FILE(), __builtin_LINE()}

inline void __syncwarp(unsigned mask = 0xffffffffu, SIMT_SITE) {
    simt::meet(simt::Meeting::syncwarp, mask, 0, site);
}

// Small integers are promoted, as by CUDA's overloads.
template <typename Word>
auto __shfl_sync(unsigned mask, Word word, int source, int width = 32, SIMT_SITE) {
    return simt::shuffle(simt::Meeting::shuffle, mask, +word, static_cast<unsigned>(source), width,
                         site);
}
template <typename Word>
auto __shfl_up_sync(unsigned mask, Word word, unsigned delta, int width = 32, SIMT_SITE) {
    return simt::shuffle(simt::Meeting::shuffle_up, mask, +word, delta, width, site);
}
template <typename Word>
auto __shfl_xor_sync(unsigned mask, Word word, int bits, int width = 32, SIMT_SITE) {
    return simt::shuffle(simt::Meeting::shuffle_xor, mask, +word, static_cast<unsigned>(bits),
                         width, site);
}

inline unsigned __ballot_sync(unsigned mask, int predicate, SIMT_SITE) {
    return simt::ballot(mask, predicate != 0, site);
}
inline int __any_sync(unsigned mask, int predicate, SIMT_SITE) {
    return simt::ballot(mask, predicate != 0, site) != 0;
}

inline unsigned __reduce_min_sync(unsigned mask, unsigned word, SIMT_SITE) {
    return simt::smallest(mask, word, site);
}
#undef SIMT_SITE
