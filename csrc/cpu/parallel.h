// Threads for one call: started together, joined at its end; and what they wait with.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace stereo {

// Runs task(0) ... task(threads - 1) at the same time and returns when all have ended. Where the
// system gives fewer threads than asked for, none of them runs and std::system_error is thrown.
void run_together(int threads, const std::function<void(int)>& task);

// Waits until `ready()`; spins briefly, since the others are only a row ahead, then yields.
template <class Ready>
inline void wait_until(Ready ready) {
    for (int spins = 0; !ready(); ++spins) {
        if (spins > 64) std::this_thread::yield();
    }
}

// All of `threads` reach wait() before any of them leaves it.
class Barrier {
public:
    explicit Barrier(int threads) : threads_(threads) {}
    void wait() {
        const int round = round_.load(std::memory_order_acquire);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
            arrived_.store(0, std::memory_order_relaxed);
            round_.store(round + 1, std::memory_order_release);
        } else {
            wait_until([&] { return round_.load(std::memory_order_acquire) != round; });
        }
    }

private:
    const int threads_;
    std::atomic<int> arrived_{0};
    std::atomic<int> round_{0};
};

// The part of [0, size) that belongs to `index` of `parts`.
struct Part {
    int begin, end;
};
inline Part part_of(int size, int index, int parts) {
    const auto at = [&](int k) {
        return static_cast<int>(static_cast<long long>(size) * k / parts);
    };
    return {at(index), at(index + 1)};
}

}  // namespace stereo
