#include "fibers.hpp"

#include <sys/mman.h>

#include <new>
#include <vector>

#include "sanitizers.hpp"

namespace simt {
namespace {

constexpr std::size_t guard = 4096, stack_size = 64 * 1024;

// A stack, and what ThreadSanitizer knows of who runs on it. Below it is a page that nothing may
// touch.
struct Place {
    void* stack;
    void* tsan;
};

void discard(Place place) {
    if (place.tsan != nullptr) __tsan_destroy_fiber(place.tsan);
    if (asan()) __asan_unpoison_memory_region(place.stack, stack_size);
    munmap(static_cast<std::byte*>(place.stack) - guard, guard + stack_size);
}

// Those of this thread that no fiber uses. To make one takes ThreadSanitizer a tenth of a
// millisecond.
class Places {
public:
    ~Places() {
        for (const Place place : free_) discard(place);
    }
    Place take() {
        if (free_.empty()) return made();
        const Place place = free_.back();
        free_.pop_back();
        return place;
    }
    void give(Place place) { free_.push_back(place); }

private:
    static Place made() {
        void* const memory = mmap(nullptr, guard + stack_size, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        mprotect(memory, guard, PROT_NONE);
        return {static_cast<std::byte*>(memory) + guard, tsan() ? __tsan_create_fiber(0) : nullptr};
    }

    std::vector<Place> free_;
};

thread_local Places places;
thread_local Fiber *leaving, *arriving;  // of the switch in progress

}  // namespace

#if !SIMT_USES_UCONTEXT

// Keeps what the calling convention lets a function rely on, changes the stack, and returns there.
extern "C" void simt_switch(void** save, void* load);
asm(R"(
    .text
    .hidden simt_switch
    .globl simt_switch
    .type simt_switch, @function
simt_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size simt_switch, .-simt_switch
)");

#endif

// An abandoned fiber leaves the sanitizers' marks of its variables and calls: none may use its
// place.
Fiber::~Fiber() {
    if (stack_ == nullptr) return;
    if (ended_) {
        places.give({stack_, tsan_});
    } else {
        discard({stack_, tsan_});
    }
}

void Fiber::prepare(void (*entry)()) {
    const Place place = places.take();
    stack_ = place.stack;
    tsan_ = place.tsan;
    entry_ = entry;
    bottom_ = stack_;
    size_ = stack_size;
#if SIMT_USES_UCONTEXT
    getcontext(&context_);
    context_.uc_stack.ss_sp = stack_;
    context_.uc_stack.ss_size = stack_size;
    context_.uc_link = nullptr;
    makecontext(&context_, enter, 0);
#else
    auto** top = reinterpret_cast<void**>(static_cast<std::byte*>(stack_) + stack_size);
    *--top = nullptr;  // where a return address would be: enter sees the stack as after a call
    *--top = reinterpret_cast<void*>(enter);
    for (int saved = 0; saved < 6; ++saved) *--top = nullptr;
    stack_pointer_ = top;
#endif
}

void Fiber::switch_to(Fiber& next) { jump(next, false); }
void Fiber::end_in(Fiber& next) {
    ended_ = true;
    jump(next, true);
}

void Fiber::jump(Fiber& next, bool ends) {
    if (tsan()) {
        if (tsan_ == nullptr) tsan_ = __tsan_get_current_fiber();
        constexpr unsigned no_sync = 1;
        __tsan_switch_to_fiber(next.tsan_, no_sync);
    }
    if (asan()) __sanitizer_start_switch_fiber(ends ? nullptr : &asan_, next.bottom_, next.size_);
    leaving = this;
    arriving = &next;
#if SIMT_USES_UCONTEXT
    swapcontext(&context_, &next.context_);
#else
    simt_switch(&stack_pointer_, next.stack_pointer_);
#endif
    arrive();
}

// AddressSanitizer says where the stack is that was left: the only way to know the system's.
void Fiber::arrive() {
    if (!asan()) return;
    __sanitizer_finish_switch_fiber(arriving->asan_, &leaving->bottom_, &leaving->size_);
}

void Fiber::enter() {
    arrive();
    arriving->entry_();
}

}  // namespace simt
