// What the CUDA thread that is running knows of itself, and where it waits for others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "language.hpp"

namespace simt {

// A kernel broke a rule of CUDA's. The message names kernel, block, thread and line.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Where in the source a thread waits.
struct Site {
    const char* file;
    int line;
};

enum class Meeting { syncwarp, shuffle, shuffle_up, shuffle_xor, vote, reduce };

// Waits until each lane of `mask` has come with its word; the words of all, by lane. They are
// valid until the thread waits again.
const std::uint64_t* meet(Meeting kind, unsigned mask, std::uint64_t word, Site site);
void barrier(Site site);
void give_way();                                      // lets other threads go on first
unsigned lane();                                      // of the running thread in its warp
[[noreturn]] void fail(const char* what, Site site);  // ends the launch with an Error

void* shared_memory(const void* place, std::size_t bytes);  // of the block, one for each place
void* dynamic_shared();

template <typename Element, std::size_t count>
Element (&shared_array(const void* place)) [count] {
    using Array = Element[count];
    return *static_cast<Array*>(shared_memory(place, sizeof(Array)));
}

}  // namespace simt

// Of the running thread. Launches on other threads of the system have their own.
#define SIMT_OF_THREAD extern __thread __attribute__((tls_model("initial-exec")))
SIMT_OF_THREAD uint3 threadIdx, blockIdx;
SIMT_OF_THREAD dim3 blockDim, gridDim;
#undef SIMT_OF_THREAD
constexpr int warpSize = 32;

inline void __syncthreads(simt::Site site = {__builtin_FILE(), __builtin_LINE()}) {
    simt::barrier(site);
}
