// Filling along directions: what is met from each column of a row, and medians of what holes meet.
#pragma once

#include <cstring>

#include "filter_rows.h"
#include "median.h"

namespace stereo {
namespace {

void carry_row(const CarryRow& row) {
    for (int k = 0; k < row.directions; ++k) {
        const float* const back = row.back[k];
        float* const out = row.out[k];
        int x = 0;
        for (; x + float_lanes <= row.width; x += float_lanes) {
            floats own, further;
            std::memcpy(&own, row.disparity + x, sizeof(own));
            std::memcpy(&further, back + x, sizeof(further));
            own = own == own ? own : further;
            std::memcpy(out + x, &own, sizeof(own));
        }
        for (; x < row.width; ++x) {
            out[x] = row.disparity[x] == row.disparity[x] ? row.disparity[x] : back[x];
        }
    }
}

void lower_medians(const float* met, float* out) {
    for (int first = 0; first < met_batch; first += float_lanes) {
        Window<met_values> window;
        masks invalid{};
        for (int k = 0; k < met_values; ++k) {
            floats v;
            std::memcpy(&v, met + k * met_batch + first, sizeof(v));
            invalid += v != v;  // true is -1
            window.v[k] = v != v ? floats{} + infinite : v;
        }
        window.sort<met_values / 2, met_values / 2>();
        const masks valid = invalid + met_values;
        floats median = window.v[0];
        for (int k = 1; k <= (met_values - 1) / 2; ++k) {
            median = valid > 2 * k ? window.v[k] : median;
        }
        median = valid == 0 ? floats{} + __builtin_nanf("") : median + 0.0f;  // -0 is 0
        std::memcpy(out + first, &median, sizeof(median));
    }
}

}  // namespace
}  // namespace stereo
