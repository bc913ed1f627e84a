// Census transform of a row (Zabih and Woodfill 1994), as planes of 8 bits each, so that
// Hamming distances are counted on bytes.
#pragma once

#include "kernels.h"

namespace stereo {
namespace {

template <class Pixel>
void census_plane(const Pixel* center, const Pixel* const (&other)[8], int count, int width,
                  std::uint8_t* __restrict plane) {
    for (int x = 0; x < width; ++x) {
        unsigned bits = 0;
        for (int b = 0; b < count; ++b) bits |= static_cast<unsigned>(other[b][x] < center[x]) << b;
        plane[x] = static_cast<std::uint8_t>(bits);
    }
}

// All eight bits at once: the loop that the compiler vectorises.
template <class Pixel>
void census_plane8(const Pixel* center, Pixel slack, const Pixel* const (&other)[8], int width,
                   std::uint8_t* __restrict plane) {
    const Pixel *a = other[0], *b = other[1], *c = other[2], *d = other[3];
    const Pixel *e = other[4], *f = other[5], *g = other[6], *h = other[7];
    for (int x = 0; x < width; ++x) {
        const Pixel p = static_cast<Pixel>(center[x] - slack);
        plane[x] = static_cast<std::uint8_t>(
            (a[x] < p ? 1 : 0) | (b[x] < p ? 2 : 0) | (c[x] < p ? 4 : 0) | (d[x] < p ? 8 : 0) |
            (e[x] < p ? 16 : 0) | (f[x] < p ? 32 : 0) | (g[x] < p ? 64 : 0) | (h[x] < p ? 128 : 0));
    }
}

template <class Pixel>
void census_row(const CensusRow& row) {
    const int radius_x = row.window_width / 2, radius_y = row.window_height / 2;
    const Pixel* const center = static_cast<const Pixel*>(row.rows[radius_y]) + radius_x;
    const Pixel* other[8] = {};
    int bit = 0, plane = 0;
    for (int dy = -radius_y; dy <= radius_y; ++dy) {
        const Pixel* const line = static_cast<const Pixel*>(row.rows[dy + radius_y]) + radius_x;
        for (int dx = -radius_x; dx <= radius_x; ++dx) {
            if (dx == 0 && dy == 0) continue;
            other[bit++] = line + (row.mirrored ? -dx : dx);
            if (bit == 8) {
                census_plane8(center, Pixel{0}, other, row.width, row.planes[plane++]);
                bit = 0;
            }
        }
    }
    if (bit > 0) census_plane(center, other, bit, row.width, row.planes[plane]);
}

// Four bits, to the upper or to the lower half of a plane.
template <bool upper, class Pixel>
void census_plane4(const Pixel* center, Pixel slack, const Pixel* const* other, int width,
                   std::uint8_t* __restrict plane) {
    const Pixel *a = other[0], *b = other[1], *c = other[2], *d = other[3];
    for (int x = 0; x < width; ++x) {
        const Pixel p = static_cast<Pixel>(center[x] - slack);
        const int bits =
            (a[x] < p ? 1 : 0) | (b[x] < p ? 2 : 0) | (c[x] < p ? 4 : 0) | (d[x] < p ? 8 : 0);
        plane[x] = static_cast<std::uint8_t>(upper ? plane[x] | bits << 4 : bits);
    }
}

template <class Pixel>
void diagonal_census_row(const DiagonalRow& row) {
    constexpr int reach = 2, bits = 12;
    const auto line = [&](int dy) {
        return static_cast<const Pixel*>(row.rows[(dy + reach) * row.step]) + reach * row.step;
    };
    const Pixel* other[bits];
    int bit = 0;
    for (int dy = -reach; dy <= reach; ++dy) {
        for (int dx = -reach; dx <= reach; ++dx) {
            if ((dx + dy) % 2 != 0 || (dx == 0 && dy == 0)) continue;
            other[bit++] = line(dy) + (row.mirrored ? -dx : dx) * row.step;
        }
    }
    const Pixel* first[8];
    for (int b = 0; b < 8; ++b) first[b] = other[b];
    const auto slack = static_cast<Pixel>(row.slack);
    census_plane8(line(0), slack, first, row.width, row.plane);
    (row.upper ? census_plane4<true, Pixel>
               : census_plane4<false, Pixel>)(line(0), slack, other + 8, row.width, row.rest);
}

void diagonal_census(const DiagonalRow& row) {
    switch (row.type) {
        case PixelType::u8: return;  // nothing is derived in bytes
        case PixelType::u16: return diagonal_census_row<std::uint16_t>(row);
        case PixelType::f32: return diagonal_census_row<float>(row);
    }
}

void census(const CensusRow& row) {
    switch (row.type) {
        case PixelType::u8: return census_row<std::uint8_t>(row);
        case PixelType::u16: return census_row<std::uint16_t>(row);
        case PixelType::f32: return census_row<float>(row);
    }
}

}  // namespace
}  // namespace stereo
