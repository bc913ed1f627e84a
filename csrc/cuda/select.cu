// Stages 5 to 7, 9 and 10: the winners of both views, from the sums of the paths.
//
// A warp takes 32 pixels of a row, one after the other, its lanes words of their disparities. S is
// never stored: its candidates go to shared memory, 2·D bytes a warp, for the second smallest and
// the neighbours of the winner. Both views take minima of keys, S and i in one word, so that ties
// go to the smallest disparity in any order. The right pixels that 32 left ones see lie next to
// each other: their keys are kept in a window in shared memory, 4·(D + 31) bytes a warp, without
// conflicts, since the disparities of a left pixel belong to different right ones; D / 32 + 1
// atomic minima a pixel then join the windows. Beyond 2048 disparities there is no room for a
// window, and each candidate is an atomic minimum of its own.
//
// Up to 256 threads a block. Reads 1 byte (2 where elements are 16 bits) a pixel, disparity and
// axis, and makes the cost once more; writes 7 to 11 bytes a pixel: bound by bandwidth.
#include "cost.cuh"
#include "floats.cuh"
#include "launch.cuh"
#include "packed.cuh"
#include "subpixel.cuh"

namespace stereo {
namespace cuda {
namespace {

constexpr int run_pixels = 32;        // of a warp: a lane finishes one of them
constexpr int most_warps = 8;         // of a block
constexpr int most_in_window = 2048;  // disparities
constexpr std::size_t shared_bytes = 48 << 10;

struct SelectJob {
    Costs costs;
    Sums sums;
    Winners winners;
    float *disparity, *confidence;  // confidence may be null
    int uniqueness;
    SubPixel law;
    bool window;
    int scores;  // half words of a warp in shared memory, even
    int runs;    // of a row

    __host__ __device__ int window_entries() const {
        return window ? costs.disparities + run_pixels - 1 : 0;
    }
    __host__ __device__ std::size_t warp_bytes() const {
        return static_cast<std::size_t>(scores) * sizeof(std::uint16_t) +
               static_cast<std::size_t>(window_entries()) * sizeof(unsigned);
    }
};

// What a warp found for one left pixel.
struct Found {
    unsigned key = no_key;
    unsigned below = no_candidate, above = no_candidate;  // S of the winner's neighbours
    unsigned second = no_candidate;
};

template <class Element>
class Run {
    using Pack = Packed<Element>;

public:
    __device__ Run(const SelectJob& job, unsigned char* shared, int y, int begin)
        : job_(job),
          scores_(reinterpret_cast<std::uint16_t*>(shared)),
          window_(reinterpret_cast<unsigned*>(shared) + job.scores / 2),
          lane_(static_cast<int>(threadIdx.x) % 32),
          y_(y),
          begin_(begin),
          end_(min(begin + run_pixels, job.costs.width)) {}

    __device__ void take() {
        for (int e = lane_; e < job_.window_entries(); e += 32) window_[e] = no_key;
        __syncwarp(full_warp);
        Found own;
        Words ahead = fetched(begin_, lane_);
        for (int x = begin_; x < end_; ++x) {
            const Words now = ahead;
            if (x + 1 < end_) ahead = fetched(x + 1, lane_);
            const Found found = pixel(x, now);
            if (x - begin_ == lane_) own = found;
            __syncwarp(full_warp);
        }
        if (begin_ + lane_ < end_) write(begin_ + lane_, own);
        join_window();
    }

private:
    // A word of a pixel's disparities, of each axis.
    struct Words {
        std::uint32_t of[most_axes];
    };

    __device__ Words fetched(int x, int q) const {
        const int pixel_words = job_.sums.layout.pixel_words();
        const std::uint32_t* const words =
            job_.sums.words +
            pixel_at(y_, x, job_.costs.width) * static_cast<std::size_t>(pixel_words) + q;
        Words all;
#pragma unroll
        for (int axis = 0; axis < most_axes; ++axis) {
            const bool exists = axis < job_.sums.axes && q < pixel_words;
            all.of[axis] =
                exists ? words[static_cast<std::size_t>(axis) * job_.sums.axis_words] : 0;
        }
        return all;
    }

    // The right pixel that the first entry of the window stands for.
    __device__ int first_right() const {
        return begin_ - job_.costs.min_disp - (job_.costs.disparities - 1);
    }
    __device__ unsigned* right_keys() const {
        return job_.winners.right_keys + pixel_at(y_, 0, job_.costs.width);
    }

    __device__ Found pixel(int x, const Words& first) {
        const unsigned key = least_of_lanes(candidates(x, first), 32);
        Found found;
        if (key == no_key) return found;
        __syncwarp(full_warp);
        const int winner = static_cast<int>(key & ((1u << winner_bits) - 1));
        found.key = key;
        if (winner > 0) found.below = scores_[winner - 1];
        if (winner + 1 < job_.costs.disparities) found.above = scores_[winner + 1];
        if (job_.uniqueness > 0 || job_.confidence != nullptr) found.second = second(winner);
        return found;
    }

    // Stores S of each disparity, no_candidate where it is none, and gives this lane's least key.
    // `words` are the lane's first.
    __device__ unsigned candidates(int x, Words words) {
        const Layout& layout = job_.sums.layout;
        const int pixel_words = layout.pixel_words(), lanes = layout.lanes();
        return with_costs<Pack::wide>(job_.costs, y_, x, [&](const auto& costs) {
            unsigned least = no_key;
            for (int q = lane_; q < pixel_words; q += 32) {
                if (q != lane_) words = fetched(x, q);
                const int first =
                    (q >> layout.lane_bits) * Pack::elements * lanes + (q & (lanes - 1));
                if (first >= job_.costs.disparities) continue;
                const std::uint32_t cost =
                    costs.template word<Pack::elements, Pack::bits>(first, lanes);
                least = min(least, considered(x, first, cost, words));
            }
            return least;
        });
    }

