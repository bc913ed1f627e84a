// Stage 11: small regions, by runs. A run is a stretch of connected pixels of a row; runs of
// neighbouring rows that touch are joined in a union-find, whose roots count pixels.
#include <cmath>
#include <cstring>
#include <vector>

#include "../contracts.h"

namespace stereo {
namespace {

struct RunOfPixels {
    int begin, end;  // columns
    int parent;
    int size;
};

int root(std::vector<RunOfPixels>& runs, int k) {
    while (runs[static_cast<std::size_t>(k)].parent != k) {
        int& parent = runs[static_cast<std::size_t>(k)].parent;
        parent = runs[static_cast<std::size_t>(parent)].parent;
        k = parent;
    }
    return k;
}

void join(std::vector<RunOfPixels>& runs, int a, int b) {
    a = root(runs, a);
    b = root(runs, b);
    if (a == b) return;
    RunOfPixels& first = runs[static_cast<std::size_t>(a < b ? a : b)];
    RunOfPixels& other = runs[static_cast<std::size_t>(a < b ? b : a)];
    other.parent = a < b ? a : b;
    first.size += other.size;
}

// NaN is connected to nothing, for every comparison with it is false.
bool connected(float a, float b, float max_diff) { return std::fabs(a - b) <= max_diff; }

void add_runs(const float* row, int width, float max_diff, std::vector<RunOfPixels>& runs) {
    for (int x = 0; x < width;) {
        if (std::isnan(row[x])) {
            ++x;
            continue;
        }
        const int begin = x++;
        while (x < width && connected(row[x - 1], row[x], max_diff)) ++x;
        runs.push_back({begin, x, static_cast<int>(runs.size()), x - begin});
    }
}

// Runs [above, middle) of the row above and [middle, end) of this one, both from left to right.
void join_rows(const float* upper, const float* row, float max_diff, std::size_t above,
               std::size_t middle, std::vector<RunOfPixels>& runs) {
    std::size_t a = above;
    for (std::size_t b = middle; b < runs.size();) {
        if (a == middle) return;
        const int begin = runs[a].begin > runs[b].begin ? runs[a].begin : runs[b].begin;
        const int end = runs[a].end < runs[b].end ? runs[a].end : runs[b].end;
        for (int x = begin; x < end; ++x) {
            if (!connected(upper[x], row[x], max_diff)) continue;
            join(runs, static_cast<int>(a), static_cast<int>(b));
            break;
        }
        if (runs[a].end < runs[b].end) {
            ++a;
        } else {
            ++b;
        }
    }
}

}  // namespace

void speckles(const float* disparity, int height, int width, int size, float max_diff,
              std::uint8_t* out) {
    const auto w = static_cast<std::size_t>(width);
    std::vector<RunOfPixels> runs;
    std::vector<std::size_t> row_begin;
    for (int y = 0; y < height; ++y) {
        const float* const row = disparity + static_cast<std::size_t>(y) * w;
        const std::size_t above = row_begin.empty() ? 0 : row_begin.back();
        row_begin.push_back(runs.size());
        add_runs(row, width, max_diff, runs);
        if (y > 0) join_rows(row - w, row, max_diff, above, row_begin.back(), runs);
    }
    row_begin.push_back(runs.size());
    std::memset(out, 0, static_cast<std::size_t>(height) * w);
    for (int y = 0; y < height; ++y) {
        std::uint8_t* const row = out + static_cast<std::size_t>(y) * w;
        for (std::size_t k = row_begin[static_cast<std::size_t>(y)];
             k < row_begin[static_cast<std::size_t>(y) + 1]; ++k) {
            const int whole = runs[static_cast<std::size_t>(root(runs, static_cast<int>(k)))].size;
            if (whole < size)
                std::memset(row + runs[k].begin, 1,
                            static_cast<std::size_t>(runs[k].end - runs[k].begin));
        }
    }
}

}  // namespace stereo
