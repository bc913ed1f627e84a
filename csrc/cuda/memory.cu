// Devices, streams and memory: the calls of CUDA's runtime that the host side makes.
#include <algorithm>
#include <utility>

#include "launch.cuh"
#include "memory.h"

namespace stereo {
namespace cuda {

namespace {

constexpr int oldest_target = 75;  // compute capability 7.5

constexpr std::size_t rounded(std::size_t bytes) {
    return (std::max<std::size_t>(bytes, 1) + 255) / 256 * 256;
}

cudaDeviceProp properties_of(int device) {
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, device), "a device can't be asked");
    return properties;
}

std::string described(const cudaDeviceProp& device) {
    return std::string(device.name) + " (compute capability " + std::to_string(device.major) + "." +
           std::to_string(device.minor) + ")";
}

[[noreturn]] void refuse(std::size_t bytes, const char* what, cudaError_t status) {
    cudaGetLastError();  // the next call is not to find it
    throw DeviceMemoryError(std::to_string(bytes) + " bytes of " + what +
                            " are needed and can't be had: " + cudaGetErrorString(status));
}

}  // namespace

std::string unusable() {
    int driver = 0, count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status != cudaSuccess) {
        cudaGetLastError();
        check(cudaDriverGetVersion(&driver), "the driver can't be asked");
        if (driver == 0) return "there is no NVIDIA driver on this machine";
        return std::string("CUDA says: ") + cudaGetErrorString(status);
    }
    if (count == 0) return "the NVIDIA driver finds no device";
    const cudaDeviceProp device = properties_of(current_device());
    if (10 * device.major + device.minor >= oldest_target) return "";
    return described(device) + " is too old: 7.5 or later is needed";
}

std::string describe() {
    int count = 0;
    check(cudaGetDeviceCount(&count), "the devices can't be counted");
    std::string text;
    for (int device = 0; device < count; ++device)
        text += (device == 0 ? "" : ", ") + described(properties_of(device));
    return text;
}

int current_device() {
    int device = 0;
    check(cudaGetDevice(&device), "the current device can't be asked for");
    return device;
}

int device_of(const void* pointer) {
    cudaPointerAttributes attributes;
    check(cudaPointerGetAttributes(&attributes, pointer), "an address can't be looked up");
    if (attributes.type == cudaMemoryTypeUnregistered || attributes.type == cudaMemoryTypeHost)
        throw CudaError("an array that says it is on a CUDA device is not");
    return attributes.device;
}

DeviceScope::DeviceScope(int device) : device_(device), before_(current_device()) {
    if (device_ != before_) check(cudaSetDevice(device_), "the device can't be used");
}

DeviceScope::~DeviceScope() {
    if (device_ != before_) cudaSetDevice(before_);
}

Workspace::~Workspace() {
    if (device_ < 0) return;
    int before = 0;
    cudaGetDevice(&before);
    cudaSetDevice(device_);
    release(free_);
    release(used_);
    release_pinned(free_pinned_);
    release_pinned(used_pinned_);
    if (own_ != nullptr) cudaStreamDestroy(own_);
    if (ended_ != nullptr) cudaEventDestroy(ended_);
    cudaSetDevice(before);
}

void Workspace::begin() {
    move_to(current_device());
    const DeviceScope scope(device_);
    if (own_ == nullptr) {
        check(cudaStreamCreateWithFlags(&own_, cudaStreamNonBlocking), "a stream can't be made");
    }
    begin(device_, own_);
}

void Workspace::begin(int device, Stream caller) {
    move_to(device);
    const DeviceScope scope(device_);
    // A call that failed has no end, and pinned memory may still be read.
    if (running_) check(cudaDeviceSynchronize(), "the call before this failed on the device");
    unpin();
    stream_ = caller;
    running_ = true;
    check(cudaStreamWaitEvent(stream_, ended_, 0), "a stream can't wait");
}

void Workspace::wait_for(Stream other) {
    if (other == stream_) return;
    const DeviceScope scope(device_);
    check(cudaEventRecord(ended_, other), "a stream can't be waited for");
    check(cudaStreamWaitEvent(stream_, ended_, 0), "a stream can't wait");
}

void Workspace::end(const std::vector<Stream>& readers) {
    const DeviceScope scope(device_);
    check(cudaEventRecord(ended_, stream_), "the end of a call can't be marked");
    for (const Stream reader : readers) {
        if (reader != stream_) check(cudaStreamWaitEvent(reader, ended_, 0), "a stream can't wait");
    }
    running_ = false;
}

void Workspace::synchronize() {
    const DeviceScope scope(device_);
    check(cudaStreamSynchronize(stream_), "the work on the device failed");
    unpin();
}

