// What the sanitizers need to be told. All of it does nothing where they are not linked.
//
// The emulator itself is compiled without them: it must not add to the order of memory that
// ThreadSanitizer sees, nor unbalance the calls that it counts for each fiber.
#pragma once

#include <cstddef>

extern "C" {
#define SIMT_WEAK __attribute__((weak))
SIMT_WEAK void* __tsan_get_current_fiber();
SIMT_WEAK void* __tsan_create_fiber(unsigned flags);
SIMT_WEAK void __tsan_destroy_fiber(void* fiber);
SIMT_WEAK void __tsan_switch_to_fiber(void* fiber, unsigned flags);
SIMT_WEAK void __tsan_acquire(void* address);
SIMT_WEAK void __tsan_release(void* address);
SIMT_WEAK void __tsan_ignore_thread_begin();
SIMT_WEAK void __tsan_ignore_thread_end();
SIMT_WEAK void __sanitizer_start_switch_fiber(void** save, const void* bottom, std::size_t size);
SIMT_WEAK void __sanitizer_finish_switch_fiber(void* saved, const void** bottom, std::size_t* size);
SIMT_WEAK void __asan_unpoison_memory_region(const volatile void* address, std::size_t size);
#undef SIMT_WEAK
}

namespace simt {

inline bool tsan() { return __tsan_create_fiber != nullptr; }
inline bool asan() { return __asan_unpoison_memory_region != nullptr; }

// What came before a release of `object` comes before what follows an acquire of it.
inline void release(void* object) {
    if (tsan()) __tsan_release(object);
}
inline void acquire(void* object) {
    if (tsan()) __tsan_acquire(object);
}

// While it lives, memory that the emulator allocates and frees for itself counts as untouched.
class Unseen {
public:
    Unseen() {
        if (tsan()) __tsan_ignore_thread_begin();
    }
    ~Unseen() {
        if (tsan()) __tsan_ignore_thread_end();
    }
    Unseen(const Unseen&) = delete;
    Unseen& operator=(const Unseen&) = delete;
};

}  // namespace simt
