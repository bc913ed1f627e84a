// Random numbers, comparison and counting.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "sanitize.h"

namespace sanitize {

std::mt19937 rng(20240229);
long calls = 0, failures = 0;
std::uint64_t checksum = 14695981039346656037u;

int draw(int smallest, int largest) {
    return smallest + static_cast<int>(rng() % static_cast<unsigned>(largest - smallest + 1));
}
int draw_of(std::initializer_list<int> values) {
    return values.begin()[draw(0, static_cast<int>(values.size()) - 1)];
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

void expect(bool holds, const char* what, const std::string& where) {
    if (holds) return;
    ++failures;
    std::printf("FAILED: %s [%s] %s\n", what, stereo::instruction_set(), where.c_str());
}

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

}  // namespace sanitize
