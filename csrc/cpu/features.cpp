// Learned costs: rows of feature vectors to rows of the cost volume, dealt to threads in stretches.
#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels.h"
#include "parallel.h"

namespace stereo {
namespace {

std::size_t product(std::ptrdiff_t a, std::ptrdiff_t b) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
}

// What one thread needs for a row of a pair.
struct Scratch {
    int pairs;                         // of features
    std::ptrdiff_t step;               // entries from one plane to the next
    std::vector<float> floats;         // [x][f], where the caller has another order
    std::vector<std::int16_t> left;    // [x][f], f even
    std::vector<std::int16_t> right;   // the same
    std::vector<std::int32_t> planes;  // the right row as [pair][entry], mirrored
    std::vector<std::int32_t> sums;

    Scratch(const FeatureMap& map, int disparities)
        : pairs((map.features + 1) / 2),
          // An odd number of cache lines, so that the planes don't all fall into the same sets.
          step(((static_cast<std::ptrdiff_t>(map.width) + disparities + feature_pixels +
                 feature_entries + 15) /
                    16 |
                1) *
               16),
          floats(product(map.width, map.features)),
          left(product(round_up(map.width, feature_pixels), pairs * 2)),
          right(product(map.width, pairs * 2)),
          planes(product(pairs, step)),
          sums(product(feature_pixels, feature_stride(disparities))) {}
};

void quantised_row(const FeatureMap& map, int y, const FeatureLaw& law, Scratch& scratch,
                   std::int16_t* out) {
    const float* row = map.data + y * map.row_step;
    if (map.feature_step != 1 || map.column_step != map.features) {
        for (int f = 0; f < map.features; ++f) {
            const float* const from = row + f * map.feature_step;
            float* const to = scratch.floats.data() + f;
            for (std::ptrdiff_t x = 0; x < map.width; ++x) {
                to[x * map.features] = from[x * map.column_step];
            }
        }
        row = scratch.floats.data();
    }
    kernels().quantise_features(row, map.width, map.features, law, out);
}

// The right row from right to left, a pair of features a plane: entry j is the pixel
// width - 1 - min_disp - j. Entries outside the image belong to no candidate and stay 0.
void mirror(int width, int min_disp, int disparities, Scratch& scratch) {
    const int begin = std::max(-min_disp, -feature_pixels);
    const int end = std::min(width - min_disp, width + disparities);
    for (int j = begin; j < end; ++j) {
        const std::ptrdiff_t x = width - 1 - min_disp - j;
        const std::int16_t* const from = scratch.right.data() + x * scratch.pairs * 2;
        std::int32_t* const to = scratch.planes.data() + feature_pixels + j;
        for (int p = 0; p < scratch.pairs; ++p) std::memcpy(to + p * scratch.step, from + 2 * p, 4);
    }
}

// What has no counterpart in the right image costs what the nearest column that has one costs.
template <class Cost>
void copy_outside(Cost* row, int width, int min_disp, int disparities, int maximum) {
    const auto pixel = [=](int x) { return row + static_cast<std::ptrdiff_t>(x) * disparities; };
    for (int x = width - 1; x >= 0; --x) {
        const int end = std::max(candidates(x, width, min_disp, disparities).end, 0);
        for (int i = end; i < disparities; ++i) {
            pixel(x)[i] = x == width - 1 ? static_cast<Cost>(maximum) : pixel(x + 1)[i];
        }
    }
    for (int x = 0; x < width; ++x) {
        const int begin = std::min(candidates(x, width, min_disp, disparities).begin, disparities);
        for (int i = 0; i < begin; ++i) {
            pixel(x)[i] = x == 0 ? static_cast<Cost>(maximum) : pixel(x - 1)[i];
        }
    }
}

void volume_row(const FeatureMap& left, const FeatureMap& right, const FeatureLaw& law,
                const FeatureVolume& volume, int y, Scratch& scratch) {
    const int width = left.width, min_disp = volume.min_disp, disparities = volume.disparities;
    quantised_row(left, y, law, scratch, scratch.left.data());
    quantised_row(right, y, law, scratch, scratch.right.data());
    mirror(width, min_disp, disparities, scratch);
    const std::size_t offset = product(y, width) * static_cast<std::size_t>(disparities);
    const auto row_of = [offset](auto* bytes, int size) {
        return bytes + offset * static_cast<std::size_t>(size);
    };
    auto* const out = row_of(static_cast<std::byte*>(volume.out), volume.out_bytes);
    const auto* const base =
        volume.base == nullptr
            ? nullptr
            : row_of(static_cast<const std::byte*>(volume.base), volume.base_bytes);
    kernels().feature_costs({scratch.left.data(), scratch.planes.data() + feature_pixels,
                             scratch.step, scratch.sums.data(), width, scratch.pairs, min_disp,
                             disparities, &law, base, volume.base_bytes, out, volume.out_bytes});
    if (volume.out_bytes == 1) {
        copy_outside(reinterpret_cast<std::uint8_t*>(out), width, min_disp, disparities,
                     volume.maximum);
    } else {
        copy_outside(reinterpret_cast<std::uint16_t*>(out), width, min_disp, disparities,
                     volume.maximum);
    }
}

}  // namespace

void feature_volume(const FeatureMap& left, const FeatureMap& right, const FeatureLaw& law,
                    const FeatureVolume& volume) {
    const int parts = std::min(volume.threads, left.height);
    std::vector<Scratch> scratch(static_cast<std::size_t>(parts), {left, volume.disparities});
    run_together(parts, [&](int index) {
        const Part part = part_of(left.height, index, parts);
        for (int y = part.begin; y < part.end; ++y) {
            volume_row(left, right, law, volume, y, scratch[static_cast<std::size_t>(index)]);
        }
    });
}

}  // namespace stereo
