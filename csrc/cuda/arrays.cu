// Copies, checks and patches of whole arrays.
//
// Blocks of 256 threads, no shared memory. Each element is read once, and written once by `pack`
// (2 to 8 bytes an element) and `patch` (4 to 12 bytes a pixel): bandwidth is the bound. The checks
// end in one atomic a warp, and few warps: each thread goes over the array in steps of the grid.
#include "arrays.h"
#include "launch.cuh"

namespace stereo {
namespace cuda {

namespace {

constexpr unsigned block_threads = 256, whole_warp = 0xffffffffu;
constexpr unsigned most_blocks = 1024;  // of those that go over an array in steps of the grid

__device__ std::size_t first_element() {
    return static_cast<std::size_t>(blockIdx.x) * block_threads + threadIdx.x;
}

__device__ std::size_t grid_step() { return static_cast<std::size_t>(gridDim.x) * block_threads; }

__host__ __device__ std::size_t elements(const StridedView& view) {
    return static_cast<std::size_t>(view.sides[0]) * static_cast<std::size_t>(view.sides[1]) *
           static_cast<std::size_t>(view.sides[2]);
}

template <class Element>
__device__ Element element(const StridedView& view, std::size_t at) {
    const auto depth = static_cast<std::size_t>(view.sides[2]);
    const auto columns = static_cast<std::size_t>(view.sides[1]);
    const std::size_t pixel = at / depth;
    const std::size_t row = pixel / columns;
    const auto* const from = static_cast<const unsigned char*>(view.data) +
                             static_cast<std::ptrdiff_t>(row) * view.steps[0] +
                             static_cast<std::ptrdiff_t>(pixel - row * columns) * view.steps[1] +
                             static_cast<std::ptrdiff_t>(at - pixel * depth) * view.steps[2];
    return *reinterpret_cast<const Element*>(from);
}

template <class Element>
__global__ void pack_elements(StridedView view, Element* out) {
    const std::size_t at = first_element();
    if (at < elements(view)) out[at] = element<Element>(view, at);
}

__global__ void find_not_finite(StridedView view, bool allow_nan, std::uint32_t* found) {
    bool bad = false;
    for (std::size_t at = first_element(); at < elements(view); at += grid_step()) {
        const float value = element<float>(view, at);
        bad = bad || isinf(value) || (!allow_nan && isnan(value));
    }
    bad = __any_sync(whole_warp, bad);
    if (bad && threadIdx.x % 32 == 0) atomicMax(found, 1u);
}

template <class Element>
__global__ void find_largest(const Element* values, std::size_t count, std::uint32_t* found) {
    std::uint32_t most = 0;
    for (std::size_t at = first_element(); at < count; at += grid_step())
        most = values[at] > most ? values[at] : most;
    for (unsigned lane = 16; lane > 0; lane /= 2) {
        const std::uint32_t other = __shfl_xor_sync(whole_warp, most, static_cast<int>(lane));
        most = other > most ? other : most;
    }
    if (threadIdx.x % 32 == 0) atomicMax(found, most);
}

__global__ void patch_pixels(const float* other, std::size_t count, float* map) {
    const std::size_t at = first_element();
    if (at < count && isnan(map[at])) map[at] = other[at];
}

unsigned blocks_over(std::size_t count) {
    const std::size_t blocks = (count + block_threads - 1) / block_threads;
    return static_cast<unsigned>(blocks < most_blocks ? blocks : most_blocks);
}

std::uint32_t fetched(const std::uint32_t* word, Stream stream) {
    std::uint32_t value = 0;
    check(cudaMemcpyAsync(&value, word, sizeof value, cudaMemcpyDeviceToHost, stream),
          "a check can't be read");
    check(cudaStreamSynchronize(stream), "a check failed on the device");
    return value;
}

template <class Element>
void pack_as(const StridedView& view, void* out, Stream stream) {
    launch("packing an array", pack_elements<Element>, blocks_of(elements(view), block_threads),
           dim3(block_threads), 0, stream, view, static_cast<Element*>(out));
}

}  // namespace

void pack(const StridedView& view, void* out, Stream stream) {
    if (view.element_bytes == 1) return pack_as<std::uint8_t>(view, out, stream);
    if (view.element_bytes == 2) return pack_as<std::uint16_t>(view, out, stream);
    return pack_as<std::uint32_t>(view, out, stream);
}

bool is_finite(const StridedView& view, bool allow_nan, std::uint32_t* word, Stream stream) {
    check(cudaMemsetAsync(word, 0, sizeof *word, stream), "a check can't begin");
    launch("checking an array", find_not_finite, blocks_over(elements(view)), dim3(block_threads),
           0, stream, view, allow_nan, word);
    return fetched(word, stream) == 0;
}

std::uint32_t largest(const void* values, int element_bytes, std::size_t count, std::uint32_t* word,
                      Stream stream) {
    check(cudaMemsetAsync(word, 0, sizeof *word, stream), "a check can't begin");
    const unsigned blocks = blocks_over(count);
    if (element_bytes == 1) {
        launch("looking for the largest cost", find_largest<std::uint8_t>, blocks,
               dim3(block_threads), 0, stream, static_cast<const std::uint8_t*>(values), count,
               word);
    } else {
        launch("looking for the largest cost", find_largest<std::uint16_t>, blocks,
               dim3(block_threads), 0, stream, static_cast<const std::uint16_t*>(values), count,
               word);
    }
    return fetched(word, stream);
}

void patch(const float* other, std::size_t count, float* map, Stream stream) {
    launch("patching a map", patch_pixels, blocks_of(count, block_threads), dim3(block_threads), 0,
           stream, other, count, map);
}

}  // namespace cuda
}  // namespace stereo
