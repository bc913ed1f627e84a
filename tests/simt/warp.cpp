#include "warp.hpp"

#include "options.hpp"

namespace simt {

unsigned shuffle_source(Meeting kind, unsigned self, unsigned operand, int width, Site site) {
    if (width < 1 || width > 32 || (width & (width - 1)) != 0) {
        fail("the width of a shuffle is a power of two up to 32", site);
    }
    const unsigned w = static_cast<unsigned>(width);
    const unsigned first = self & ~(w - 1), last = first + w - 1;
    switch (kind) {
        case Meeting::shuffle: return first + (operand & (w - 1));
        case Meeting::shuffle_up: return operand <= self - first ? self - operand : self;
        default: return ((self ^ operand) & 31u) <= last ? (self ^ operand) & 31u : self;
    }
}

void require_source(unsigned mask, unsigned source, Site site) {
    if ((mask >> source & 1u) == 0 && checks(check_sources))
        fail("a shuffle from a lane that is not in its mask", site);
}

unsigned ballot(unsigned mask, bool predicate, Site site) {
    const std::uint64_t* const words = meet(Meeting::vote, mask, predicate ? 1 : 0, site);
    unsigned result = 0;
    for (unsigned k = 0; k < lanes; ++k) {
        if ((mask >> k & 1u) != 0 && words[k] != 0) result |= 1u << k;
    }
    return result;
}

unsigned smallest(unsigned mask, unsigned word, Site site) {
    const std::uint64_t* const words = meet(Meeting::reduce, mask, word, site);
    unsigned result = word;
    for (unsigned k = 0; k < lanes; ++k) {
        if ((mask >> k & 1u) != 0 && words[k] < result) result = static_cast<unsigned>(words[k]);
    }
    return result;
}

}  // namespace simt
