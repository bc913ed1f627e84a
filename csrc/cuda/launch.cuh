// Starting kernels: the same way for all, with CUDA's own text where one can't be started.
#pragma once

#include <cstddef>

#include "portability.cuh"
#include "stream.h"

namespace stereo {
namespace cuda {

// Throws a CudaError that says `what` failed and why.
void check(cudaError_t status, const char* what);

// Blocks that hold `count` items, `each` a block.
inline unsigned blocks_of(std::size_t count, std::size_t each) {
    return static_cast<unsigned>((count + each - 1) / each);
}

// A grid has one dimension: the others end at 65535 blocks. No blocks are no work.
template <class... Parameters, class... Arguments>
void launch(const char* what, void (*kernel)(Parameters...), unsigned blocks, dim3 threads,
            std::size_t dynamic_shared, Stream stream, const Arguments&... arguments) {
    if (blocks == 0) return;
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(blocks);
    config.blockDim = threads;
    config.dynamicSmemBytes = dynamic_shared;
    config.stream = stream;
    check(cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...), what);
}

}  // namespace cuda
}  // namespace stereo
