// A stream, for host code that is compiled without CUDA's headers.
#pragma once

struct CUstream_st;

namespace stereo {
namespace cuda {

using Stream = CUstream_st*;

}  // namespace cuda
}  // namespace stereo
