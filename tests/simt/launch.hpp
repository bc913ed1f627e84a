// Launches of kernels.
#pragma once

#include <tuple>
#include <utility>

#include "host.hpp"
#include "thread.hpp"

struct cudaLaunchAttribute;  // none is known

struct cudaLaunchConfig_t {
    dim3 gridDim, blockDim;
    std::size_t dynamicSmemBytes = 0;
    cudaStream_t stream = nullptr;
    cudaLaunchAttribute* attrs = nullptr;
    unsigned numAttrs = 0;
};

namespace simt {

// What each thread of a launch does: body(arguments).
struct Kernel {
    const void* function;  // by which it is known
    void (*body)(void*);
    void* arguments;
};

// Runs all blocks. An invalid configuration is an error code, as on a GPU; a kernel that breaks a
// rule is an Error.
cudaError_t launch(const cudaLaunchConfig_t& config, const Kernel& kernel);

}  // namespace simt

template <typename... Parameters, typename... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
    struct Call {
        void (*kernel)(Parameters...);
        std::tuple<std::decay_t<Parameters>...> arguments;
    } call{kernel, {std::forward<Arguments>(arguments)...}};
    const auto body = [](void* of) {
        const Call& call = *static_cast<const Call*>(of);
        std::apply(call.kernel, call.arguments);
    };
    return simt::launch(*config, {reinterpret_cast<const void*>(kernel), body, &call});
}
