#include "simd/avx512.h"

#define STEREO_KERNELS kernels_avx512
#define STEREO_KERNELS_NAME "avx512"
#include "kernel_table.h"
