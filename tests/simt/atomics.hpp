// Atomic operations on global and shared memory. They order nothing else, as CUDA's do, and other
// threads go on before each of them.
#pragma once

#include <type_traits>

#include "thread.hpp"

namespace simt {

template <typename Word>
struct Same {
    using type = Word;
};
template <typename Word>
using Operand = typename Same<Word>::type;  // takes no part in deduction

// CUDA's word types. Sums of floats are left out: they depend on the order.
template <typename Word>
constexpr bool is_atomic_word = std::is_same_v<Word, int> || std::is_same_v<Word, unsigned> ||
                                std::is_same_v<Word, unsigned long long>;

template <typename Word, typename Change>
Word changed(Word* address, Change change) {
    static_assert(is_atomic_word<Word>, "int, unsigned or unsigned long long");
    give_way();
    Word before = __atomic_load_n(address, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(address, &before, change(before), true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
    }
    return before;
}

}  // namespace simt

template <typename Word>
Word atomicAdd(Word* address, simt::Operand<Word> value) {
    static_assert(simt::is_atomic_word<Word>, "int, unsigned or unsigned long long");
    simt::give_way();
    return __atomic_fetch_add(address, value, __ATOMIC_RELAXED);
}
template <typename Word>
Word atomicMin(Word* address, simt::Operand<Word> value) {
    return simt::changed(address, [value](Word old) { return value < old ? value : old; });
}
template <typename Word>
Word atomicMax(Word* address, simt::Operand<Word> value) {
    return simt::changed(address, [value](Word old) { return old < value ? value : old; });
}

// A load that may meet the changes of other threads.
constexpr int __NV_ATOMIC_RELAXED = 0, __NV_THREAD_SCOPE_DEVICE = 2;

template <typename Word>
Word __nv_atomic_load_n(const Word* address, int, int) {
    simt::give_way();
    return __atomic_load_n(address, __ATOMIC_RELAXED);
}
