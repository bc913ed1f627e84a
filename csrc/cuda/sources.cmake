# What the CUDA backend is made of: nvcc compiles the kernels for the module _cuda, and g++ the same
# files for the emulator of tests/simt. The bindings know no CUDA header.
set(STEREO_CUDA_KERNELS
  csrc/cuda/arrays.cu
  csrc/cuda/census.cu
  csrc/cuda/contrast.cu
  csrc/cuda/directions.cu
  csrc/cuda/features.cu
  csrc/cuda/fill.cu
  csrc/cuda/finish.cu
  csrc/cuda/gradient_census.cu
  csrc/cuda/gray.cu
  csrc/cuda/launch.cu
  csrc/cuda/median.cu
  csrc/cuda/memory.cu
  csrc/cuda/passes.cu
  csrc/cuda/paths.cu
  csrc/cuda/remap.cu
  csrc/cuda/select.cu
  csrc/cuda/semiglobal.cu
  csrc/cuda/speckle.cu
  csrc/cuda/tones.cu
  csrc/cuda/weighted_median.cu)
set(STEREO_CUDA_BINDINGS
  csrc/cuda/bindings.cpp
  csrc/cuda/bindings_array.cpp
  csrc/cuda/bindings_costs.cpp
  csrc/cuda/bindings_filters.cpp)
