// Stages 11 to 14, and what lies between two passes.
#include <cmath>
#include <limits>

#include "cuda/stages.h"
#include "device_array.hpp"
#include "filter_cases.h"

namespace sanitize {
namespace {

using Map = std::vector<float>;
using Bytes = std::vector<std::uint8_t>;

struct Size {
    int height, width;
    std::size_t pixels() const {
        return static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
    }
    std::string text() const { return size_text(height, width); }
};

void check_speckles(Size size, const Map& map) {
    const DeviceArray<float> disparity(map);
    const Scratch memory = scratch(stereo::cuda::speckles_bytes(size.height, size.width));
    for (const int least : {1, 2, 9, 40, 1 << 30}) {
        const float max_diff = static_cast<float>(draw(0, 8)) / 4.0f;
        Bytes expected(map.size());
        stereo::speckles(map.data(), size.height, size.width, least, max_diff, expected.data());
        const DeviceArray<std::uint8_t> out(map.size());
        stereo::cuda::speckles(disparity.get(), size.height, size.width, least, max_diff,
                               memory.get(), out.get(), nullptr);
        ++calls;
        expect(out.values() == expected, "speckles", size.text());
    }
}

void check_removal(Size size, const Map& map) {
    Bytes small(map.size()), flags(map.size());
    Map confidence(map.size()), expected = map, expected_confidence;
    for (std::size_t k = 0; k < map.size(); ++k) {
        small[k] = static_cast<std::uint8_t>(draw(0, 1));
        flags[k] = static_cast<std::uint8_t>(draw(0, 31));
        confidence[k] = static_cast<float>(draw(0, 100)) / 100.0f;
    }
    const DeviceArray<std::uint8_t> small_(small), flags_(flags);
    const DeviceArray<float> with(map), without(map), confidence_(confidence);
    stereo::cuda::remove_speckles(small_.get(), size.height, size.width, with.get(), flags_.get(),
                                  confidence_.get(), nullptr);
    stereo::cuda::remove_speckles(small_.get(), size.height, size.width, without.get(), nullptr,
                                  nullptr, nullptr);
    calls += 2;
    for (std::size_t k = 0; k < map.size(); ++k) {
        if (small[k] == 0) continue;
        expected[k] = std::numeric_limits<float>::quiet_NaN();
        flags[k] = stereo::flag_speckle;
        confidence[k] = 0.0f;
    }
    expect(same(with.values(), expected) && same(without.values(), expected), "removed speckles",
           size.text());
    expect(flags_.values() == flags && same(confidence_.values(), confidence),
           "flags and confidence of removed speckles", size.text());
}

void check_median(Size size, const Map& map) {
    const DeviceArray<float> disparity(map);
    for (const int side : {3, 5}) {
        Map expected(map.size());
        stereo::median(map.data(), size.height, size.width, side, 1, expected.data());
        const DeviceArray<float> out(map.size());
        stereo::cuda::median(disparity.get(), size.height, size.width, side, out.get(), nullptr);
        ++calls;
        expect(same(out.values(), expected), "median", size.text());
    }
}

void check_weighted_median(Size size, const Map& map) {
    const Guided g = drawn_guide(map.size());
    Map expected(map.size());
    stereo::WeightedMedian job{map.data(),
                               g.guide.data(),
                               size.height,
                               size.width,
                               g.radius,
                               g.color.data(),
                               g.shift,
                               g.space.data(),
                               g.everywhere ? nullptr : g.where.data(),
                               g.edges_only,
                               1,
                               expected.data()};
    stereo::weighted_median(job);
    const DeviceArray<float> disparity(map), out(map.size());
    const DeviceArray<std::uint8_t> guide(g.guide), where(g.where);
    job.disparity = disparity.get();
    job.guide = guide.get();
    job.where = g.everywhere ? nullptr : where.get();
    job.out = out.get();
    stereo::cuda::weighted_median(job, nullptr);
    ++calls;
    expect(same(out.values(), expected), "weighted median", size.text());
}

bool is_empty(const Map& map, Size size, int row) {
    for (int x = 0; x < size.width; ++x) {
        if (!std::isnan(map[static_cast<std::size_t>(row * size.width + x)])) return false;
    }
    return true;
}

Map filled_between_rows(const Map& map, Size size) {
    Map out = map;
    for (int y = 0; y < size.height; ++y) {
        if (!is_empty(map, size, y)) continue;
        for (int apart = 1; apart < size.height; ++apart) {
            const bool above = y - apart >= 0 && !is_empty(map, size, y - apart);
            const bool below = y + apart < size.height && !is_empty(map, size, y + apart);
            if (!above && !below) continue;
            const int from = above ? y - apart : y + apart;
            for (int x = 0; x < size.width; ++x) {
                out[static_cast<std::size_t>(y * size.width + x)] =
                    map[static_cast<std::size_t>(from * size.width + x)];
            }
            break;
        }
    }
    return out;
}

void check_fills(Size size, Map map) {
    for (int y = 0; y < size.height; ++y) {  // whole rows without a number
        for (int x = 0; draw(0, 2) == 0 && x < size.width; ++x) {
            map[static_cast<std::size_t>(y * size.width + x)] =
                std::numeric_limits<float>::quiet_NaN();
        }
    }
    const DeviceArray<float> disparity(map), rows(map.size()), directions(map.size()),
        between(map.size());
    const DeviceArray<std::uint8_t> missing(map.size());
    const int h = size.height, w = size.width;
    const Scratch memory = scratch(stereo::cuda::fill_directions_bytes(h, w));
    const Scratch of_rows = scratch(stereo::cuda::fill_rows_between_bytes(h));
    stereo::cuda::fill_row(disparity.get(), h, w, rows.get(), nullptr);
    stereo::cuda::fill_directions(disparity.get(), h, w, memory.get(), directions.get(), nullptr);
    stereo::cuda::fill_rows_between(disparity.get(), h, w, of_rows.get(), between.get(), nullptr);
    stereo::cuda::holes(disparity.get(), h, w, missing.get(), nullptr);
    calls += 4;
    Map expected(map.size());
    stereo::fill_row(map.data(), h, w, expected.data());
    expect(same(rows.values(), expected), "fill_row", size.text());
    stereo::fill_directions(map.data(), h, w, 1, expected.data());
    expect(same(directions.values(), expected), "fill_directions", size.text());
    expect(same(between.values(), filled_between_rows(map, size)), "fill_rows_between",
           size.text());
    const Bytes found = missing.values();
    for (std::size_t k = 0; k < map.size(); ++k) {
        expect(found[k] == (std::isnan(map[k]) ? 1 : 0), "holes", size.text());
    }
}

void check_passes(Size size, const Map& first) {
    const Map second = drawn_map(size.height, size.width);
    const DeviceArray<float> first_(first), second_(second);
    const DeviceArray<std::int32_t> whole(first.size());
    stereo::cuda::prior(first_.get(), size.height, size.width, whole.get(), nullptr);
    stereo::cuda::confirm(first_.get(), size.height, size.width, second_.get(), nullptr);
    calls += 2;
    const std::vector<std::int32_t> rounded = whole.values();
    Map confirmed = second;
    for (std::size_t k = 0; k < first.size(); ++k) {
        const auto expected = std::isnan(first[k]) ? 0 : static_cast<int>(std::rint(first[k]));
        expect(rounded[k] == expected, "prior", size.text());
        if (std::fabs(first[k] - second[k]) <= 1.0f) confirmed[k] = first[k];
    }
    expect(same(second_.values(), confirmed), "confirm", size.text());
}

}  // namespace

void check_device_filters() {
    const Size sizes[] = {{1, 1}, {1, 33}, {33, 1}, {2, 2}, {5, 7}, {40, 66}, {67, 35}};
    for (const Size size : sizes) {
        const Map map = drawn_map(size.height, size.width);
        check_speckles(size, map);
        check_removal(size, map);
        check_median(size, map);
        check_weighted_median(size, stepped_map(size.height, size.width));
        check_fills(size, stepped_map(size.height, size.width));
        check_passes(size, map);
    }
}

}  // namespace sanitize
