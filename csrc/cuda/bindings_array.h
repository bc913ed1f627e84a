// Arrays between the stages, as Python holds them.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../binding_checks.h"
#include "../contracts.h"
#include "arrays.h"
#include "memory.h"

namespace stereo {
namespace cuda {

enum class Element { mask, u8, u16, i32, f32 };

int bytes_of(Element element);
const char* type_string(Element element);  // of NumPy's array interface
Element element_of(const std::string& type_string);

using Home = std::shared_ptr<Workspace>;
using Shape = std::vector<py::ssize_t>;  // two or three sides, each below 2^28, not empty

// An array on the device. Its memory is the workspace's, and goes back there with it, or a
// caller's, with steps of his own.
class Array {
public:
    Array(Home home, Element element, Shape shape);  // made: C-contiguous, of unknown contents
    Array(Home home, Element element, Shape shape, Shape steps, std::byte* data);  // a caller's
    ~Array();
    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;

    const Home& home() const { return home_; }
    Element element() const { return element_; }
    const Shape& shape() const { return shape_; }
    int side(int axis) const { return static_cast<int>(shape_[static_cast<std::size_t>(axis)]); }
    const Shape& steps() const { return steps_; }  // in bytes
    std::size_t count() const;
    std::size_t bytes() const { return count() * static_cast<std::size_t>(bytes_of(element_)); }
    bool contiguous() const;
    StridedView view() const;

    std::byte* data() const { return data_; }
    template <class T>
    T* as() const {
        return reinterpret_cast<T*>(data_);
    }

private:
    Home home_;
    Element element_;
    Shape shape_, steps_;
    std::byte* data_;
    bool owned_;
};

using Made = std::shared_ptr<Array>;

// Memory of a stage for itself.
class Scratch {
public:
    Scratch(const Home& home, std::size_t bytes)
        : home_(home), data_(bytes == 0 ? nullptr : home->take(bytes)) {}
    ~Scratch() {
        if (data_ != nullptr) home_->give_back(data_);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    std::byte* data() const { return data_; }

private:
    const Home& home_;
    std::byte* data_;
};

// stage(stream) on the device of the workspace, with the interpreter free.
template <class Stage>
auto on_device(const Home& home, const Stage& stage) {
    const py::gil_scoped_release release;
    const DeviceScope scope(home->device());
    return stage(home->stream());
}

Made made(const Home& home, Element element, const Shape& shape);
Made made_like(const Array& array, Element element);
// The array itself where it is C-contiguous, else a copy that is.
Made packed(const Made& array);

// An argument that may not be None.
inline py::arg some(const char* name) { return py::arg(name).none(false); }

// (H, W) of this element, C-contiguous; `what` is what messages call it.
void check_map(const Array& array, Element element, const char* what);
// The same, as large as another.
void check_map_beside(const Array& array, Element element, const Array& other, const char* what);

PixelType pixel_type(const Array& array);

}  // namespace cuda
}  // namespace stereo
