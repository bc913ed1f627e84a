#include "census_image.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace stereo {
namespace {

// A gray row, its border replicated by `radius`; from right to left if mirrored.
template <class Pixel>
void padded_row(const GrayImage& image, int y, int radius, bool mirrored, void* to) {
    const Pixel* const row = static_cast<const Pixel*>(image.data) +
                             static_cast<std::size_t>(std::clamp(y, 0, image.height - 1)) *
                                 static_cast<std::size_t>(image.width);
    Pixel* const out = static_cast<Pixel*>(to);
    if (mirrored) {
        std::reverse_copy(row, row + image.width, out + radius);
    } else {
        std::copy(row, row + image.width, out + radius);
    }
    std::fill(out, out + radius, out[radius]);
    std::fill(out + radius + image.width, out + image.width + 2 * radius,
              out[radius + image.width - 1]);
}

void padded_row(const GrayImage& image, int y, int radius, bool mirrored, void* to) {
    switch (image.type) {
        case PixelType::u8: return padded_row<std::uint8_t>(image, y, radius, mirrored, to);
        case PixelType::u16: return padded_row<std::uint16_t>(image, y, radius, mirrored, to);
        case PixelType::f32: return padded_row<float>(image, y, radius, mirrored, to);
    }
}

// Entry e of the right planes is the mirrored column clamp(e + min_disp, 0, width - 1): then
// candidate i of left pixel x is entry width - 1 - x + i.
void spread(const std::uint8_t* mirrored, int width, int min_disp, int entries, std::uint8_t* out) {
    const int before = std::clamp(-min_disp, 0, entries);
    const int inside = std::clamp(width - min_disp, before, entries);
    std::memset(out, mirrored[0], static_cast<std::size_t>(before));
    if (inside > before) {
        std::memcpy(out + before, mirrored + before + min_disp,
                    static_cast<std::size_t>(inside - before));
    }
    std::memset(out + inside, mirrored[width - 1], static_cast<std::size_t>(entries - inside));
}

int bit_count(std::uint64_t a) {
    a -= (a >> 1) & 0x5555555555555555u;
    a = (a & 0x3333333333333333u) + ((a >> 2) & 0x3333333333333333u);
    return static_cast<int>((((a + (a >> 4)) & 0x0f0f0f0f0f0f0f0fu) * 0x0101010101010101u) >> 56);
}

// The cost of a left and a right pixel whose planes lie `left_stride` and `right_stride` apart.
int cost_of(const Plan& plan, const std::uint8_t* left, std::size_t left_stride,
            const std::uint8_t* right, std::size_t right_stride) {
    const bool census_only = plan.params.cost == Cost::census;
    const auto bytes = static_cast<std::size_t>(census_only ? plan.planes : tone_plane);
    std::uint64_t differ = 0;
    for (std::size_t k = 0; k < bytes; ++k) {
        const unsigned byte = left[k * left_stride] ^ unsigned { right[k * right_stride] };
        differ |= std::uint64_t{byte} << (8 * k);
    }
    if (census_only) return bit_count(differ);
    const int tone = left[tone_plane * left_stride] - right[tone_plane * right_stride];
    return bit_count(differ) + std::min(tone < 0 ? -tone : tone, tone_limit) / 4;
}

// A candidate outside the right image costs what the same disparity costs at the nearest column
// where its counterpart is inside, or the maximum if there is no such column.
void outside_costs(const Plan& plan, const Buffers& buffers, int y) {
    const auto row = static_cast<std::size_t>(y) * static_cast<std::size_t>(plan.planes);
    const int w = plan.width, disparities = plan.padding.disparities,
              min_disp = plan.params.min_disp;
    const std::uint8_t* const left = buffers.left_planes + row * buffers.left_stride;
    const std::uint8_t* const right = buffers.right_planes + row * buffers.right_stride;
    std::uint8_t* const out =
        buffers.outside + static_cast<std::size_t>(y) * static_cast<std::size_t>(disparities);
    for (int i = 0; i < disparities; ++i) {
        const int d = min_disp + i;
        const int x = d > 0 ? d : w - 1 + d;
        const bool exists = x >= 0 && x < w;
        out[i] = static_cast<std::uint8_t>(exists ? cost_of(plan, left + x, buffers.left_stride,
                                                            right + (w - 1 - x + i),
                                                            buffers.right_stride)
                                                  : plan.params.maximum);
    }
}

// The window's gray rows around one row after the other; each image row is padded once.
class Window {
public:
    Window(const GrayImage& image, bool mirrored, int radius, int rows, std::byte* memory)
        : image_(image),
          mirrored_(mirrored),
          size_(rows),
          radius_(radius),
          memory_(memory),
          stride_((static_cast<std::size_t>(image.width) + 2 * static_cast<std::size_t>(radius)) *
                  sizeof(float)) {}

