// Argument checks, arrays and the GIL; no algorithm.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <new>
#include <string>

#include "binding_checks.h"
#include "contracts.h"

namespace py = pybind11;
using namespace pybind11::literals;

void register_features(py::module_& m);

namespace {

using stereo::check;

using Map = py::array_t<float, py::array::c_style>;
using Mask = py::array_t<std::uint8_t, py::array::c_style>;

stereo::PixelType pixel_type(const py::array& image) {
    if (py::isinstance<py::array_t<std::uint8_t>>(image)) return stereo::PixelType::u8;
    if (py::isinstance<py::array_t<std::uint16_t>>(image)) return stereo::PixelType::u16;
    if (py::isinstance<py::array_t<float>>(image)) return stereo::PixelType::f32;
    throw py::type_error("an image of uint8, uint16 or float32 is needed, got " +
                         py::str(image.dtype()).cast<std::string>());
}

void check_sides(const py::array& image) {
    check(image.shape(0) < (1 << 28) && image.shape(1) < (1 << 28), "an image side is beyond 2^28");
}

stereo::GrayImage gray_image(const py::array& image) {
    check(image.ndim() == 2 && image.size() > 0, "a gray image is (H, W) and not empty");
    check_sides(image);
    check((image.flags() & py::array::c_style) != 0, "a gray image must be C-contiguous");
    return {image.data(), pixel_type(image), static_cast<int>(image.shape(0)),
            static_cast<int>(image.shape(1))};
}

py::array to_gray(const py::array& image) {
    check(image.ndim() == 3 && image.shape(2) >= 3, "a colour image is (H, W, 3) or (H, W, 4)");
    check_sides(image);
    const stereo::ImageView view{image.data(),
                                 pixel_type(image),
                                 static_cast<int>(image.shape(0)),
                                 static_cast<int>(image.shape(1)),
                                 image.strides(0),
                                 image.strides(1),
                                 image.strides(2)};
    const bool words = stereo::gray_type(view.type) == stereo::PixelType::u16;
    py::array out(words ? py::dtype::of<std::uint16_t>() : py::dtype::of<float>(),
                  {image.shape(0), image.shape(1)});
    void* const data = out.mutable_data();
    py::gil_scoped_release release;
    stereo::gray(view, data);
    return out;
}

const std::int32_t* prior_of(const py::object& object, const stereo::GrayImage& image) {
    if (object.is_none()) return nullptr;
    check(py::isinstance<py::array_t<std::int32_t>>(object), "a prior is int32");
    const py::array prior = py::cast<py::array>(object);
    check(prior.ndim() == 2 && prior.shape(0) == image.height && prior.shape(1) == image.width &&
              (prior.flags() & py::array::c_style) != 0,
          "a prior is as large as the image, C-contiguous");
    return static_cast<const std::int32_t*>(prior.data());
}

const std::uint8_t* tone_of(const py::object& tone, const stereo::GrayImage& image) {
    if (tone.is_none()) return nullptr;
    const stereo::GrayImage view = gray_image(py::cast<py::array>(tone));
    check(view.type == stereo::PixelType::u8 && view.height == image.height &&
              view.width == image.width,
          "a tone is uint8, as large as the image");
    return static_cast<const std::uint8_t*>(view.data);
}

void take_volume(const py::object& object, int disparities, stereo::Pair& pair) {
    if (object.is_none()) return;
    const py::array volume = py::cast<py::array>(object);
    check(volume.ndim() == 3 && volume.shape(0) == pair.left.height &&
              volume.shape(1) == pair.left.width && volume.shape(2) == disparities &&
              (volume.flags() & py::array::c_style) != 0,
          "a cost volume is (H, W, D), C-contiguous");
    pair.volume = volume.data();
    pair.volume_type = pixel_type(volume);
    check(pair.volume_type != stereo::PixelType::f32, "a cost volume is uint8 or uint16");
}

py::tuple semiglobal(const py::array& left, const py::array& right, stereo::Workspace& workspace,
                     bool details, int gray_level, const py::object& left_tone,
                     const py::object& right_tone, const py::object& guide, const py::object& prior,
                     const py::object& volume, int min_disp, int disparities, int cost,
                     int window_width, int window_height, int maximum, int p1, int p2,
                     const py::object& p1_at, const py::object& p2_at, int paths, int uniqueness,
                     int lr_max_diff, int subpixel, int threads) {
    const stereo::GrayImage l = gray_image(left), r = gray_image(right);
    check(l.height == r.height && l.width == r.width && l.type == r.type,
          "left and right differ in shape or dtype");
    check(cost >= 0 && cost <= 2, "unknown cost");
    const stereo::MatchingParams params{min_disp,
                                        disparities,
                                        static_cast<stereo::Cost>(cost),
                                        window_width,
                                        window_height,
                                        maximum,
                                        p1,
                                        p2,
                                        stereo::penalties_of(p1_at, p1),
                                        stereo::penalties_of(p2_at, p2),
                                        paths,
                                        uniqueness,
                                        lr_max_diff,
                                        static_cast<stereo::SubPixel>(subpixel),
                                        threads};
    stereo::check_params(params);
    stereo::Pair pair{l,
                      r,
                      gray_level,
                      tone_of(left_tone, l),
                      tone_of(right_tone, r),
                      tone_of(guide, l),
                      prior_of(prior, l),
                      nullptr,
                      stereo::PixelType::u8};
    take_volume(volume, disparities, pair);
    stereo::check_pair(pair, params);
    const py::ssize_t shape[2] = {l.height, l.width};
    Map disparity(shape);
    py::object flags = py::none();
    py::object right_disparity = py::none(), confidence = py::none();
    stereo::Selection out{disparity.mutable_data(), nullptr, nullptr, nullptr};
    if (details) {
        Mask flag_map(shape);
        Map right_map(shape), confidence_map(shape);
        out.flags = flag_map.mutable_data();
        out.right_disparity = right_map.mutable_data();
        out.confidence = confidence_map.mutable_data();
        flags = std::move(flag_map);
        right_disparity = std::move(right_map);
        confidence = std::move(confidence_map);
    }
    try {
        py::gil_scoped_release release;
        stereo::semiglobal(pair, params, workspace, out);
    } catch (const std::bad_alloc&) {
        const std::string needed = std::to_string(stereo::workspace_bytes(pair, params, details));
        PyErr_SetString(PyExc_MemoryError,
                        ("the workspace needs " + needed + " bytes, more than can be had").c_str());
        throw py::error_already_set();
    }
    return py::make_tuple(disparity, flags, right_disparity, confidence);
}

py::array speckles(const Map& disparity, int size, float max_diff) {
    check(disparity.ndim() == 2, "a disparity map is (H, W)");
    py::array_t<bool> out({disparity.shape(0), disparity.shape(1)});
    auto* const data = reinterpret_cast<std::uint8_t*>(out.mutable_data());
    const int height = static_cast<int>(disparity.shape(0)),
              width = static_cast<int>(disparity.shape(1));
    const float* const map = disparity.data();
    py::gil_scoped_release release;
    stereo::speckles(map, height, width, size, max_diff, data);
    return out;
}

Map median(const Map& disparity, int size, int threads) {
    check(disparity.ndim() == 2, "a disparity map is (H, W)");
    check(size == 3 || size == 5, "the median window is 3 or 5");
    check(threads >= 1, "threads must be at least 1");
    Map out({disparity.shape(0), disparity.shape(1)});
    float* const data = out.mutable_data();
    const int height = static_cast<int>(disparity.shape(0)),
              width = static_cast<int>(disparity.shape(1));
    const float* const map = disparity.data();
    py::gil_scoped_release release;
    stereo::median(map, height, width, size, threads, data);
    return out;
}

py::list instruction_sets() {
    py::list names;
    for (const char* const* name = stereo::instruction_sets(); *name != nullptr; ++name)
        names.append(*name);
    return names;
}

void use_instruction_set(const std::string& name) {
    check(stereo::use_instruction_set(name.c_str()),
          "this instruction set is not in instruction_sets()");
}

}  // namespace

