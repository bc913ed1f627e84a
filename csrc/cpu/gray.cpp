// Stage 1: one gray image of three or four channels.
#include "../contracts.h"

namespace stereo {
namespace {

// The sums are exact: 10 bits of 8, and 18 bits of 16 in a float.
std::uint16_t weighted(std::uint8_t a, std::uint8_t b, std::uint8_t c) {
    return static_cast<std::uint16_t>(a + 2 * b + c);
}
float weighted(std::uint16_t a, std::uint16_t b, std::uint16_t c) {
    return static_cast<float>(a + 2 * b + c);
}
float weighted(float a, float b, float c) { return (0.25f * a + 0.25f * c) + 0.5f * b; }

template <class Pixel, class Gray>
void gray_of(const ImageView& image, Gray* out) {
    const auto* row = static_cast<const std::byte*>(image.data);
    for (int y = 0; y < image.height; ++y, row += image.row_stride) {
        const std::byte* pixel = row;
        for (int x = 0; x < image.width; ++x, pixel += image.column_stride) {
            const auto channel = [&](int k) {
                return *reinterpret_cast<const Pixel*>(pixel + k * image.channel_stride);
            };
            *out++ = weighted(channel(0), channel(1), channel(2));
        }
    }
}

}  // namespace

PixelType gray_type(PixelType colour) {
    return colour == PixelType::u8 ? PixelType::u16 : PixelType::f32;
}

void gray(const ImageView& image, void* out) {
    switch (image.type) {
        case PixelType::u8: return gray_of<std::uint8_t>(image, static_cast<std::uint16_t*>(out));
        case PixelType::u16: return gray_of<std::uint16_t>(image, static_cast<float*>(out));
        case PixelType::f32: return gray_of<float>(image, static_cast<float*>(out));
    }
}

}  // namespace stereo
