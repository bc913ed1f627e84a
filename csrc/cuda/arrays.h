// What the host side does with arrays on the device besides the stages. As in stages.h nothing is
// waited for, unless the comment says so.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stream.h"

namespace stereo {
namespace cuda {

// An array of three axes and of elements of 1, 2 or 4 bytes; steps in bytes, of any sign.
struct StridedView {
    const void* data;
    int sides[3];
    std::ptrdiff_t steps[3];
    int element_bytes;
};

// The same elements, C-contiguous.
void pack(const StridedView& view, void* out, Stream stream);

// Whether none of the floats is infinite or, unless that is allowed, NaN. `word` is scratch memory
// for one. Waits for the stream.
bool is_finite(const StridedView& view, bool allow_nan, std::uint32_t* word, Stream stream);

// The largest of `count` numbers of 1 or 2 bytes. `word` is as above. Waits for the stream.
std::uint32_t largest(const void* values, int element_bytes, std::size_t count, std::uint32_t* word,
                      Stream stream);

// Numbers of `other` where the map has NaN, in place; `count` pixels.
void patch(const float* other, std::size_t count, float* map, Stream stream);

}  // namespace cuda
}  // namespace stereo
