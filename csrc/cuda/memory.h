// Memory of one call at a time, on the device and pinned on the host, and the stream that orders
// its uses. For host code that is compiled without CUDA's headers.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "errors.h"
#include "stream.h"

struct CUevent_st;

namespace stereo {
namespace cuda {

// Why no device can be used here; empty if one can.
std::string unusable();

// The devices, by name and compute capability.
std::string describe();

int current_device();
int device_of(const void* pointer);  // that the memory is on

// The device is the current one of this thread as long as this lives.
class DeviceScope {
public:
    explicit DeviceScope(int device);
    ~DeviceScope();
    DeviceScope(const DeviceScope&) = delete;
    DeviceScope& operator=(const DeviceScope&) = delete;

private:
    int device_, before_;
};

// A call begins on a stream, takes and gives back memory in the order of that stream, and ends. The
// next call may begin on another stream, of another device too, without waiting on the host: memory
// that was given back stays, and the new stream waits for the end of the call before. So only one
// call at a time may use a workspace, but the device need not be done with one when the next
// begins.
class Workspace {
public:
    Workspace() = default;
    ~Workspace();
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;

    void begin();                                  // for arrays of the host: a stream of its own
    void begin(int device, Stream caller);         // for arrays on a device
    void wait_for(Stream other);                   // for what is on its way on another stream
    void end(const std::vector<Stream>& readers);  // they wait, too
    void synchronize();

    int device() const { return device_; }
    Stream stream() const { return stream_; }

    // Device memory, aligned to 256, of which nothing is known. Throws DeviceMemoryError.
    std::byte* take(std::size_t bytes);
    void give_back(std::byte* memory);
    // Pinned memory of the host, until the stream was synchronized.
    std::byte* pin(std::size_t bytes);

    std::size_t bytes() const { return bytes_; }              // that are held
    std::size_t allocations() const { return allocations_; }  // how often memory was allocated

private:
    struct Block {
        std::byte* memory;
        std::size_t bytes;
        int device;
    };
    using Blocks = std::vector<Block>;

    void move_to(int device);
    void unpin();
    void release(Blocks& blocks);
    void release_pinned(Blocks& blocks);
    static Blocks::iterator smallest(Blocks& blocks, std::size_t bytes);

    int device_ = -1;  // none yet
    Stream stream_ = nullptr, own_ = nullptr;
    CUevent_st* ended_ = nullptr;
    bool running_ = false;
    Blocks free_, used_, free_pinned_, used_pinned_;
    std::size_t bytes_ = 0;
    std::size_t allocations_ = 0;
};

// Device memory that belongs to nobody's workspace. Freeing it waits for the device.
std::byte* allocate(std::size_t bytes);
void release(std::byte* memory) noexcept;

void copy_to_device(const void* host, void* device, std::size_t bytes, Stream stream);
void copy_to_host(const void* device, void* host, std::size_t bytes, Stream stream);
void copy_on_device(const void* from, void* to, std::size_t bytes, Stream stream);
void set_zero(void* device, std::size_t bytes, Stream stream);

}  // namespace cuda
}  // namespace stereo
