#include "options.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace simt {
namespace {

std::uint64_t number(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    if (text == nullptr) return otherwise;
    char* end = nullptr;
    const unsigned long long value = std::strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0') {
        throw std::invalid_argument(std::string(name) + " must be a whole number, got " + text);
    }
    return value;
}

Order order() {
    const char* const text = std::getenv("SIMT_ORDER");
    const std::string name = text == nullptr ? "forward" : text;
    if (name == "forward") return Order::forward;
    if (name == "reverse") return Order::reverse;
    if (name == "random") return Order::random;
    throw std::invalid_argument("SIMT_ORDER must be forward, reverse or random, got " + name);
}

Options from_environment() {
    Options o;
    o.order = order();
    o.seed = number("SIMT_SEED", o.seed);
    o.memory = number("SIMT_MEMORY", o.memory);
    o.devices = static_cast<int>(number("SIMT_DEVICES", 1));
    o.left_out = static_cast<unsigned>(number("SIMT_LEFT_OUT", 0));
    return o;
}

}  // namespace

Options& options() {
    static Options chosen = from_environment();
    return chosen;
}

bool checks(Check check) { return (options().left_out & check) == 0; }

}  // namespace simt