    __device__ unsigned considered(int x, int first, std::uint32_t cost, const Words& words) {
        const int lanes = job_.sums.layout.lanes(), right_x = x - job_.costs.min_disp;
        unsigned least = no_key;
#pragma unroll
        for (int k = 0; k < Pack::elements; ++k) {
            const int i = first + k * lanes;
            if (i >= job_.costs.disparities) continue;
            unsigned s = static_cast<unsigned>(job_.sums.paths) * element(cost, k);
#pragma unroll
            for (int axis = 0; axis < most_axes; ++axis) s += element(words.of[axis], k);
            const bool candidate = right_x - i >= 0 && right_x - i < job_.costs.width;
            scores_[i] = static_cast<std::uint16_t>(candidate ? s : no_candidate);
            if (!candidate) continue;
            const unsigned key = s << winner_bits | static_cast<unsigned>(i);
            least = min(least, key);
            see(right_x - i, key);
        }
        return least;
    }

    __device__ static unsigned element(std::uint32_t word, int k) {
        return word >> (k * Pack::bits) & Pack::element;
    }

    // A right pixel's candidate.
    __device__ void see(int right_x, unsigned key) {
        if (job_.window) {
            unsigned& entry = window_[right_x - first_right()];
            entry = min(entry, key);
        } else {
            atomicMin(right_keys() + right_x, key);
        }
    }

    // The smallest S that is not next to the winner.
    __device__ unsigned second(int winner) const {
        unsigned least = no_candidate;
        for (int i = lane_; i < job_.costs.disparities; i += 32) {
            if (i < winner - 1 || i > winner + 1) least = min(least, unsigned{scores_[i]});
        }
        return least_of_lanes(least, 32);
    }

    __device__ void write(int x, const Found& found) const {
        const std::size_t at = pixel_at(y_, x, job_.costs.width);
        const bool any = found.key != no_key;
        const unsigned winner = found.key & ((1u << winner_bits) - 1),
                       first = found.key >> winner_bits;
        job_.winners.left[at] = static_cast<std::uint16_t>(any ? winner : no_candidate);
        const float whole = static_cast<float>(job_.costs.min_disp + static_cast<int>(winner));
        job_.disparity[at] =
            any ? whole + offset(job_.law, found.below, first, found.above) : no_number;
        const bool rivalled =
            job_.uniqueness > 0 && found.second != no_candidate &&
            found.second * static_cast<unsigned>(100 - job_.uniqueness) <= first * 100;
        job_.winners.flags[at] = !any ? flag_out_of_range : rivalled ? flag_not_unique : 0;
        if (job_.confidence != nullptr) job_.confidence[at] = confidence(first, found.second);
    }

    __device__ static float confidence(unsigned first, unsigned second) {
        if (second == no_candidate) return 1;
        return second > 0 ? static_cast<float>(second - first) / static_cast<float>(second) : 0;
    }

    __device__ void join_window() const {
        for (int e = lane_; e < job_.window_entries(); e += 32) {
            if (window_[e] != no_key) atomicMin(right_keys() + (first_right() + e), window_[e]);
        }
    }

    const SelectJob& job_;
    std::uint16_t* const scores_;
    unsigned* const window_;
    const int lane_, y_, begin_, end_;
};

template <class Element>
__global__ void __launch_bounds__(32 * most_warps, 4) select_runs(const SelectJob job) {
    STEREO_DYNAMIC_SHARED(unsigned char, shared);
    const unsigned warp = threadIdx.x / 32, run = blockIdx.x * (blockDim.x / 32) + warp;
    const auto runs = static_cast<unsigned>(job.runs);
    const auto y = static_cast<int>(run / runs), n = static_cast<int>(run % runs);
    if (y >= job.costs.height) return;  // the whole warp
    Run<Element>(job, shared + warp * job.warp_bytes(), y, n * run_pixels).take();
}

}  // namespace

void select(const MatchingParams& params, const Costs& costs, const Sums& sums,
            const Winners& winners, float* disparity, float* confidence, Stream stream) {
    SelectJob job{};
    job.costs = costs;
    job.sums = sums;
    job.winners = winners;
    job.disparity = disparity;
    job.confidence = confidence;
    job.uniqueness = params.uniqueness;
    job.law = params.subpixel;
    job.window = costs.disparities <= most_in_window;
    job.scores = (costs.disparities + 1) / 2 * 2;
    job.runs = (costs.width + run_pixels - 1) / run_pixels;
    const std::size_t pixels = pixels_of(costs.height, costs.width);
    check(cudaMemsetAsync(winners.right_keys, 255, pixels * sizeof(unsigned), stream), "select");
    const auto fit = static_cast<int>(shared_bytes / job.warp_bytes());
    const auto warps = static_cast<unsigned>(min(fit, most_warps));
    const std::size_t all =
        static_cast<std::size_t>(job.runs) * static_cast<std::size_t>(costs.height);
    launch("select", sums.layout.wide ? select_runs<std::uint16_t> : select_runs<std::uint8_t>,
           blocks_of(all, warps), dim3(32 * warps), warps * job.warp_bytes(), stream, job);
}

}  // namespace cuda
}  // namespace stereo
