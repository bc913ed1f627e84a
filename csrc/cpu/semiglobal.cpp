// Semi-global matching, fused: two sweeps of four paths meet in the middle. Each stores its sums
// for its half of the rows, then goes on into the other's half, where it adds the other's sums
// and selects. The cost volume never exists: costs are made for a run of pixels at a time
// (Hirschmueller 2008; the order of work follows Spangenberg et al. 2014 in fusing paths by sweep).
#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>

#include "census_image.h"
#include "derived.h"
#include "edges.h"
#include "sweeping.h"

namespace stereo {
namespace {

void work(const Call& call, Barrier& barrier, int thread) {
    const Plan& plan = call.plan;
    const Part census = part_of(plan.height, thread, plan.threads());
    const Buffers::Thread& scratch = call.buffers.thread[static_cast<std::size_t>(thread)];
    if (plan.params.cost == Cost::gradient_census) {
        derived_rows(call.buffers, call.pair, census.begin, census.end);
        barrier.wait();
    }
    if (plan.adaptive) {
        edge_rows(plan, call.buffers, call.pair.guide, census.begin, census.end);
    }
    if (plan.slanted) {
        slant_rows(plan, call.buffers, call.pair.prior, census.begin, census.end);
    }
    if (plan.planes > 0) {
        describe_rows(plan, call.buffers, scratch, call.pair, census.begin, census.end);
    }

    const int team = thread / plan.blocks, block = thread % plan.blocks;
    const Sweeping down(call, 0, block, thread), up(call, plan.one_sweep ? 0 : 1, block, thread);
    const Sweeping& own = team == 0 ? down : up;
    own.clear_scratch();
    if (block == 0) own.clear_states();
    if (plan.teams == 1 && block == 0 && !plan.one_sweep) {
        up.clear_states();
        up.clear_scratch();
    }
    barrier.wait();
    const int stored = plan.stored_rows[team];
    own.rows(0, stored, Sweep::store);
    if (!plan.one_sweep) {
        plan.kernels->fence();  // streamed stores, before the others read them
        barrier.wait();
    }
    const Sweeping& finishing = plan.teams == 1 && !plan.one_sweep ? up : own;
    finishing.rows(plan.teams == 1 ? 0 : stored, plan.height, Sweep::finish);
}

// Each penalty as a vector, by the level of the tone's difference.
void spread_penalties(const Plan& plan, const std::uint16_t* penalty, std::byte* to) {
    if (!plan.adaptive) return;
    for (int level = 0; level < levels; ++level, to += ceiling_bytes) {
        if (plan.element == Width::words) {
            std::fill_n(reinterpret_cast<std::uint16_t*>(to), ceiling_bytes / 2, penalty[level]);
        } else {
            std::memset(to, penalty[level], ceiling_bytes);
        }
    }
}

}  // namespace

void semiglobal(const Pair& pair, const MatchingParams& params, Workspace& workspace,
                const Selection& out) {
    const Plan plan(pair, params, out.confidence != nullptr);
    Arena<alignment> measure(nullptr);
    Buffers(plan, measure);
    Arena<alignment> arena(workspace.require(measure.used()));
    const Buffers buffers(plan, arena);
    const std::size_t inside =
        static_cast<std::size_t>(plan.padding.disparities) * plan.state_bytes();
    std::memset(buffers.beyond, 0, inside);
    std::memset(buffers.beyond + inside, 255,
                static_cast<std::size_t>(plan.padding.state) * plan.state_bytes() - inside);

    spread_penalties(plan, params.p1_at, buffers.p1_vectors);
    spread_penalties(plan, params.p2_at, buffers.p2_vectors);

    const auto blocks = static_cast<std::size_t>(plan.blocks);
    const std::unique_ptr<Progress[]> progress(new Progress[2 * blocks]);
    const std::unique_ptr<std::atomic<int>[]> reverse(
        new std::atomic<int>[static_cast<std::size_t>(plan.horizontal_rows())]());
    const Call call{plan,         buffers, pair, out, {progress.get(), progress.get() + blocks},
                    reverse.get()};
    Barrier barrier(plan.threads());
    run_together(plan.threads(), [&](int thread) { work(call, barrier, thread); });
}

}  // namespace stereo
