// Stage 12: the rows of the median filter, dealt to threads in stretches.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels.h"
#include "parallel.h"

namespace stereo {
namespace {

// A row with a frame of +inf; NaN becomes +inf, y outside the image is +inf throughout.
void framed_row(const float* disparity, int height, int width, int y, int radius, float* out) {
    const float invalid = std::numeric_limits<float>::infinity();
    std::fill(out, out + width + 2 * radius + median_slack, invalid);
    if (y < 0 || y >= height) return;
    const float* const row =
        disparity + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
    for (int x = 0; x < width; ++x) out[radius + x] = std::isnan(row[x]) ? invalid : row[x];
}

}  // namespace

void median(const float* disparity, int height, int width, int size, int threads, float* out) {
    const Kernels& k = kernels();
    const int radius = size / 2;
    const int parts = std::min(threads, std::max(1, height / 16));
    const std::size_t framed =
        static_cast<std::size_t>(width) + 2 * static_cast<std::size_t>(radius) + median_slack;
    std::vector<float> frames(static_cast<std::size_t>(parts * size) * framed);
    run_together(parts, [&](int index) {
        const Part part = part_of(height, index, parts);
        float* const own = frames.data() + static_cast<std::size_t>(index * size) * framed;
        const auto frame = [&](int y) {
            return own + static_cast<std::size_t>((y + size) % size) * framed;
        };
        for (int y = part.begin - radius; y < part.begin + radius; ++y) {
            framed_row(disparity, height, width, y, radius, frame(y));
        }
        const float* rows[5];
        for (int y = part.begin; y < part.end; ++y) {
            framed_row(disparity, height, width, y + radius, radius, frame(y + radius));
            for (int dy = -radius; dy <= radius; ++dy) rows[dy + radius] = frame(y + dy);
            (size == 3 ? k.median3 : k.median5)(
                {rows, width, out + static_cast<std::size_t>(y) * static_cast<std::size_t>(width)});
        }
    });
}

}  // namespace stereo