void Workspace::unpin() {
    free_pinned_.insert(free_pinned_.end(), used_pinned_.begin(), used_pinned_.end());
    used_pinned_.clear();
}

void Workspace::move_to(int device) {
    if (device == device_) return;
    if (device_ >= 0) {
        const DeviceScope scope(device_);
        check(cudaDeviceSynchronize(), "the call before this failed on the device");
        release(free_);
        if (own_ != nullptr) cudaStreamDestroy(own_);
        cudaEventDestroy(ended_);
        own_ = nullptr;
        ended_ = nullptr;
        running_ = false;
    }
    const DeviceScope scope(device);
    check(cudaEventCreateWithFlags(&ended_, cudaEventDisableTiming), "an event can't be made");
    device_ = device;
}

Workspace::Blocks::iterator Workspace::smallest(Blocks& blocks, std::size_t bytes) {
    auto best = blocks.end();
    for (auto block = blocks.begin(); block != blocks.end(); ++block) {
        if (block->bytes >= bytes && (best == blocks.end() || block->bytes < best->bytes))
            best = block;
    }
    return best;
}

std::byte* Workspace::take(std::size_t bytes) {
    bytes = rounded(bytes);
    const auto kept = smallest(free_, bytes);
    if (kept != free_.end()) {
        used_.push_back(*kept);
        free_.erase(kept);
        return used_.back().memory;
    }
    const DeviceScope scope(device_);
    void* memory = nullptr;
    cudaError_t status = cudaMalloc(&memory, bytes);
    if (status == cudaErrorMemoryAllocation && !free_.empty()) {
        cudaGetLastError();
        release(free_);  // none of them is large enough; freeing waits for the device
        status = cudaMalloc(&memory, bytes);
    }
    if (status == cudaErrorMemoryAllocation) refuse(bytes, "device memory", status);
    check(status, "device memory can't be allocated");
    used_.push_back({static_cast<std::byte*>(memory), bytes, device_});
    bytes_ += bytes;
    ++allocations_;
    return used_.back().memory;
}

void Workspace::give_back(std::byte* memory) {
    const auto block = std::find_if(used_.begin(), used_.end(),
                                    [&](const Block& each) { return each.memory == memory; });
    free_.push_back(*block);
    used_.erase(block);
    if (free_.back().device == device_) return;
    Blocks elsewhere{free_.back()};
    free_.pop_back();
    release(elsewhere);
}

std::byte* Workspace::pin(std::size_t bytes) {
    bytes = rounded(bytes);
    const auto kept = smallest(free_pinned_, bytes);
    if (kept != free_pinned_.end()) {
        used_pinned_.push_back(*kept);
        free_pinned_.erase(kept);
        return used_pinned_.back().memory;
    }
    void* memory = nullptr;
    const cudaError_t status = cudaMallocHost(&memory, bytes);
    if (status == cudaErrorMemoryAllocation) refuse(bytes, "pinned memory", status);
    check(status, "pinned memory can't be allocated");
    used_pinned_.push_back({static_cast<std::byte*>(memory), bytes, device_});
    bytes_ += bytes;
    ++allocations_;
    return used_pinned_.back().memory;
}

void Workspace::release(Blocks& blocks) {
    for (const Block& block : blocks) {
        cudaFree(block.memory);
        bytes_ -= block.bytes;
    }
    blocks.clear();
}

void Workspace::release_pinned(Blocks& blocks) {
    for (const Block& block : blocks) {
        cudaFreeHost(block.memory);
        bytes_ -= block.bytes;
    }
    blocks.clear();
}

std::byte* allocate(std::size_t bytes) {
    void* memory = nullptr;
    const cudaError_t status = cudaMalloc(&memory, rounded(bytes));
    if (status == cudaErrorMemoryAllocation) refuse(bytes, "device memory", status);
    check(status, "device memory can't be allocated");
    return static_cast<std::byte*>(memory);
}

void release(std::byte* memory) noexcept { cudaFree(memory); }

void copy_to_device(const void* host, void* device, std::size_t bytes, Stream stream) {
    check(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream),
          "an array can't be uploaded");
}

void copy_to_host(const void* device, void* host, std::size_t bytes, Stream stream) {
    check(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream),
          "a map can't be downloaded");
}

void copy_on_device(const void* from, void* to, std::size_t bytes, Stream stream) {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream),
          "a map can't be copied");
}

void set_zero(void* device, std::size_t bytes, Stream stream) {
    check(cudaMemsetAsync(device, 0, bytes, stream), "memory can't be cleared");
}

}  // namespace cuda
}  // namespace stereo
