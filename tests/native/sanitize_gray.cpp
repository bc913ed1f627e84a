// Gray images of colour ones.
#include <cstring>
#include <memory>

#include "sanitize.h"

namespace sanitize {
namespace {

std::uint16_t gray_of(std::uint8_t a, std::uint8_t b, std::uint8_t c) {
    return static_cast<std::uint16_t>(a + 2 * b + c);
}
float gray_of(std::uint16_t a, std::uint16_t b, std::uint16_t c) {
    return static_cast<float>(a + 2 * b + c);
}
float gray_of(float a, float b, float c) { return (0.25f * a + 0.25f * c) + 0.5f * b; }

// All eight combinations of rows, columns and channels running backwards.
template <class Pixel, class Gray>
void check_gray(PixelType type, int height, int width, int channels) {
    const int size = height * width;
    const std::unique_ptr<Pixel[]> pixels(new Pixel[static_cast<std::size_t>(size * channels)]);
    for (int k = 0; k < size * channels; ++k) pixels[k] = static_cast<Pixel>(rng());
    for (int flips = 0; flips < 8; ++flips) {
        const auto index = [&](int y, int x, int channel) {
            y = flips & 1 ? height - 1 - y : y;
            x = flips & 2 ? width - 1 - x : x;
            return (y * width + x) * channels + (flips & 4 ? channels - 1 - channel : channel);
        };
        const auto stride = [&](int sign, int elements) {
            return static_cast<std::ptrdiff_t>(sizeof(Pixel)) * (sign != 0 ? -elements : elements);
        };
        const stereo::ImageView view{&pixels[index(0, 0, 0)],
                                     type,
                                     height,
                                     width,
                                     stride(flips & 1, width * channels),
                                     stride(flips & 2, channels),
                                     stride(flips & 4, 1)};
        const std::unique_ptr<Gray[]> out(new Gray[static_cast<std::size_t>(size)]);
        stereo::gray(view, out.get());
        ++calls;
        for (int k = 0; k < size; ++k) {
            const auto channel = [&](int c) { return pixels[index(k / width, k % width, c)]; };
            expect(out[k] == gray_of(channel(0), channel(1), channel(2)), "gray",
                   std::to_string(width) + "x" + std::to_string(height));
        }
    }
}

void check_contrast(int height, int width) {
    const std::string where = std::to_string(width) + "x" + std::to_string(height);
    std::vector<std::uint8_t> tone(static_cast<std::size_t>(height) *
                                   static_cast<std::size_t>(width));
    for (std::uint8_t& t : tone) t = static_cast<std::uint8_t>(draw(0, 255));
    stereo::use_instruction_set("baseline");
    std::vector<std::uint8_t> expected(tone.size());
    stereo::even_contrast(tone.data(), height, width, 1, expected.data());
    add_to_checksum(expected.data(), expected.size());
    for (const char* const* name = stereo::instruction_sets(); *name != nullptr; ++name) {
        stereo::use_instruction_set(*name);
        for (const int threads : {1, 2, 3, 7}) {
            std::vector<std::uint8_t> out(tone.size(), 99);
            stereo::even_contrast(tone.data(), height, width, threads, out.data());
            ++calls;
            expect(out == expected, "even contrast", where);
        }
    }
}

}  // namespace

void check_gray_images() {
    for (const int channels : {3, 4}) {
        for (const int width : {1, 2, 19}) {
            check_gray<std::uint8_t, std::uint16_t>(PixelType::u8, 5, width, channels);
            check_gray<std::uint16_t, float>(PixelType::u16, 1, width, channels);
            check_gray<float, float>(PixelType::f32, 3, width, channels);
        }
    }
    for (const int width : {1, 2, 9, 64, 133}) {
        for (const int height : {1, 5, 40}) check_contrast(height, width);
    }
}

}  // namespace sanitize
