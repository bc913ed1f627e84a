// Stages 2 to 10.
#include <cstring>

#include "cuda/stages.h"
#include "device_array.hpp"
#include "matching_cases.h"

namespace sanitize {
namespace {

struct Maps {
    std::vector<float> disparity, right_disparity, confidence;
    std::vector<std::uint8_t> flags;
};

struct Inputs {
    std::vector<std::byte> left, right;
    Extras extras;
    stereo::MatchingParams params;
};

std::vector<std::byte> picture(const Case& c, int shift, unsigned seed) {
    const auto pixels = static_cast<std::size_t>(c.height) * static_cast<std::size_t>(c.width);
    const std::unique_ptr<std::byte[]> bytes = image(c, shift, seed);
    return std::vector<std::byte>(bytes.get(), bytes.get() + pixels * size_of(c.type));
}

stereo::Pair pair_of(const Case& c, const void* left, const void* right) {
    stereo::Pair pair{};
    pair.left = {left, c.type, c.height, c.width};
    pair.right = {right, c.type, c.height, c.width};
    pair.gray_level = c.width % 5;
    pair.volume_type = c.params.maximum <= 255 ? PixelType::u8 : PixelType::u16;
    return pair;
}

Maps on_host(const Case& c, const Inputs& in) {
    const std::size_t pixels = in.extras.guide.size();
    Maps maps{std::vector<float>(pixels), std::vector<float>(pixels), std::vector<float>(pixels),
              std::vector<std::uint8_t>(pixels)};
    stereo::Pair pair = pair_of(c, in.left.data(), in.right.data());
    pair.left_tone = in.extras.left_tone.data();
    pair.right_tone = in.extras.right_tone.data();
    pair.guide = in.extras.guide.data();
    pair.prior = c.adaptive && c.slanted ? in.extras.prior.data() : nullptr;
    pair.volume = in.extras.volume.data();
    stereo::Workspace workspace;
    stereo::semiglobal(pair, in.params, workspace,
                       {maps.disparity.data(), maps.flags.data(), maps.right_disparity.data(),
                        maps.confidence.data()});
    return maps;
}

template <class Word, class Byte>
std::vector<Word> words_of(const std::vector<Byte>& bytes) {
    std::vector<Word> words(bytes.size() / sizeof(Word));
    if (!words.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
    return words;
}

template <class Pixel, class Cost>
Maps on_device(const Case& c, const Inputs& in, bool details) {
    const std::size_t pixels = in.extras.guide.size();
    const DeviceArray<Pixel> left(words_of<Pixel>(in.left)), right(words_of<Pixel>(in.right));
    const DeviceArray<Cost> volume(words_of<Cost>(in.extras.volume));
    const DeviceArray<std::uint8_t> left_tone(in.extras.left_tone),
        right_tone(in.extras.right_tone), guide(in.extras.guide);
    const DeviceArray<std::int32_t> prior(in.extras.prior);
    stereo::Pair pair = pair_of(c, left.get(), right.get());
    pair.left_tone = left_tone.get();
    pair.right_tone = right_tone.get();
    pair.guide = guide.get();
    pair.prior = c.adaptive && c.slanted ? prior.get() : nullptr;
    pair.volume = volume.get();
    const Scratch memory = scratch(stereo::cuda::semiglobal_bytes(pair, in.params, details));
    const DeviceArray<float> disparity(pixels), right_disparity(pixels), confidence(pixels);
    const DeviceArray<std::uint8_t> flags(pixels);
    stereo::Selection out{disparity.get(), nullptr, nullptr, nullptr};
    if (details) out = {disparity.get(), flags.get(), right_disparity.get(), confidence.get()};
    stereo::cuda::semiglobal(pair, in.params, memory.get(), out, nullptr);
    ++calls;
    return {disparity.values(), right_disparity.values(), confidence.values(), flags.values()};
}

void check(Case c) {
    const unsigned seed = rng();
    Inputs in{picture(c, 0, seed), picture(c, 3, seed), drawn_extras(c), c.params};
    if (c.adaptive) {
        in.params.p1_at = in.extras.p1.data();
        in.params.p2_at = in.extras.p2.data();
    }
    const Maps expected = on_host(c, in);
    const bool wide = c.params.maximum > 255;
    const auto run = c.type == PixelType::u8    ? wide ? on_device<std::uint8_t, std::uint16_t>
                                                       : on_device<std::uint8_t, std::uint8_t>
                     : c.type == PixelType::u16 ? wide ? on_device<std::uint16_t, std::uint16_t>
                                                       : on_device<std::uint16_t, std::uint8_t>
                     : wide                     ? on_device<float, std::uint16_t>
                                                : on_device<float, std::uint8_t>;
    for (const bool details : {true, false}) {
        const Maps maps = run(c, in, details);
        expect(same(maps.disparity, expected.disparity), "disparity", said(c));
        if (!details) continue;
        expect(maps.flags == expected.flags, "flags", said(c));
        expect(same(maps.right_disparity, expected.right_disparity), "right", said(c));
        expect(same(maps.confidence, expected.confidence), "confidence", said(c));
    }
}

}  // namespace

void check_device_matching() {
    const int sizes[][2] = {{1, 1}, {1, 2}, {1, 37}, {37, 1}, {3, 5}, {17, 23}, {9, 40}, {27, 61}};
    for (const auto& size : sizes) {
        check({size[0], size[1], static_cast<PixelType>(draw(0, 2)), drawn_params(size[1]),
               draw(0, 2) > 0, draw(0, 1) == 1});
    }
    // Kernels for each range of D, in bytes and in half words.
    for (const int disparities : {8, 16, 30, 60, 120, 250, 380, 510, 600, 1100}) {
        for (const int p2 : {36, 300}) {
            stereo::MatchingParams params = drawn_params(11);
            params.disparities = disparities;
            params.min_disp = -disparities / 2;
            params.p1 = p2 / 4;
            params.p2 = p2;
            check({4, 11, static_cast<PixelType>(draw(0, 2)), params, draw(0, 2) > 0,
                   draw(0, 1) == 1});
        }
    }
}

}  // namespace sanitize
