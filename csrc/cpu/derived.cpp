// The image smoothed across its rows, and its Sobel gradients: for a census that noise changes
// little, and one that sees edges rather than brightness.
#include "derived.h"

#include <algorithm>

namespace stereo {
namespace {

// A gradient from neighbours: rows above, at and below; columns before, at and after.
template <class Sum>
Sum slope(Sum a, Sum b, Sum c, Sum d, Sum e, Sum f) {
    return ((a - b) + 2 * (c - d)) + (e - f);
}

// A census only compares, so that an offset does no harm: it keeps integers positive.
inline std::uint16_t stored(int gradient, std::uint16_t) {
    return static_cast<std::uint16_t>(gradient + 1024);  // of bytes: within +-1020
}
inline float stored(float gradient, float) { return gradient; }

template <class Pixel>
const Pixel* row_of(const GrayImage& image, int y) {
    return static_cast<const Pixel*>(image.data) +
           static_cast<std::size_t>(std::clamp(y, 0, image.height - 1)) *
               static_cast<std::size_t>(image.width);
}

// A binomial filter down the columns. Along the rows, where matches are searched, nothing blurs.
template <class Pixel, class Sum, class Out>
void smooth_row(const GrayImage& image, int y, Out* __restrict out) {
    const auto width = static_cast<std::size_t>(image.width);
    const Pixel *a = row_of<Pixel>(image, y - 2), *b = row_of<Pixel>(image, y - 1),
                *c = row_of<Pixel>(image, y), *d = row_of<Pixel>(image, y + 1),
                *e = row_of<Pixel>(image, y + 2);
    const auto sum = [](Pixel p) { return static_cast<Sum>(p); };
    for (std::size_t x = 0; x < width; ++x) {
        out[x] = static_cast<Out>(((sum(a[x]) + sum(e[x])) + 4 * (sum(b[x]) + sum(d[x]))) +
                                  6 * sum(c[x]));
    }
}

template <class Pixel, class Sum, class Out>
void gradient_row(const GrayImage& image, int y, Out* __restrict out_x, Out* __restrict out_y) {
    const auto width = static_cast<std::size_t>(image.width);
    const Pixel *above = row_of<Pixel>(image, y - 1), *here = row_of<Pixel>(image, y),
                *below = row_of<Pixel>(image, y + 1);
    const auto pixel = [&](std::size_t l, std::size_t x, std::size_t r) {
        const auto sum = [](Pixel p) { return static_cast<Sum>(p); };
        out_x[x] = stored(slope(sum(above[r]), sum(above[l]), sum(here[r]), sum(here[l]),
                                sum(below[r]), sum(below[l])),
                          Out{});
        out_y[x] = stored(slope(sum(below[l]), sum(above[l]), sum(below[x]), sum(above[x]),
                                sum(below[r]), sum(above[r])),
                          Out{});
    };
    pixel(0, 0, std::min<std::size_t>(1, width - 1));
    for (std::size_t x = 1; x + 1 < width; ++x) pixel(x - 1, x, x + 1);
    if (width > 1) pixel(width - 2, width - 1, width - 1);
}

template <class Pixel, class Sum, class Out>
void derive(const GrayImage& image, std::byte* const (&maps)[derived_images], int begin, int end) {
    for (int y = begin; y < end; ++y) {
        const std::size_t at = static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width);
        smooth_row<Pixel, Sum, Out>(image, y, reinterpret_cast<Out*>(maps[0]) + at);
        gradient_row<Pixel, Sum, Out>(image, y, reinterpret_cast<Out*>(maps[1]) + at,
                                      reinterpret_cast<Out*>(maps[2]) + at);
    }
}

}  // namespace

void derived_rows(const Buffers& buffers, const Pair& pair, int begin, int end) {
    for (const bool right : {false, true}) {
        const GrayImage& image = right ? pair.right : pair.left;
        const auto& maps = buffers.derived[right];
        switch (image.type) {
            case PixelType::u8:
                derive<std::uint8_t, int, std::uint16_t>(image, maps, begin, end);
                break;
            case PixelType::u16:  // exact in a float: within +-2^20
                derive<std::uint16_t, float, float>(image, maps, begin, end);
                break;
            case PixelType::f32: derive<float, float, float>(image, maps, begin, end); break;
        }
    }
}

}  // namespace stereo
