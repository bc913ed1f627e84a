#include "plan.h"

#include <algorithm>

#include "edges.h"

namespace stereo {
namespace {

constexpr int min_block_width = 64;  // px; narrower blocks wait for each other more than they work

// The narrowest arithmetic that is exact; sweep.h says what must fit. In bytes and with constant
// penalties a cost beyond D is maximum + p2, so that L there is at least maximum + p2, the highest
// ceiling, and at most maximum + 2 p2.
Width width_of(const MatchingParams& params) {
    const int sums = (params.paths == 4 ? 2 : 4) * params.p2;  // of the paths of one sweep
    if (params.maximum + params.p2 > 255 || 2 * params.p2 > 255) return Width::words;
    const bool beyond = params.p1_at != nullptr ||  // it saturates
                        params.maximum + 2 * params.p2 + params.p1 <= 255;
    return sums <= 255 && beyond ? Width::bytes : Width::mixed;
}

int planes_of(const MatchingParams& params) {
    switch (params.cost) {
        case Cost::census: return (params.window_width * params.window_height - 1 + 7) / 8;
        case Cost::gradient_census: return tone_plane + 1;
        case Cost::volume: return 0;
    }
    return 0;
}

}  // namespace

std::size_t window_bytes(std::size_t width, int window_width, int window_height) {
    const auto columns = width + 2 * static_cast<std::size_t>(window_width / 2);
    return static_cast<std::size_t>(window_height) * columns * sizeof(float);
}

Plan::Plan(const Pair& pair, const MatchingParams& p, bool with_details)
    : height(pair.left.height),
      width(pair.left.width),
      params(p),
      details(with_details),
      kernels(&stereo::kernels()) {
    const int h = height, w = width;
    adaptive = p.p1_at != nullptr;
    slanted = pair.prior != nullptr;
    element = width_of(p);
    wide_cost = p.cost == Cost::volume && pair.volume_type == PixelType::u16;
    if (wide_cost) element = Width::words;
    cost_beyond = element == Width::bytes && !adaptive ? p.maximum + p.p2 : 255;
    paths = p.paths == 4 ? Paths::cross : Paths::all;
    one_sweep = p.paths == 5;
    planes = planes_of(p);
    derived = pair.left.type == PixelType::u8 ? PixelType::u16 : PixelType::f32;

    const int useful_blocks = std::max(1, w / min_block_width);
    teams = !one_sweep && p.threads >= 2 && p.threads % 2 == 0 ? 2 : 1;
    blocks = std::min(p.threads / teams, useful_blocks);
    stored_rows[0] = one_sweep ? 0 : teams == 2 ? h / 2 : h;
    stored_rows[1] = one_sweep ? 0 : h - stored_rows[0];

    padding.disparities = p.disparities;
    padding.state = round_up(p.disparities, kernels->byte_lanes);
    padding.volume = round_up(p.disparities, 16);
    padding.aggregated = round_up(p.disparities, 64) + 2 * aggregated_guard;
    padding.slot = padding.state + kernels->guard_bytes / static_cast<int>(state_bytes());
}

Buffers::Buffers(const Plan& plan, Arena<alignment>& arena) {
    const auto w = static_cast<std::size_t>(plan.width), h = static_cast<std::size_t>(plan.height);
    const auto planes = static_cast<std::size_t>(plan.planes);
    const auto guard = static_cast<std::size_t>(plan.kernels->guard_bytes);
    const std::size_t slot = static_cast<std::size_t>(plan.padding.slot) * plan.state_bytes();
    const auto blocks = static_cast<std::size_t>(plan.blocks);
    const auto aggregated = static_cast<std::size_t>(plan.padding.aggregated);
    const auto slots = [&](std::size_t count) {
        return arena.take<std::byte>(count * slot + guard) + guard;
    };
    const std::size_t pixel = static_cast<std::size_t>(plan.padding.volume) * plan.volume_bytes();

    volume = arena.take<std::byte>(plan.one_sweep ? 0 : h * w * pixel);
    reverse = arena.take<std::byte>(
        plan.one_sweep ? static_cast<std::size_t>(plan.horizontal_rows()) * w * pixel : 0);
    reverse_cost = arena.take<std::byte>(
        plan.one_sweep ? static_cast<std::size_t>(plan.horizontal_rows()) * w *
                             static_cast<std::size_t>(plan.padding.state) * plan.cost_bytes()
                       : 0);
    const bool derives = plan.params.cost == Cost::gradient_census;
    const std::size_t derived_bytes = !derives ? 0 : plan.derived == PixelType::u16 ? 2 : 4;
    for (auto& image : derived) {
        for (std::byte*& map : image) map = arena.take<std::byte>(h * w * derived_bytes);
    }
    const int directions = !plan.adaptive ? 0 : plan.paths == Paths::cross ? 2 : max_sweep_paths;
    for (int k = 0; k < directions; ++k) edges[k] = arena.take<std::uint8_t>(edge_map_size(plan));
    for (int k = 0; k < (plan.slanted ? directions : 0); ++k) {
        slants[k] = arena.take<std::int8_t>(edge_map_size(plan));
    }
    const std::size_t table = plan.adaptive ? levels * std::size_t{ceiling_bytes} : 0;
    p1_vectors = arena.take<std::byte>(table);
    p2_vectors = arena.take<std::byte>(table);
    left_stride = w;
    right_stride = w + static_cast<std::size_t>(plan.padding.state);
    left_planes = arena.take<std::uint8_t>(h * planes * left_stride);
    right_planes = arena.take<std::uint8_t>(h * planes * right_stride + alignment);
    outside = arena.take<std::uint8_t>(h * static_cast<std::size_t>(plan.padding.disparities));
    beyond =
        arena.take<std::byte>(static_cast<std::size_t>(plan.padding.state) * plan.state_bytes());

    const auto ring = static_cast<std::size_t>(plan.ring());
    for (int k = 0; k < (plan.one_sweep ? 1 : 2); ++k) {
        Direction& d = direction[k];
        for (int path = 0; path < (plan.paths == Paths::cross ? 1 : 3); ++path) {
            d.vertical[path] = slots(ring);
            d.ceiling[path] = arena.take<std::byte>(ring * ceiling_bytes);
        }
        d.carry = slots(2 * blocks);
        d.carry_ceiling = arena.take<std::byte>(2 * blocks * ceiling_bytes);
        d.rows.resize(static_cast<std::size_t>(plan.rows_in_flight()));
        for (RowBuffers& row : d.rows) {
            for (std::uint16_t** p : {&row.winner, &row.lowest, &row.below, &row.above}) {
                *p = arena.take<std::uint16_t>(w);
            }
            row.second = plan.details ? arena.take<std::uint16_t>(w) : nullptr;
            row.flags = arena.take<std::uint8_t>(w);
            row.failed = arena.take<std::uint8_t>(w);
            row.right_lowest = arena.take<std::uint16_t>(plan.right_entries());
            row.right_winner = arena.take<std::uint16_t>(plan.right_entries());
            row.aggregated = plan.details ? arena.take<std::uint16_t>(w * aggregated) : nullptr;
        }
    }

    std::size_t windows = window_bytes(w, plan.params.window_width, plan.params.window_height);
    if (derives) {
        windows = 0;
        for (const int step : derived_steps) {
            windows += window_bytes(w, diagonal_side(step), diagonal_side(step));
        }
    }
    thread.resize(static_cast<std::size_t>(plan.threads()));
    for (Thread& t : thread) {
        t.horizontal = slots(1);
        t.horizontal_ceiling = arena.take<std::byte>(ceiling_bytes);
        t.cost =
            arena.take<std::byte>(static_cast<std::size_t>(block_pixels) *
                                  static_cast<std::size_t>(plan.padding.state) * plan.cost_bytes());
        t.aggregated = arena.take<std::uint16_t>(plan.details ? 0 : block_pixels * aggregated);
        t.gray = arena.take<std::byte>(windows);
        t.mirrored_planes = arena.take<std::uint8_t>(planes * w);
    }
}

}  // namespace stereo
