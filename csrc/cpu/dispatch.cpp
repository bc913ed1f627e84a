// Which instruction sets there are, and which one is in use.
#include <atomic>
#include <cstring>

#include "kernels.h"

namespace stereo {
namespace {

struct Supported {
    const Kernels* kernels[4] = {};
    const char* names[4] = {};  // null-terminated, best first
    int count = 0;
    void add(const Kernels& k) {
        kernels[count] = &k;
        names[count++] = k.name;
    }
    Supported() {
#if defined(__x86_64__)
        __builtin_cpu_init();
        const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
        if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bitalg")) {
            add(kernels_avx512);
        }
        if (avx2) add(kernels_avx2);
#endif
        add(kernels_baseline);
    }
};

const Supported& supported() {
    static const Supported sets;
    return sets;
}

std::atomic<const Kernels*>& current() {
    static std::atomic<const Kernels*> kernels{supported().kernels[0]};
    return kernels;
}

}  // namespace

const Kernels& kernels() { return *current().load(std::memory_order_acquire); }

const char* const* instruction_sets() { return supported().names; }

const char* instruction_set() { return kernels().name; }

bool use_instruction_set(const char* name) {
    for (int k = 0; k < supported().count; ++k) {
        if (std::strcmp(supported().names[k], name) == 0) {
            current().store(supported().kernels[k], std::memory_order_release);
            return true;
        }
    }
    return false;
}

}  // namespace stereo
