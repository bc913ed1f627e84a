// Matching: every instruction set and number of threads, all costs and penalties.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>

#include "sanitize.h"

namespace sanitize {
namespace {

struct Case {
    int height, width;
    PixelType type;
    stereo::MatchingParams params;
    bool adaptive;  // penalties
    bool slanted;   // paths, where penalties are adaptive
};

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

// A picture of rectangles and noise, moved to the left by `shift` in the second view.
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

// Tones, costs and penalties that a case asks for: the same for each call with it, and each array
// just as long as it must be.
struct Extras {
    std::vector<std::uint8_t> left_tone, right_tone, guide, volume;
    std::vector<std::int32_t> prior;
    std::vector<std::uint16_t> p1, p2;
};

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

struct Maps {
    std::vector<float> disparity, right_disparity, confidence;
    std::vector<std::uint8_t> flags;
};

Maps matched(const Case& c, const std::byte* left, const std::byte* right, bool details,
             int rubbish) {
    const auto pixels = static_cast<std::size_t>(c.height) * static_cast<std::size_t>(c.width);
    Maps maps;
    maps.disparity.assign(pixels, 12345.0f);
    stereo::Selection out{maps.disparity.data(), nullptr, nullptr, nullptr};
    if (details) {
        maps.flags.assign(pixels, 255);
        maps.right_disparity.assign(pixels, 12345.0f);
        maps.confidence.assign(pixels, 12345.0f);
        out.flags = maps.flags.data();
        out.right_disparity = maps.right_disparity.data();
        out.confidence = maps.confidence.data();
    }
    stereo::Workspace workspace;
    const Extras extras = drawn_extras(c);
    stereo::MatchingParams params = c.params;
    if (c.adaptive) {
        params.p1_at = extras.p1.data();
        params.p2_at = extras.p2.data();
    }
    const stereo::Pair pair{{left, c.type, c.height, c.width},
                            {right, c.type, c.height, c.width},
                            c.width % 5,
                            extras.left_tone.data(),
                            extras.right_tone.data(),
                            extras.guide.data(),
                            c.adaptive && c.slanted ? extras.prior.data() : nullptr,
                            params.cost == stereo::Cost::volume ? extras.volume.data() : nullptr,
                            params.maximum <= 255 ? PixelType::u8 : PixelType::u16};
    const std::size_t needed = stereo::workspace_bytes(pair, params, details);
    std::memset(workspace.require(needed), rubbish, needed);
    stereo::semiglobal(pair, params, workspace, out);
    expect(workspace.allocations() == 1, "workspace_bytes is what semiglobal takes", said(c));
    ++calls;
    return maps;
}

void check_invariants(const Case& c, const Maps& maps) {
    const stereo::MatchingParams& p = c.params;
    bool flagged = true, in_range = true, confident = true;
    for (std::size_t k = 0; k < maps.disparity.size(); ++k) {
        const float d = maps.disparity[k], right = maps.right_disparity[k];
        const float last = static_cast<float>(p.min_disp + p.disparities - 1);
        flagged &= std::isnan(d) == (maps.flags[k] != 0);
        in_range &= std::isnan(d) || (d >= static_cast<float>(p.min_disp) && d <= last);
        in_range &= std::isnan(right) || (right >= static_cast<float>(p.min_disp) && right <= last);
        confident &= maps.confidence[k] >= 0.0f && maps.confidence[k] <= 1.0f;
    }
    expect(flagged, "flags are 0 exactly where there is a disparity", said(c));
    expect(in_range, "disparities are in the range", said(c));
    expect(confident, "confidences are in [0, 1]", said(c));
}

// Every instruction set, 1, 2, 3 and 7 threads, with and without details.
void check_semiglobal(Case c) {
    const unsigned seed = rng();
    const std::unique_ptr<std::byte[]> left = image(c, 0, seed), right = image(c, 3, seed);
    stereo::use_instruction_set("baseline");
    c.params.threads = 1;
    const Maps expected = matched(c, left.get(), right.get(), true, 0);
    check_invariants(c, expected);
    add_to_checksum(expected.flags.data(), expected.flags.size());
    for (const auto* map : {&expected.disparity, &expected.right_disparity, &expected.confidence}) {
        add_to_checksum(*map);
    }
    int rubbish = 0;
    for (const char* const* name = stereo::instruction_sets(); *name != nullptr; ++name) {
        stereo::use_instruction_set(*name);
        for (const int threads : {1, 2, 3, 7}) {
            c.params.threads = threads;
            for (const bool details : {true, false}) {
                rubbish = (rubbish + 91) % 256;
                const Maps maps = matched(c, left.get(), right.get(), details, rubbish);
                expect(same(maps.disparity, expected.disparity), "disparity", said(c));
                if (!details) continue;
                expect(maps.flags == expected.flags, "flags", said(c));
                expect(same(maps.right_disparity, expected.right_disparity), "right", said(c));
                expect(same(maps.confidence, expected.confidence), "confidence", said(c));
            }
        }
    }
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

}  // namespace

void check_matching(int rounds) {
    const int sizes[][2] = {{1, 1}, {1, 2},   {1, 37},  {37, 1},  {2, 2},   {3, 5},
                            {8, 8}, {27, 61}, {61, 27}, {9, 100}, {40, 33}, {17, 64}};
    for (int round = 0; round < rounds; ++round) {
        for (const auto& size : sizes) {
            check_semiglobal({size[0], size[1], static_cast<PixelType>(draw(0, 2)),
                              drawn_params(size[1]), draw(0, 2) > 0, draw(0, 1) == 1});
        }
        // Wide enough that several threads share a sweep.
        const int wide = draw(200, 330);
        stereo::MatchingParams params = drawn_params(40);
        params.disparities = draw(1, 80);
        check_semiglobal({draw(1, 24), wide, static_cast<PixelType>(draw(0, 2)), params,
                          draw(0, 2) > 0, draw(0, 1) == 1});
    }
}

}  // namespace sanitize
