// CUDA on the CPU, for tests: kernels run unchanged, one fiber for each of their threads.
//
// It checks what a GPU would not: threads run in three orders, memory starts as rubbish, and the
// rules of barriers and masks are enforced (rules.cpp). It has what the kernels use; anything else
// is a compile error. It says nothing about speed, and never claims to be a GPU.
#pragma once

#include "atomics.hpp"
#include "host.hpp"
#include "intrinsics.hpp"
#include "launch.hpp"
#include "options.hpp"
#include "thread.hpp"
#include "warp.hpp"