    // The rows y - size / 2 ... y + size / 2.
    const void* const* around(int y, bool first) {
        const int radius_y = size_ / 2;
        for (int dy = first ? -radius_y : radius_y; dy <= radius_y; ++dy) {
            padded_row(image_, y + dy, radius_, mirrored_, at(y + dy));
        }
        for (int dy = -radius_y; dy <= radius_y; ++dy) rows_[dy + radius_y] = at(y + dy);
        return rows_;
    }

private:
    std::byte* at(int y) const {
        const int k = (y % size_ + size_) % size_;
        return memory_ + static_cast<std::size_t>(k) * stride_;
    }
    const GrayImage& image_;
    const bool mirrored_;
    const int size_, radius_;
    std::byte* const memory_;
    const std::size_t stride_;
    const void* rows_[16] = {};
};

// The planes of both images.
class Describer {
public:
    Describer(const Plan& plan, const Buffers& buffers, const Buffers::Thread& scratch, int begin,
              int end)
        : plan_(plan), buffers_(buffers), scratch_(scratch), begin_(begin), end_(end) {}

    void census(const GrayImage& image, bool mirrored, int window_width, int window_height) const {
        const int count = (window_width * window_height - 1 + 7) / 8;
        Window window(image, mirrored, window_width / 2, window_height, scratch_.gray);
        for (int y = begin_; y < end_; ++y) {
            std::uint8_t* out[max_planes] = {};
            for (int k = 0; k < count; ++k) out[k] = plane(y, mirrored, k);
            plan_.kernels->census({window.around(y, y == begin_), image.type, plan_.width,
                                   window_width, window_height, mirrored, out});
            for (int k = 0; mirrored && k < count; ++k) spread_plane(y, k);
        }
    }

    // Planes 0, 1 and 2, one of each derived image; 3, of the first two; 4, of the last.
    void diagonals(int gray_level, bool mirrored) const {
        const auto image = [&](int k) {
            return GrayImage{buffers_.derived[mirrored][k], plan_.derived, plan_.height,
                             plan_.width};
        };
        const GrayImage images[derived_images] = {image(0), image(1), image(2)};
        std::byte* memory = scratch_.gray;
        std::vector<Window> windows;
        for (int k = 0; k < derived_images; ++k) {
            const int side = diagonal_side(derived_steps[k]);
            windows.emplace_back(images[k], mirrored, side / 2, side, memory);
            memory += window_bytes(static_cast<std::size_t>(plan_.width), side, side);
        }
        for (int y = begin_; y < end_; ++y) {
            for (int k = 0; k < derived_images; ++k) {
                plan_.kernels->diagonal_census(
                    {windows[static_cast<std::size_t>(k)].around(y, y == begin_), derived_steps[k],
                     k == 0 ? 0 : gray_level, plan_.derived, plan_.width, mirrored, k == 1,
                     plane(y, mirrored, k), plane(y, mirrored, derived_images + k / 2)});
            }
            for (int k = 0; mirrored && k < tone_plane; ++k) spread_plane(y, k);
        }
    }

    void tone(const std::uint8_t* image, bool mirrored) const {
        const auto width = static_cast<std::size_t>(plan_.width);
        for (int y = begin_; y < end_; ++y) {
            const std::uint8_t* const row = image + static_cast<std::size_t>(y) * width;
            std::uint8_t* const out = plane(y, mirrored, tone_plane);
            if (mirrored) {
                std::reverse_copy(row, row + width, out);
                spread_plane(y, tone_plane);
            } else {
                std::memcpy(out, row, width);
            }
        }
    }

private:
    std::size_t at(int y, int k) const {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(plan_.planes) +
               static_cast<std::size_t>(k);
    }
    std::uint8_t* plane(int y, bool mirrored, int k) const {
        return mirrored
                   ? scratch_.mirrored_planes + static_cast<std::size_t>(k) * buffers_.left_stride
                   : buffers_.left_planes + at(y, k) * buffers_.left_stride;
    }
    void spread_plane(int y, int k) const {
        spread(plane(y, true, k), plan_.width, plan_.params.min_disp,
               static_cast<int>(buffers_.right_stride),
               buffers_.right_planes + at(y, k) * buffers_.right_stride);
    }

    const Plan& plan_;
    const Buffers& buffers_;
    const Buffers::Thread& scratch_;
    const int begin_, end_;
};

}  // namespace

void describe_rows(const Plan& plan, const Buffers& buffers, const Buffers::Thread& scratch,
                   const Pair& pair, int begin, int end) {
    const Describer describe(plan, buffers, scratch, begin, end);
    for (const bool mirrored : {false, true}) {
        const GrayImage& image = mirrored ? pair.right : pair.left;
        if (plan.params.cost == Cost::census) {
            describe.census(image, mirrored, plan.params.window_width, plan.params.window_height);
            continue;
        }
        describe.diagonals(pair.gray_level, mirrored);
        describe.tone(mirrored ? pair.right_tone : pair.left_tone, mirrored);
    }
    for (int y = begin; y < end; ++y) outside_costs(plan, buffers, y);
}

}  // namespace stereo
