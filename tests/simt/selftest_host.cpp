// What the host side is told where it makes a mistake, and values of intrinsics by their manual.
#include <cmath>
#include <cstdio>

#include "selftest.hpp"
#include "simt.hpp"

namespace {

int mistakes = 0;

void expect(bool holds, const char* what) {
    if (holds) return;
    ++mistakes;
    std::printf("not so: %s\n", what);
}

void nothing() {}

cudaError_t launched(unsigned blocks, unsigned threads, std::size_t shared) {
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(blocks);
    config.blockDim = dim3(threads);
    config.dynamicSmemBytes = shared;
    return cudaLaunchKernelEx(&config, nothing);
}

void check_launches() {
    expect(launched(3, 1024, 48 * 1024) == cudaSuccess, "a launch at the limits");
    expect(launched(0, 32, 0) == cudaErrorInvalidConfiguration, "no blocks");
    expect(launched(1, 0, 0) == cudaErrorInvalidConfiguration, "no threads");
    expect(launched(1, 1025, 0) == cudaErrorInvalidConfiguration, "too many threads");
    expect(cudaGetLastError() == cudaErrorInvalidConfiguration, "the last error is kept");
    expect(cudaGetLastError() == cudaSuccess, "and then forgotten");
    expect(launched(1, 32, 48 * 1024 + 1) == cudaErrorInvalidValue, "too much shared memory");
}

void check_memory() {
    const auto up = cudaMemcpyHostToDevice, down = cudaMemcpyDeviceToHost;
    char host[16] = {}, *device = nullptr, *second = nullptr;
    void* pinned = nullptr;
    simt::options().memory = 20;
    expect(cudaMalloc(&device, 16) == cudaSuccess, "16 bytes of 20");
    expect(cudaMalloc(&second, 16) == cudaErrorMemoryAllocation && second == nullptr,
           "no more than there are");
    expect(cudaMallocHost(&pinned, 100) == cudaSuccess, "pinned memory is the host's");
    expect(cudaMemcpyAsync(device, host, 16, up) == cudaSuccess, "a copy to the device");
    expect(cudaMemcpyAsync(device, host, 16, down) == cudaErrorInvalidValue, "the wrong way");
    expect(cudaMemcpyAsync(host, device + 1, 16, down) == cudaErrorInvalidValue, "beyond the end");
    expect(cudaMemsetAsync(host, 0, 16) == cudaErrorInvalidValue, "host memory, set on the device");
    cudaPointerAttributes attributes{};
    cudaPointerGetAttributes(&attributes, device + 15);
    expect(attributes.type == cudaMemoryTypeDevice, "device memory");
    cudaPointerGetAttributes(&attributes, pinned);
    expect(attributes.type == cudaMemoryTypeHost, "pinned memory");
    cudaPointerGetAttributes(&attributes, host);
    expect(attributes.type == cudaMemoryTypeUnregistered, "other memory");
    expect(cudaFree(pinned) == cudaErrorInvalidValue, "pinned memory, freed as a device's");
    expect(cudaFreeHost(pinned) == cudaSuccess && cudaFree(device) == cudaSuccess, "freed");
    expect(cudaFree(device) == cudaErrorInvalidValue, "freed twice");
    expect(cudaMalloc(&device, 20) == cudaSuccess && cudaFree(device) == cudaSuccess,
           "what was freed is free");
}

void check_devices() {
    int count = 7;
    expect(cudaGetDeviceCount(&count) == cudaSuccess && count == 1, "one device");
    expect(cudaSetDevice(1) == cudaErrorInvalidDevice, "a second device");
    simt::options().devices = 0;
    expect(cudaGetDeviceCount(&count) == cudaErrorNoDevice && count == 0, "no device");
}

void check_intrinsics() {
    expect(__byte_perm(0x33221100u, 0x77665544u, 0x7530u) == 0x77553300u, "__byte_perm");
    expect(__funnelshift_l(0x80000001u, 0x00000002u, 4) == 0x00000028u, "__funnelshift_l");
    expect(__funnelshift_r(0x80000001u, 0x00000002u, 4) == 0x28000000u, "__funnelshift_r");
    expect(__funnelshift_l(1u, 2u, 32) == 2u && __funnelshift_r(1u, 2u, 32) == 1u,
           "funnel shifts are modulo 32");
    expect(__vminu4(0x01ff80feu, 0x02017fffu) == 0x01017ffeu, "__vminu4");
    expect(__vminu2(0x0001ffffu, 0x00028000u) == 0x00018000u, "__vminu2");
    expect(__vabsdiffu4(0x00ff0502u, 0xff000205u) == 0xffff0303u, "__vabsdiffu4");
    expect(__clz(0) == 32 && __clz(-1) == 0 && __clz(1) == 31, "__clz");
    expect(__ffs(0) == 0 && __ffs(8) == 4, "__ffs");
    expect(__float2int_rn(0.5f) == 0 && __float2int_rn(1.5f) == 2 && __float2int_rn(-2.5f) == -2,
           "__float2int_rn");
    expect(__float2int_rn(1e20f) == 2147483647 && __float2int_rn(std::nanf("")) == 0,
           "__float2int_rn of what no int is");
}

}  // namespace

bool host_is_right() {
    check_launches();
    check_memory();
    check_devices();
    check_intrinsics();
    return mistakes == 0;
}
