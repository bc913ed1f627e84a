// How kernels are run, from the environment or set by a test.
#pragma once

#include <cstddef>
#include <cstdint>

namespace simt {

// Of the lanes in a warp, the warps in a block and the blocks. Forward and reverse run one block at
// a time and each warp as far as it gets; random changes lane, warp and block at any wait.
enum class Order { forward, reverse, random };

// Checks that the self-test leaves out one at a time, to see that they are what finds the bugs.
enum Check : unsigned {
    check_exited_lanes = 1,       // of a mask
    check_sources = 2,            // of shuffles
    check_barriers = 4,           // that all threads of the block reach
    check_poison = 8,             // random, rather than zeros
    check_orders = 16,            // all three, rather than forward
    check_barrier_order = 32,     // ThreadSanitizer: memory is ordered by each barrier on its own
    check_shuffle_disorder = 64,  // ThreadSanitizer: shuffles and votes order no memory
    check_block_disorder = 128,   // ThreadSanitizer: blocks of a launch are not ordered
};

struct Options {
    Order order = Order::forward;   // SIMT_ORDER=forward|reverse|random
    std::uint64_t seed = 1;         // SIMT_SEED: of the random order and of the poison
    std::size_t memory = 1u << 30;  // SIMT_MEMORY: bytes of each device
    int devices = 1;                // SIMT_DEVICES
    unsigned left_out = 0;          // SIMT_LEFT_OUT: a sum of Checks
};

// Not to be changed while a kernel runs.
Options& options();

bool checks(Check check);  // that it is not left out

}  // namespace simt
