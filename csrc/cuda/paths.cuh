// Stage 4: semi-global aggregation (Hirschmueller 2008), every path of an image in one launch.
//
// An axis of the image has two opposite paths. Its lines are rows, columns, or diagonals that go on
// at the other side of the image, where a path starts anew: so all lines of an axis have equally
// many steps, and neighbouring lines follow neighbouring pixels (diagonals as in Hernandez-Juarez
// et al. 2016). Lanes hold disparities (Layout in matching.cuh), 8, 16 or 32 to a line and up to
// 512 disparities a warp, in registers; wider searches have a block of warps a line.
//
// What is stored, a byte or two for each pixel, disparity and axis, is not L but what it inherits,
// E = L - C: the sum of both paths of an axis then still fits a byte where 2·p2 <= 255. The two
// paths of a line meet in its middle: each stores its E in the first half, and after one barrier of
// the block adds the other's in the second. So four axes take 4 bytes a pixel and disparity, not 8,
// without atomics, and all paths run at once. Only lines of several warps take one launch for the
// forward and one for the backward paths.
//
// 128 threads a block, no shared memory; where a block follows a line up to 1024 threads and 768
// bytes. Moves 1.5 bytes a pixel, disparity and path (twice that where elements are 16 bits), plus
// the descriptors, from caches mostly. A step takes about 7 integer operations a disparity where
// elements are bytes, and about as many or, for the gradient census, twice as many for its cost:
// bound by arithmetic on devices of much bandwidth, by bandwidth on others. The stored sums of the
// next pixel are fetched while the current one is worked on.
#pragma once

#include "cost.cuh"
#include "lines.cuh"
#include "packed.cuh"

namespace stereo {
namespace cuda {

struct PathsJob {
    Costs costs;
    Layout layout;
    Axis axis[most_axes];
    int axes;
    const std::uint8_t* guide;  // null: penalties are constant
    const std::int32_t* prior;  // null: paths do not slant
    unsigned p1, p2;
    std::uint16_t p1_at[levels], p2_at[levels];
};

constexpr int most_parts = 32;  // warps of a line
// The words of a lane where a block follows a line, and its threads: what the registers allow.
template <class Element>
constexpr int block_words = sizeof(Element) == 1 ? 4 : 16;
template <class Element>
constexpr int line_block = 32 * most_parts / static_cast<int>(sizeof(Element));

// What the warps of a line tell each other, in turns between two copies.
struct Exchange {
    std::uint32_t first[2][most_parts], last[2][most_parts];  // words, of the outermost lanes
    unsigned least[2][most_parts];
};

template <class Element, int words, bool many>
class Follower {
    using Pack = Packed<Element>;

public:
    __device__ Follower(const PathsJob& job, const Axis& axis, const Place& place,
                        Exchange* exchange)
        : job_(job),
          sums_(axis.sums),
          place_(place),
          exchange_(exchange),
          walk_(place.line, place.backward, axis.dx, axis.dy, job.costs.height, job.costs.width),
          valid_((job.costs.disparities - first(0) + lanes() - 1) >> lane_bits()) {}

    // Goes on by so many pixels, and adds to what is stored there, or stores.
    __device__ void follow(int steps, bool add) {
        if constexpr (many) {
#pragma unroll 1
            for (int step = 0; step < steps; ++step) {
                go(fetched(add));
                walk_.advance();
            }
        } else {
            Pixel now{}, next{};
#pragma unroll 1
            for (int step = 0; step <= steps; ++step) {
                if (step < steps) {
                    next = fetched(add);
                    walk_.advance();
                }
                if (step > 0) go(now);
                now = next;
            }
        }
    }

private:
    // What a step needs to know of its pixel. The block of a line has warps to hide that some wait,
    // but few registers: there costs and sums are fetched when they are needed.
    struct Pixel {
        bool starts;  // the path, here
        bool adds;    // to the stored sums
        std::uint32_t* sums;
        std::uint32_t prior;
        int guide;
        std::uint32_t cost[words], stored[words];
    };

