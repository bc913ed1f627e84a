// What the checks under the sanitizers share: random cases, comparison, and the closing counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include "contracts.h"

namespace sanitize {

using stereo::PixelType;
using stereo::SubPixel;

extern std::mt19937 rng;
extern long calls, failures;
extern std::uint64_t checksum;  // FNV-1a; the same on every machine

int draw(int smallest, int largest);
int draw_of(std::initializer_list<int> values);
std::vector<float> drawn_map(int height, int width);  // with holes

void expect(bool holds, const char* what, const std::string& where);
bool same(const std::vector<float>& a, const std::vector<float>& b);
void add_to_checksum(const void* bytes, std::size_t count);
void add_to_checksum(const std::vector<float>& map);

// The checks, one file each.
void check_matching(int rounds);
void check_gray_images();
void check_filters(int rounds);
void check_features(int rounds);

}  // namespace sanitize
