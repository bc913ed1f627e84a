// Volumes of feature maps.
#include "feature_cases.h"

namespace sanitize {
namespace {

using Costs = std::vector<std::uint8_t>;

// Every instruction set and number of threads, with and without a base, in bytes and words.
void check_volumes(int height, int width, int features) {
    const int disparities = draw_of({1, 2, 15, 16, 33, 70}), order = draw(0, 2);
    const int min_disp = draw_of({0, 0, -5, 7, -disparities, width, -(1 << 20), 1 << 20});
    const auto metric = static_cast<stereo::Metric>(draw(0, 2));
    const DrawnMap left = drawn_features(height, width, features, order);
    const DrawnMap right = drawn_features(height, width, features, order);
    const int out_bytes = draw(1, 2), base_bytes = draw(0, out_bytes), maximum = 100;
    const stereo::FeatureLaw law = drawn_law(metric, maximum);
    const std::size_t count = static_cast<std::size_t>(height) * static_cast<std::size_t>(width) *
                              static_cast<std::size_t>(disparities);
    Costs base(count * static_cast<std::size_t>(base_bytes));
    for (std::size_t k = 0; k < base.size(); ++k) {
        base[k] = base_bytes == 2 && k % 2 == 1 ? 0 : static_cast<std::uint8_t>(draw(0, 100));
    }
    const std::string where = std::to_string(width) + "x" + std::to_string(height) + "x" +
                              std::to_string(features) + ", D " + std::to_string(disparities) +
                              ", min_disp " + std::to_string(min_disp);
    Costs expected;
    for (const char* const* name = stereo::instruction_sets(); *name != nullptr; ++name) {
        stereo::use_instruction_set(*name);
        for (const int threads : {1, 2, 3, 7}) {
            Costs out(count * static_cast<std::size_t>(out_bytes), 255);
            stereo::feature_volume(left.map, right.map, law,
                                   {min_disp, disparities, base_bytes == 0 ? nullptr : base.data(),
                                    base_bytes, out.data(), out_bytes, 2 * maximum, threads});
            ++calls;
            if (expected.empty()) expected = out;
            expect(out == expected, "features", where);
        }
    }
    for (std::size_t k = 0; k < count; ++k) {
        const std::size_t at = k * static_cast<std::size_t>(out_bytes);
        const int cost = expected[at] + (out_bytes == 2 ? 256 * expected[at + 1] : 0);
        expect(cost <= 2 * maximum, "a cost is at most the maximum", where);
    }
    add_to_checksum(expected.data(), expected.size());
}

}  // namespace

void check_features(int rounds) {
    for (const int width : {1, 2, 7, 16, 33, 61, 100}) {
        for (int round = 0; round < 4 * rounds; ++round) {
            check_volumes(draw(1, 5), width, draw_of({1, 2, 3, 8, 31, 64, 70}));
        }
    }
}

}  // namespace sanitize
