// Where threads wait for each other, and what they must not do there.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "grid.hpp"
#include "sanitizers.hpp"

namespace simt {
namespace {

Thread& self() { return *running; }

bool same(Site a, Site b) {
    return a.line == b.line && (a.file == b.file || std::strcmp(a.file, b.file) == 0);
}

const char* name(Meeting kind) {
    switch (kind) {
        case Meeting::syncwarp: return "__syncwarp";
        case Meeting::shuffle: return "__shfl_sync";
        case Meeting::shuffle_up: return "__shfl_up_sync";
        case Meeting::shuffle_xor: return "__shfl_xor_sync";
        case Meeting::vote: return "a vote";
        case Meeting::reduce: return "a reduction";
    }
    return "";
}

std::string text(Site site) {
    return site.file == nullptr ? "" : std::string(site.file) + ":" + std::to_string(site.line);
}

std::string hexadecimal(unsigned mask) {
    char digits[16];
    std::snprintf(digits, sizeof(digits), "0x%08x", mask);
    return digits;
}

}  // namespace

const std::uint64_t* Grid::meet(Thread& self, Meeting kind, unsigned mask, std::uint64_t word,
                                Site site) {
    Gathering& met = arrive(self, kind, mask, word, site);
    pass_on(self);
    leave(self, met);
    return met.words;
}

Gathering& Grid::arrive(Thread& self, Meeting kind, unsigned mask, std::uint64_t word, Site site) {
    const Unseen unseen;
    check_mask(self, mask, site);
    Gathering& met = joined(self, kind, mask, site);
    met.words[self.lane] = word;
    met.arrived |= 1u << self.lane;
    if (met.order != nullptr) release(met.order.get());
    suspend(self);
    if (complete(*self.warp, met)) wake(*self.warp, met.arrived);
    return met;
}

// The last one to leave frees the gathering for others; its words stay until they come.
void Grid::leave(Thread& self, Gathering& met) {
    const Unseen unseen;
    if (met.order != nullptr) acquire(met.order.get());
    met.left |= 1u << self.lane;
    if (met.left != met.arrived) return;
    met.order.reset();
    auto& all = self.warp->gatherings;
    const auto place = std::find_if(all.begin(), all.end(),
                                    [&](const auto& other) { return other.get() == &met; });
    self.warp->unused.push_back(std::move(*place));
    all.erase(place);
}

void Grid::check_mask(Thread& self, unsigned mask, Site site) {
    const Warp& warp = *self.warp;
    if ((mask >> self.lane & 1u) == 0) {
        fail(self, "the mask " + hexadecimal(mask) + " lacks the lane itself", site);
    }
    if ((mask & ~warp.existing) != 0) {
        fail(self, "the mask " + hexadecimal(mask) + " has lanes that the block lacks", site);
    }
    if ((mask & warp.finished) != 0 && checks(check_exited_lanes)) {
        fail(self,
             "the mask " + hexadecimal(mask) + " has exited lanes, " +
                 hexadecimal(mask & warp.finished),
             site);
    }
}

// The gathering with this mask that is not complete, or a new one. A lane that waits for this one
// with another mask, or elsewhere in the source, would wait for ever.
Gathering& Grid::joined(Thread& self, Meeting kind, unsigned mask, Site site) {
    Warp& warp = *self.warp;
    for (const std::unique_ptr<Gathering>& open : warp.gatherings) {
        if (complete(warp, *open)) continue;
        if (open->mask == mask) {
            if (open->kind == kind && same(open->site, site)) return *open;
            fail(self,
                 std::string(name(kind)) + " meets " + name(open->kind) + " at " + text(open->site),
                 site);
        }
        if ((open->mask >> self.lane & 1u) != 0 && (mask & open->arrived) != 0) {
            fail(self,
                 "the mask " + hexadecimal(mask) + " meets " + hexadecimal(open->mask) + " at " +
                     text(open->site),
                 site);
        }
    }
    if (warp.unused.empty()) warp.unused.push_back(std::make_unique<Gathering>());
    warp.gatherings.push_back(std::move(warp.unused.back()));
    warp.unused.pop_back();
    Gathering& made = *warp.gatherings.back();
    made.kind = kind;
    made.site = site;
    made.mask = mask;
    made.arrived = made.left = 0;
    const bool orders = kind == Meeting::syncwarp || !checks(check_shuffle_disorder);
    if (tsan() && orders) made.order.reset(new char);
    return made;
}

bool Grid::complete(const Warp& warp, const Gathering& gathering) const {
    const unsigned excused = checks(check_exited_lanes) ? 0 : warp.finished;
    return (gathering.mask & ~gathering.arrived & ~excused) == 0;
}

void Grid::barrier(Thread& self, Site site) {
    Block& block = *self.warp->block;
    if (checks(check_barriers)) {
        if (block.finished > 0) fail(self, "a barrier that exited threads did not reach", site);
        if (block.at_barrier > 0 && !same(block.barrier_site, site)) {
            fail(self, "a barrier, while threads wait at that of " + text(block.barrier_site),
                 site);
        }
    }
    block.barrier_site = site;
    // Two, since a thread may be at the next barrier before another has left this one.
    char* const order = &block.barrier_order[checks(check_barrier_order) ? block.barriers % 2 : 0];
    release(order);
    ++block.at_barrier;
    suspend(self);
    if (block.at_barrier + block.finished == block.size) open_barrier(block);
    pass_on(self);
    acquire(order);
}

void Grid::open_barrier(Block& block) {
    block.at_barrier = 0;
    ++block.barriers;
    for (Warp& warp : block.warps) wake(warp, warp.existing & ~warp.finished);
    block.last = start_over;
}

void Grid::after_exit(Thread& self) {
    Warp& warp = *self.warp;
    Block& block = *warp.block;
    for (const std::unique_ptr<Gathering>& open : warp.gatherings) {
        if ((open->mask & ~open->arrived & 1u << self.lane) == 0) continue;
        if (checks(check_exited_lanes) && !complete(warp, *open)) {
            fail(self, std::string("a lane exits for which others wait in ") + name(open->kind),
                 open->site);
        }
        if (complete(warp, *open)) wake(warp, open->arrived);
    }
    if (block.at_barrier == 0) return;
    if (checks(check_barriers)) {
        fail(self, "a thread exits, while others wait at a barrier", block.barrier_site);
    }
    if (block.at_barrier + block.finished == block.size) open_barrier(block);
}

std::string Grid::stuck() {
    for (const std::unique_ptr<Block>& block : blocks_) {
        if (block == nullptr) continue;
        for (const Warp& warp : block->warps) {
            for (const std::unique_ptr<Gathering>& open : warp.gatherings) {
                const auto first = static_cast<unsigned>(__builtin_ctz(open->arrived));
                return described(block->threads[warp.number * lanes + first],
                                 std::string(name(open->kind)) + " waits for lanes " +
                                     hexadecimal(open->mask & ~open->arrived) +
                                     ", which wait elsewhere",
                                 open->site);
            }
        }
    }
    return "no thread of " + kernel_name(kernel_.function) + " can go on";
}

std::string Grid::described(const Thread& thread, const std::string& what, Site site) {
    const uint3 &b = thread.warp->block->index, &t = thread.index;
    char where[160];
    std::snprintf(where, sizeof(where), ", block (%u, %u, %u), thread (%u, %u, %u): ", b.x, b.y,
                  b.z, t.x, t.y, t.z);
    return kernel_name(kernel_.function) + where + what +
           (site.file == nullptr ? "" : ", at " + text(site));
}

void Grid::fail(Thread& self, const std::string& what, Site site) {
    throw Error(described(self, what, site));
}

const std::uint64_t* meet(Meeting kind, unsigned mask, std::uint64_t word, Site site) {
    return self().warp->block->grid->meet(self(), kind, mask, word, site);
}
void barrier(Site site) { self().warp->block->grid->barrier(self(), site); }
void give_way() { self().warp->block->grid->pass_on(self()); }
unsigned lane() { return self().lane; }
void* shared_memory(const void* place, std::size_t bytes) {
    return self().warp->block->grid->shared_memory(self(), place, bytes);
}
void* dynamic_shared() { return self().warp->block->grid->dynamic_shared(self()); }
void fail(const char* what, Site site) { self().warp->block->grid->fail(self(), what, site); }

}  // namespace simt
