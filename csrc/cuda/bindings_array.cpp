// Arrays between the stages, the workspace that they lie in, and the ways in and out.
#include "bindings_array.h"

#include <pybind11/stl.h>

#include <cstring>

namespace py = pybind11;
using namespace pybind11::literals;

namespace stereo {
namespace cuda {

namespace {

struct Kind {
    Element element;
    int bytes;
    const char* name;
};
constexpr Kind kinds[] = {{Element::mask, 1, "|b1"},
                          {Element::u8, 1, "|u1"},
                          {Element::u16, 2, "<u2"},
                          {Element::i32, 4, "<i4"},
                          {Element::f32, 4, "<f4"}};

const Kind& kind_of(Element element) { return kinds[static_cast<int>(element)]; }

Shape contiguous_steps(Element element, const Shape& shape) {
    Shape steps(shape.size());
    py::ssize_t step = bytes_of(element);
    for (std::size_t axis = shape.size(); axis-- > 0; step *= shape[axis]) steps[axis] = step;
    return steps;
}

void check_shape(const Shape& shape) {
    check(shape.size() == 2 || shape.size() == 3, "an array on the device has two or three axes");
    for (const py::ssize_t side : shape)
        check(side >= 1 && side < (1 << 28), "a side of an array is 0 or beyond 2^28");
}

py::dtype dtype_of(Element element) { return py::dtype(type_string(element)); }

}  // namespace

int bytes_of(Element element) { return kind_of(element).bytes; }
const char* type_string(Element element) { return kind_of(element).name; }

Element element_of(const std::string& type_string) {
    for (const Kind& kind : kinds)
        if (type_string == kind.name) return kind.element;
    throw py::type_error("an array of bool, uint8, uint16, int32 or float32 is needed, got " +
                         type_string);
}

Array::Array(Home home, Element element, Shape shape)
    : home_(std::move(home)),
      element_(element),
      shape_(std::move(shape)),
      steps_(contiguous_steps(element, shape_)),
      data_(nullptr),
      owned_(true) {
    data_ = home_->take(bytes());
}

Array::Array(Home home, Element element, Shape shape, Shape steps, std::byte* data)
    : home_(std::move(home)),
      element_(element),
      shape_(std::move(shape)),
      steps_(std::move(steps)),
      data_(data),
      owned_(false) {}

Array::~Array() {
    if (owned_) home_->give_back(data_);
}

std::size_t Array::count() const {
    std::size_t count = 1;
    for (const py::ssize_t side : shape_) count *= static_cast<std::size_t>(side);
    return count;
}

bool Array::contiguous() const { return steps_ == contiguous_steps(element_, shape_); }

StridedView Array::view() const {
    StridedView view{data_, {1, 1, 1}, {0, 0, 0}, bytes_of(element_)};
    for (std::size_t axis = 0; axis < shape_.size(); ++axis) {
        view.sides[axis] = static_cast<int>(shape_[axis]);
        view.steps[axis] = static_cast<std::ptrdiff_t>(steps_[axis]);
    }
    return view;
}

Made made(const Home& home, Element element, const Shape& shape) {
    check_shape(shape);
    const py::gil_scoped_release release;
    return std::make_shared<Array>(home, element, shape);
}

Made made_like(const Array& array, Element element) {
    return made(array.home(), element, {array.shape()[0], array.shape()[1]});
}

Made packed(const Made& array) {
    if (array->contiguous()) return array;
    const Made copy = made(array->home(), array->element(), array->shape());
    on_device(array->home(), [&](Stream stream) { pack(array->view(), copy->data(), stream); });
    return copy;
}

void check_map(const Array& array, Element element, const char* what) {
    if (array.element() == element && array.shape().size() == 2 && array.contiguous()) return;
    throw py::value_error(std::string(what) + " is (H, W), C-contiguous, of " +
                          type_string(element) + "; got " + std::to_string(array.shape().size()) +
                          " axes of " + type_string(array.element()));
}

void check_map_beside(const Array& array, Element element, const Array& other, const char* what) {
    check_map(array, element, what);
    check(array.side(0) == other.side(0) && array.side(1) == other.side(1),
          "the arrays of a stage differ in shape");
    check(array.home() == other.home(), "the arrays of a stage are from different calls");
}

PixelType pixel_type(const Array& array) {
    if (array.element() == Element::u8) return PixelType::u8;
    if (array.element() == Element::u16) return PixelType::u16;
    if (array.element() == Element::f32) return PixelType::f32;
    throw py::type_error("an array of uint8, uint16 or float32 is needed");
}

namespace {

// Beyond this an array of the host is not copied into pinned memory first.
constexpr std::size_t most_pinned = std::size_t{32} << 20;

Made upload(const Home& home, const py::array& host) {
    const py::array array = py::array::ensure(host, py::array::c_style);
    const Made on = made(home, element_of(py::str(array.dtype().attr("str")).cast<std::string>()),
                         Shape(array.shape(), array.shape() + array.ndim()));
    const void* const from = array.data();
    on_device(home, [&](Stream stream) {
        if (on->bytes() > most_pinned) {
            copy_to_device(from, on->data(), on->bytes(), stream);
            return;
        }
        std::byte* const pinned = home->pin(on->bytes());
        std::memcpy(pinned, from, on->bytes());
        copy_to_device(pinned, on->data(), on->bytes(), stream);
    });
    return on;
}

Made take(const Home& home, std::uintptr_t pointer, const Shape& shape, const Shape& steps,
          const std::string& type) {
    check_shape(shape);
    check(steps.size() == shape.size(), "an array has a step for each axis");
    const auto array = std::make_shared<Array>(home, element_of(type), shape, steps,
                                               reinterpret_cast<std::byte*>(pointer));
    return shape.size() == 2 ? packed(array) : array;
}

py::list download(const Home& home, const std::vector<Made>& maps) {
    py::list results;
    std::vector<void*> targets;
    for (const Made& map : maps) {
        if (map == nullptr) {
            results.append(py::none());
            continue;
        }
        py::array result(dtype_of(map->element()), map->shape());
        targets.push_back(result.mutable_data());
        results.append(std::move(result));
    }
    const py::gil_scoped_release release;
    const DeviceScope scope(home->device());
    std::vector<std::byte*> pinned;
    for (const Made& map : maps) {
        if (map == nullptr) continue;
        pinned.push_back(home->pin(map->bytes()));
        copy_to_host(map->data(), pinned.back(), map->bytes(), home->stream());
    }
    home->synchronize();
    std::size_t at = 0;
    for (const Made& map : maps) {
        if (map == nullptr) continue;
        std::memcpy(targets[at], pinned[at], map->bytes());
        ++at;
    }
    home->end({});
    return results;
}

bool finite(const Array& array, bool allow_nan) {
    check(array.element() == Element::f32, "only floats can be infinite");
    return on_device(array.home(), [&](Stream stream) {
        const Scratch word(array.home(), sizeof(std::uint32_t));
        return is_finite(array.view(), allow_nan, reinterpret_cast<std::uint32_t*>(word.data()),
                         stream);
    });
}

void copy_to(const Array& array, std::uintptr_t pointer) {
    on_device(array.home(), [&](Stream stream) {
        copy_on_device(array.data(), reinterpret_cast<void*>(pointer), array.bytes(), stream);
    });
}

// A result for a caller whose library is not known: an array of its own.
class Result {
public:
    explicit Result(const Array& array)
        : element_(array.element()), shape_(array.shape()), stream_(array.home()->stream()) {
        on_device(array.home(), [&](Stream stream) {
            data_ = allocate(array.bytes());
            copy_on_device(array.data(), data_, array.bytes(), stream);
        });
    }
    ~Result() {
        const py::gil_scoped_release release;
        stereo::cuda::release(data_);
    }
    Result(const Result&) = delete;
    Result& operator=(const Result&) = delete;

