// Gray images, tones, guides and rectification.
#include <algorithm>
#include <cmath>

#include "cuda/stages.h"
#include "device_array.hpp"

namespace sanitize {
namespace {

template <class Pixel>
constexpr PixelType type_of = sizeof(Pixel) == 1   ? PixelType::u8
                              : sizeof(Pixel) == 2 ? PixelType::u16
                                                   : PixelType::f32;

template <class Pixel>
std::vector<Pixel> drawn_pixels(int count) {
    std::vector<Pixel> pixels(static_cast<std::size_t>(count));
    for (Pixel& pixel : pixels) {
        pixel = static_cast<Pixel>(rng() >> 16);
        if (sizeof(Pixel) == 4) pixel = pixel / 64 - 400;
    }
    return pixels;
}

// All eight combinations of rows, columns and channels running backwards.
template <class Pixel, class Gray>
void check_gray(int height, int width, int channels) {
    const std::vector<Pixel> pixels = drawn_pixels<Pixel>(height * width * channels);
    const DeviceArray<Pixel> pixels_(pixels);
    const auto gray_pixels = static_cast<std::size_t>(height * width);
    for (int flips = 0; flips < 8; ++flips) {
        const int steps[] = {width * channels, channels, 1};
        const int lasts[] = {height - 1, width - 1, channels - 1};
        std::ptrdiff_t first = 0, strides[3];
        for (int axis = 0; axis < 3; ++axis) {
            const bool back = (flips >> axis & 1) != 0;
            if (back) first += lasts[axis] * steps[axis];
            strides[axis] =
                (back ? -steps[axis] : steps[axis]) * static_cast<std::ptrdiff_t>(sizeof(Pixel));
        }
        stereo::ImageView view{pixels.data() + first,
                               type_of<Pixel>,
                               height,
                               width,
                               strides[0],
                               strides[1],
                               strides[2]};
        std::vector<Gray> expected(gray_pixels);
        stereo::gray(view, expected.data());
        view.data = pixels_.get() + first;
        const DeviceArray<Gray> out(gray_pixels);
        stereo::cuda::gray(view, out.get(), nullptr);
        ++calls;
        expect(out.values() == expected, "gray", size_text(height, width));
    }
}

// The tones by their definition, of both images together.
template <class Gray>
void check_tones(int height, int width, bool of_bytes, bool flat) {
    std::vector<Gray> both = drawn_pixels<Gray>(2 * height * width);
    if (of_bytes)
        for (Gray& g : both) g = static_cast<Gray>(draw(0, 1020));
    if (flat) std::fill(both.begin(), both.end(), Gray(7));
    const std::size_t pixels = both.size() / 2;
    const auto ends = std::minmax_element(both.begin(), both.end());
    const float low = static_cast<float>(*ends.first), high = static_cast<float>(*ends.second);
    const float scale = high > low ? 255.0f / (high - low) : 0.0f;
    std::vector<std::uint8_t> expected;
    for (const Gray g : both) {
        const float tone = of_bytes ? std::floor(static_cast<float>(g) / 4.0f)
                                    : std::floor((static_cast<float>(g) - low) * scale);
        expected.push_back(static_cast<std::uint8_t>(std::min(tone, 255.0f)));
    }
    const DeviceArray<Gray> left(std::vector<Gray>(both.begin(), both.end() - height * width));
    const DeviceArray<Gray> right(std::vector<Gray>(both.begin() + height * width, both.end()));
    const DeviceArray<std::uint8_t> left_tone(pixels), right_tone(pixels);
    const Scratch memory = scratch(stereo::cuda::tones_bytes());
    stereo::cuda::tones({left.get(), type_of<Gray>, height, width},
                        {right.get(), type_of<Gray>, height, width}, of_bytes, memory.get(),
                        left_tone.get(), right_tone.get(), nullptr);
    ++calls;
    std::vector<std::uint8_t> found = left_tone.values();
    for (const std::uint8_t tone : right_tone.values()) found.push_back(tone);
    expect(found == expected, "tones", size_text(height, width));
}

void check_contrast(int height, int width) {
    const std::vector<std::uint8_t> tone = drawn_pixels<std::uint8_t>(height * width);
    std::vector<std::uint8_t> expected(tone.size());
    stereo::even_contrast(tone.data(), height, width, 1, expected.data());
    const DeviceArray<std::uint8_t> tone_(tone), out(tone.size());
    stereo::cuda::even_contrast(tone_.get(), height, width, out.get(), nullptr);
    ++calls;
    expect(out.values() == expected, "even contrast", size_text(height, width));
}

template <class Pixel>
struct Bilinear {
    const std::vector<Pixel>& image;
    int height, width, channels;
    float border;

