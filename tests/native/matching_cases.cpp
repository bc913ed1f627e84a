#include "matching_cases.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace sanitize {

std::string said(const Case& c) {
    const stereo::MatchingParams& p = c.params;
    char text[320];
    std::snprintf(text, sizeof(text),
                  "%dx%d type %d, min_disp %d, D %d, window %dx%d, p1 %d, p2 %d, paths %d, "
                  "uniqueness %d, lr_max_diff %d, subpixel %d, threads %d",
                  c.width, c.height, static_cast<int>(c.type), p.min_disp, p.disparities,
                  p.window_width, p.window_height, p.p1, p.p2, p.paths, p.uniqueness, p.lr_max_diff,
                  static_cast<int>(p.subpixel), p.threads);
    return text;
}

std::size_t size_of(PixelType type) {
    return type == PixelType::u8 ? 1 : type == PixelType::u16 ? 2 : 4;
}

std::unique_ptr<std::byte[]> image(const Case& c, int shift, unsigned seed) {
    const auto pixels = static_cast<std::size_t>(c.height) * static_cast<std::size_t>(c.width);
    std::unique_ptr<std::byte[]> memory(new std::byte[pixels * size_of(c.type)]);
    for (std::size_t k = 0; k < pixels; ++k) {
        const unsigned x = static_cast<unsigned>(k) % static_cast<unsigned>(c.width) +
                           static_cast<unsigned>(shift);
        const unsigned y = static_cast<unsigned>(k) / static_cast<unsigned>(c.width);
        const unsigned mixed = (x * 2654435761u) ^ (y * 40503u) ^ (seed * 97u);
        const unsigned value = (mixed >> 7) % 200 + ((x / 9 + y / 5) % 2) * 50;
        if (c.type == PixelType::u8) {
            memory[k] = static_cast<std::byte>(value);
        } else if (c.type == PixelType::u16) {
            const auto wide = static_cast<std::uint16_t>(value * 257);
            std::memcpy(&memory[k * 2], &wide, 2);
        } else {
            const float real = static_cast<float>(value) / 3.0f - 20.0f;
            std::memcpy(&memory[k * 4], &real, 4);
        }
    }
    return memory;
}

Extras drawn_extras(const Case& c) {
    const auto pixels = static_cast<std::size_t>(c.height) * static_cast<std::size_t>(c.width);
    std::mt19937 generator(static_cast<unsigned>(pixels));
    Extras e;
    for (std::size_t k = 0; k < pixels; ++k) {
        e.left_tone.push_back(static_cast<std::uint8_t>(generator() % 256));
        e.right_tone.push_back(static_cast<std::uint8_t>(generator() % 256));
        e.guide.push_back(static_cast<std::uint8_t>(generator() % 256));
        e.prior.push_back(static_cast<std::int32_t>(generator() % 4));
    }
    if (c.params.cost == stereo::Cost::volume) {
        const auto costs = pixels * static_cast<std::size_t>(c.params.disparities);
        const auto most = static_cast<unsigned>(c.params.maximum) + 1;
        for (std::size_t k = 0; k < costs; ++k) {
            const unsigned cost = generator() % most;
            e.volume.push_back(static_cast<std::uint8_t>(cost));
            if (most > 256) e.volume.push_back(static_cast<std::uint8_t>(cost >> 8));
        }
    }
    for (int level = 0; level < stereo::levels; ++level) {
        e.p1.push_back(static_cast<std::uint16_t>(c.params.p1 / (1 + level / 10)));
        e.p2.push_back(static_cast<std::uint16_t>(c.params.p2 / (1 + level / 10)));
    }
    return e;
}

stereo::MatchingParams drawn_params(int width) {
    stereo::MatchingParams p{};
    p.window_width = draw_of({5, 7, 9});
    p.window_height = p.window_width == 5 ? 5 : 7;
    p.paths = draw_of({4, 5, 8});
    p.cost = static_cast<stereo::Cost>(draw(0, 2));
    if (p.cost != stereo::Cost::census) p.window_width = p.window_height = 5;
    const int bits = p.window_width * p.window_height - 1;
    const int maximum = p.cost == stereo::Cost::census ? bits
                        : p.cost == stereo::Cost::gradient_census
                            ? 38
                            : draw_of({1, 60, 200, 255, 1820});
    p.maximum = maximum;
    const int bound = 65534 / p.paths - maximum;
    // Both sides of where bytes stop being enough, and the extremes.
    p.p2 = draw_of({0, 1, 36, 63, 64, 127, 128, std::max(0, 255 - maximum),
                    std::max(0, 256 - maximum), 1000, bound});
    p.p1 = draw_of({0, p.p2 / 4, p.p2});
    p.disparities = draw_of({1, 2, 15, 16, 17, 63, 64, 65, 100, 130, 260, width + 20});
    p.min_disp = draw_of({0, 0, 0, -7, 5, -p.disparities, width, -(1 << 20), 1 << 20});
    p.uniqueness = draw_of({0, 0, 5, 99});
    p.lr_max_diff = draw_of({-1, 0, 1, 1, 16384});
    p.subpixel = static_cast<SubPixel>(draw(0, 2));
    p.threads = 1;
    return p;
}

}  // namespace sanitize
