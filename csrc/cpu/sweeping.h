// One thread's share of one sweep over the image: its columns of every row, in step with the
// threads of the neighbouring columns.
#pragma once

#include <algorithm>
#include <atomic>

#include "parallel.h"
#include "plan.h"

namespace stereo {

// How far each thread of a sweep has come, in rows of that sweep.
struct Progress {
    std::atomic<int> started{0};  // rows whose first run is done
    std::atomic<int> done{0};
    char apart[alignment - 2 * sizeof(std::atomic<int>)];
};

struct Call {
    const Plan& plan;
    const Buffers& buffers;
    const Pair& pair;
    const Selection& out;
    Progress* progress[2];           // [direction][block]
    std::atomic<int>* reverse_done;  // [horizontal_rows]: row + 1
};

class Sweeping {
public:
    Sweeping(const Call& call, int direction, int block, int thread)
        : call_(call),
          plan_(call.plan),
          state_(call.buffers.direction[direction]),
          thread_(call.buffers.thread[static_cast<std::size_t>(thread)]),
          progress_(call.progress[direction]),
          step_(direction == 0 ? 1 : -1),
          block_(block),
          columns_(part_of(plan_.width, block, plan_.blocks)),
          makes_costs_(plan_.params.cost == Cost::census && !plan_.adaptive &&
                       plan_.padding.state == plan_.padding.disparities) {
        const Kernels& kernels = *plan_.kernels;
        // Slanted paths shift their states, which lie in memory then.
        const int state = plan_.slanted ? 0 : plan_.padding.state;
        for (const Sweep mode : {Sweep::store, Sweep::finish}) {
            kernel_[mode == Sweep::finish] =
                kernels.sweep(plan_.paths, mode, plan_.element, state, 0, plan_.adaptive);
            whole_kernel_[mode == Sweep::finish] =
                plan_.one_sweep || !makes_costs_
                    ? nullptr
                    : kernels.sweep(plan_.paths, mode, plan_.element, state, plan_.planes, false);
        }
        reverse_kernel_ =
            kernels.sweep(Paths::horizontal, Sweep::store, plan_.element, state, 0, plan_.adaptive);
        whole_reverse_kernel_ = !makes_costs_
                                    ? nullptr
                                    : kernels.sweep(Paths::horizontal, Sweep::store, plan_.element,
                                                    state, plan_.planes, false);
    }

    void clear_states() const;
    void clear_scratch() const;
    // Rows [begin, end), counted from where the sweep starts.
    void rows(int begin, int end, Sweep mode) const {
        for (int r = begin; plan_.one_sweep && r < std::min(end, begin + plan_.blocks); ++r)
            reverse_row(r);
        for (int r = begin; r < end; ++r) {
            if (plan_.one_sweep && r + plan_.blocks < end) reverse_row(r + plan_.blocks);
            row(r, mode);
        }
    }

private:
    struct Run {
        int u, count;
    };
    bool first() const { return block_ == 0; }
    bool last() const { return block_ == plan_.blocks - 1; }
    int y_of(int r) const { return step_ > 0 ? r : plan_.height - 1 - r; }
    int x_of(int u) const { return step_ > 0 ? u : plan_.width - 1 - u; }
    std::size_t slot_bytes() const {
        return static_cast<std::size_t>(plan_.padding.slot) * plan_.state_bytes();
    }
    std::size_t pixel_bytes() const {
        return static_cast<std::size_t>(plan_.padding.volume) * plan_.volume_bytes();
    }
    const RowBuffers& buffers_of(int r) const {
        return state_.rows[static_cast<std::size_t>(r % plan_.rows_in_flight())];
    }
    std::byte* reverse_of(int r) const {
        return call_.buffers.reverse + static_cast<std::size_t>(r % plan_.horizontal_rows()) *
                                           static_cast<std::size_t>(plan_.width) * pixel_bytes();
    }

    void row(int r, Sweep mode) const;
    void begin_row(int r, Sweep mode) const;
    void end_row(int r, Sweep mode) const;
    void reverse_row(int r) const;
    void run(int r, Run run, Sweep mode, SweepBlock& block) const;
    int diagonal(int slot) const {  // of a ring, from at most one turn off
        const int ring = plan_.ring();
        return slot < 0 ? slot + ring : slot >= ring ? slot - ring : slot;
    }
    std::byte* reverse_cost_of(int r, int x) const {
        const auto row = static_cast<std::size_t>(r % plan_.horizontal_rows());
        return call_.buffers.reverse_cost +
               (row * static_cast<std::size_t>(plan_.width) + static_cast<std::size_t>(x)) *
                   static_cast<std::size_t>(plan_.padding.state) * plan_.cost_bytes();
    }
    bool whole(int x, int step, int count) const;
    CensusPlanes planes_of(int y) const;
    void costs(int y, int x, int step, int count, std::byte* cost, std::ptrdiff_t cost_step) const;
    template <class Element>
    void copy_costs(int y, int x, int step, int count, void* to, std::ptrdiff_t cost_step) const;
    std::size_t edge_at(int k, int x, int y, bool downward) const;
    void follow_edges(int x, int y, SweepBlock& block) const;
    void zero_slot(std::byte* state, std::byte* ceiling, std::size_t slot) const;
    void copy_state(std::byte* to, std::byte* to_ceiling, const std::byte* from,
                    const std::byte* from_ceiling) const;
    SweepBlock sweep_block(int count, int step) const;

    const Call& call_;
    const Plan& plan_;
    const Buffers::Direction& state_;
    const Buffers::Thread& thread_;
    Progress* const progress_;
    const int step_;
    const int block_;
    const Part columns_;
    const bool makes_costs_;  // there may be kernels that make their own costs
    SweepKernel kernel_[2], reverse_kernel_;
    SweepKernel whole_kernel_[2], whole_reverse_kernel_;  // null if there is none
};

}  // namespace stereo
