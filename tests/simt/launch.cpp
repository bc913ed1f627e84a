// What a launch may ask for.
#include "launch.hpp"

#include <cxxabi.h>
#include <dlfcn.h>

#include <cstdlib>
#include <memory>
#include <sstream>

#include "grid.hpp"

namespace simt {
namespace {

bool valid(const cudaLaunchConfig_t& config) {
    const dim3 &grid = config.gridDim, &block = config.blockDim;
    const auto threads = static_cast<unsigned long long>(block.x) * block.y * block.z;
    return grid.x > 0 && grid.y > 0 && grid.z > 0 && grid.x <= 0x7fffffffu && grid.y <= 65535 &&
           grid.z <= 65535 && threads > 0 && threads <= 1024 && block.z <= 64 &&
           config.numAttrs == 0;
}

}  // namespace

std::string kernel_name(const void* function) {
    Dl_info found{};
    std::ostringstream text;
    if (dladdr(function, &found) == 0) {
        text << "kernel at " << function;
    } else if (found.dli_sname == nullptr) {
        const auto offset =
            static_cast<const char*>(function) - static_cast<const char*>(found.dli_fbase);
        text << "kernel at 0x" << std::hex << offset << " of " << found.dli_fname;
    } else {
        int status = 0;
        const std::unique_ptr<char, void (*)(void*)> demangled(
            abi::__cxa_demangle(found.dli_sname, nullptr, nullptr, &status), std::free);
        text << (status == 0 ? demangled.get() : found.dli_sname);
    }
    return text.str();
}

cudaError_t launch(const cudaLaunchConfig_t& config, const Kernel& kernel) {
    if (!valid(config)) return noted(cudaErrorInvalidConfiguration);
    if (config.dynamicSmemBytes > most_shared) return noted(cudaErrorInvalidValue);
    Grid(config, kernel).run();
    return cudaSuccess;
}

}  // namespace simt
