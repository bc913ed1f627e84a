// Fills STEREO_KERNELS with the kernels of the instruction set whose simd/*.h came before.
// Everything else in such a unit has internal linkage: code made for one instruction set must never
// be the copy that the linker keeps for all.
#include "census.h"
#include "contrast.h"
#include "cost.h"
#include "features.h"
#include "fill.h"
#include "finish.h"
#include "median.h"
#include "select.h"
#include "sweep_choice.h"
#include "weighted_median.h"

namespace stereo {

extern const Kernels STEREO_KERNELS = {
    STEREO_KERNELS_NAME,
    simd::u8v::lanes,
    simd::u8v::guard,
    census,
    diagonal_census,
    cost,
    gradient_census_cost,
    sweep_kernel,
    simd::stream_fence,
    select,
    finish,
    even_contrast,
    median3,
    median5,
    quantise_features,
    feature_costs,
    weighted_median,
    carry_row,
    lower_medians,
};

}  // namespace stereo
