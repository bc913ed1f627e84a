// Every stage of the CUDA backend on the emulator: random cases of odd sizes, each compared with
// the core's result bit for bit, in one of the three orders. What a sanitizer finds, it says
// itself.
//
//     simt_sanitize [ROUNDS]
//
// Prints one closing line; exit code 1 where anything differs.
#include <cstdio>
#include <cstdlib>

#include "device_array.hpp"
#include "options.hpp"
#include "thread.hpp"

namespace sanitize {

std::string size_text(int height, int width) {
    return std::to_string(width) + "x" + std::to_string(height);
}

}  // namespace sanitize

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 1;
    try {
        for (int round = 0; round < rounds; ++round) {
            simt::options().order = static_cast<simt::Order>(round % 3);
            simt::options().seed = static_cast<std::uint64_t>(round);
            sanitize::check_device_images();
            sanitize::check_device_filters();
            sanitize::check_device_features();
            sanitize::check_device_matching();
        }
    } catch (const simt::Error& error) {
        std::printf("FAILED: %s\n", error.what());
        return 1;
    }
    std::printf("simt_sanitize: %ld calls, %ld failures\n", sanitize::calls, sanitize::failures);
    return sanitize::failures == 0 ? 0 : 1;
}
