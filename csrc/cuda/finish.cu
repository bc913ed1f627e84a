// Stage 8, the left-right check, and stage 9 of the right view.
//
// 256 threads a block, one a pixel of both views; no shared memory. Moves about 30 bytes a pixel
// with details, and up to 48 scattered bytes for the S that the right view's sub-pixel needs, which
// are added up again rather than stored for all disparities: bound by bandwidth. Only a pixel that
// fails the check, where somebody asks for the flags, looks at its D candidates.
#include "cost.cuh"
#include "floats.cuh"
#include "launch.cuh"
#include "subpixel.cuh"

namespace stereo {
namespace cuda {
namespace {

struct FinishJob {
    Costs costs;
    Sums sums;
    Winners winners;
    Selection out;
    int lr_max_diff;
    SubPixel law;
};

struct Pixel {
    const FinishJob& job;
    int y, x;

    __device__ std::size_t at(int other_x) const { return pixel_at(y, other_x, job.costs.width); }
    __device__ int left_winner(int other_x) const { return job.winners.left[at(other_x)]; }
    __device__ unsigned right_key(int other_x) const { return job.winners.right_keys[at(other_x)]; }
    __device__ static int winner_of(unsigned key) {
        return static_cast<int>(key & ((1u << winner_bits) - 1));
    }
    __device__ bool agree(int a, int b) const { return max(a - b, b - a) <= job.lr_max_diff; }

    __device__ bool agrees_with_right(int i) const {
        return agree(i, winner_of(right_key(x - job.costs.min_disp - i)));
    }

    // Why the check rejects a left pixel: another candidate passes it, or none does.
    __device__ std::uint8_t disagreement() const {
        const int middle = x - job.costs.min_disp;  // the right pixel of i = 0
        const int begin = max(middle - (job.costs.width - 1), 0);
        const int end = min(job.costs.disparities, middle + 1);
        for (int i = begin; i < end; ++i) {
            if (agrees_with_right(i)) return flag_mismatch;
        }
        return end - begin < job.costs.disparities ? flag_border : flag_occlusion;
    }

    // S of a left pixel and one of its disparities.
    __device__ unsigned aggregated(int other_x, int i) const {
        const Layout& layout = job.sums.layout;
        const int lane_bits = layout.lane_bits, word_bits = lane_bits + (layout.wide ? 1 : 2);
        const int q = i >> word_bits << lane_bits | (i & (layout.lanes() - 1));
        const int shift = (i >> lane_bits & (layout.elements() - 1)) * (layout.wide ? 16 : 8);
        const unsigned element = layout.wide ? 0xffff : 0xff;
        const std::size_t word = at(other_x) * static_cast<std::size_t>(layout.pixel_words()) +
                                 static_cast<std::size_t>(q);
        unsigned s = with_costs<true>(job.costs, y, other_x, [&](const auto& costs) {
            return costs.template word<1, 0>(i, 0);
        });
        s *= static_cast<unsigned>(job.sums.paths);
        for (int axis = 0; axis < job.sums.axes; ++axis) {
            const std::size_t plane = static_cast<std::size_t>(axis) * job.sums.axis_words;
            s += job.sums.words[plane + word] >> shift & element;
        }
        return s;
    }

    __device__ void left() const {
        std::uint8_t flags = job.winners.flags[at(x)];
        const int i = left_winner(x);
        const bool known = i != static_cast<int>(no_candidate);
        if (job.lr_max_diff >= 0 && known && !agrees_with_right(i)) {
            flags |= job.out.flags != nullptr ? disagreement() : std::uint8_t{flag_mismatch};
        }
        if (flags != 0) job.out.disparity[at(x)] = no_number;
        if (job.out.flags == nullptr) return;
        job.out.flags[at(x)] = flags;
        if (flags != 0) job.out.confidence[at(x)] = 0;
    }

    // The right view's neighbours lie on its own line of sight: (x + d +- 1, d +- 1).
    __device__ float right() const {
        const unsigned key = right_key(x);
        if (key == no_key) return no_number;
        const int i = winner_of(key), d = job.costs.min_disp + i, left_x = x + d;
        if (job.lr_max_diff >= 0 && !agree(i, left_winner(left_x))) return no_number;
        if (job.law == SubPixel::none) return static_cast<float>(d);
        const bool lower = i > 0 && left_x > 0;
        const bool upper = i + 1 < job.costs.disparities && left_x + 1 < job.costs.width;
        if (!lower || !upper) return static_cast<float>(d);
        return static_cast<float>(d) + offset(job.law, aggregated(left_x - 1, i - 1),
                                              key >> winner_bits, aggregated(left_x + 1, i + 1));
    }
};

__global__ void finish_pixels(const FinishJob job) {
    const std::size_t item = item_of_thread();
    const auto width = static_cast<std::size_t>(job.costs.width);
    if (item >= width * static_cast<std::size_t>(job.costs.height)) return;
    const Pixel pixel{job, static_cast<int>(item / width), static_cast<int>(item % width)};
    pixel.left();
    if (job.out.right_disparity != nullptr) job.out.right_disparity[item] = pixel.right();
}

}  // namespace

void finish(const MatchingParams& params, const Costs& costs, const Sums& sums,
            const Winners& winners, const Selection& out, Stream stream) {
    const FinishJob job{costs, sums, winners, out, params.lr_max_diff, params.subpixel};
    launch("finish", finish_pixels, blocks_of(pixels_of(costs.height, costs.width), block_threads),
           dim3(block_threads), 0, stream, job);
}

}  // namespace cuda
}  // namespace stereo
