// Kernels with a bug each, and the same without it: what the emulator must find, and must not.
//
// The right result of each is k ^ 1 for thread k of each block. Blocks have 64 threads.
#include <memory>
#include <new>
#include <stdexcept>

#include "planted.hpp"
#include "portability.cuh"

namespace planted {
namespace {

constexpr unsigned whole = 0xffffffffu;

__device__ int right() { return static_cast<int>(threadIdx.x ^ 1u); }

// The thread's place in the result.
__device__ unsigned own() { return blockIdx.x * blockDim.x + threadIdx.x; }

__device__ bool is_second_half() { return threadIdx.x % 32 >= 16; }

// A number of another warp is read before that warp need have written it.
template <bool planted>
__global__ void missing_syncthreads(int* out) {
    STEREO_SHARED(int, numbers, 64);
    numbers[threadIdx.x] = static_cast<int>(threadIdx.x);
    if (!planted) __syncthreads();
    out[own()] = numbers[threadIdx.x ^ 33u] ^ 32;
}

// A second barrier is missing between reading and writing again.
template <bool planted>
__global__ void missing_second_syncthreads(int* out) {
    STEREO_SHARED(int, number, 1);
    int sum = 0;
    for (int k = 0; k < 4; ++k) {
        if (threadIdx.x == 0) number[0] = k;
        __syncthreads();
        sum += number[0];
        if (!planted) __syncthreads();
    }
    out[own()] = right() + sum - 6;
}

template <bool planted>
__global__ void missing_syncwarp(int* out) {
    STEREO_SHARED(int, numbers, 64);
    numbers[threadIdx.x] = static_cast<int>(threadIdx.x);
    if (!planted) __syncwarp(whole);
    out[own()] = numbers[threadIdx.x ^ 1u];
}

// Shuffles exchange numbers, and order nothing else.
template <bool planted>
__global__ void shuffle_as_fence(int* out) {
    STEREO_SHARED(int, numbers, 64);
    numbers[threadIdx.x] = static_cast<int>(threadIdx.x);
    if (!planted) __syncwarp(whole);
    const int zero = __shfl_sync(whole, 0, 5, 32);
    out[own()] = numbers[threadIdx.x ^ 1u] + zero;
}

template <bool planted>
__global__ void vote_as_fence(int* out) {
    STEREO_SHARED(int, numbers, 64);
    numbers[threadIdx.x] = static_cast<int>(threadIdx.x);
    if (!planted) __syncwarp(whole);
    if (__any_sync(whole, 1)) out[own()] = numbers[threadIdx.x ^ 1u];
}

// Half of the lanes read a lane that isn't with them.
template <bool planted>
__global__ void shuffle_out_of_mask(int* out) {
    if (!is_second_half()) {
        const int source = static_cast<int>(threadIdx.x % 32 ^ (planted ? 16u : 1u));
        out[own()] = __shfl_sync(0x0000ffffu, static_cast<int>(threadIdx.x), source, 32);
    }
    if (planted || is_second_half()) out[own()] = right();
}

// Lanes leave, and are still counted upon.
template <bool planted>
__global__ void exited_lane(int* out) {
    out[own()] = right();
    if (is_second_half()) return;
    const unsigned mask = planted ? whole : 0x0000ffffu;
    out[own()] = __shfl_xor_sync(mask, static_cast<int>(threadIdx.x), 1, 16);
}

template <bool planted>
__global__ void divergent_masks(int* out) {
    const unsigned mask = planted && is_second_half() ? 0xffff0000u : whole;
    out[own()] = __shfl_xor_sync(mask, static_cast<int>(threadIdx.x), 1, 32);
}

// Half of a warp is at another shuffle.
template <bool planted>
__global__ void divergent_shuffles(int* out) {
    const int number = static_cast<int>(threadIdx.x);
    if (planted && is_second_half()) {
        out[own()] = __shfl_sync(whole, number, right(), 32);
    } else {
        out[own()] = __shfl_xor_sync(whole, number, 1, 32);
    }
}

// A thread leaves before a barrier of its block.
template <bool planted>
__global__ void exit_before_barrier(int* out) {
    out[own()] = right();
    if (planted && threadIdx.x == 40) return;
    __syncthreads();
}

template <bool planted>
__global__ void divergent_barriers(int* out) {
    out[own()] = right();
    if (planted && threadIdx.x < 32) {
        __syncthreads();
    } else {
        __syncthreads();
    }
}

// The place of the largest number, of an array whose last one was never written.
template <bool planted>
__global__ void unwritten_shared(int* out) {
    STEREO_SHARED(unsigned, numbers, 64);
    if (!planted || threadIdx.x < 63) numbers[threadIdx.x] = threadIdx.x < 63 ? threadIdx.x : 0;
    __syncthreads();
    unsigned place = 0;
    for (unsigned k = 0; k < 64; ++k) place = numbers[k] > numbers[place] ? k : place;
    out[own()] = place == 62 ? right() : 0;
}

// A sum in memory that nobody set to 0.
template <bool planted>
__global__ void unwritten_global(int* out) {
    if (!planted) out[own()] = 0;
    out[own()] += right();
}

template <bool planted>
__global__ void shared_overrun(int* out) {
    STEREO_SHARED(int, numbers, 64);
    numbers[threadIdx.x] = right();
    __syncwarp(whole);
    out[own()] = numbers[planted ? threadIdx.x + 1 : threadIdx.x];
}

template <bool planted>
__global__ void dynamic_shared_overrun(int* out) {
    STEREO_DYNAMIC_SHARED(int, numbers);
    numbers[threadIdx.x + (planted ? 1 : 0)] = right();
    out[own()] = numbers[threadIdx.x + (planted ? 1 : 0)];
}

template <bool planted>
__global__ void global_overrun(int* out) {
    out[own() + (planted ? 1 : 0)] = right();
}

template <bool planted>
__global__ void misaligned_vector(int* out) {
    STEREO_SHARED(int, numbers, 68);
    numbers[threadIdx.x] = right();
    if (threadIdx.x < 4) numbers[64 + threadIdx.x] = 0;
    __syncthreads();
    const unsigned first = threadIdx.x & ~3u, moved = planted ? first + 1 : first;
    const int4 four = *reinterpret_cast<const int4*>(numbers + moved);
    const int all[] = {four.x, four.y, four.z, four.w};
    out[own()] = all[threadIdx.x & 3u];
}

// The second block relies on what the first one writes.
template <bool planted>
__global__ void race_between_blocks(int* out) {
    if (!planted || blockIdx.x == 0) out[own()] = right();
    if (planted && blockIdx.x == 1) out[own()] = out[threadIdx.x];
}

// Places in a list as they come: the list is another one in each order.
template <bool planted>
__global__ void order_of_lanes(int* out) {
    STEREO_SHARED(unsigned, count, 1);
    if (threadIdx.x == 0) count[0] = 0;
    __syncthreads();
    const unsigned arrived = atomicAdd(count, 1u);
    const unsigned place = planted ? arrived : threadIdx.x;
    out[blockIdx.x * blockDim.x + place] = right();
}

#define PLANTED_BUG(name) {#name, name<true>, name<false>}

const std::vector<Bug> bugs = {
    PLANTED_BUG(missing_syncthreads),
    PLANTED_BUG(missing_second_syncthreads),
    PLANTED_BUG(missing_syncwarp),
    PLANTED_BUG(shuffle_as_fence),
    PLANTED_BUG(vote_as_fence),
    PLANTED_BUG(shuffle_out_of_mask),
    PLANTED_BUG(exited_lane),
    PLANTED_BUG(divergent_masks),
    PLANTED_BUG(divergent_shuffles),
    PLANTED_BUG(exit_before_barrier),
    PLANTED_BUG(divergent_barriers),
    PLANTED_BUG(unwritten_shared),
    PLANTED_BUG(unwritten_global),
    PLANTED_BUG(shared_overrun),
    PLANTED_BUG(dynamic_shared_overrun),
    PLANTED_BUG(global_overrun),
    PLANTED_BUG(misaligned_vector),
    PLANTED_BUG(race_between_blocks),
    PLANTED_BUG(order_of_lanes),
};

void launch(Kernel* kernel, int* out) {
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(blocks);
    config.blockDim = dim3(threads);
    config.dynamicSmemBytes = threads * sizeof(int);
    if (cudaLaunchKernelEx(&config, kernel, out) != cudaSuccess) {
        throw std::runtime_error(cudaGetErrorString(cudaGetLastError()));
    }
}

}  // namespace

const std::vector<Bug>& all() { return bugs; }

std::vector<int> result(Kernel* kernel) {
    int* out = nullptr;
    if (cudaMalloc(&out, blocks * threads * sizeof(int)) != cudaSuccess) throw std::bad_alloc();
    const std::unique_ptr<int, cudaError_t (*)(void*)> owner(out, cudaFree);
    launch(kernel, out);
    return std::vector<int>(out, out + blocks * threads);
}

}  // namespace planted
