// Memory: of devices, pinned, shared, and the rubbish that it starts as.
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <optional>

#include "grid.hpp"
#include "sanitizers.hpp"

namespace simt {
namespace {

struct Allocation {
    int device;  // or pinned
    std::size_t bytes;
};
constexpr int pinned = -1;

// All that is allocated, by address.
class Heap {
public:
    cudaError_t allocate(void** memory, std::size_t bytes, int device) {
        const std::lock_guard<std::mutex> lock(mutex_);
        *memory = nullptr;
        if (bytes == 0) return cudaSuccess;
        if (device != pinned && bytes > options().memory - used_[device]) {
            return cudaErrorMemoryAllocation;
        }
        if (posix_memalign(memory, 256, bytes) != 0) return cudaErrorMemoryAllocation;
        poison(*memory, bytes);
        blocks_[*memory] = {device, bytes};
        used_[device] += bytes;
        return cudaSuccess;
    }
    cudaError_t release(void* memory, bool of_device) {
        if (memory == nullptr) return cudaSuccess;
        const std::lock_guard<std::mutex> lock(mutex_);
        const auto found = blocks_.find(memory);
        if (found == blocks_.end() || (found->second.device != pinned) != of_device) {
            return cudaErrorInvalidValue;
        }
        used_[found->second.device] -= found->second.bytes;
        blocks_.erase(found);
        std::free(memory);
        return cudaSuccess;
    }
    // What there is from `address` on, unless it is none of ours.
    std::optional<Allocation> from(const void* address) {
        const std::lock_guard<std::mutex> lock(mutex_);
        auto found = blocks_.upper_bound(address);
        if (found == blocks_.begin()) return std::nullopt;
        --found;
        const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(address) -
                                                     static_cast<const std::byte*>(found->first));
        if (offset >= found->second.bytes) return std::nullopt;
        return Allocation{found->second.device, found->second.bytes - offset};
    }

private:
    std::mutex mutex_;
    std::map<const void*, Allocation> blocks_;
    std::map<int, std::size_t> used_;
};

Heap& heap() {
    static Heap all;
    return all;
}

int device() {
    int current = 0;
    cudaGetDevice(&current);
    return current;
}

// Whether these bytes are a device's, or are not, as they should be, and none lies beyond their
// end.
bool fits(const void* memory, std::size_t bytes, bool of_device) {
    const std::optional<Allocation> found = heap().from(memory);
    if (!found) return !of_device && memory != nullptr;
    return (found->device != pinned) == of_device && bytes <= found->bytes;
}

bool fits(const void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
    const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
    return fits(to, bytes, to_device) && fits(from, bytes, from_device);
}

}  // namespace

void poison(void* memory, std::size_t bytes) {
    static std::uint64_t calls = 0;
    if (!checks(check_poison)) {
        std::memset(memory, 0, bytes);
        return;
    }
    Random random(options().seed * 1000003 + __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED));
    auto* const to = static_cast<unsigned char*>(memory);
    for (std::size_t k = 0; k < bytes; k += 4) {
        const std::uint32_t word = random.draw();
        std::memcpy(to + k, &word, bytes - k < 4 ? bytes - k : 4);
    }
}

void* Grid::shared_memory(Thread& self, const void* place, std::size_t bytes) {
    const Unseen unseen;
    Block& block = *self.warp->block;
    for (const SharedArray& array : block.shared) {
        if (array.place == place) return array.memory.get();
    }
    block.shared_bytes += bytes;
    if (block.shared_bytes > most_shared) {
        fail(self,
             std::to_string(block.shared_bytes) + " bytes of shared memory, of " +
                 std::to_string(most_shared),
             {});
    }
    void* memory = nullptr;
    if (posix_memalign(&memory, 16, bytes) != 0) throw std::bad_alloc();
    block.shared.push_back({place, {static_cast<std::byte*>(memory), std::free}});
    poison(memory, bytes);
    return memory;
}

void* Grid::dynamic_shared(Thread& self) {
    return shared_memory(self, nullptr, config_.dynamicSmemBytes);
}

}  // namespace simt

using simt::heap;
using simt::noted;

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
    return noted(heap().allocate(memory, bytes, simt::device()));
}
cudaError_t cudaFree(void* memory) { return noted(heap().release(memory, true)); }

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
    return noted(heap().allocate(memory, bytes, simt::pinned));
}
cudaError_t cudaFreeHost(void* memory) { return noted(heap().release(memory, false)); }

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t) {
    if (bytes == 0) return cudaSuccess;
    if (!simt::fits(to, from, bytes, kind)) return noted(cudaErrorInvalidValue);
    std::memcpy(to, from, bytes);
    return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* memory, int value, std::size_t bytes, cudaStream_t) {
    if (bytes == 0) return cudaSuccess;
    if (!simt::fits(memory, bytes, true)) return noted(cudaErrorInvalidValue);
    std::memset(memory, value, bytes);
    return cudaSuccess;
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
    const std::optional<simt::Allocation> found = heap().from(pointer);
    void* const address = const_cast<void*>(pointer);
    if (!found) {
        *attributes = {cudaMemoryTypeUnregistered, -1, nullptr, address};
    } else if (found->device == simt::pinned) {
        *attributes = {cudaMemoryTypeHost, simt::device(), address, address};
    } else {
        *attributes = {cudaMemoryTypeDevice, found->device, address, nullptr};
    }
    return cudaSuccess;
}
