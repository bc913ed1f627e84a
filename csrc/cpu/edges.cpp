#include "edges.h"

#include <algorithm>
#include <cstring>

namespace stereo {
namespace {

void differences(const std::uint8_t* a, const std::uint8_t* b, std::size_t count,
                 std::uint8_t* __restrict out) {
    for (std::size_t x = 0; x < count; ++x) {
        out[x] = static_cast<std::uint8_t>(a[x] > b[x] ? a[x] - b[x] : b[x] - a[x]);
    }
}

void differences(const std::int32_t* a, const std::int32_t* b, std::size_t count,
                 std::int8_t* __restrict out) {
    for (std::size_t x = 0; x < count; ++x) {
        const std::uint32_t up =
            static_cast<std::uint32_t>(a[x]) - static_cast<std::uint32_t>(b[x]);
        out[x] = static_cast<std::int8_t>((up == 1) - (up == ~std::uint32_t{0}));
    }
}

// Rows [begin, end) of the map of each direction.
template <class In, class Out>
void rows_of(const Plan& plan, const In* image, Out* const* maps, int begin, int end) {
    const auto width = static_cast<std::size_t>(plan.width);
    const std::size_t stride = edge_stride(plan);
    const int directions = plan.paths == Paths::cross ? 2 : max_sweep_paths;
    for (int k = 0; k < directions; ++k) {
        const EdgeStep step = edge_steps[k];
        for (int y = begin; y < end; ++y) {
            Out* const out = maps[k] + static_cast<std::size_t>(y) * stride;
            std::memset(out, 0, stride);
            if (y + step.dy < 0) continue;
            const In* const row = image + static_cast<std::size_t>(y) * width;
            const In* const other = image + static_cast<std::size_t>(y + step.dy) * width;
            const std::size_t from = step.dx < 0 ? 1 : 0, to = step.dx > 0 ? width - 1 : width;
            if (from < to) {
                const std::size_t at = step.dx < 0 ? 0 : step.dx > 0 ? 1 : 0;
                differences(row + from, other + at, to - from, out + 1 + from);
            }
        }
        if (end == plan.height) {
            std::memset(maps[k] + static_cast<std::size_t>(end) * stride, 0, stride);
        }
    }
}

}  // namespace

void edge_rows(const Plan& plan, const Buffers& buffers, const std::uint8_t* guide, int begin,
               int end) {
    rows_of(plan, guide, buffers.edges, begin, end);
}

void slant_rows(const Plan& plan, const Buffers& buffers, const std::int32_t* prior, int begin,
                int end) {
    rows_of(plan, prior, buffers.slants, begin, end);
}

}  // namespace stereo
