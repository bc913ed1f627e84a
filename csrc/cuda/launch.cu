// The error that a call of CUDA ends in. Apart from the kernels, which are compiled once a target
// and so pay for each standard header a dozen times.
#include <string>

#include "errors.h"
#include "launch.cuh"

namespace stereo {
namespace cuda {

void check(cudaError_t status, const char* what) {
    if (status == cudaSuccess) return;
    throw CudaError(std::string(what) + ": " + cudaGetErrorString(status));
}

}  // namespace cuda
}  // namespace stereo
