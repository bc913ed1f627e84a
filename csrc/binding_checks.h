// Checks of what Python hands to a compiled backend, whichever it is: ValueError for all else.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cmath>

#include "contracts.h"

namespace stereo {

namespace py = pybind11;

inline void check(bool holds, const char* what) {
    if (!holds) throw py::value_error(what);
}

inline void check_params(const MatchingParams& p) {
    const int w = p.window_width, h = p.window_height;
    check((w == 5 && h == 5) || (w == 7 && h == 7) || (w == 9 && h == 7),
          "the census window is 5x5, 7x7 or 9x7");
    check(p.cost != Cost::gradient_census || (w == 5 && h == 5),
          "the gradient census has a 5x5 window");
    check(p.disparities >= 1 && p.disparities <= 16384, "disparities must be in 1 ... 16384");
    check(p.min_disp >= -(1 << 20) && p.min_disp <= (1 << 20), "min_disp must be within +-2^20");
    check(p.paths == 4 || p.paths == 5 || p.paths == 8, "paths must be 4, 5 or 8");
    check(p.p1 >= 0 && p.p1 <= p.p2, "0 <= p1 <= p2 is needed");
    check(p.maximum >= 0 && p.p2 <= 65534 / p.paths - p.maximum,
          "p2 is too large: S must fit 16 bits");
    check(p.uniqueness >= 0 && p.uniqueness <= 99, "uniqueness must be in 0 ... 99");
    check(p.lr_max_diff >= -1 && p.lr_max_diff <= 16384, "lr_max_diff must be in -1 ... 16384");
    check(p.subpixel >= SubPixel::none && p.subpixel <= SubPixel::equiangular,
          "unknown sub-pixel law");
    check(p.threads >= 1, "threads must be at least 1");
}

inline void check_pair(const Pair& pair, const MatchingParams& p) {
    check((p.p1_at == nullptr) == (p.p2_at == nullptr), "both penalties adapt, or none");
    check(p.p1_at == nullptr || pair.guide != nullptr, "adaptive penalties need a guide");
    check(pair.prior == nullptr || p.p1_at != nullptr, "slanted paths have adaptive penalties");
    check(p.cost != Cost::gradient_census ||
              (pair.left_tone != nullptr && pair.right_tone != nullptr),
          "the gradient census needs both tones");
    check(pair.gray_level >= 0 && pair.gray_level <= 4, "gray_level must be in 0 ... 4");
    check((p.cost == Cost::volume) == (pair.volume != nullptr),
          "a volume is given where the cost is one");
}

// Penalties by difference of the tone, never above the flat ones.
inline const std::uint16_t* penalties_of(const py::object& object, int largest) {
    if (object.is_none()) return nullptr;
    check(py::isinstance<py::array_t<std::uint16_t>>(object), "penalties are uint16");
    const py::array table = py::cast<py::array>(object);
    check(
        table.ndim() == 1 && table.shape(0) == levels && (table.flags() & py::array::c_style) != 0,
        "penalties are given for each of 256 differences");
    const auto* const values = static_cast<const std::uint16_t*>(table.data());
    for (int level = 0; level < levels; ++level) {
        check(values[level] <= largest, "a penalty is above that of a flat region");
    }
    return values;
}

inline void check_law(const FeatureLaw& law, int features) {
    check(law.metric >= Metric::cosine && law.metric <= Metric::dot, "unknown metric");
    check(features <= 65536, "more than 65536 features");
    check(std::isfinite(law.offset) && std::isfinite(law.scale), "the law must be finite");
    check(law.ceiling >= 0.0f && law.step >= 0.0f && law.ceiling * law.step < 65535.5f,
          "a cost must fit 16 bits");
}

// The radius of a weighted median with these tables.
inline int checked_radius(const py::array_t<std::uint8_t>& color_weights, int color_shift,
                          const py::array_t<std::uint8_t>& space_weights) {
    check(color_weights.ndim() == 1 && color_weights.shape(0) == 16 && color_weights.at(0) > 0,
          "color_weights must be 16 numbers, the first not 0");
    check(color_shift >= 0 && color_shift <= 4, "color_shift must be in 0 ... 4");
    check(space_weights.ndim() == 2 && space_weights.shape(0) == space_weights.shape(1) &&
              space_weights.shape(0) % 2 == 1 && space_weights.shape(0) >= 3 &&
              space_weights.shape(0) <= 65,
          "space_weights must be square, with an odd side in 3 ... 65");
    const int radius = static_cast<int>(space_weights.shape(0)) / 2;
    check(space_weights.at(radius, radius) > 0, "the middle of space_weights must not be 0");
    return radius;
}

}  // namespace stereo
