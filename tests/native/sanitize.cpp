// The core under the sanitizers, without Python: every kernel on small and odd sizes, each result
// compared with that of the baseline set in one thread. Prints one closing line, whose checksum is
// the same on every machine; exit code 1 where anything differs or an invariant is broken.
//
// Images and maps are on the heap, each of exactly its size, so that AddressSanitizer sees every
// access beyond one. The workspace is full of rubbish before each call: what an earlier call left
// there must not matter.
#include "sanitize.h"

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 10;
    sanitize::check_matching(rounds);
    sanitize::check_filters(rounds);
    sanitize::check_gray_images();
    sanitize::check_features(rounds);
    std::string sets;
    for (const char* const* name = stereo::instruction_sets(); *name != nullptr; ++name) {
        sets += std::string(" ") + *name;
    }
    std::printf("sanitize: %ld calls on%s, checksum %016llx, %ld failures\n", sanitize::calls,
                sets.c_str(), static_cast<unsigned long long>(sanitize::checksum),
                sanitize::failures);
    return sanitize::failures == 0 ? 0 : 1;
}
