// The core under the sanitizers, without Python: every kernel on small and odd sizes, each result
// compared with that of the baseline set in one thread. Prints one closing line, whose checksum is
// the same on every machine; exit code 1 where anything differs or an invariant is broken.
//
// Images and maps are on the heap, each of exactly its size, so that AddressSanitizer sees every
// access beyond one. The workspace is full of rubbish before each call: what an earlier call left
// there must not matter.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "contracts.h"

namespace {

using stereo::PixelType;
using stereo::SubPixel;

std::mt19937 rng(20240229);
long calls = 0, failures = 0;
std::uint64_t checksum = 14695981039346656037u;  // FNV-1a; the same on every machine

int draw(int smallest, int largest) {
    return smallest + static_cast<int>(rng() % static_cast<unsigned>(largest - smallest + 1));
}
int draw_of(std::initializer_list<int> values) {
    return values.begin()[draw(0, static_cast<int>(values.size()) - 1)];
}

struct Case {
    int height, width;
    PixelType type;
    stereo::MatchingParams params;
    bool adaptive;  // penalties
};

std::string said(const Case& c) {
    const stereo::MatchingParams& p = c.params;
    char text[320];
    std::snprintf(text, sizeof(text),
                  "%dx%d type %d, min_disp %d, D %d, window %dx%d, p1 %d, p2 %d, paths %d, "
                  "uniqueness %d, lr_max_diff %d, subpixel %d, threads %d",
                  c.width, c.height, static_cast<int>(c.type), p.min_disp, p.disparities,
                  p.window_width, p.window_height, p.p1, p.p2, p.paths, p.uniqueness, p.lr_max_diff,
                  static_cast<int>(p.subpixel), p.threads);
    return text;
}

void expect(bool holds, const char* what, const std::string& where) {
    if (holds) return;
    ++failures;
    std::printf("FAILED: %s [%s] %s\n", what, stereo::instruction_set(), where.c_str());
}

std::size_t size_of(PixelType type) {
    return type == PixelType::u8 ? 1 : type == PixelType::u16 ? 2 : 4;
}

// A picture of rectangles and noise, moved to the left by `shift` in the second view.
std::unique_ptr<std::byte[]> image(const Case& c, int shift, unsigned seed) {
    const auto pixels = static_cast<std::size_t>(c.height) * static_cast<std::size_t>(c.width);
    std::unique_ptr<std::byte[]> memory(new std::byte[pixels * size_of(c.type)]);
    for (std::size_t k = 0; k < pixels; ++k) {
        const unsigned x = static_cast<unsigned>(k) % static_cast<unsigned>(c.width) +
                           static_cast<unsigned>(shift);
        const unsigned y = static_cast<unsigned>(k) / static_cast<unsigned>(c.width);
        const unsigned mixed = (x * 2654435761u) ^ (y * 40503u) ^ (seed * 97u);
        const unsigned value = (mixed >> 7) % 200 + ((x / 9 + y / 5) % 2) * 50;
        if (c.type == PixelType::u8) {
            memory[k] = static_cast<std::byte>(value);
        } else if (c.type == PixelType::u16) {
            const auto wide = static_cast<std::uint16_t>(value * 257);
            std::memcpy(&memory[k * 2], &wide, 2);
        } else {
            const float real = static_cast<float>(value) / 3.0f - 20.0f;
            std::memcpy(&memory[k * 4], &real, 4);
        }
    }
    return memory;
}

// Tones, costs and penalties that a case asks for: the same for each call with it, and each array
// just as long as it must be.
struct Extras {
    std::vector<std::uint8_t> left_tone, right_tone, volume;
    std::vector<std::uint16_t> p1, p2;
};

Extras drawn_extras(const Case& c) {
    const auto pixels = static_cast<std::size_t>(c.height) * static_cast<std::size_t>(c.width);
    std::mt19937 generator(static_cast<unsigned>(pixels));
    Extras e;
    for (std::size_t k = 0; k < pixels; ++k) {
        e.left_tone.push_back(static_cast<std::uint8_t>(generator() % 256));
        e.right_tone.push_back(static_cast<std::uint8_t>(generator() % 256));
    }
    if (c.params.cost == stereo::Cost::volume) {
        const auto costs = pixels * static_cast<std::size_t>(c.params.disparities);
        const auto most = static_cast<unsigned>(c.params.maximum) + 1;
        for (std::size_t k = 0; k < costs; ++k) {
            const unsigned cost = generator() % most;
            e.volume.push_back(static_cast<std::uint8_t>(cost));
            if (most > 256) e.volume.push_back(static_cast<std::uint8_t>(cost >> 8));
        }
    }
    for (int level = 0; level < stereo::levels; ++level) {
        e.p1.push_back(static_cast<std::uint16_t>(c.params.p1 / (1 + level / 10)));
        e.p2.push_back(static_cast<std::uint16_t>(c.params.p2 / (1 + level / 10)));
    }
    return e;
}

struct Maps {
    std::vector<float> disparity, right_disparity, confidence;
    std::vector<std::uint8_t> flags;
};

// Bit for bit, but one NaN is as good as another.
bool same(const std::vector<float>& a, const std::vector<float>& b) {
    for (std::size_t k = 0; k < a.size(); ++k) {
        if (std::isnan(a[k]) && std::isnan(b[k])) continue;
        if (std::memcmp(&a[k], &b[k], sizeof(float)) != 0) return false;
    }
    return a.size() == b.size();
}

void add_to_checksum(const void* bytes, std::size_t count) {
    for (std::size_t k = 0; k < count; ++k) {
        checksum = (checksum ^ static_cast<const std::uint8_t*>(bytes)[k]) * 1099511628211u;
    }
}
void add_to_checksum(const std::vector<float>& map) {
    for (const float value : map) {
        const float shown = std::isnan(value) ? -1e30f : value;
        add_to_checksum(&shown, sizeof(shown));
    }
}

Maps matched(const Case& c, const std::byte* left, const std::byte* right, bool details,
             int rubbish) {
    const auto pixels = static_cast<std::size_t>(c.height) * static_cast<std::size_t>(c.width);
    Maps maps;
    maps.disparity.assign(pixels, 12345.0f);
    stereo::Selection out{maps.disparity.data(), nullptr, nullptr, nullptr};
    if (details) {
        maps.flags.assign(pixels, 255);
        maps.right_disparity.assign(pixels, 12345.0f);
        maps.confidence.assign(pixels, 12345.0f);
        out.flags = maps.flags.data();
        out.right_disparity = maps.right_disparity.data();
        out.confidence = maps.confidence.data();
    }
    stereo::Workspace workspace;
    const Extras extras = drawn_extras(c);
    stereo::MatchingParams params = c.params;
    if (c.adaptive) {
        params.p1_at = extras.p1.data();
        params.p2_at = extras.p2.data();
    }
    const stereo::Pair pair{{left, c.type, c.height, c.width},
                            {right, c.type, c.height, c.width},
                            extras.left_tone.data(),
                            extras.right_tone.data(),
                            params.cost == stereo::Cost::volume ? extras.volume.data() : nullptr,
                            params.maximum <= 255 ? PixelType::u8 : PixelType::u16};
    const std::size_t needed = stereo::workspace_bytes(pair, params, details);
    std::memset(workspace.require(needed), rubbish, needed);
    stereo::semiglobal(pair, params, workspace, out);
    expect(workspace.allocations() == 1, "workspace_bytes is what semiglobal takes", said(c));
    ++calls;
    return maps;
}

void check_invariants(const Case& c, const Maps& maps) {
    const stereo::MatchingParams& p = c.params;
    bool flagged = true, in_range = true, confident = true;
    for (std::size_t k = 0; k < maps.disparity.size(); ++k) {
        const float d = maps.disparity[k], right = maps.right_disparity[k];
        const float last = static_cast<float>(p.min_disp + p.disparities - 1);
        flagged &= std::isnan(d) == (maps.flags[k] != 0);
        in_range &= std::isnan(d) || (d >= static_cast<float>(p.min_disp) && d <= last);
        in_range &= std::isnan(right) || (right >= static_cast<float>(p.min_disp) && right <= last);
        confident &= maps.confidence[k] >= 0.0f && maps.confidence[k] <= 1.0f;
    }
    expect(flagged, "flags are 0 exactly where there is a disparity", said(c));
    expect(in_range, "disparities are in the range", said(c));
    expect(confident, "confidences are in [0, 1]", said(c));
}

// Every instruction set, 1, 2, 3 and 7 threads, with and without details.
void check_semiglobal(Case c) {
    const unsigned seed = rng();
    const std::unique_ptr<std::byte[]> left = image(c, 0, seed), right = image(c, 3, seed);
    stereo::use_instruction_set("baseline");
    c.params.threads = 1;
    const Maps expected = matched(c, left.get(), right.get(), true, 0);
    check_invariants(c, expected);
    add_to_checksum(expected.flags.data(), expected.flags.size());
    for (const auto* map : {&expected.disparity, &expected.right_disparity, &expected.confidence}) {
        add_to_checksum(*map);
    }
    int rubbish = 0;
    for (const char* const* name = stereo::instruction_sets(); *name != nullptr; ++name) {
        stereo::use_instruction_set(*name);
        for (const int threads : {1, 2, 3, 7}) {
            c.params.threads = threads;
            for (const bool details : {true, false}) {
                rubbish = (rubbish + 91) % 256;
                const Maps maps = matched(c, left.get(), right.get(), details, rubbish);
                expect(same(maps.disparity, expected.disparity), "disparity", said(c));
                if (!details) continue;
                expect(maps.flags == expected.flags, "flags", said(c));
                expect(same(maps.right_disparity, expected.right_disparity), "right", said(c));
                expect(same(maps.confidence, expected.confidence), "confidence", said(c));
            }
        }
    }
}

stereo::MatchingParams drawn_params(int width) {
    stereo::MatchingParams p{};
    p.window_width = draw_of({5, 7, 9});
    p.window_height = p.window_width == 5 ? 5 : 7;
    p.paths = draw_of({4, 5, 8});
    p.cost = static_cast<stereo::Cost>(draw(0, 2));
    if (p.cost != stereo::Cost::census) p.window_width = p.window_height = 5;
    const int bits = p.window_width * p.window_height - 1;
    const int maximum = p.cost == stereo::Cost::census ? bits
                        : p.cost == stereo::Cost::gradient_census
                            ? 52
                            : draw_of({1, 60, 200, 255, 1820});
    p.maximum = maximum;
    const int bound = 65534 / p.paths - maximum;
    // Both sides of where bytes stop being enough, and the extremes.
    p.p2 = draw_of({0, 1, 36, 63, 64, 127, 128, std::max(0, 255 - maximum),
                    std::max(0, 256 - maximum), 1000, bound});
    p.p1 = draw_of({0, p.p2 / 4, p.p2});
    p.disparities = draw_of({1, 2, 15, 16, 17, 63, 64, 65, 100, 130, 260, width + 20});
    p.min_disp = draw_of({0, 0, 0, -7, 5, -p.disparities, width, -(1 << 20), 1 << 20});
    p.uniqueness = draw_of({0, 0, 5, 99});
    p.lr_max_diff = draw_of({-1, 0, 1, 1, 16384});
    p.subpixel = static_cast<SubPixel>(draw(0, 2));
    p.threads = 1;
    return p;
}

void check_matching(int rounds) {
    const int sizes[][2] = {{1, 1}, {1, 2},   {1, 37},  {37, 1},  {2, 2},   {3, 5},
                            {8, 8}, {27, 61}, {61, 27}, {9, 100}, {40, 33}, {17, 64}};
    for (int round = 0; round < rounds; ++round) {
        for (const auto& size : sizes) {
            check_semiglobal({size[0], size[1], static_cast<PixelType>(draw(0, 2)),
                              drawn_params(size[1]), draw(0, 1) == 1});
        }
        // Wide enough that several threads share a sweep.
        const int wide = draw(200, 330);
        stereo::MatchingParams params = drawn_params(40);
        params.disparities = draw(1, 80);
        check_semiglobal(
            {draw(1, 24), wide, static_cast<PixelType>(draw(0, 2)), params, draw(0, 1) == 1});
    }
}

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

std::vector<float> drawn_map(int height, int width) {
    std::vector<float> map(static_cast<std::size_t>(height) * static_cast<std::size_t>(width));
    const int holes = draw_of({0, 1, 5, 9, 10});
    for (float& d : map) {
        d = draw(1, 10) <= holes ? std::numeric_limits<float>::quiet_NaN()
                                 : static_cast<float>(draw(-30, 30)) / 8.0f;
    }
    return map;
}

void check_filters(int height, int width) {
    const std::vector<float> map = drawn_map(height, width);
    const std::string where = std::to_string(width) + "x" + std::to_string(height);
    for (const int size : {3, 5}) {
        stereo::use_instruction_set("baseline");
        std::vector<float> expected(map.size());
        stereo::median(map.data(), height, width, size, 1, expected.data());
        for (const char* const* name = stereo::instruction_sets(); *name != nullptr; ++name) {
            stereo::use_instruction_set(*name);
            for (const int threads : {1, 2, 3, 7}) {
                std::vector<float> out(map.size(), 12345.0f);
                stereo::median(map.data(), height, width, size, threads, out.data());
                ++calls;
                expect(same(out, expected), "median", where);
            }
        }
        add_to_checksum(expected);
        for (std::size_t k = 0; k < map.size(); ++k) {
            expect(std::isnan(map[k]) == std::isnan(expected[k]), "the median's holes", where);
        }
    }
    for (const int size : {1, 2, 9, 1 << 30}) {
        std::vector<std::uint8_t> small(map.size(), 255);
        stereo::speckles(map.data(), height, width, size, 0.5f, small.data());
        ++calls;
        for (std::size_t k = 0; k < map.size(); ++k) {
            const bool never = size == 1 || std::isnan(map[k]), always = size == 1 << 30;
            const int wanted = never ? 0 : always ? 1 : small[k] & 1;
            expect(small[k] == wanted, "speckles", where);
        }
    }
}

using Costs = std::vector<std::uint8_t>;

// A map of features whose steps are those of a random order of its three axes, and of random sign.
struct DrawnMap {
    std::unique_ptr<float[]> memory;
    stereo::FeatureMap map;
};
DrawnMap drawn_features(int height, int width, int features, int order) {
    const int size = height * width * features;
    DrawnMap drawn{std::unique_ptr<float[]>(new float[static_cast<std::size_t>(size)]), {}};
    for (int k = 0; k < size; ++k) {
        drawn.memory[static_cast<std::size_t>(k)] = static_cast<float>(draw(-1000, 1000)) / 64.0f;
    }
    const int rows = order == 0 ? width * features : order == 1 ? width : -width * features;
    const int columns = order == 1 ? 1 : order == 0 ? features : -features;
    const int channels = order == 1 ? height * width : order == 0 ? 1 : -1;
    const float* const first = drawn.memory.get() + (order == 2 ? size - 1 : 0);
    drawn.map = {first, height, width, features, rows, columns, channels};
    return drawn;
}

stereo::FeatureLaw drawn_law(stereo::Metric metric, int maximum) {
    // 16384^2 = 2^28 for a vector of length 1; features are within +-15.625.
    if (metric == stereo::Metric::cosine) {
        const float ceiling = 134217728.0f;
        return {metric, 0.0, 16384.0, 1 << 28, ceiling, static_cast<float>(maximum) / ceiling};
    }
    const double scale = metric == stereo::Metric::l1 ? 32767.0 / 31.25 : 2000.0 / 15.625;
    const float ceiling = metric == stereo::Metric::l1 ? 300000.0f : 60000000.0f;
    const double offset = metric == stereo::Metric::l1 ? -15.625 : 0.0;
    return {metric, offset, scale, 30000000, ceiling, static_cast<float>(maximum) / ceiling};
}

// Every instruction set and number of threads, with and without a base, in bytes and words.
void check_features(int height, int width, int features) {
    const int disparities = draw_of({1, 2, 15, 16, 33, 70}), order = draw(0, 2);
    const int min_disp = draw_of({0, 0, -5, 7, -disparities, width, -(1 << 20), 1 << 20});
    const auto metric = static_cast<stereo::Metric>(draw(0, 2));
    const DrawnMap left = drawn_features(height, width, features, order);
    const DrawnMap right = drawn_features(height, width, features, order);
    const int out_bytes = draw(1, 2), base_bytes = draw(0, out_bytes), maximum = 100;
    const stereo::FeatureLaw law = drawn_law(metric, maximum);
    const std::size_t count = static_cast<std::size_t>(height) * static_cast<std::size_t>(width) *
                              static_cast<std::size_t>(disparities);
    Costs base(count * static_cast<std::size_t>(base_bytes));
    for (std::size_t k = 0; k < base.size(); ++k) {
        base[k] = base_bytes == 2 && k % 2 == 1 ? 0 : static_cast<std::uint8_t>(draw(0, 100));
    }
    const std::string where = std::to_string(width) + "x" + std::to_string(height) + "x" +
                              std::to_string(features) + ", D " + std::to_string(disparities) +
                              ", min_disp " + std::to_string(min_disp);
    Costs expected;
    for (const char* const* name = stereo::instruction_sets(); *name != nullptr; ++name) {
        stereo::use_instruction_set(*name);
        for (const int threads : {1, 2, 3, 7}) {
            Costs out(count * static_cast<std::size_t>(out_bytes), 255);
            stereo::feature_volume(left.map, right.map, law,
                                   {min_disp, disparities, base_bytes == 0 ? nullptr : base.data(),
                                    base_bytes, out.data(), out_bytes, 2 * maximum, threads});
            ++calls;
            if (expected.empty()) expected = out;
            expect(out == expected, "features", where);
        }
    }
    for (std::size_t k = 0; k < count; ++k) {
        const std::size_t at = k * static_cast<std::size_t>(out_bytes);
        const int cost = expected[at] + (out_bytes == 2 ? 256 * expected[at + 1] : 0);
        expect(cost <= 2 * maximum, "a cost is at most the maximum", where);
    }
    add_to_checksum(expected.data(), expected.size());
}

// A map of few values, holes and steps, beyond the widest vector in width.
std::vector<float> stepped_map(int height, int width) {
    std::vector<float> map = drawn_map(height, width);
    for (float& d : map) d = draw(1, 12) == 1 ? d + 20.0f : d / 16.0f;
    return map;
}

struct Guided {
    std::vector<std::uint8_t> guide, where, color, space;
    int radius, shift;
    bool edges_only, everywhere;
};

Guided drawn_guide(std::size_t pixels) {
    Guided g{};
    g.radius = draw_of({1, 2, 3, 5});
    g.shift = draw(0, 4);
    g.edges_only = draw(0, 1) != 0;
    g.everywhere = draw(0, 2) != 0;
    for (std::size_t k = 0; k < pixels; ++k) {
        g.guide.push_back(static_cast<std::uint8_t>(draw(0, 255)));
        g.where.push_back(static_cast<std::uint8_t>(draw(0, 2)));
    }
    for (int k = 0; k < 16; ++k) g.color.push_back(static_cast<std::uint8_t>(draw(1, 255)));
    for (int k = 0; k < (2 * g.radius + 1) * (2 * g.radius + 1); ++k) {
        g.space.push_back(static_cast<std::uint8_t>(draw(1, 255)));
    }
    return g;
}

std::vector<float> weighted(const std::vector<float>& map, int height, int width, const Guided& g,
                            int threads) {
    std::vector<float> out(map.size(), 12345.0f);
    stereo::weighted_median({map.data(), g.guide.data(), height, width, g.radius, g.color.data(),
                             g.shift, g.space.data(), g.everywhere ? nullptr : g.where.data(),
                             g.edges_only, threads, out.data()});
    ++calls;
    return out;
}

std::vector<float> filled(const std::vector<float>& map, int height, int width, int threads) {
    std::vector<float> out(map.size(), 12345.0f);
    stereo::fill_directions(map.data(), height, width, threads, out.data());
    ++calls;
    return out;
}

void check_mending(int height, int width) {
    const std::vector<float> map = stepped_map(height, width);
    const std::string where = std::to_string(width) + "x" + std::to_string(height);
    const Guided guided = drawn_guide(map.size());
    stereo::use_instruction_set("baseline");
    const std::vector<float> smooth = weighted(map, height, width, guided, 1);
    const std::vector<float> dense = filled(map, height, width, 1);
    for (const char* const* name = stereo::instruction_sets(); *name != nullptr; ++name) {
        stereo::use_instruction_set(*name);
        for (const int threads : {1, 2, 3, 7}) {
            expect(same(weighted(map, height, width, guided, threads), smooth), "weighted median",
                   where);
            expect(same(filled(map, height, width, threads), dense), "fill", where);
        }
    }
    std::vector<float> rows(map.size(), 12345.0f);
    stereo::fill_row(map.data(), height, width, rows.data());
    ++calls;
    for (std::size_t k = 0; k < map.size(); ++k) {
        expect(std::isnan(map[k]) == std::isnan(smooth[k]), "the weighted median's holes", where);
        expect(std::isnan(map[k]) || (map[k] == dense[k] && map[k] == rows[k]), "what was no hole",
               where);
        // What a row gives, two of the directions give as well.
        expect(!std::isnan(dense[k]) || std::isnan(rows[k]), "holes that stay", where);
    }
    add_to_checksum(smooth);
    add_to_checksum(dense);
    add_to_checksum(rows);
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 10;
    check_matching(rounds);
    for (const int height : {1, 2, 5, 40, 67}) {
        for (const int width : {1, 2, 7, 16, 33, 61}) {
            for (int round = 0; round < rounds; ++round) check_filters(height, width);
        }
    }
    for (const int height : {1, 2, 5, 40}) {
        for (const int width : {1, 2, 7, 16, 33, 64, 65, 131}) {
            for (int round = 0; round < rounds; ++round) check_mending(height, width);
        }
    }
    for (const int channels : {3, 4}) {
        for (const int width : {1, 2, 19}) {
            check_gray<std::uint8_t, std::uint16_t>(PixelType::u8, 5, width, channels);
            check_gray<std::uint16_t, float>(PixelType::u16, 1, width, channels);
            check_gray<float, float>(PixelType::f32, 3, width, channels);
        }
    }
    for (const int width : {1, 2, 7, 16, 33, 61, 100}) {
        for (int round = 0; round < 4 * rounds; ++round) {
            check_features(draw(1, 5), width, draw_of({1, 2, 3, 8, 31, 64, 70}));
        }
    }
    std::string sets;
    for (const char* const* name = stereo::instruction_sets(); *name != nullptr; ++name) {
        sets += std::string(" ") + *name;
    }
    std::printf("sanitize: %ld calls on%s, checksum %016llx, %ld failures\n", calls, sets.c_str(),
                static_cast<unsigned long long>(checksum), failures);
    return failures == 0 ? 0 : 1;
}
