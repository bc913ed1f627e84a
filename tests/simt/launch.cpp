// What a launch may ask for.
#include "launch.hpp"

#include <cxxabi.h>
#include <dlfcn.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>

#include "grid.hpp"

namespace simt {
namespace {

// Of all targets the least that a block may have, by default and where a kernel asks for more:
// that of compute capability 7.5.
constexpr std::size_t default_shared = 48 * 1024, most_shared = 64 * 1024;

std::mutex mutex;
std::map<const void*, std::size_t> allowed;  // dynamic shared memory, by kernel

std::size_t allowed_dynamic(const void* function) {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto found = allowed.find(function);
    return found == allowed.end() ? default_shared : found->second;
}

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
    const std::size_t dynamic = allowed_dynamic(kernel.function);
    if (!valid(config)) return noted(cudaErrorInvalidConfiguration);
    if (config.dynamicSmemBytes > dynamic) return noted(cudaErrorInvalidValue);
    Grid(config, kernel, dynamic > default_shared ? most_shared : default_shared).run();
    return cudaSuccess;
}

cudaError_t allow_dynamic_shared(const void* function, int bytes) {
    if (bytes < 0 || static_cast<std::size_t>(bytes) > most_shared) {
        return noted(cudaErrorInvalidValue);
    }
    const std::lock_guard<std::mutex> lock(mutex);
    allowed[function] = static_cast<std::size_t>(bytes);
    return cudaSuccess;
}

}  // namespace simt
