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
void census_plane8(const Pixel* center, const Pixel* const (&other)[8], int width,
                   std::uint8_t* __restrict plane) {
    const Pixel *a = other[0], *b = other[1], *c = other[2], *d = other[3];
    const Pixel *e = other[4], *f = other[5], *g = other[6], *h = other[7];
    for (int x = 0; x < width; ++x) {
        const Pixel p = center[x];
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
                census_plane8(center, other, row.width, row.planes[plane++]);
                bit = 0;
            }
        }
    }
    if (bit > 0) census_plane(center, other, bit, row.width, row.planes[plane]);
}

// Four bits of each of two images.
template <class Pixel>
void census_plane4_4(const Pixel* center, const Pixel* const* other, const Pixel* second_center,
                     const Pixel* const* second, int width, std::uint8_t* __restrict plane) {
    const Pixel *a = other[0], *b = other[1], *c = other[2], *d = other[3];
    const Pixel *e = second[0], *f = second[1], *g = second[2], *h = second[3];
    for (int x = 0; x < width; ++x) {
        const Pixel p = center[x], q = second_center[x];
        plane[x] = static_cast<std::uint8_t>(
            (a[x] < p ? 1 : 0) | (b[x] < p ? 2 : 0) | (c[x] < p ? 4 : 0) | (d[x] < p ? 8 : 0) |
            (e[x] < q ? 16 : 0) | (f[x] < q ? 32 : 0) | (g[x] < q ? 64 : 0) | (h[x] < q ? 128 : 0));
    }
}

template <class Pixel>
void gradient_census_row(const GradientRow& row) {
    constexpr int radius = 2, bits = 12;
    const Pixel *center[2], *other[2][bits];
    for (int k = 0; k < 2; ++k) {
        const auto line = [&](int dy) {
            return static_cast<const Pixel*>(row.rows[k][dy + radius]) + radius;
        };
        center[k] = line(0);
        int bit = 0;
        for (int dy = -radius; dy <= radius; ++dy) {
            for (int dx = -radius; dx <= radius; ++dx) {
                if ((dx + dy) % 2 != 0 || (dx == 0 && dy == 0)) continue;
                other[k][bit++] = line(dy) + (row.mirrored ? -dx : dx);
            }
        }
        const Pixel* first[8];
        for (int b = 0; b < 8; ++b) first[b] = other[k][b];
        census_plane8(center[k], first, row.width, row.planes[k]);
    }
    census_plane4_4(center[0], other[0] + 8, center[1], other[1] + 8, row.width, row.planes[2]);
}

void gradient_census(const GradientRow& row) {
    switch (row.type) {
        case PixelType::u8: break;  // gradients are wider
        case PixelType::u16: return gradient_census_row<std::uint16_t>(row);
        case PixelType::f32: return gradient_census_row<float>(row);
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
