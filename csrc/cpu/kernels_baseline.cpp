#include "simd/baseline.h"

#define STEREO_KERNELS kernels_baseline
#define STEREO_KERNELS_NAME "baseline"
#include "kernel_table.h"