    py::tuple shape() const { return py::tuple(py::cast(shape_)); }
    py::dtype dtype() const { return dtype_of(element_); }
    py::dict interface() const {
        return py::dict("shape"_a = shape(), "typestr"_a = type_string(element_),
                        "data"_a = py::make_tuple(reinterpret_cast<std::uintptr_t>(data_), false),
                        "strides"_a = py::none(), "version"_a = 3,
                        "stream"_a = reinterpret_cast<std::uintptr_t>(stream_));
    }

private:
    Element element_;
    Shape shape_;
    Stream stream_;
    std::byte* data_ = nullptr;
};

std::vector<Stream> streams(const std::vector<std::uintptr_t>& handles) {
    std::vector<Stream> found;
    for (const std::uintptr_t handle : handles) found.push_back(reinterpret_cast<Stream>(handle));
    return found;
}

void register_workspace(py::module_& m) {
    py::class_<Workspace, Home>(m, "Workspace", py::module_local())
        .def(py::init<>())
        .def_property_readonly("nbytes", &Workspace::bytes)
        .def_property_readonly("allocations", &Workspace::allocations)
        .def("begin",
             [](Workspace& self) {
                 const py::gil_scoped_release release;
                 self.begin();
             })
        .def(
            "begin_on",
            [](Workspace& self, int device, std::uintptr_t stream) {
                const py::gil_scoped_release release;
                self.begin(device, reinterpret_cast<Stream>(stream));
            },
            "device"_a, "stream"_a)
        .def(
            "wait_for",
            [](Workspace& self, std::uintptr_t stream) {
                self.wait_for(reinterpret_cast<Stream>(stream));
            },
            "stream"_a)
        .def(
            "end",
            [](Workspace& self, const std::vector<std::uintptr_t>& readers) {
                self.end(streams(readers));
            },
            "readers"_a)
        .def("upload", upload, "array"_a)
        .def("take", take, "pointer"_a, "shape"_a, "strides"_a, "typestr"_a)
        .def("download", download, "maps"_a);
}

}  // namespace

// The types are the module's own: the emulated module has the same, and may be loaded beside it.
void register_arrays(py::module_& m) {
    register_workspace(m);
    py::class_<Array, Made>(m, "Array", py::module_local())
        .def_property_readonly("shape",
                               [](const Array& self) { return py::tuple(py::cast(self.shape())); })
        .def_property_readonly("dtype", [](const Array& self) { return dtype_of(self.element()); });
    py::class_<Result>(m, "Result", py::module_local())
        .def_property_readonly("shape", &Result::shape)
        .def_property_readonly("dtype", &Result::dtype)
        .def_property_readonly("__cuda_array_interface__", &Result::interface);
    m.def(
        "device_of",
        [](std::uintptr_t pointer) { return device_of(reinterpret_cast<const void*>(pointer)); },
        "pointer"_a);
    m.def("is_finite", finite, some("array"), "allow_nan"_a);
    m.def("copy_to", copy_to, some("array"), "pointer"_a);
    m.def(
        "copied", [](const Array& array) { return std::make_unique<Result>(array); },
        some("array"));
}

}  // namespace cuda
}  // namespace stereo
