// Pairs and options to match, drawn at random.
#pragma once

#include <memory>

#include "sanitize.h"

namespace sanitize {

struct Case {
    int height, width;
    PixelType type;
    stereo::MatchingParams params;
    bool adaptive;  // penalties
    bool slanted;   // paths, where penalties are adaptive
};

std::string said(const Case& c);
stereo::MatchingParams drawn_params(int width);

// A picture of rectangles and noise, moved to the left by `shift` in the second view.
std::unique_ptr<std::byte[]> image(const Case& c, int shift, unsigned seed);
std::size_t size_of(PixelType type);

// Tones, costs and penalties that a case asks for: the same for each call with it, and each array
// just as long as it must be.
struct Extras {
    std::vector<std::uint8_t> left_tone, right_tone, guide, volume;
    std::vector<std::int32_t> prior;
    std::vector<std::uint16_t> p1, p2;
};
Extras drawn_extras(const Case& c);

}  // namespace sanitize
