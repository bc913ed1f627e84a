// The filters and what lies between two passes, for Python: argument checks, arrays and the GIL.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "bindings_array.h"
#include "stages.h"

namespace py = pybind11;
using namespace pybind11::literals;

namespace stereo {
namespace cuda {

namespace {

using Bytes = py::array_t<std::uint8_t, py::array::c_style>;

constexpr const char* a_map = "a disparity map";

Made copy_of(const Array& map) {
    const Made copy = made_like(map, map.element());
    on_device(map.home(), [&](Stream stream) {
        copy_on_device(map.data(), copy->data(), map.bytes(), stream);
    });
    return copy;
}

// What stage(values, height, width, out, stream) makes of a map.
template <class Out, class Stage>
Made mapped(const Made& disparity, Element element, const Stage& stage) {
    check_map(*disparity, Element::f32, a_map);
    const Made out = made_like(*disparity, element);
    on_device(disparity->home(), [&](Stream stream) {
        stage(disparity->as<const float>(), disparity->side(0), disparity->side(1), out->as<Out>(),
              stream);
    });
    return out;
}

Made small_regions(const Made& disparity, int size, float max_diff) {
    const Home& home = disparity->home();
    return mapped<std::uint8_t>(
        disparity, Element::mask,
        [&](const float* map, int height, int width, std::uint8_t* out, Stream stream) {
            const Scratch scratch(home, speckles_bytes(height, width));
            speckles(map, height, width, size, max_diff, scratch.data(), out, stream);
        });
}

Made without_speckles(const Made& small, const Made& disparity, const Made& flags,
                      const Made& confidence) {
    check_map(*disparity, Element::f32, a_map);
    check_map_beside(*small, Element::mask, *disparity, "a mask");
    if (flags != nullptr) check_map_beside(*flags, Element::u8, *disparity, "a map of flags");
    if (confidence != nullptr)
        check_map_beside(*confidence, Element::f32, *disparity, "a map of confidence");
    const Made out = copy_of(*disparity);
    on_device(disparity->home(), [&](Stream stream) {
        remove_speckles(small->as<const std::uint8_t>(), disparity->side(0), disparity->side(1),
                        out->as<float>(), flags == nullptr ? nullptr : flags->as<std::uint8_t>(),
                        confidence == nullptr ? nullptr : confidence->as<float>(), stream);
    });
    return out;
}

Made to_median(const Made& disparity, int size) {
    check(size == 3 || size == 5, "the median window is 3 or 5");
    return mapped<float>(disparity, Element::f32,
                         [&](const float* map, int height, int width, float* out, Stream stream) {
                             median(map, height, width, size, out, stream);
                         });
}

Made to_weighted_median(const Made& disparity, const Made& guide, const Bytes& color_weights,
                        int color_shift, const Bytes& space_weights, const Made& where,
                        bool edges_only) {
    check_map(*disparity, Element::f32, a_map);
    check_map_beside(*guide, Element::u8, *disparity, "a guide");
    if (where != nullptr) check_map_beside(*where, Element::mask, *disparity, "a mask");
    const int radius = checked_radius(color_weights, color_shift, space_weights);
    const Made out = made_like(*disparity, Element::f32);
    const WeightedMedian job{disparity->as<const float>(),
                             guide->as<const std::uint8_t>(),
                             disparity->side(0),
                             disparity->side(1),
                             radius,
                             color_weights.data(),
                             color_shift,
                             space_weights.data(),
                             where == nullptr ? nullptr : where->as<const std::uint8_t>(),
                             edges_only,
                             1,
                             out->as<float>()};
    on_device(disparity->home(), [&](Stream stream) { weighted_median(job, stream); });
    return out;
}

Made row_filled(const Made& disparity) { return mapped<float>(disparity, Element::f32, fill_row); }

Made filled_from_directions(const Made& disparity) {
    const Home& home = disparity->home();
    return mapped<float>(disparity, Element::f32,
                         [&](const float* map, int height, int width, float* out, Stream stream) {
                             const Scratch scratch(home, fill_directions_bytes(height, width));
                             fill_directions(map, height, width, scratch.data(), out, stream);
                         });
}

Made filled_between_rows(const Made& disparity) {
    const Home& home = disparity->home();
    return mapped<float>(disparity, Element::f32,
                         [&](const float* map, int height, int width, float* out, Stream stream) {
                             const Scratch scratch(home, fill_rows_between_bytes(height));
                             fill_rows_between(map, height, width, scratch.data(), out, stream);
                         });
}

Made without_holes(const Made& disparity, const Made& other) {
    check_map(*disparity, Element::f32, a_map);
    check_map_beside(*other, Element::f32, *disparity, a_map);
    const Made out = copy_of(*disparity);
    on_device(disparity->home(), [&](Stream stream) {
        patch(other->as<const float>(), out->count(), out->as<float>(), stream);
    });
    return out;
}

Made confirmed(const Made& first, const Made& second) {
    check_map(*first, Element::f32, a_map);
    check_map_beside(*second, Element::f32, *first, a_map);
    const Made out = copy_of(*second);
    on_device(first->home(), [&](Stream stream) {
        confirm(first->as<const float>(), first->side(0), first->side(1), out->as<float>(), stream);
    });
    return out;
}

}  // namespace

void register_filters(py::module_& m) {
    m.def("speckles", small_regions, some("disparity"), "size"_a, "max_diff"_a);
    m.def("remove_speckles", without_speckles, some("small"), some("disparity"), "flags"_a,
          "confidence"_a);
    m.def("median", to_median, some("disparity"), "size"_a);
    m.def("weighted_median", to_weighted_median, some("disparity"), some("guide"),
          py::arg("color_weights").noconvert(), "color_shift"_a,
          py::arg("space_weights").noconvert(), "where"_a, "edges_only"_a);
    m.def("fill_row", row_filled, some("disparity"));
    m.def("fill_directions", filled_from_directions, some("disparity"));
    m.def("fill_rows_between", filled_between_rows, some("disparity"));
    m.def(
        "holes",
        [](const Made& disparity) { return mapped<std::uint8_t>(disparity, Element::mask, holes); },
        some("disparity"));
    m.def("patch", without_holes, some("disparity"), some("other"));
    m.def(
        "prior",
        [](const Made& disparity) { return mapped<std::int32_t>(disparity, Element::i32, prior); },
        some("disparity"));
    m.def("confirm", confirmed, some("first"), some("second"));
}

}  // namespace cuda
}  // namespace stereo
