// Fills holes from the valid pixels around them: along a row, or along 16 directions.
//
// What a pixel first meets along a direction is either the next pixel of that direction, or what
// that one meets. So a sweep over the rows carries, for each direction that looks back, what is
// met from every column, and no pixel walks: one sweep from the top, one from the bottom.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "kernels.h"
#include "parallel.h"

namespace stereo {
namespace {

constexpr float nothing = std::numeric_limits<float>::quiet_NaN();

struct Direction {
    int dx, rows;  // columns and rows back, in the order of the sweep
};
constexpr Direction directions[] = {{2, 1}, {1, 1}, {1, 2}, {0, 1}, {-1, 2}, {-1, 1}, {-2, 1}};
constexpr int looking_back = 7;
constexpr int frame = 2;  // columns outside the image, where nothing is met
constexpr int ring = 3;   // rows that are kept of what is met
static_assert(met_values == 2 * looking_back + 2, "two sweeps, and two directions along the row");

std::size_t at(int y, int width) {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
}

struct Map {
    const float* disparity;
    int height, width;
    const float* row(int y) const { return disparity + at(y, width); }
};

// The holes of a map, row by row.
struct Holes {
    std::vector<int> columns;
    std::vector<std::size_t> begin;  // of each row, and the end
    explicit Holes(const Map& map) {
        begin.reserve(static_cast<std::size_t>(map.height) + 1);
        for (int y = 0; y < map.height; ++y) {
            begin.push_back(columns.size());
            const float* const row = map.row(y);
            for (int x = 0; x < map.width; ++x) {
                if (std::isnan(row[x])) columns.push_back(x);
            }
        }
        begin.push_back(columns.size());
    }
    std::size_t of_row(int y) const { return begin[static_cast<std::size_t>(y)]; }
};

std::size_t kept_length(int width) { return static_cast<std::size_t>(width) + 2 * frame; }

// One sweep, from the top (step 1) or from the bottom (-1). seen[k * holes + n] is what hole n
// meets along direction k. `kept` is scratch, full of nothing.
void sweep(const Map& map, const Holes& holes, int step, float* kept, float* seen) {
    const std::size_t length = kept_length(map.width);
    const auto line = [&](int direction, int row) {
        return kept + static_cast<std::size_t>(direction * ring + row % ring) * length + frame;
    };
    const std::size_t count = holes.columns.size();
    const float* back[looking_back];
    float* out[looking_back];
    for (int r = 0; r < map.height; ++r) {
        const int y = step > 0 ? r : map.height - 1 - r;
        for (int k = 0; k < looking_back; ++k) {
            // Before the first row the ring still holds what it began with: nothing.
            back[k] = line(k, r + ring - directions[k].rows) + directions[k].dx;
            out[k] = line(k, r);
            float* const own = seen + static_cast<std::size_t>(k) * count;
            for (std::size_t n = holes.of_row(y); n < holes.of_row(y + 1); ++n) {
                own[n] = back[k][holes.columns[n]];
            }
        }
        kernels().carry_row({map.width, looking_back, map.row(y), back, out});
    }
}

// The nearest valid value before and after each column; NaN where there is none.
void along_row(const float* row, int width, float* left, float* right) {
    float last = nothing;
    for (int x = 0; x < width; ++x) {
        left[x] = last;
        last = row[x] == row[x] ? row[x] : last;
    }
    last = nothing;
    for (int x = width - 1; x >= 0; --x) {
        right[x] = last;
        last = row[x] == row[x] ? row[x] : last;
    }
}

// Medians of the holes [first, first + some) of a row, given what they meet.
void fill_some(const Holes& holes, const float* seen, std::size_t first, std::size_t some,
               const float* left, const float* right, float* row) {
    const std::size_t count = holes.columns.size();
    const int* const columns = holes.columns.data() + first;
    float met[met_values][met_batch];
    for (auto& each : met) std::fill(each, each + met_batch, nothing);
    for (std::size_t k = 0; k < 2 * looking_back; ++k) {
        std::copy(seen + k * count + first, seen + k * count + first + some, met[k]);
    }
    for (std::size_t n = 0; n < some; ++n) {
        met[met_values - 2][n] = left[columns[n]];
        met[met_values - 1][n] = right[columns[n]];
    }
    float found[met_batch];
    kernels().lower_medians(met[0], found);
    for (std::size_t n = 0; n < some; ++n) row[columns[n]] = found[n];
}

// `scratch` takes two rows.
void fill_rows(const Map& map, const Holes& holes, const float* seen, Part part, float* scratch,
               float* out) {
    float* const left = scratch;
    float* const right = scratch + map.width;
    for (int y = part.begin; y < part.end; ++y) {
        float* const row = out + at(y, map.width);
        std::copy(map.row(y), map.row(y) + map.width, row);
        const std::size_t end = holes.of_row(y + 1);
        if (holes.of_row(y) == end) continue;
        along_row(map.row(y), map.width, left, right);
        for (std::size_t first = holes.of_row(y); first < end; first += met_batch) {
            const std::size_t some = std::min<std::size_t>(met_batch, end - first);
            fill_some(holes, seen, first, some, left, right, row);
        }
    }
}

}  // namespace

// All memory is allocated here: what a thread throws can't be caught.
void fill_directions(const float* disparity, int height, int width, int threads, float* out) {
    const Map map{disparity, height, width};
    const Holes holes(map);
    const std::size_t half = looking_back * holes.columns.size();  // of one sweep
    const std::size_t kept = looking_back * ring * kept_length(width);
    std::vector<float> seen(2 * half);
    if (half > 0) {
        std::vector<float> scratch(2 * kept, nothing);
        const auto down = [&] { sweep(map, holes, 1, scratch.data(), seen.data()); };
        const auto up = [&] { sweep(map, holes, -1, scratch.data() + kept, seen.data() + half); };
        run_together(std::min(threads, 2), [&](int index) {
            if (index == 0) down();
            if (index == 1 || threads == 1) up();
        });
    }
    const int parts = std::min(threads, std::max(1, height / 16));
    const std::size_t two_rows = 2 * static_cast<std::size_t>(width);
    std::vector<float> scratch(static_cast<std::size_t>(parts) * two_rows);
    run_together(parts, [&](int index) {
        fill_rows(map, holes, seen.data(), part_of(height, index, parts),
                  scratch.data() + static_cast<std::size_t>(index) * two_rows, out);
    });
}

void fill_row(const float* disparity, int height, int width, float* out) {
    const Map map{disparity, height, width};
    std::vector<float> left(static_cast<std::size_t>(width)), right(left.size());
    for (int y = 0; y < height; ++y) {
        const float* const row = map.row(y);
        float* const filled = out + at(y, width);
        along_row(row, width, left.data(), right.data());
        for (int x = 0; x < width; ++x) {
            const float a = left[static_cast<std::size_t>(x)];
            const float b = right[static_cast<std::size_t>(x)];
            const float smaller = (a < b || b != b ? a : b) + 0.0f;  // -0 is 0
            filled[x] = row[x] == row[x] ? row[x] : smaller;
        }
    }
}

}  // namespace stereo
