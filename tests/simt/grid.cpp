// Which thread of a launch runs next.
#include "grid.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "sanitizers.hpp"

__thread uint3 threadIdx, blockIdx;
__thread dim3 blockDim, gridDim;

namespace simt {

__thread Thread* running = nullptr;

Grid::Grid(const cudaLaunchConfig_t& config, const Kernel& kernel)
    : config_(config),
      kernel_(kernel),
      left_out_(options().left_out),
      order_(checks(check_orders) ? options().order : Order::forward),
      random_(options().seed) {
    const dim3& grid = config.gridDim;
    const std::uint32_t count = grid.x * grid.y * grid.z;
    for (std::uint32_t k = 0; k < count; ++k) {
        waiting_blocks_.push_back(order_ == Order::reverse ? k : count - 1 - k);
    }
    if (order_ != Order::random) return;
    for (std::uint32_t k = count; k > 1; --k) {
        std::swap(waiting_blocks_[k - 1], waiting_blocks_[random_.below(k)]);
    }
}

Grid::~Grid() {
    const Unseen unseen;
    for (std::unique_ptr<Block>& block : blocks_) block.reset();
    kept_.clear();
}

void Grid::run() {
    const Unseen unseen;
    release(&begin_);
    blockDim = config_.blockDim;
    gridDim = config_.gridDim;
    const unsigned at_once = order_ == Order::random ? slots : 1;
    for (;;) {
        unsigned resident = 0;
        for (unsigned slot = 0; slot < at_once; ++slot) {
            if (blocks_[slot] == nullptr && !waiting_blocks_.empty()) start_block(slot);
            resident += blocks_[slot] != nullptr;
        }
        if (resident == 0) break;
        if (ready_ == 0) error_ = stuck();
        if (error_.empty()) run_ready();
        if (!error_.empty()) {
            acquire(&end_);
            throw Error(error_);
        }
        retire_blocks();
    }
    acquire(&end_);
}

void Grid::run_ready() {
    Thread& first = chosen(*blocks_[last_ = pick(ready_, last_)]);
    set_running(&first);
    system_.switch_to(first.fiber);
}

void Grid::set_running(Thread* thread) {
    running = thread;
    if (thread == nullptr) return;
    threadIdx = thread->index;
    blockIdx = thread->warp->block->index;
}

void Grid::start_block(unsigned slot) {
    const dim3 &size = config_.blockDim, &grid = config_.gridDim;
    const std::uint32_t number = waiting_blocks_.back();
    waiting_blocks_.pop_back();
    auto block = std::make_unique<Block>();
    block->grid = this;
    block->index = {number % grid.x, number / grid.x % grid.y, number / grid.x / grid.y};
    block->slot = slot;
    block->size = size.x * size.y * size.z;
    block->last = start_over;
    block->warps.resize((block->size + lanes - 1) / lanes);
    block->threads.reset(new Thread[block->size]);
    for (unsigned k = 0; k < block->size; ++k) {
        Thread& thread = block->threads[k];
        thread.index = {k % size.x, k / size.x % size.y, k / size.x / size.y};
        thread.warp = &block->warps[k / lanes];
        thread.lane = k % lanes;
        thread.fiber.prepare(thread_main);
    }
    blocks_[slot] = std::move(block);
    for (unsigned k = 0; k < blocks_[slot]->warps.size(); ++k) {
        Warp& warp = blocks_[slot]->warps[k];
        const unsigned threads = std::min(lanes, blocks_[slot]->size - k * lanes);
        warp.block = blocks_[slot].get();
        warp.number = k;
        warp.existing = threads == lanes ? ~0u : (1u << threads) - 1;
        wake(warp, warp.existing);
    }
}

// ThreadSanitizer takes what runs in an old fiber for the thread that ran there before, so that a
// race between the two would go unseen. Hence blocks stay, up to a number of threads; what comes
// after those is ordered after them.
void Grid::retire_blocks() {
    constexpr std::size_t most = 1024;
    for (std::unique_ptr<Block>& block : blocks_) {
        if (block == nullptr || block->finished < block->size) continue;
        if (!tsan()) {
            block.reset();
            continue;
        }
        kept_threads_ += block->size;
        kept_.push_back(std::move(block));
        if (kept_threads_ < most) continue;
        acquire(&end_);
        release(&begin_);
        kept_.clear();
        kept_threads_ = 0;
    }
}

void Grid::thread_main() {
    Thread& self = *running;
    Grid& grid = *self.warp->block->grid;
    acquire(&grid.begin_);
    try {
        grid.kernel_.body(grid.kernel_.arguments);
        grid.exit(self);
    } catch (const Error& error) {
        grid.error_ = error.what();
    } catch (const std::exception& error) {
        grid.error_ = grid.described(self, error.what(), {});
    }
    release(&grid.end_);
    if (!grid.checks(check_block_disorder)) release(&grid.begin_);
    grid.end(self);
}

void Grid::exit(Thread& self) {
    suspend(self);
    self.warp->finished |= 1u << self.lane;
    ++self.warp->block->finished;
    after_exit(self);
}

// The system's thread goes on where a block has ended, where nothing is ready, or after an error.
void Grid::end(Thread& self) {
    const Block& block = *self.warp->block;
    const bool goes_on = error_.empty() && block.finished < block.size;
    Thread* const next = goes_on ? next_after(self) : nullptr;
    set_running(next);
    self.fiber.end_in(next == nullptr ? system_ : next->fiber);
    std::abort();  // nothing switches to an ended fiber
}

void Grid::wake(Warp& warp, std::uint32_t which) {
    if (which == 0) return;
    Block& block = *warp.block;
    warp.ready |= which;
    warp.last = start_over;
    block.ready |= 1u << warp.number;
    ready_ |= 1u << block.slot;
}

void Grid::suspend(Thread& self) {
    Warp& warp = *self.warp;
    Block& block = *warp.block;
    warp.ready &= ~(1u << self.lane);
    if (warp.ready == 0) block.ready &= ~(1u << warp.number);
    if (block.ready == 0) ready_ &= ~(1u << block.slot);
}

void Grid::pass_on(Thread& self) {
    Thread* const next = next_after(self);
    if (next == &self) return;
    set_running(next);
    self.fiber.switch_to(next == nullptr ? system_ : next->fiber);
}

// Null where all wait. In random order a fourth of the switches leave the warp.
Thread* Grid::next_after(const Thread& self) {
    const bool roams = order_ == Order::random && random_.below(4) == 0;
    Block& block = *self.warp->block;
    const bool stays = block.last == self.warp->number && self.warp->ready != 0;
    if (stays && !roams) return &chosen(*self.warp);
    if (block.ready != 0 && !roams) return &chosen(block);
    return ready_ == 0 ? nullptr : &chosen(*blocks_[last_ = pick(ready_, last_)]);
}

Thread& Grid::chosen(Block& block) {
    block.last = pick(block.ready, block.last);
    return chosen(block.warps[block.last]);
}

Thread& Grid::chosen(Warp& warp) {
    warp.last = pick(warp.ready, warp.last);
    return warp.block->threads[warp.number * lanes + warp.last];
}

// One of the set bits: of those after the last one, where there are some.
unsigned Grid::pick(std::uint32_t ready, unsigned last) {
    if (order_ == Order::forward) {
        const std::uint32_t after = last < 31 ? ready & (~0u << (last + 1)) : 0;
        return static_cast<unsigned>(__builtin_ctz(after != 0 ? after : ready));
    }
    if (order_ == Order::reverse) {
        const std::uint32_t after =
            ready & static_cast<std::uint32_t>((std::uint64_t{1} << last) - 1);
        return 31u - static_cast<unsigned>(__builtin_clz(after != 0 ? after : ready));
    }
    for (auto skipped = random_.below(static_cast<std::uint32_t>(__builtin_popcount(ready)));
         skipped > 0; --skipped) {
        ready &= ready - 1;
    }
    return static_cast<unsigned>(__builtin_ctz(ready));
}

}  // namespace simt
