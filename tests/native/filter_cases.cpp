#include "filter_cases.h"

namespace sanitize {

std::vector<float> stepped_map(int height, int width) {
    std::vector<float> map = drawn_map(height, width);
    for (float& d : map) d = draw(1, 12) == 1 ? d + 20.0f : d / 16.0f;
    return map;
}

Guided drawn_guide(std::size_t pixels) {
    Guided g{};
    g.radius = draw_of({1, 2, 3, 5});
    g.shift = draw(0, 4);
    g.edges_only = draw(0, 1) != 0;
    g.everywhere = draw(0, 2) != 0;
    for (std::size_t k = 0; k < pixels; ++k) {
        g.guide.push_back(static_cast<std::uint8_t>(draw(0, 255)));
        g.where.push_back(static_cast<std::uint8_t>(draw(0, 2)));
    }
    for (int k = 0; k < 16; ++k) g.color.push_back(static_cast<std::uint8_t>(draw(1, 255)));
    for (int k = 0; k < (2 * g.radius + 1) * (2 * g.radius + 1); ++k) {
        g.space.push_back(static_cast<std::uint8_t>(draw(1, 255)));
    }
    return g;
}

}  // namespace sanitize
