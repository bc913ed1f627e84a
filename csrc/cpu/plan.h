// What one call of semiglobal needs: kernels, paddings, who does what, and where each buffer lies.
#pragma once

#include <cstddef>
#include <vector>

#include "../arena.h"
#include "kernels.h"

namespace stereo {

// The work is laid out in the order of a sweep: r counts rows and u counts columns from where it
// starts, so that both sweeps are the same code. Threads of one sweep own blocks of columns and
// follow each other from row to row.
struct Plan {
    Plan(const Pair& pair, const MatchingParams& params, bool details);

    int height, width;
    MatchingParams params;
    bool details;
    const Kernels* kernels;

    Padding padding;
    Width element;       // of states and volume
    bool adaptive;       // penalties follow the guide
    bool slanted;        // paths follow the prior
    bool wide_cost;      // costs are words
    PixelType derived;   // of the images that the gradient census is taken of
    int cost_beyond;     // cost of the padding beyond D
    Paths paths;         // of one sweep
    bool one_sweep;      // 5 paths: down only, with the other horizontal path made beforehand
    int planes;          // bytes of a pixel's census, and of its tone where that is compared
    int teams;           // sweeps that run at the same time: 1 or 2
    int blocks;          // threads of a team
    int stored_rows[2];  // rows that the downward and the upward sweep store

    int threads() const { return teams * blocks; }
    std::size_t state_bytes() const { return element == Width::words ? 2 : 1; }
    bool keyed() const { return element == Width::bytes; }  // S
    std::size_t cost_bytes() const { return wide_cost ? 2 : 1; }
    std::size_t volume_bytes() const { return element == Width::bytes ? 1 : 2; }
    // A thread may finish a row while the next one has only started the row before it, so
    // each is up to two rows ahead of its neighbour.
    int rows_in_flight() const { return 2 * blocks + 1; }
    int ring() const { return width + rows_in_flight(); }              // slots of a diagonal
    int horizontal_rows() const { return rows_in_flight() + blocks; }  // made beforehand
    std::size_t right_entries() const {
        return static_cast<std::size_t>(width) + static_cast<std::size_t>(padding.state) + 64;
    }
};

// Bytes of the rows of an image that a census window needs, padded.
std::size_t window_bytes(std::size_t width, int window_width, int window_height);

// Selection of one row, between its first and its last pixel.
struct RowBuffers {
    std::uint16_t *winner, *lowest, *below, *above, *second;
    std::uint8_t *flags, *failed;
    std::uint16_t *right_lowest, *right_winner;
    std::uint16_t* aggregated;  // the whole row's S, only for details
};

struct Buffers {
    Buffers(const Plan& plan, Arena<alignment>& arena);

    std::uint8_t* left_planes;              // [y][plane][x]
    std::uint8_t* right_planes;             // [y][plane][entry], mirrored: see CostBlock
    std::size_t left_stride, right_stride;  // of a plane
    std::uint8_t* outside;                  // [y][padding.disparities]: see CostBlock
    std::byte* derived[2][derived_images];  // [image]: see derived.h
    std::uint8_t* edges[max_sweep_paths];   // [y][x]: see edges.h
    std::int8_t* slants[max_sweep_paths];   // the same
    std::byte *p1_vectors, *p2_vectors;     // [level]: see SweepBlock
    std::byte* volume;                      // [y][x][padding.volume]
    std::byte* beyond;

    struct Direction {
        std::byte* vertical[3];  // [slot]
        std::byte* ceiling[3];
        std::byte* carry;  // [block][row parity]: the horizontal state at a block's end
        std::byte* carry_ceiling;
        std::vector<RowBuffers> rows;  // [rows_in_flight]
    } direction[2];

    struct Thread {
        std::byte* horizontal;
        std::byte* horizontal_ceiling;
        std::byte* cost;
        std::uint16_t* aggregated;
        std::byte* gray;  // the window's rows of one image, padded
        std::uint8_t* mirrored_planes;
    };
    std::vector<Thread> thread;
    std::byte* reverse_cost;  // [horizontal_rows][x][padding.state]: the costs it was made from
    std::byte*
        reverse;  // [horizontal_rows][x][padding.volume]: the horizontal path made beforehand
};

}  // namespace stereo
