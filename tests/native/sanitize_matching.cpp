// Matching: every instruction set and number of threads, all costs and penalties.
#include <cmath>
#include <cstring>
#include <memory>

#include "matching_cases.h"

namespace sanitize {
namespace {

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
