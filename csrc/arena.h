// Consecutive ranges of one piece of memory, on the host or on a device.
#pragma once

#include <cstddef>

namespace stereo {

// Hands out aligned ranges; with no memory behind it, it only adds up the bytes.
template <std::size_t alignment>
class Arena {
public:
    explicit Arena(void* base) : base_(static_cast<std::byte*>(base)) {}
    template <class T>
    T* take(std::size_t count) {
        T* const p = base_ == nullptr ? nullptr : reinterpret_cast<T*>(base_ + used_);
        used_ += (count * sizeof(T) + alignment - 1) / alignment * alignment;
        return p;
    }
    std::size_t used() const { return used_; }

private:
    std::byte* base_;
    std::size_t used_ = 0;
};

}  // namespace stereo