    float pixel(int y, int x, int channel) const {
        if (y < 0 || x < 0 || y >= height || x >= width) return border;
        return static_cast<float>(
            image[static_cast<std::size_t>((y * width + x) * channels + channel)]);
    }
    // Neighbours whose weight is 0 do not count, even where they are infinite.
    float mixed(float a, float b, float part) const {
        return (part == 1.0f ? 0.0f : (1.0f - part) * a) + (part == 0.0f ? 0.0f : part * b);
    }
    float at(float x, float y, int channel) const {
        const bool near = x > -1.0f && y > -1.0f && x < static_cast<float>(width) &&
                          y < static_cast<float>(height);
        if (!near) return border;
        const float fx = x - std::floor(x), fy = y - std::floor(y);
        const int column = static_cast<int>(std::floor(x)), row = static_cast<int>(std::floor(y));
        const float top = mixed(pixel(row, column, channel), pixel(row, column + 1, channel), fx);
        const float bottom =
            mixed(pixel(row + 1, column, channel), pixel(row + 1, column + 1, channel), fx);
        return mixed(top, bottom, fy);
    }
};

template <class Pixel>
void check_remap(int height, int width, int channels, int out_height, int out_width) {
    const std::vector<Pixel> image = drawn_pixels<Pixel>(height * width * channels);
    std::vector<float> xs, ys;
    for (int k = 0; k < out_height * out_width; ++k) {
        xs.push_back(static_cast<float>(draw(-24, 8 * width + 24)) / 8.0f);
        ys.push_back(static_cast<float>(draw(-24, 8 * height + 24)) / 8.0f);
        if (draw(1, 20) == 1) xs.back() = std::nanf("");
        if (draw(1, 20) == 1) ys.back() = draw(0, 1) == 0 ? 1e30f : -HUGE_VALF;
    }
    const Bilinear<Pixel> source{image, height, width, channels, 5.0f};
    std::vector<Pixel> expected;
    for (std::size_t k = 0; k < xs.size(); ++k) {
        for (int c = 0; c < channels; ++c) {
            const float value = source.at(xs[k], ys[k], c);
            expected.push_back(static_cast<Pixel>(sizeof(Pixel) == 4 ? value : std::rint(value)));
        }
    }
    const DeviceArray<Pixel> image_(image), out(expected.size());
    const DeviceArray<float> xs_(xs), ys_(ys);
    stereo::cuda::remap(image_.get(), type_of<Pixel>, height, width, channels, xs_.get(), ys_.get(),
                        out_height, out_width, source.border, out.get(), nullptr);
    ++calls;
    expect(out.values() == expected, "remap", size_text(height, width));
}

}  // namespace

void check_device_images() {
    for (const int channels : {3, 4}) {
        for (const int width : {1, 19}) {
            check_gray<std::uint8_t, std::uint16_t>(5, width, channels);
            check_gray<std::uint16_t, float>(1, width, channels);
            check_gray<float, float>(3, width, channels);
        }
    }
    const int sizes[][2] = {{1, 1}, {1, 40}, {40, 1}, {7, 9}, {35, 70}};
    for (const auto& size : sizes) {
        check_tones<std::uint16_t>(size[0], size[1], true, false);
        check_tones<std::uint16_t>(size[0], size[1], false, draw(0, 2) == 0);
        check_tones<float>(size[0], size[1], false, draw(0, 2) == 0);
        check_contrast(size[0], size[1]);
        check_remap<std::uint8_t>(size[0], size[1], 1, draw(1, 20), draw(1, 40));
        check_remap<std::uint16_t>(size[0], size[1], 3, draw(1, 20), draw(1, 20));
        check_remap<float>(size[0], size[1], 4, draw(1, 20), draw(1, 20));
    }
}

}  // namespace sanitize
