#include "parallel.h"

#include <vector>

namespace stereo {

void run_together(int threads, const std::function<void(int)>& task) {
    if (threads <= 1) return task(0);
    enum { wait, go, stop };
    std::atomic<int> gate{wait};
    std::vector<std::thread> others;
    const auto join = [&](int state) {
        gate.store(state, std::memory_order_release);
        for (std::thread& thread : others) thread.join();
    };
    try {
        others.reserve(static_cast<std::size_t>(threads - 1));
        for (int index = 1; index < threads; ++index) {
            others.emplace_back([&, index] {
                wait_until([&] { return gate.load(std::memory_order_acquire) != wait; });
                if (gate.load(std::memory_order_acquire) == go) task(index);
            });
        }
    } catch (...) {
        join(stop);
        throw;
    }
    gate.store(go, std::memory_order_release);
    task(0);
    for (std::thread& thread : others) thread.join();
}

}  // namespace stereo
