// Which pixels a lane's path visits, and in which order.
#pragma once

#include "matching.cuh"
#include "portability.cuh"

namespace stereo {
namespace cuda {

constexpr int narrow_block = 128;  // threads, where lines have a warp each or less

// The paths of an axis in a launch: forward along (dx, dy), backward against it, or both.
struct Axis {
    int dx, dy, lines, steps;
    bool forward, backward;
    bool stored;  // sums of the axis are there from an earlier launch, to be added to
    unsigned first_block;
    std::uint32_t* sums;

    __host__ __device__ bool both() const { return forward && backward; }
};

// Lines that a block follows.
__host__ __device__ inline int lines_of_block(const Layout& layout, const Axis& axis) {
    if (layout.block) return 1;
    const int groups = narrow_block >> layout.lane_bits;
    return axis.both() ? groups / 2 : groups;
}

// The pixels of a line, one after the other.
class Walk {
public:
    int x, y;
    bool starts = true;  // the predecessor is outside the image

    __device__ Walk(int line, bool backward, int dx, int dy, int height, int width)
        : dx_(backward ? -dx : dx), dy_(backward ? -dy : dy), width_(width) {
        if (dy == 0) {
            y = line;
            x = backward ? width - 1 : 0;
            return;
        }
        y = backward ? height - 1 : 0;
        x = line;
        if (backward) {  // where the forward path of this line ends
            x = (line + dx * ((height - 1) % width)) % width;
            if (x < 0) x += width;
        }
    }

    __device__ void advance() {
        x += dx_;
        y += dy_;
        starts = x < 0 || x >= width_;
        if (x < 0) x = width_ - 1;
        if (x >= width_) x = 0;
    }

private:
    int dx_, dy_, width_;
};

// Where a lane is.
struct Place {
    int lane, part, line;
    bool backward;
    bool active;  // the line exists
};

// The line, path and part of a thread. Both paths of a line are in one block.
template <bool many>
__device__ Place place_of(const Layout& layout, const Axis& axis) {
    const int thread = static_cast<int>(threadIdx.x);
    const int block = static_cast<int>(blockIdx.x - axis.first_block);
    if (many) return {thread % 32, thread / 32, block, axis.backward, true};
    const int group = thread >> layout.lane_bits;
    const int lines = lines_of_block(layout, axis);
    const int line = block * lines + group % lines;
    const bool backward = axis.both() ? group >= lines : axis.backward;
    const int lane = thread & ((1 << layout.lane_bits) - 1);
    return {lane, 0, min(line, axis.lines - 1), backward, line < axis.lines};
}

}  // namespace cuda
}  // namespace stereo
