#include "simd/avx2.h"

#define STEREO_KERNELS kernels_avx2
#define STEREO_KERNELS_NAME "avx2"
#include "kernel_table.h"
