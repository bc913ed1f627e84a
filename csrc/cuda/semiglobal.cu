// Stages 2 to 10, one after the other, and where each keeps what the next one needs.
//
// The sums of the paths are nearly all of the memory: axes · H · W · D bytes, with 2 axes for 4
// paths and 4 for more; 5 GB for 2560x1920, D = 256 and 8 paths. They take two bytes each where a
// cost and p2, or two p2, do not fit one. D is rounded up, to what layout_of says.
#include "../arena.h"
#include "launch.cuh"
#include "matching.cuh"
#include "stages.h"
#include "tiles.cuh"

namespace stereo {
namespace cuda {
namespace {

constexpr std::size_t alignment = 256;

bool is_wide(const Pair& pair, const MatchingParams& params) {
    const bool wide_volume = params.cost == Cost::volume && pair.volume_type == PixelType::u16;
    return wide_volume || params.maximum + params.p2 > 255 || 2 * params.p2 > 255;
}

struct Plan {
    Costs costs{};
    Sums sums{};
    Winners winners{};
    std::uint64_t *left = nullptr, *right = nullptr;  // descriptors

    Plan(const Pair& pair, const MatchingParams& params, bool details, Arena<alignment>& arena) {
        const std::size_t pixels = pixels_of(pair.left.height, pair.left.width);
        sums.paths = params.paths;
        sums.axes = params.paths == 4 ? 2 : 4;
        sums.layout = layout_of(params.disparities, is_wide(pair, params));
        sums.axis_words = pixels * static_cast<std::size_t>(sums.layout.pixel_words());
        if (params.cost != Cost::volume) {
            left = arena.take<std::uint64_t>(pixels);
            right = arena.take<std::uint64_t>(pixels);
        }
        sums.words =
            arena.take<std::uint32_t>(sums.axis_words * static_cast<std::size_t>(sums.axes));
        winners.left = arena.take<std::uint16_t>(pixels);
        winners.right_keys = arena.take<unsigned>(pixels);
        if (!details) winners.flags = arena.take<std::uint8_t>(pixels);
        costs = {params.cost,
                 left,
                 right,
                 pair.volume,
                 params.cost == Cost::volume && pair.volume_type == PixelType::u16,
                 pair.left.height,
                 pair.left.width,
                 params.min_disp,
                 params.disparities,
                 params.maximum,
                 sums.layout.padded()};
    }
};

void describe(const Pair& pair, const MatchingParams& params, const Plan& plan, Stream stream) {
    if (params.cost == Cost::census) {
        census(pair.left, params.window_width, params.window_height, plan.left, stream);
        census(pair.right, params.window_width, params.window_height, plan.right, stream);
    } else if (params.cost == Cost::gradient_census) {
        gradient_census(pair.left, pair.left_tone, pair.gray_level, plan.left, stream);
        gradient_census(pair.right, pair.right_tone, pair.gray_level, plan.right, stream);
    }
}

}  // namespace

// The fewest words; of layouts that are equal in this, the one with the most lanes. Kernels exist
// for 1 to 4 words of bytes and 4 or 8 of half words in a warp, and for blocks of warps.
Layout layout_of(int disparities, bool wide) {
    constexpr int lane_bits = 5;
    const int block_words = wide ? 16 : 4, part = block_words * (wide ? 2 : 4) << lane_bits;
    Layout best{wide, lane_bits, block_words, true, (disparities + part - 1) / part};
    for (const int bits : {5, 4, 3}) {
        for (const int words : {1, 2, 3, 4, 8}) {
            const bool exists = wide ? words >= 4 : words <= 4 && (bits > 3 || words == 1);
            const Layout layout{wide, bits, words, false, 1};
            if (!exists || layout.padded() < disparities) continue;
            if (best.block || layout.padded() < best.padded()) best = layout;
        }
    }
    return best;
}

std::size_t semiglobal_bytes(const Pair& pair, const MatchingParams& params, bool details) {
    Arena<alignment> arena(nullptr);
    const Plan plan(pair, params, details, arena);
    return arena.used();
}

void semiglobal(const Pair& pair, const MatchingParams& params, void* scratch, const Selection& out,
                Stream stream) {
    const bool details = out.flags != nullptr;
    Arena<alignment> arena(scratch);
    Plan plan(pair, params, details, arena);
    if (details) plan.winners.flags = out.flags;
    describe(pair, params, plan, stream);
    aggregate(pair, params, plan.costs, plan.sums, stream);
    select(params, plan.costs, plan.sums, plan.winners, out.disparity, out.confidence, stream);
    finish(params, plan.costs, plan.sums, plan.winners, out, stream);
}

}  // namespace cuda
}  // namespace stereo
