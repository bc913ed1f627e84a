// Arrays on the emulated device, for checks of stages.
#pragma once

#include <cstddef>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "host.hpp"
#include "sanitize.h"

namespace sanitize {

// Of exactly its size. It starts up to three elements after an aligned address, since those of a
// caller need not be aligned any better than their elements.
template <class Element>
class DeviceArray {
public:
    explicit DeviceArray(std::size_t count, bool aligned = false)
        : lead_(aligned ? 0 : static_cast<std::size_t>(draw(0, 3))), count_(count) {
        if (cudaMalloc(&memory_, (lead_ + count) * sizeof(Element)) != cudaSuccess) {
            throw std::bad_alloc();
        }
    }
    explicit DeviceArray(const std::vector<Element>& values) : DeviceArray(values.size()) {
        copy(get(), values.data(), cudaMemcpyHostToDevice);
    }
    ~DeviceArray() { cudaFree(memory_); }
    DeviceArray(const DeviceArray&) = delete;
    DeviceArray& operator=(const DeviceArray&) = delete;

    Element* get() const { return memory_ + lead_; }
    std::vector<Element> values() const {
        std::vector<Element> all(count_);
        copy(all.data(), get(), cudaMemcpyDeviceToHost);
        return all;
    }

private:
    void copy(Element* to, const Element* from, cudaMemcpyKind kind) const {
        if (cudaMemcpyAsync(to, from, count_ * sizeof(Element), kind) != cudaSuccess) {
            throw std::runtime_error(cudaGetErrorString(cudaGetLastError()));
        }
    }

    std::size_t lead_, count_;
    Element* memory_ = nullptr;
};

using Scratch = DeviceArray<unsigned char>;
inline Scratch scratch(std::size_t bytes) { return Scratch(bytes, true); }

std::string size_text(int height, int width);

// The checks, one file each.
void check_device_matching();
void check_device_filters();
void check_device_features();
void check_device_images();

}  // namespace sanitize
