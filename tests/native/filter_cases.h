// Maps to mend, and guides for it, drawn at random.
#pragma once

#include "sanitize.h"

namespace sanitize {

// A map of few values, holes and steps, beyond the widest vector in width.
std::vector<float> stepped_map(int height, int width);

struct Guided {
    std::vector<std::uint8_t> guide, where, color, space;
    int radius, shift;
    bool edges_only, everywhere;
};
Guided drawn_guide(std::size_t pixels);

}  // namespace sanitize
