// Numbers that look random and are the same everywhere: xorshift* (Marsaglia 2003, Vigna 2016).
#pragma once

#include <cstddef>
#include <cstdint>

namespace simt {

class Random {
public:
    explicit Random(std::uint64_t seed) : state_((seed + 1) * 0x9e3779b97f4a7c15u) {
        if (state_ == 0) state_ = 1;
    }
    std::uint32_t draw() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return static_cast<std::uint32_t>(state_ * 0x2545f4914f6cdd1du >> 32);
    }
    std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>(static_cast<std::uint64_t>(draw()) * bound >> 32);
    }

private:
    std::uint64_t state_;
};

// Fills fresh memory with rubbish that differs from one call to the next, and with SIMT_SEED. A
// constant would go unseen where only differences count, as in the place of a minimum.
void poison(void* memory, std::size_t bytes);

}  // namespace simt
