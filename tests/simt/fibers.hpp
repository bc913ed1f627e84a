// Fibers: stacks between which a thread of the system switches.
#pragma once

#include <cstddef>

#if !defined(__x86_64__) || defined(SIMT_UCONTEXT)
#include <ucontext.h>
#define SIMT_USES_UCONTEXT 1
#else
#define SIMT_USES_UCONTEXT 0
#endif

namespace simt {

class Fiber {
public:
    Fiber() = default;
    ~Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    // A fiber that will run `entry`, which must not return.
    void prepare(void (*entry)());
    // Goes on in `next`; returns when something switches back. The caller is `this` fiber, or, if
    // it was not prepared, the thread of the system itself.
    void switch_to(Fiber& next);
    // The last switch of a fiber that has ended.
    void end_in(Fiber& next);

private:
    void jump(Fiber& next, bool ends);
    static void arrive();
    static void enter();

#if SIMT_USES_UCONTEXT
    ucontext_t context_;
#else
    void* stack_pointer_ = nullptr;
#endif
    const void* bottom_ = nullptr;  // of the stack, and its size
    std::size_t size_ = 0;
    void* stack_ = nullptr;  // the same if this fiber owns it
    void (*entry_)() = nullptr;
    bool ended_ = false;
    void* tsan_ = nullptr;
    void* asan_ = nullptr;
};

}  // namespace simt
