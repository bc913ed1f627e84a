#include "census_image.h"

#include <algorithm>
#include <cstring>

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

// A candidate outside the right image costs what the same disparity costs at the nearest column
// where its counterpart is inside, or the maximum if there is no such column.
void outside_costs(const Plan& plan, const Buffers& buffers, int y) {
    const auto planes = static_cast<std::size_t>(plan.planes),
               row = static_cast<std::size_t>(y) * planes;
    const int w = plan.width, disparities = plan.padding.disparities,
              min_disp = plan.params.min_disp;
    const auto code = [&](const std::uint8_t* plane, std::size_t stride, int at) {
        std::uint64_t bits = 0;
        for (std::size_t k = 0; k < planes; ++k) {
            bits |=
                static_cast<std::uint64_t>(plane[(row + k) * stride + static_cast<std::size_t>(at)])
                << (8 * k);
        }
        return bits;
    };
    std::uint8_t* const out =
        buffers.outside + static_cast<std::size_t>(y) * static_cast<std::size_t>(disparities);
    for (int i = 0; i < disparities; ++i) {
        const int d = min_disp + i;
        const int x = d > 0 ? d : w - 1 + d;
        if (x < 0 || x >= w) {
            out[i] =
                static_cast<std::uint8_t>(plan.params.window_width * plan.params.window_height - 1);
        } else {
            out[i] = static_cast<std::uint8_t>(
                bit_count(code(buffers.left_planes, buffers.left_stride, x) ^
                          code(buffers.right_planes, buffers.right_stride, w - 1 - x + i)));
        }
    }
}

// The window's gray rows around one row after the other; each image row is padded once.
class Window {
public:
    Window(const Plan& plan, const GrayImage& image, bool mirrored, std::byte* memory)
        : image_(image),
          mirrored_(mirrored),
          size_(plan.params.window_height),
          radius_(plan.params.window_width / 2),
          memory_(memory),
          stride_((static_cast<std::size_t>(plan.width) + 2 * static_cast<std::size_t>(radius_)) *
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

}  // namespace

void census_rows(const Plan& plan, const Buffers& buffers, const Buffers::Thread& scratch,
                 const GrayImage& left, const GrayImage& right, int begin, int end) {
    const auto planes = static_cast<std::size_t>(plan.planes);
    std::uint8_t* out[max_planes] = {};
    for (const bool mirrored : {false, true}) {
        const GrayImage& image = mirrored ? right : left;
        Window window(plan, image, mirrored, scratch.gray);
        for (int y = begin; y < end; ++y) {
            const std::size_t row = static_cast<std::size_t>(y) * planes;
            for (std::size_t k = 0; k < planes; ++k) {
                out[k] = mirrored ? scratch.mirrored_planes + k * buffers.left_stride
                                  : buffers.left_planes + (row + k) * buffers.left_stride;
            }
            plan.kernels->census({window.around(y, y == begin), image.type, plan.width,
                                  plan.params.window_width, plan.params.window_height, mirrored,
                                  out});
            if (!mirrored) continue;
            for (std::size_t k = 0; k < planes; ++k) {
                spread(out[k], plan.width, plan.params.min_disp,
                       static_cast<int>(buffers.right_stride),
                       buffers.right_planes + (row + k) * buffers.right_stride);
            }
            outside_costs(plan, buffers, y);
        }
    }
}

}  // namespace stereo
