// Stage 4, the host's part: which paths there are, and the kernel of paths.cuh that fits.
#include "launch.cuh"
#include "paths.cuh"

namespace stereo {
namespace cuda {
namespace {

// The axes of 4, 5 or 8 paths. Of 5, all but the horizontal ones go down only.
int set_axes(const Costs& costs, const Sums& sums, Axis (&axes)[most_axes]) {
    constexpr int steps[most_axes][2] = {{1, 0}, {0, 1}, {1, 1}, {-1, 1}};
    for (int k = 0; k < sums.axes; ++k) {
        Axis& axis = axes[k];
        axis = {};
        axis.dx = steps[k][0];
        axis.dy = steps[k][1];
        axis.lines = k == 0 ? costs.height : costs.width;
        axis.steps = k == 0 ? costs.width : costs.height;
        axis.forward = true;
        axis.backward = k == 0 || sums.paths != 5;
        axis.sums = sums.words + static_cast<std::size_t>(k) * sums.axis_words;
    }
    return sums.axes;
}

template <class Element, int words, bool many>
void start(PathsJob& job, Stream stream) {
    unsigned blocks = 0;
    for (int k = 0; k < job.axes; ++k) {
        Axis& axis = job.axis[k];
        axis.first_block = blocks;
        blocks += blocks_of(static_cast<std::size_t>(axis.lines),
                            static_cast<std::size_t>(lines_of_block(job.layout, axis)));
    }
    const auto threads = static_cast<unsigned>(many ? 32 * job.layout.parts : narrow_block);
    launch("aggregate", follow_paths<Element, words, many>, blocks, dim3(threads), 0, stream, job);
}

// Lines of several warps: forward paths, then backward paths.
template <class Element>
void start_many(const PathsJob& job, Stream stream) {
    PathsJob forward = job, backward = job;
    backward.axes = 0;
    for (int k = 0; k < job.axes; ++k) {
        forward.axis[k].backward = false;
        if (!job.axis[k].backward) continue;
        Axis& axis = backward.axis[backward.axes++];
        axis = job.axis[k];
        axis.forward = false;
        axis.stored = true;
    }
    start<Element, block_words<Element>, true>(forward, stream);
    start<Element, block_words<Element>, true>(backward, stream);
}

void start_bytes(PathsJob& job, Stream stream) {
    using Element = std::uint8_t;
    if (job.layout.block) return start_many<Element>(job, stream);
    switch (job.layout.words) {
        case 1: return start<Element, 1, false>(job, stream);
        case 2: return start<Element, 2, false>(job, stream);
        case 3: return start<Element, 3, false>(job, stream);
        default: return start<Element, 4, false>(job, stream);
    }
}

void start_half_words(PathsJob& job, Stream stream) {
    using Element = std::uint16_t;
    if (job.layout.block) return start_many<Element>(job, stream);
    switch (job.layout.words) {
        case 4: return start<Element, 4, false>(job, stream);
        default: return start<Element, 8, false>(job, stream);
    }
}

}  // namespace

void aggregate(const Pair& pair, const MatchingParams& params, const Costs& costs, const Sums& sums,
               Stream stream) {
    PathsJob job{};
    job.costs = costs;
    job.layout = sums.layout;
    job.axes = set_axes(costs, sums, job.axis);
    job.p1 = static_cast<unsigned>(params.p1);
    job.p2 = static_cast<unsigned>(params.p2);
    if (params.p1_at != nullptr) {
        job.guide = pair.guide;
        job.prior = pair.prior;
        for (int level = 0; level < levels; ++level) {  // a p1 above p2 has no effect
            job.p1_at[level] = min(params.p1_at[level], params.p2_at[level]);
            job.p2_at[level] = params.p2_at[level];
        }
    }
    job.layout.wide ? start_half_words(job, stream) : start_bytes(job, stream);
}

}  // namespace cuda
}  // namespace stereo
