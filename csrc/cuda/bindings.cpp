// The module: what can be used here, and matching. Argument checks, arrays and the GIL; no
// algorithm.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "bindings_array.h"
#include "stages.h"

namespace py = pybind11;
using namespace pybind11::literals;

namespace stereo {
namespace cuda {

void register_arrays(py::module_& m);   // bindings_array.cpp
void register_costs(py::module_& m);    // bindings_costs.cpp
void register_filters(py::module_& m);  // bindings_filters.cpp

namespace {

GrayImage gray_image(const Array& image) {
    check_map(image, image.element(), "a gray image");
    return {image.data(), pixel_type(image), image.side(0), image.side(1)};
}

template <class T>
const T* beside(const Made& map, Element element, const Array& image, const char* what) {
    if (map == nullptr) return nullptr;
    check_map_beside(*map, element, image, what);
    return map->as<const T>();
}

void take_volume(const Made& volume, int disparities, const Array& image, Pair& pair) {
    if (volume == nullptr) return;
    check(volume->shape().size() == 3 && volume->side(0) == image.side(0) &&
              volume->side(1) == image.side(1) && volume->side(2) == disparities &&
              volume->contiguous(),
          "a cost volume is (H, W, D), C-contiguous");
    pair.volume = volume->data();
    pair.volume_type = pixel_type(*volume);
    check(pair.volume_type != PixelType::f32, "a cost volume is uint8 or uint16");
}

py::tuple matched(const Made& left, const Made& right, bool details, int gray_level,
                  const Made& left_tone, const Made& right_tone, const Made& guide,
                  const Made& prior, const Made& given, int min_disp, int disparities, int cost,
                  int window_width, int window_height, int maximum, int p1, int p2,
                  const py::object& p1_at, const py::object& p2_at, int paths, int uniqueness,
                  int lr_max_diff, int subpixel) {
    check_map_beside(*right, left->element(), *left, "the right image");
    check(cost >= 0 && cost <= 2, "unknown cost");
    const MatchingParams params{min_disp,
                                disparities,
                                static_cast<Cost>(cost),
                                window_width,
                                window_height,
                                maximum,
                                p1,
                                p2,
                                penalties_of(p1_at, p1),
                                penalties_of(p2_at, p2),
                                paths,
                                uniqueness,
                                lr_max_diff,
                                static_cast<SubPixel>(subpixel),
                                1};
    check_params(params);
    Pair pair{gray_image(*left),
              gray_image(*right),
              gray_level,
              beside<std::uint8_t>(left_tone, Element::u8, *left, "a tone"),
              beside<std::uint8_t>(right_tone, Element::u8, *left, "a tone"),
              beside<std::uint8_t>(guide, Element::u8, *left, "a guide"),
              beside<std::int32_t>(prior, Element::i32, *left, "a prior"),
              nullptr,
              PixelType::u8};
    const Made volume = given == nullptr ? nullptr : packed(given);
    take_volume(volume, disparities, *left, pair);
    check_pair(pair, params);
    const Made disparity = made_like(*left, Element::f32);
    Selection out{disparity->as<float>(), nullptr, nullptr, nullptr};
    Made flags, right_disparity, confidence;
    if (details) {
        flags = made_like(*left, Element::u8);
        right_disparity = made_like(*left, Element::f32);
        confidence = made_like(*left, Element::f32);
        out.flags = flags->as<std::uint8_t>();
        out.right_disparity = right_disparity->as<float>();
        out.confidence = confidence->as<float>();
    }
    on_device(left->home(), [&](Stream stream) {
        const Scratch scratch(left->home(), semiglobal_bytes(pair, params, details));
        semiglobal(pair, params, scratch.data(), out, stream);
    });
    return py::make_tuple(disparity, flags, right_disparity, confidence);
}

void raise(const char* type, const char* message) {
    PyErr_SetString(py::module_::import("stereo.types").attr(type).ptr(), message);
}

void translate(std::exception_ptr error) {
    try {
        if (error) std::rethrow_exception(error);
    } catch (const DeviceMemoryError& failure) {
        raise("StereoMemoryError", failure.what());
    } catch (const CudaError& failure) {
        raise("StereoError", failure.what());
    }
}

py::object reason() {
    std::string why;
    {
        const py::gil_scoped_release release;
        why = unusable();
    }
    return why.empty() ? py::object(py::none()) : py::str(why);
}

}  // namespace

}  // namespace cuda
}  // namespace stereo

PYBIND11_MODULE(STEREO_MODULE_NAME, m) {
    using namespace stereo::cuda;
    m.doc() = "The stages on a device; stereo.backends.cuda is the user of this module.";
    py::register_local_exception_translator(translate);
    register_arrays(m);
    register_costs(m);
    register_filters(m);
    m.def("unusable", reason);
    m.def("describe", describe, py::call_guard<py::gil_scoped_release>());
    m.def("semiglobal", matched, some("left"), some("right"), "details"_a, py::kw_only(),
          "gray_level"_a, "left_tone"_a, "right_tone"_a, "guide"_a, "prior"_a, "volume"_a,
          "min_disp"_a, "disparities"_a, "cost"_a, "window_width"_a, "window_height"_a, "maximum"_a,
          "p1"_a, "p2"_a, "p1_at"_a, "p2_at"_a, "paths"_a, "uniqueness"_a, "lr_max_diff"_a,
          "subpixel"_a);
}
