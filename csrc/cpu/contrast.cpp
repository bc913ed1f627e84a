// Local contrast of an image: its rows, dealt to threads in stretches.
#include <algorithm>
#include <vector>

#include "kernels.h"
#include "parallel.h"

namespace stereo {
namespace {

constexpr int radius = contrast_side / 2;

// Sums over the window's rows of each column; beyond the image the nearest pixel counts.
struct ColumnSums {
    const std::uint8_t* tone;
    int height, width;
    std::vector<std::int32_t> sums, squares;  // with `radius` columns before and behind

    ColumnSums(const std::uint8_t* image, int h, int w)
        : tone(image),
          height(h),
          width(w),
          sums(static_cast<std::size_t>(w + 2 * radius)),
          squares(sums.size()) {}

    const std::uint8_t* row(int y) const {
        return tone + static_cast<std::size_t>(std::clamp(y, 0, height - 1)) *
                          static_cast<std::size_t>(width);
    }
    void add(int y, std::int32_t sign) {
        const std::uint8_t* const in = row(y);
        std::int32_t *const sum = sums.data() + radius, *const square = squares.data() + radius;
        for (int x = 0; x < width; ++x) {
            sum[x] += sign * in[x];
            square[x] += sign * in[x] * in[x];
        }
    }
    void frame() {
        for (std::vector<std::int32_t>* each : {&sums, &squares}) {
            std::fill_n(each->begin(), radius, (*each)[radius]);
            std::fill_n(each->end() - radius, radius, *(each->end() - radius - 1));
        }
    }
};

}  // namespace

void even_contrast(const std::uint8_t* tone, int height, int width, int threads,
                   std::uint8_t* out) {
    const Kernels& k = kernels();
    const int parts = std::min(threads, std::max(1, height / 16));
    run_together(parts, [&](int index) {
        const Part part = part_of(height, index, parts);
        ColumnSums columns(tone, height, width);
        for (int y = part.begin - radius; y < part.begin + radius; ++y) columns.add(y, 1);
        for (int y = part.begin; y < part.end; ++y) {
            columns.add(y + radius, 1);
            columns.frame();
            k.even_contrast({columns.sums.data(), columns.squares.data(), columns.row(y), width,
                             out + static_cast<std::size_t>(y) * static_cast<std::size_t>(width)});
            columns.add(y - radius, -1);
        }
    });
}

}  // namespace stereo
