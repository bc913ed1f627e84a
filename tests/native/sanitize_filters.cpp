// Median, speckles, weighted median and fills.
#include <cmath>

#include "filter_cases.h"

namespace sanitize {
namespace {

void check_smoothing(int height, int width) {
    const std::vector<float> map = drawn_map(height, width);
    const std::string where = std::to_string(width) + "x" + std::to_string(height);
    for (const int size : {3, 5}) {
        stereo::use_instruction_set("baseline");
        std::vector<float> expected(map.size());
        stereo::median(map.data(), height, width, size, 1, expected.data());
        for (const char* const* name = stereo::instruction_sets(); *name != nullptr; ++name) {
            stereo::use_instruction_set(*name);
            for (const int threads : {1, 2, 3, 7}) {
                std::vector<float> out(map.size(), 12345.0f);
                stereo::median(map.data(), height, width, size, threads, out.data());
                ++calls;
                expect(same(out, expected), "median", where);
            }
        }
        add_to_checksum(expected);
        for (std::size_t k = 0; k < map.size(); ++k) {
            expect(std::isnan(map[k]) == std::isnan(expected[k]), "the median's holes", where);
        }
    }
    for (const int size : {1, 2, 9, 1 << 30}) {
        std::vector<std::uint8_t> small(map.size(), 255);
        stereo::speckles(map.data(), height, width, size, 0.5f, small.data());
        ++calls;
        for (std::size_t k = 0; k < map.size(); ++k) {
            const bool never = size == 1 || std::isnan(map[k]), always = size == 1 << 30;
            const int wanted = never ? 0 : always ? 1 : small[k] & 1;
            expect(small[k] == wanted, "speckles", where);
        }
    }
}

std::vector<float> weighted(const std::vector<float>& map, int height, int width, const Guided& g,
                            int threads) {
    std::vector<float> out(map.size(), 12345.0f);
    stereo::weighted_median({map.data(), g.guide.data(), height, width, g.radius, g.color.data(),
                             g.shift, g.space.data(), g.everywhere ? nullptr : g.where.data(),
                             g.edges_only, threads, out.data()});
    ++calls;
    return out;
}

std::vector<float> filled(const std::vector<float>& map, int height, int width, int threads) {
    std::vector<float> out(map.size(), 12345.0f);
    stereo::fill_directions(map.data(), height, width, threads, out.data());
    ++calls;
    return out;
}

void check_mending(int height, int width) {
    const std::vector<float> map = stepped_map(height, width);
    const std::string where = std::to_string(width) + "x" + std::to_string(height);
    const Guided guided = drawn_guide(map.size());
    stereo::use_instruction_set("baseline");
    const std::vector<float> smooth = weighted(map, height, width, guided, 1);
    const std::vector<float> dense = filled(map, height, width, 1);
    for (const char* const* name = stereo::instruction_sets(); *name != nullptr; ++name) {
        stereo::use_instruction_set(*name);
        for (const int threads : {1, 2, 3, 7}) {
            expect(same(weighted(map, height, width, guided, threads), smooth), "weighted median",
                   where);
            expect(same(filled(map, height, width, threads), dense), "fill", where);
        }
    }
    std::vector<float> rows(map.size(), 12345.0f);
    stereo::fill_row(map.data(), height, width, rows.data());
    ++calls;
    for (std::size_t k = 0; k < map.size(); ++k) {
        expect(std::isnan(map[k]) == std::isnan(smooth[k]), "the weighted median's holes", where);
        expect(std::isnan(map[k]) || (map[k] == dense[k] && map[k] == rows[k]), "what was no hole",
               where);
        // What a row gives, two of the directions give as well.
        expect(!std::isnan(dense[k]) || std::isnan(rows[k]), "holes that stay", where);
    }
    add_to_checksum(smooth);
    add_to_checksum(dense);
    add_to_checksum(rows);
}

}  // namespace

void check_filters(int rounds) {
    for (const int height : {1, 2, 5, 40, 67}) {
        for (const int width : {1, 2, 7, 16, 33, 61}) {
            for (int round = 0; round < rounds; ++round) check_smoothing(height, width);
        }
    }
    for (const int height : {1, 2, 5, 40}) {
        for (const int width : {1, 2, 7, 16, 33, 64, 65, 131}) {
            for (int round = 0; round < rounds; ++round) check_mending(height, width);
        }
    }
}

}  // namespace sanitize
