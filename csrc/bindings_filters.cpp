// The filters for Python: argument checks, arrays and the GIL; no algorithm.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "binding_checks.h"
#include "contracts.h"

namespace py = pybind11;
using namespace pybind11::literals;

void register_filters(py::module_& m);

namespace {

using Map = py::array_t<float, py::array::c_style>;
using Bytes = py::array_t<std::uint8_t, py::array::c_style>;

using stereo::check;

void check_map(const Map& disparity) {
    check(disparity.ndim() == 2, "a disparity map is (H, W)");
    check(disparity.shape(0) < (1 << 28) && disparity.shape(1) < (1 << 28),
          "a side of the map is beyond 2^28");
}

bool same_shape(const Map& map, const Bytes& other) {
    return other.ndim() == 2 && other.shape(0) == map.shape(0) && other.shape(1) == map.shape(1);
}

Bytes even_contrast(const Bytes& tone, int threads) {
    check(tone.ndim() == 2 && tone.size() > 0, "a tone is (H, W), not empty");
    check(tone.shape(0) < (1 << 28) && tone.shape(1) < (1 << 28),
          "a side of the tone is beyond 2^28");
    check(threads >= 1, "threads must be at least 1");
    Bytes out({tone.shape(0), tone.shape(1)});
    const std::uint8_t* const in = tone.data();
    std::uint8_t* const even = out.mutable_data();
    const int height = static_cast<int>(tone.shape(0)), width = static_cast<int>(tone.shape(1));
    py::gil_scoped_release release;
    stereo::even_contrast(in, height, width, threads, even);
    return out;
}

Map weighted_median(const Map& disparity, const Bytes& guide, const Bytes& color_weights,
                    int color_shift, const Bytes& space_weights, const py::object& where,
                    bool edges_only, int threads) {
    check_map(disparity);
    check(same_shape(disparity, guide), "the guide must have the shape of the map");
    const int radius = stereo::checked_radius(color_weights, color_shift, space_weights);
    check(threads >= 1, "threads must be at least 1");
    Bytes chosen;
    if (!where.is_none()) {
        chosen = where.cast<Bytes>();
        check(same_shape(disparity, chosen), "where must have the shape of the map");
    }
    Map out({disparity.shape(0), disparity.shape(1)});
    const stereo::WeightedMedian job{disparity.data(),
                                     guide.data(),
                                     static_cast<int>(disparity.shape(0)),
                                     static_cast<int>(disparity.shape(1)),
                                     radius,
                                     color_weights.data(),
                                     color_shift,
                                     space_weights.data(),
                                     where.is_none() ? nullptr : chosen.data(),
                                     edges_only,
                                     threads,
                                     out.mutable_data()};
    py::gil_scoped_release release;
    stereo::weighted_median(job);
    return out;
}

Map fill_directions(const Map& disparity, int threads) {
    check_map(disparity);
    check(threads >= 1, "threads must be at least 1");
    Map out({disparity.shape(0), disparity.shape(1)});
    const float* const map = disparity.data();
    float* const filled = out.mutable_data();
    const int height = static_cast<int>(disparity.shape(0)),
              width = static_cast<int>(disparity.shape(1));
    py::gil_scoped_release release;
    stereo::fill_directions(map, height, width, threads, filled);
    return out;
}

Map fill_row(const Map& disparity) {
    check_map(disparity);
    Map out({disparity.shape(0), disparity.shape(1)});
    const float* const map = disparity.data();
    float* const filled = out.mutable_data();
    const int height = static_cast<int>(disparity.shape(0)),
              width = static_cast<int>(disparity.shape(1));
    py::gil_scoped_release release;
    stereo::fill_row(map, height, width, filled);
    return out;
}

}  // namespace

void register_filters(py::module_& m) {
    m.def("even_contrast", even_contrast, py::arg("tone").noconvert(), "threads"_a);
    m.def("weighted_median", weighted_median, py::arg("disparity").noconvert(),
          py::arg("guide").noconvert(), py::arg("color_weights").noconvert(), "color_shift"_a,
          py::arg("space_weights").noconvert(), "where"_a, "edges_only"_a, "threads"_a);
    m.def("fill_directions", fill_directions, py::arg("disparity").noconvert(), "threads"_a);
    m.def("fill_row", fill_row, py::arg("disparity").noconvert());
}