void register_filters(py::module_& m);  // bindings_filters.cpp

PYBIND11_MODULE(_cpu, m) {
    m.doc() = "The native CPU backend; stereo.backends.cpu is its user.";
    py::class_<stereo::Workspace>(m, "Workspace")
        .def(py::init<>())
        .def_property_readonly("nbytes", &stereo::Workspace::bytes)
        .def_property_readonly("allocations", &stereo::Workspace::allocations);
    m.def("instruction_sets", instruction_sets);
    m.def("instruction_set", stereo::instruction_set);
    m.def("use", use_instruction_set, "name"_a);
    m.def("gray", to_gray, "image"_a);
    m.def("semiglobal", semiglobal, "left"_a, "right"_a, "workspace"_a, "details"_a, py::kw_only(),
          "gray_level"_a, "left_tone"_a, "right_tone"_a, "guide"_a, "prior"_a, "volume"_a,
          "min_disp"_a, "disparities"_a, "cost"_a, "window_width"_a, "window_height"_a, "maximum"_a,
          "p1"_a, "p2"_a, "p1_at"_a, "p2_at"_a, "paths"_a, "uniqueness"_a, "lr_max_diff"_a,
          "subpixel"_a, "threads"_a);
    m.def("speckles", speckles, py::arg("disparity").noconvert(), "size"_a, "max_diff"_a);
    m.def("median", median, py::arg("disparity").noconvert(), "size"_a, "threads"_a);
    register_features(m);
    register_filters(m);
}
