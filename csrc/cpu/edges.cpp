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

}  // namespace

void edge_rows(const Plan& plan, const Buffers& buffers, const std::uint8_t* tone, int begin,
               int end) {
    const auto width = static_cast<std::size_t>(plan.width);
    const std::size_t stride = edge_stride(plan);
    const int directions = plan.paths == Paths::cross ? 2 : max_sweep_paths;
    for (int k = 0; k < directions; ++k) {
        const EdgeStep step = edge_steps[k];
        for (int y = begin; y < end; ++y) {
            std::uint8_t* const out = buffers.edges[k] + static_cast<std::size_t>(y) * stride;
            std::memset(out, 0, stride);
            if (y + step.dy < 0) continue;
            const std::uint8_t* const row = tone + static_cast<std::size_t>(y) * width;
            const std::uint8_t* const other = tone + static_cast<std::size_t>(y + step.dy) * width;
            const std::size_t from = step.dx < 0 ? 1 : 0, to = step.dx > 0 ? width - 1 : width;
            if (from < to) {
                const std::size_t at = step.dx < 0 ? 0 : step.dx > 0 ? 1 : 0;
                differences(row + from, other + at, to - from, out + 1 + from);
            }
        }
        if (end == plan.height) {
            std::memset(buffers.edges[k] + static_cast<std::size_t>(end) * stride, 0, stride);
        }
    }
}

}  // namespace stereo
