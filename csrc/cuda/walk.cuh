// A warp that walks along a line, 32 places at a time, with the last thing that counts.
#pragma once

#include "floats.cuh"
#include "portability.cuh"
#include "tiles.cuh"

namespace stereo {
namespace cuda {

template <class Value>
struct Met {
    Value value;
    bool counts;
};

// visit(k, own, met) for the places k of a line, from 0 or backwards from length - 1: `own` is what
// load(k) gives, `met` is the last thing up to k that counts, else `nothing`. A place is visited by
// different lanes on the ways forward and back.
template <class Value, class Load, class Visit>
__device__ void walk(int length, bool backwards, Value nothing, Load load, Visit visit) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const unsigned up_to_lane = full_warp >> (31 - lane);
    Value last = nothing;
    for (int first = 0; first < length; first += 32) {
        const int place = first + lane, k = backwards ? length - 1 - place : place;
        const Met<Value> own = place < length ? load(k) : Met<Value>{nothing, false};
        const unsigned counting = __ballot_sync(full_warp, own.counts);
        const int from = 31 - __clz(static_cast<int>(counting & up_to_lane));
        const Value found = __shfl_sync(full_warp, own.value, max(from, 0), 32);
        const Value met = from < 0 ? last : found;
        if (place < length) visit(k, own, met);
        last = __shfl_sync(full_warp, met, 31, 32);
    }
}

// A row of disparities, whose numbers count.
template <class Visit>
__device__ void walk_row(const float* row, int width, bool backwards, Visit visit) {
    const auto load = [row](int x) { return Met<float>{row[x], row[x] == row[x]}; };
    walk(width, backwards, no_number, load, visit);
}

}  // namespace cuda
}  // namespace stereo
