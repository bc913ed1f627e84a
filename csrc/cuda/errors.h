// What may go wrong on a device, for host code that is compiled without CUDA's headers.
#pragma once

#include <stdexcept>

namespace stereo {
namespace cuda {

// What CUDA says of a call that failed.
struct CudaError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Device memory ran out; the message has the bytes that were asked for.
struct DeviceMemoryError : CudaError {
    using CudaError::CudaError;
};

}  // namespace cuda
}  // namespace stereo
