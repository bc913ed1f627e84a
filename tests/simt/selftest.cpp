// Runs planted bugs, so that tests/test_simt.py can see whether they are found.
//
//     selftest                prints the names of the bugs
//     selftest planted NAME   runs the kernel with that bug in all orders
//     selftest clean [NAME]   runs it without the bug, or all of them
//     selftest host           checks the emulated runtime and the intrinsics
//
// Prints "right", or for the first order in which it isn't, "wrong" or "error" and what was seen.
// What a sanitizer finds is for the sanitizer to say.
#include "selftest.hpp"

#include <cstdio>
#include <cstring>

#include "options.hpp"
#include "planted.hpp"
#include "thread.hpp"

namespace {

bool is_right(const std::vector<int>& result) {
    for (std::size_t k = 0; k < result.size(); ++k) {
        if (result[k] != (static_cast<int>(k) % planted::threads ^ 1)) return false;
    }
    return true;
}

// Whether the result is right in all orders, with as many seeds.
bool runs(planted::Kernel* kernel) {
    const char* const names[] = {"forward", "reverse", "random"};
    for (const int order : {0, 1, 2, 2, 2}) {
        simt::options().order = static_cast<simt::Order>(order);
        ++simt::options().seed;
        try {
            if (is_right(planted::result(kernel))) continue;
            std::printf("wrong: %s\n", names[order]);
        } catch (const simt::Error& error) {
            std::printf("error: %s: %s\n", names[order], error.what());
        }
        return false;
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 1) {
        for (const planted::Bug& bug : planted::all()) std::puts(bug.name);
        return 0;
    }
    if (std::strcmp(argv[1], "host") == 0) {
        if (host_is_right()) std::puts("right");
        return 0;
    }
    const bool with_bug = std::strcmp(argv[1], "planted") == 0;
    for (const planted::Bug& bug : planted::all()) {
        if (argc > 2 && std::strcmp(bug.name, argv[2]) != 0) continue;
        if (!runs(with_bug ? bug.planted : bug.clean)) return 0;
    }
    std::puts("right");
    return 0;
}
