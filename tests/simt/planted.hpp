// The planted bugs, by name.
#pragma once

#include <vector>

namespace planted {

using Kernel = void(int* out);

struct Bug {
    const char* name;
    Kernel *planted, *clean;
};

const std::vector<Bug>& all();

constexpr int blocks = 2, threads = 64;  // of a launch, and of a block

// What the kernel writes, a number for each thread: right where it is k ^ 1 for thread k of a
// block.
std::vector<int> result(Kernel* kernel);

}  // namespace planted
