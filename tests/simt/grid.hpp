// A launch in progress: the blocks that are under way, their warps, and what these wait for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fibers.hpp"
#include "launch.hpp"
#include "options.hpp"
#include "random.hpp"
#include "thread.hpp"
#include "warp.hpp"

namespace simt {

constexpr std::size_t most_shared = 48 * 1024;  // bytes, of a block

struct Warp;
struct Block;
class Grid;

struct Thread {
    uint3 index;
    Warp* warp;
    unsigned lane;
    Fiber fiber;
};

// What lanes of a warp wait for together.
struct Gathering {
    Meeting kind;
    Site site;
    unsigned mask, arrived, left;  // lanes; those that left have gone on
    std::uint64_t words[lanes];
    std::unique_ptr<char> order;  // of memory, for ThreadSanitizer
};

struct Warp {
    Block* block;
    unsigned number;
    std::uint32_t existing, finished, ready;  // lanes; those that are ready can go on
    unsigned last;                            // lane that ran
    std::vector<std::unique_ptr<Gathering>> gatherings, unused;
};

// Each array has memory of its own, so that AddressSanitizer sees what leaves it.
struct SharedArray {
    const void* place;
    std::unique_ptr<std::byte, void (*)(void*)> memory;
};

struct Block {
    Grid* grid;
    uint3 index;
    unsigned slot;
    unsigned size, finished, at_barrier;  // threads
    Site barrier_site;
    unsigned barriers;      // that all have passed
    char barrier_order[2];  // of memory at every other barrier, for ThreadSanitizer
    std::uint32_t ready;    // warps
    unsigned last;          // warp that ran
    std::vector<Warp> warps;
    std::unique_ptr<Thread[]> threads;
    std::vector<SharedArray> shared;
    std::size_t shared_bytes;
};

class Grid {
public:
    Grid(const cudaLaunchConfig_t& config, const Kernel& kernel);
    ~Grid();
    Grid(const Grid&) = delete;
    Grid& operator=(const Grid&) = delete;

    // All blocks; throws an Error where a thread failed.
    void run();

    // What threads call; `self` is the running one.
    const std::uint64_t* meet(Thread& self, Meeting kind, unsigned mask, std::uint64_t word,
                              Site site);
    void barrier(Thread& self, Site site);
    void pass_on(Thread& self);  // others go on first
    void* shared_memory(Thread& self, const void* place, std::size_t bytes);
    void* dynamic_shared(Thread& self);
    [[noreturn]] void fail(Thread& self, const std::string& what, Site site);

private:
    static void thread_main();
    bool checks(Check check) const { return (left_out_ & check) == 0; }
    void exit(Thread& self);
    [[noreturn]] void end(Thread& self);
    void start_block(unsigned slot);
    void retire_blocks();
    void run_ready();
    static void set_running(Thread* thread);
    std::string stuck();
    std::string described(const Thread& thread, const std::string& what, Site site);

    void wake(Warp& warp, std::uint32_t which);
    void suspend(Thread& self);
    Thread* next_after(const Thread& self);
    Thread& chosen(Block& block);
    Thread& chosen(Warp& warp);
    unsigned pick(std::uint32_t ready, unsigned last);

    Gathering& arrive(Thread& self, Meeting kind, unsigned mask, std::uint64_t word, Site site);
    void leave(Thread& self, Gathering& met);
    Gathering& joined(Thread& self, Meeting kind, unsigned mask, Site site);
    void check_mask(Thread& self, unsigned mask, Site site);
    bool complete(const Warp& warp, const Gathering& gathering) const;
    void open_barrier(Block& block);
    void after_exit(Thread& self);

    static constexpr unsigned start_over = 32;  // as the last one: pick from all
    static constexpr unsigned slots = 4;        // blocks at a time in random order
    const cudaLaunchConfig_t config_;
    const Kernel kernel_;
    const unsigned left_out_;  // of the checks
    const Order order_;
    Random random_;
    std::vector<std::uint32_t> waiting_blocks_;  // their numbers, the next one last
    std::unique_ptr<Block> blocks_[slots];
    std::vector<std::unique_ptr<Block>> kept_;
    std::size_t kept_threads_ = 0;
    std::uint32_t ready_ = 0;  // blocks
    unsigned last_ = 0;
    Fiber system_;
    std::string error_;
    char begin_ = 0, end_ = 0;  // order of memory, for ThreadSanitizer
};

extern __thread Thread* running;  // null outside of kernels
bool checks(Check check);         // that it is not left out
std::string kernel_name(const void* function);

}  // namespace simt
