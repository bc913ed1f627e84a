// The sweeps that are compiled, and the choice among them.
#pragma once

#include "sweep.h"

namespace stereo {
namespace {

template <Width width, Paths paths, Sweep mode, int fixed_vectors, int planes = 0,
          bool adaptive = false>
void sweep(const SweepBlock& block) {
    Sweeper<width, paths, mode, fixed_vectors, planes, adaptive>(block).run();
}

template <Width width, bool adaptive, Paths paths, Sweep mode>
SweepKernel sweep_of_size(int vectors) {
    if constexpr (width != Width::words) {
        switch (vectors) {
            case 1: return sweep<width, paths, mode, 1, 0, adaptive>;
            case 2: return sweep<width, paths, mode, 2, 0, adaptive>;
            case 3: return sweep<width, paths, mode, 3, 0, adaptive>;
            case 4: return sweep<width, paths, mode, 4, 0, adaptive>;
            default: break;
        }
    }
    return sweep<width, paths, mode, 0, 0, adaptive>;
}

template <Width width, bool adaptive>
SweepKernel sweep_of_width(Paths paths, Sweep mode, int vectors) {
    if (paths == Paths::horizontal) {
        return sweep_of_size<width, adaptive, Paths::horizontal, Sweep::store>(vectors);
    }
    const bool stores = mode == Sweep::store;
    if (paths == Paths::cross) {
        return stores ? sweep_of_size<width, adaptive, Paths::cross, Sweep::store>(vectors)
                      : sweep_of_size<width, adaptive, Paths::cross, Sweep::finish>(vectors);
    }
    return stores ? sweep_of_size<width, adaptive, Paths::all, Sweep::store>(vectors)
                  : sweep_of_size<width, adaptive, Paths::all, Sweep::finish>(vectors);
}

template <bool adaptive>
SweepKernel sweep_of_given_costs(Paths paths, Sweep mode, Width width, int vectors) {
    switch (width) {
        case Width::bytes: return sweep_of_width<Width::bytes, adaptive>(paths, mode, vectors);
        case Width::mixed: return sweep_of_width<Width::mixed, adaptive>(paths, mode, vectors);
        default: return sweep_of_width<Width::words, adaptive>(paths, mode, 0);
    }
}

// The kernels that make their own costs: for the commonest sweeps, where it saves storing and
// loading them.
template <Paths paths, Sweep mode, int planes>
SweepKernel whole_sweep_of_size(int vectors) {
    switch (vectors) {
        case 1: return sweep<Width::bytes, paths, mode, 1, planes>;
        case 2: return sweep<Width::bytes, paths, mode, 2, planes>;
        case 3: return sweep<Width::bytes, paths, mode, 3, planes>;
        case 4: return sweep<Width::bytes, paths, mode, 4, planes>;
        default: return nullptr;
    }
}

template <Paths paths, Sweep mode>
SweepKernel whole_sweep(int vectors, int planes) {
    switch (planes) {
        case 3: return whole_sweep_of_size<paths, mode, 3>(vectors);
        case 6: return whole_sweep_of_size<paths, mode, 6>(vectors);
        default: return whole_sweep_of_size<paths, mode, 8>(vectors);
    }
}

SweepKernel sweep_kernel(Paths paths, Sweep mode, Width width, int state, int planes,
                         bool adaptive) {
    const int vectors = state / u8v::lanes;
    if (planes > 0) {
        const bool plain = planes <= 8 && !adaptive;
        if (paths == Paths::cross || width != Width::bytes || !plain) return nullptr;
        if (paths == Paths::horizontal) {
            if constexpr (!simd::counts_bits) return nullptr;  // it would run out of registers
            return whole_sweep<Paths::horizontal, Sweep::store>(vectors, planes);
        }
        return mode == Sweep::store ? whole_sweep<Paths::all, Sweep::store>(vectors, planes)
                                    : whole_sweep<Paths::all, Sweep::finish>(vectors, planes);
    }
    return adaptive ? sweep_of_given_costs<true>(paths, mode, width, vectors)
                    : sweep_of_given_costs<false>(paths, mode, width, vectors);
}

}  // namespace
}  // namespace stereo
