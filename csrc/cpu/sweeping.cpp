#include "sweeping.h"

#include <cstring>

#include "edges.h"

namespace stereo {

// A path that starts has L = 0 everywhere, hence E = 0. Guards stay all ones: never the lower
// neighbour.
void Sweeping::zero_slot(std::byte* state, std::byte* ceiling, std::size_t slot) const {
    std::memset(state + slot * slot_bytes(), 0,
                static_cast<std::size_t>(plan_.padding.state) * plan_.state_bytes());
    const int p2 = plan_.adaptive ? 0 : plan_.params.p2;
    if (plan_.element == Width::words) {
        auto* const words = reinterpret_cast<std::uint16_t*>(ceiling + slot * ceiling_bytes);
        std::fill(words, words + ceiling_bytes / 2, static_cast<std::uint16_t>(p2));
    } else {
        std::memset(ceiling + slot * ceiling_bytes, p2, ceiling_bytes);
    }
}

void Sweeping::copy_state(std::byte* to, std::byte* to_ceiling, const std::byte* from,
                          const std::byte* from_ceiling) const {
    std::memcpy(to, from, static_cast<std::size_t>(plan_.padding.state) * plan_.state_bytes());
    std::memcpy(to_ceiling, from_ceiling, ceiling_bytes);
}

void Sweeping::clear_states() const {
    const auto guard = static_cast<std::size_t>(plan_.kernels->guard_bytes);
    const auto slots = static_cast<std::size_t>(plan_.ring());
    for (int path = 0; path < (plan_.paths == Paths::cross ? 1 : 3); ++path) {
        std::memset(state_.vertical[path] - guard, 255, slots * slot_bytes() + guard);
        for (std::size_t slot = 0; slot < slots; ++slot)
            zero_slot(state_.vertical[path], state_.ceiling[path], slot);
    }
}

void Sweeping::clear_scratch() const {
    const auto guard = static_cast<std::size_t>(plan_.kernels->guard_bytes);
    std::memset(thread_.horizontal - guard, 255, slot_bytes() + guard);
    const std::size_t pixels = static_cast<std::size_t>(plan_.details ? plan_.width : block_pixels);
    const std::size_t aggregated =
        pixels * static_cast<std::size_t>(plan_.padding.aggregated) * sizeof(std::uint16_t);
    if (!plan_.details) {
        std::memset(thread_.aggregated, 255, aggregated);
    } else if (first()) {
        for (const RowBuffers& row : state_.rows) std::memset(row.aggregated, 255, aggregated);
    }
}

CensusPlanes Sweeping::planes_of(int y) const {
    CensusPlanes planes;
    planes.count = plan_.planes;
    const auto count = static_cast<std::size_t>(plan_.planes);
    for (std::size_t k = 0; k < count; ++k) {
        const std::size_t row = static_cast<std::size_t>(y) * count + k;
        planes.left[k] = call_.buffers.left_planes + row * call_.buffers.left_stride;
        planes.right[k] =
            call_.buffers.right_planes + row * call_.buffers.right_stride + plan_.width - 1;
    }
    return planes;
}

// Whether all disparities of a run that starts at x are candidates.
bool Sweeping::whole(int x, int step, int count) const {
    const int other = x + step * (count - 1), min_disp = plan_.params.min_disp;
    return std::min(x, other) - min_disp >= plan_.padding.disparities - 1 &&
           std::max(x, other) - min_disp < plan_.width;
}

// The volume's costs of a run, padded beyond D.
template <class Element>
void Sweeping::copy_costs(int y, int x, int step, int count, void* to,
                          std::ptrdiff_t cost_step) const {
    const auto disparities = static_cast<std::size_t>(plan_.padding.disparities);
    const auto beyond = static_cast<std::size_t>(plan_.padding.state) - disparities;
    const auto* const row =
        static_cast<const Element*>(call_.pair.volume) +
        static_cast<std::size_t>(y) * static_cast<std::size_t>(plan_.width) * disparities;
    auto* cost = static_cast<Element*>(to);
    for (int n = 0; n < count; ++n, x += step, cost += cost_step) {
        std::memcpy(cost, row + static_cast<std::size_t>(x) * disparities,
                    disparities * sizeof(Element));
        std::fill_n(cost + disparities, beyond, static_cast<Element>(plan_.cost_beyond));
    }
}

void Sweeping::costs(int y, int x, int step, int count, std::byte* cost,
                     std::ptrdiff_t cost_step) const {
    if (plan_.params.cost == Cost::volume) {
        if (plan_.wide_cost) return copy_costs<std::uint16_t>(y, x, step, count, cost, cost_step);
        return copy_costs<std::uint8_t>(y, x, step, count, cost, cost_step);
    }
    CostBlock block;
    block.planes = planes_of(y);
    block.outside = call_.buffers.outside + static_cast<std::size_t>(y) *
                                                static_cast<std::size_t>(plan_.padding.disparities);
    block.width = plan_.width;
    block.min_disp = plan_.params.min_disp;
    block.x = x;
    block.step = step;
    block.count = count;
    block.padding = plan_.padding;
    block.beyond = static_cast<std::uint8_t>(plan_.cost_beyond);
    block.cost = reinterpret_cast<std::uint8_t*>(cost);
    block.cost_step = cost_step;
    if (plan_.params.cost == Cost::gradient_census) {
        plan_.kernels->gradient_census_cost(block);
    } else {
        plan_.kernels->cost(block);
    }
}

// Where map k holds the difference from pixel (x, y) to its predecessor along path k of a sweep of
// this direction, or of the other.
std::size_t Sweeping::edge_at(int k, int x, int y, bool downward) const {
    const int at_x = downward ? x : x - edge_steps[k].dx;
    const int at_y = downward ? y : y - edge_steps[k].dy;
    return static_cast<std::size_t>(at_y) * edge_stride(plan_) + static_cast<std::size_t>(at_x + 1);
}

// The edges along all paths through a run: those of this sweep, and of the other one.
void Sweeping::follow_edges(int x, int y, SweepBlock& block) const {
    const int paths = plan_.paths == Paths::cross ? 2 : max_sweep_paths;
    const Buffers& maps = call_.buffers;
    for (int k = 0; k < paths; ++k) {
        const std::size_t at = edge_at(k, x, y, step_ > 0);
        block.edge[k] = maps.edges[k] + at;
        block.slant[k] = plan_.slanted ? maps.slants[k] + at : nullptr;
    }
    block.other_paths = plan_.one_sweep ? 1 : paths;
    for (int k = 0; k < block.other_paths; ++k) {
        block.other_edge[k] = maps.edges[k] + edge_at(k, x, y, step_ < 0);
    }
}

SweepBlock Sweeping::sweep_block(int count, int step) const {
    SweepBlock block{};
    block.count = count;
    block.step = step;
    block.padding = plan_.padding;
    block.p1 = plan_.params.p1;
    block.p2 = plan_.params.p2;
    block.paths = plan_.params.paths;
    block.beyond = call_.buffers.beyond;
    block.wide_cost = plan_.wide_cost;
    block.p1_vectors = call_.buffers.p1_vectors;
    block.p2_vectors = call_.buffers.p2_vectors;
    block.p2_at = plan_.params.p2_at;
    block.horizontal = thread_.horizontal;
    block.ceiling[0] = thread_.horizontal_ceiling;
    return block;
}

// The horizontal path against the sweep, for a whole row; the rows are dealt to the threads in
// turn.
void Sweeping::reverse_row(int r) const {
    if (r % plan_.blocks != block_) return;
    zero_slot(thread_.horizontal, thread_.horizontal_ceiling, 0);
    for (int begin = 0; begin < plan_.width; begin += block_pixels) {
        const int x = plan_.width - 1 - begin;
        const int count = std::min(block_pixels, plan_.width - begin);
        SweepBlock block = sweep_block(count, -1);
        block.cost = block.made = reverse_cost_of(r, x);
        block.cost_step = -plan_.padding.state;
        block.volume = reverse_of(r) + static_cast<std::size_t>(x) * pixel_bytes();
        if (whole_reverse_kernel_ != nullptr && whole(x, -1, count)) {
            block.planes = planes_of(y_of(r));
            block.x = x;
            whole_reverse_kernel_(block);
        } else {
            costs(y_of(r), x, -1, count, block.made, block.cost_step);
            if (plan_.adaptive) {
                const std::size_t at = edge_at(0, x, y_of(r), false);
                block.edge[0] = call_.buffers.edges[0] + at;
                if (plan_.slanted) block.slant[0] = call_.buffers.slants[0] + at;
            }
            reverse_kernel_(block);
        }
    }
    call_.reverse_done[r % plan_.horizontal_rows()].store(r + 1, std::memory_order_release);
}

void Sweeping::begin_row(int r, Sweep mode) const {
    const int before = block_ - 1;
    if (!first()) {
        wait_until([&] { return progress_[before].done.load(std::memory_order_acquire) > r; });
        const std::size_t carry = static_cast<std::size_t>(2 * before + r % 2);
        copy_state(thread_.horizontal, thread_.horizontal_ceiling,
                   state_.carry + carry * slot_bytes(),
                   state_.carry_ceiling + carry * ceiling_bytes);
    } else {
        zero_slot(thread_.horizontal, thread_.horizontal_ceiling, 0);
        if (mode == Sweep::finish) {
            std::memset(buffers_of(r).right_lowest, 255,
                        plan_.right_entries() * sizeof(std::uint16_t));
        }
    }
    if (plan_.one_sweep) {
        const std::atomic<int>& made = call_.reverse_done[r % plan_.horizontal_rows()];
        wait_until([&] { return made.load(std::memory_order_acquire) == r + 1; });
    }
    if (plan_.paths != Paths::all) return;
    const int ring = plan_.ring();
    if (first())
        zero_slot(state_.vertical[1], state_.ceiling[1],
                  static_cast<std::size_t>((ring - r % ring) % ring));
    if (last()) {
        zero_slot(state_.vertical[2], state_.ceiling[2],
                  static_cast<std::size_t>((plan_.width - 1 + r % ring) % ring));
    }
}

void Sweeping::row(int r, Sweep mode) const {
    begin_row(r, mode);
    const int ring = plan_.ring(), turn = r % ring;
    SweepBlock block = sweep_block(0, step_);
    block.planes = planes_of(y_of(r));
    for (int u = columns_.begin; u < columns_.end;) {
        int count = std::min(block_pixels, columns_.end - u);
        if (plan_.paths == Paths::all) {  // the diagonals' slots go round
            const int down = diagonal(u - turn), up = diagonal(u + turn);
            count = std::min({count, ring - down, ring - up});
        }
        if (u + count == columns_.end &&
            !last()) {  // the diagonal from the next block's first pixel
            wait_until(
                [&] { return progress_[block_ + 1].started.load(std::memory_order_acquire) >= r; });
        }
        run(r, {u, count}, mode, block);
        if (u == columns_.begin) progress_[block_].started.store(r + 1, std::memory_order_release);
        u += count;
    }
    end_row(r, mode);
}

// A run of row r; `block` holds what all runs of the row share.
void Sweeping::run(int r, Run run, Sweep mode, SweepBlock& block) const {
    const int y = y_of(r), x = x_of(run.u), turn = r % plan_.ring();
    block.count = run.count;
    const SweepKernel makes_costs =
        whole(x, step_, run.count) ? whole_kernel_[mode == Sweep::finish] : nullptr;
    if (makes_costs != nullptr) {
        block.x = x;
    } else {
        block.cost = plan_.one_sweep ? reverse_cost_of(r, x) : thread_.cost;
        block.cost_step = plan_.padding.state;
        if (!plan_.one_sweep) costs(y, x, step_, run.count, thread_.cost, plan_.padding.state);
    }
    const int slots[3] = {run.u, diagonal(run.u - turn), diagonal(run.u + turn)};
    for (int path = 0; path < (plan_.paths == Paths::cross ? 1 : 3); ++path) {
        const auto slot = static_cast<std::size_t>(slots[path]);
        block.vertical[path] = state_.vertical[path] + slot * slot_bytes();
        block.ceiling[path + 1] = state_.ceiling[path] + slot * ceiling_bytes;
    }
    const std::size_t pixel = static_cast<std::size_t>(x) * pixel_bytes();
    block.volume = plan_.one_sweep ? reverse_of(r) + pixel
                                   : call_.buffers.volume +
                                         static_cast<std::size_t>(y) *
                                             static_cast<std::size_t>(plan_.width) * pixel_bytes() +
                                         pixel;
    std::uint16_t* const aggregated =
        (plan_.details && mode == Sweep::finish
             ? buffers_of(r).aggregated + static_cast<std::size_t>(run.u) *
                                              static_cast<std::size_t>(plan_.padding.aggregated)
             : thread_.aggregated) +
        aggregated_guard;
    block.aggregated = aggregated;
    if (plan_.adaptive) follow_edges(x, y, block);
    (makes_costs != nullptr ? makes_costs : kernel_[mode == Sweep::finish])(block);
    if (mode != Sweep::finish) return;

    const RowBuffers& row = buffers_of(r);
    plan_.kernels->select({aggregated, plan_.padding, x, step_, run.count, plan_.width,
                           plan_.params.min_disp, plan_.params.uniqueness, plan_.keyed(),
                           row.winner, row.lowest, row.below, row.above, row.second, row.flags,
                           row.right_lowest, row.right_winner});
}

void Sweeping::end_row(int r, Sweep mode) const {
    if (!last()) {
        const std::size_t carry = static_cast<std::size_t>(2 * block_ + r % 2);
        copy_state(state_.carry + carry * slot_bytes(),
                   state_.carry_ceiling + carry * ceiling_bytes, thread_.horizontal,
                   thread_.horizontal_ceiling);
    } else if (mode == Sweep::finish) {
        const RowBuffers& row = buffers_of(r);
        const std::size_t at =
            static_cast<std::size_t>(y_of(r)) * static_cast<std::size_t>(plan_.width);
        const std::ptrdiff_t stride = plan_.padding.aggregated;
        FinishRow finish{plan_.width,
                         plan_.params.min_disp,
                         plan_.padding,
                         plan_.params.lr_max_diff,
                         plan_.params.subpixel,
                         row.winner,
                         row.lowest,
                         row.below,
                         row.above,
                         row.second,
                         row.flags,
                         row.failed,
                         row.right_lowest,
                         row.right_winner,
                         nullptr,
                         plan_.keyed(),
                         step_ * stride,
                         call_.out.disparity + at,
                         nullptr,
                         nullptr,
                         nullptr};
        if (plan_.details) {
            finish.aggregated = row.aggregated + aggregated_guard + x_of(0) * stride;
            finish.flags = call_.out.flags + at;
            finish.right_disparity = call_.out.right_disparity + at;
            finish.confidence = call_.out.confidence + at;
        }
        plan_.kernels->finish(finish);
    }
    progress_[block_].done.store(r + 1, std::memory_order_release);
}

}  // namespace stereo
