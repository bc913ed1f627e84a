#include <cstdlib>
#include <new>

#include "plan.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace stereo {
namespace {

// Large pages where the system has them: a sweep walks through all of a workspace, and the
// prefetchers stop at the end of a page. Only advice, so that a refusal changes nothing.
constexpr std::size_t large_page = std::size_t{2} << 20;

std::byte* allocate(std::size_t bytes) {
    const std::size_t unit = bytes < 2 * large_page ? alignment : large_page;
    const std::size_t whole = (bytes + unit - 1) / unit * unit;
    void* const memory = std::aligned_alloc(unit, whole);
#if defined(__linux__)
    if (memory != nullptr && unit == large_page) madvise(memory, whole, MADV_HUGEPAGE);
#endif
    return static_cast<std::byte*>(memory);
}

}  // namespace

Workspace::~Workspace() { std::free(memory_); }

std::byte* Workspace::require(std::size_t bytes) {
    if (bytes > bytes_) {
        std::free(memory_);  // first, so that both are never held at once
        memory_ = nullptr;
        bytes_ = 0;
        memory_ = allocate(bytes);
        if (memory_ == nullptr) throw std::bad_alloc();
        bytes_ = bytes;
        ++allocations_;
    }
    return memory_;
}

std::size_t workspace_bytes(const Pair& pair, const MatchingParams& params, bool details) {
    Arena<alignment> measure(nullptr);
    Buffers(Plan(pair, params, details), measure);
    return measure.used();
}

}  // namespace stereo