    __device__ int lane_bits() const { return many ? 5 : job_.layout.lane_bits; }
    __device__ int lanes() const { return 1 << lane_bits(); }
    // The first disparity of word j.
    __device__ int first(int j) const {
        return (place_.part * words + j) * Pack::elements * lanes() + place_.lane;
    }
    // All ones in the elements of word j that lie beyond D.
    __device__ std::uint32_t beyond(int j) const {
        const int valid = valid_ - j * Pack::elements;
        if (valid >= Pack::elements) return 0;
        return valid > 0 ? ~std::uint32_t{0} << (valid * Pack::bits) : ~std::uint32_t{0};
    }
    // Word 0 of this lane.
    __device__ std::uint32_t* sums_at_pixel() const {
        const std::size_t pixel = pixel_at(walk_.y, walk_.x, job_.costs.width);
        const int parts = many ? job_.layout.parts : 1, words_of_part = words * lanes();
        return sums_ + pixel * static_cast<std::size_t>(parts * words_of_part) +
               static_cast<std::size_t>(place_.part * words_of_part + place_.lane);
    }

    template <class PixelCosts>
    __device__ std::uint32_t word_of(const PixelCosts& costs, int j) const {
        return costs.template word<Pack::elements, Pack::bits>(first(j), lanes());
    }

    __device__ Pixel fetched(bool add) const {
        Pixel pixel{};
        pixel.starts = walk_.starts;
        pixel.adds = add && place_.active;
        const std::size_t at = pixel_at(walk_.y, walk_.x, job_.costs.width);
        if (job_.prior != nullptr) pixel.prior = static_cast<std::uint32_t>(job_.prior[at]);
        if (job_.guide != nullptr) pixel.guide = job_.guide[at];
        if (many) return pixel;
        pixel.sums = sums_at_pixel();
        with_costs<Pack::wide>(job_.costs, walk_.y, walk_.x, [&](const auto& costs) {
#pragma unroll
            for (int j = 0; j < words; ++j) pixel.cost[j] = word_of(costs, j);
        });
#pragma unroll
        for (int j = 0; j < words; ++j) {
            pixel.stored[j] = pixel.adds ? pixel.sums[j * lanes()] : 0;
        }
        return pixel;
    }

    // The smallest L of the line, and what lies at the ends of this warp's disparities.
    __device__ unsigned look_around(Ends& ends) {
        std::uint32_t least = state_[0];
#pragma unroll
        for (int j = 1; j < words; ++j) least = Pack::least(least, state_[j]);
        const unsigned own = least_of_lanes(Pack::least_element(least), lanes());
        return many ? exchanged(own, ends) : own;
    }

    __device__ unsigned exchanged(unsigned least, Ends& ends) {
        Exchange& all = *exchange_;
        const int part = place_.part, parts = job_.layout.parts, lane = place_.lane;
        turn_ ^= 1;
        if (lane == 0) {
            all.first[turn_][part] = state_[0];
            all.least[turn_][part] = least;
        }
        if (lane == 31) all.last[turn_][part] = state_[words - 1];
        __syncthreads();
        if (part > 0) ends.before = all.last[turn_][part - 1];
        if (part + 1 < parts) ends.behind = all.first[turn_][part + 1];
        return least_of_lanes(all.least[turn_][min(lane, parts - 1)], 32);
    }

    // Which of this lane's elements is the first or the last disparity of all; -1 if none is.
    __device__ int end_of_range(bool last) const {
        if (!last) return first(0) == 0 ? 0 : -1;
        const int end = valid_ - 1;
        return end >= 0 && first(0) + (end << lane_bits()) == job_.costs.disparities - 1 ? end : -1;
    }
    // All ones in that element, if it is in word j.
    __device__ static std::uint32_t element_of(int end, int j) {
        const int k = end - j * Pack::elements;
        return k >= 0 && k < Pack::elements ? Pack::element << (k * Pack::bits) : 0;
    }

