#include <cstdlib>
#include <new>

#include "plan.h"

namespace stereo {

Workspace::~Workspace() { std::free(memory_); }

std::byte* Workspace::require(std::size_t bytes) {
    if (bytes > bytes_) {
        std::free(memory_);  // first, so that both are never held at once
        memory_ = nullptr;
        bytes_ = 0;
        const std::size_t whole = (bytes + alignment - 1) / alignment * alignment;
        memory_ = static_cast<std::byte*>(std::aligned_alloc(alignment, whole));
        if (memory_ == nullptr) throw std::bad_alloc();
        bytes_ = whole;
        ++allocations_;
    }
    return memory_;
}

std::size_t workspace_bytes(int height, int width, const MatchingParams& params, bool details) {
    Arena measure(nullptr);
    Buffers(Plan(height, width, params, details), measure);
    return measure.used();
}

}  // namespace stereo
