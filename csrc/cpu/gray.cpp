// Stage 1: one gray image of three or four channels.
#include "../contracts.h"

namespace stereo {
namespace {

template <class Pixel>
Pixel weighted(Pixel a, Pixel b, Pixel c) {
    return static_cast<Pixel>((static_cast<unsigned>(a) + 2u * b + c + 2u) >> 2);
}
template <>
float weighted<float>(float a, float b, float c) {
    return (0.25f * a + 0.25f * c) + 0.5f * b;
}

template <class Pixel>
void gray_of(const ImageView& image, Pixel* out) {
    const auto* row = static_cast<const std::byte*>(image.data);
    for (int y = 0; y < image.height; ++y, row += image.row_stride) {
        const std::byte* pixel = row;
        for (int x = 0; x < image.width; ++x, pixel += image.column_stride) {
            const auto channel = [&](int k) {
                return *reinterpret_cast<const Pixel*>(pixel + k * image.channel_stride);
            };
            *out++ = image.channels == 1 ? channel(0) : weighted(channel(0), channel(1), channel(2));
        }
    }
}

}  // namespace

void gray(const ImageView& image, void* out) {
    switch (image.type) {
        case PixelType::u8: return gray_of(image, static_cast<std::uint8_t*>(out));
        case PixelType::u16: return gray_of(image, static_cast<std::uint16_t*>(out));
        case PixelType::f32: return gray_of(image, static_cast<float*>(out));
    }
}

}  // namespace stereo