    // Where the prior rises by 1 px, the predecessor's L counts 1 px higher. What would leave the
    // range stays at its end: min L must not change.
    __device__ void slant(std::uint32_t rise, const Ends& ends) {
        const bool up = rise == 1, down = rise == ~std::uint32_t{0};
        const int end = end_of_range(up);
        Neighbours<Element, words> neighbours(state_, place_.lane, lanes(), ends);
#pragma unroll
        for (int j = 0; j < words; ++j) {
            std::uint32_t below, above;
            neighbours.take(state_, j, below, above);
            const std::uint32_t stays = state_[j] | ~element_of(end, j);
            const std::uint32_t moved = Pack::least(up ? below : above, stays) | beyond(j);
            if (up || down) state_[j] = moved;
        }
    }

    // One step: L of the predecessor becomes that of the pixel.
    __device__ void go(const Pixel& now) {
        inherit(now);
        if constexpr (many) {
            with_costs<Pack::wide>(job_.costs, walk_.y, walk_.x, [&](const auto& costs) {
#pragma unroll
                for (int j = 0; j < words; ++j) {
                    std::uint32_t& sum = sums_at_pixel()[j * lanes()];
                    settle(j, word_of(costs, j), now.adds ? sum : 0, sum);
                }
            });
        } else {
#pragma unroll
            for (int j = 0; j < words; ++j) {
                settle(j, now.cost[j], now.stored[j], now.sums[j * lanes()]);
            }
        }
    }

    // L of the predecessor becomes E.
    __device__ void inherit(const Pixel& now) {
        Ends ends;
        const unsigned lowest = look_around(ends);
        if (job_.prior != nullptr) {
            slant(now.prior - prior_, ends);
            prior_ = now.prior;
            if (many) exchanged(lowest, ends);
        }
        unsigned p1 = job_.p1, p2 = job_.p2;
        if (job_.guide != nullptr) {
            const int edge = max(now.guide - guide_, guide_ - now.guide);
            p1 = job_.p1_at[edge];
            p2 = job_.p2_at[edge];
            guide_ = now.guide;
        }
        const std::uint32_t low = Pack::repeated(lowest), climb = Pack::repeated(p1),
                            ceiling = Pack::repeated(lowest + p2 - p1);
        Neighbours<Element, words> neighbours(state_, place_.lane, lanes(), ends);
#pragma unroll
        for (int j = 0; j < words; ++j) {
            std::uint32_t below, above;
            neighbours.take(state_, j, below, above);
            const std::uint32_t near = Pack::least(Pack::least(below, above), ceiling);
            state_[j] = now.starts ? 0 : Pack::least(near + climb, state_[j]) - low;
        }
    }

    // E becomes L, and goes to the sums.
    __device__ void settle(int j, std::uint32_t cost, std::uint32_t stored, std::uint32_t& sum) {
        if (place_.active) sum = state_[j] + stored;
        state_[j] = (state_[j] + cost) | beyond(j);
    }

    const PathsJob& job_;
    std::uint32_t* const sums_;
    const Place place_;
    Exchange* const exchange_;
    Walk walk_;
    const int valid_;                  // elements of this lane up to D
    std::uint32_t state_[words] = {};  // L of the predecessor; all ones beyond D
    int guide_ = 0;                    // of the predecessor
    std::uint32_t prior_ = 0;
    int turn_ = 0;
};

// Four blocks a multiprocessor: for more of them the compiler would spill registers.
template <class Element, int words, bool many>
__global__ void __launch_bounds__(many ? line_block<Element> : narrow_block, many ? 1 : 4)
    follow_paths(const PathsJob job) {
    int k = 0;
    while (k + 1 < job.axes && blockIdx.x >= job.axis[k + 1].first_block) ++k;
    const Axis axis = job.axis[k];
    const Place place = place_of<many>(job.layout, axis);
    STEREO_SHARED(Exchange, exchange, 1);
    Follower<Element, words, many> path(job, axis, place, exchange);
    const int half = place.backward ? axis.steps - axis.steps / 2 : axis.steps / 2;
    const int first = axis.both() ? half : axis.steps;
#pragma unroll 1
    for (int part = 0; part < 2; ++part) {
        path.follow(part == 0 ? first : axis.steps - first, part == 1 || axis.stored);
        __syncthreads();
    }
}

}  // namespace cuda
}  // namespace stereo
