// Learned costs: argument checks and arrays; no algorithm.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "binding_checks.h"
#include "contracts.h"

namespace py = pybind11;
using namespace pybind11::literals;

void register_features(py::module_& m);

namespace {

using Floats = py::array_t<float>;

using stereo::check;

stereo::FeatureMap feature_map(const Floats& map) {
    check(map.ndim() == 3 && map.size() > 0, "features are (H, W, F) and not empty");
    for (int k = 0; k < 3; ++k) {
        check(map.shape(k) < (1 << 28), "a side of the features is beyond 2^28");
        check(map.strides(k) % static_cast<py::ssize_t>(sizeof(float)) == 0,
              "features must be aligned");
    }
    const auto step = [&](int k) {
        return static_cast<std::ptrdiff_t>(map.strides(k) /
                                           static_cast<py::ssize_t>(sizeof(float)));
    };
    return {map.data(),
            static_cast<int>(map.shape(0)),
            static_cast<int>(map.shape(1)),
            static_cast<int>(map.shape(2)),
            step(0),
            step(1),
            step(2)};
}

int cost_bytes(const py::array& costs) {
    check((costs.flags() & py::array::c_style) != 0, "a cost volume must be C-contiguous");
    if (py::isinstance<py::array_t<std::uint8_t>>(costs)) return 1;
    check(py::isinstance<py::array_t<std::uint16_t>>(costs), "a cost is uint8 or uint16");
    return 2;
}

// Writes (H, W, D), uint8 or uint16, into `out`.
void feature_volume(const Floats& left, const Floats& right, const py::object& base, py::array& out,
                    int metric, double offset, double scale, int origin, float ceiling, float step,
                    int min_disp, int maximum, int threads) {
    const stereo::FeatureMap l = feature_map(left), r = feature_map(right);
    check(l.height == r.height && l.width == r.width && l.features == r.features,
          "left and right differ in shape");
    const stereo::FeatureLaw law{
        static_cast<stereo::Metric>(metric), offset, scale, origin, ceiling, step};
    stereo::check_law(law, l.features);
    check(out.ndim() == 3 && out.shape(0) == l.height && out.shape(1) == l.width &&
              out.shape(2) >= 1 && out.shape(2) <= 16384 && out.writeable(),
          "out is (H, W, D)");
    check(min_disp >= -(1 << 20) && min_disp <= (1 << 20), "min_disp must be within +-2^20");
    check(threads >= 1, "threads must be at least 1");
    stereo::FeatureVolume volume{min_disp,
                                 static_cast<int>(out.shape(2)),
                                 nullptr,
                                 1,
                                 out.mutable_data(),
                                 cost_bytes(out),
                                 maximum,
                                 threads};
    check(maximum >= 0 && maximum < 1 << (8 * volume.out_bytes), "maximum must fit the dtype");
    if (!base.is_none()) {
        const auto costs = py::cast<py::array>(base);
        check(costs.ndim() == 3 && costs.shape(0) == out.shape(0) &&
                  costs.shape(1) == out.shape(1) && costs.shape(2) == out.shape(2),
              "base and out differ in shape");
        volume.base = costs.data();
        volume.base_bytes = cost_bytes(costs);
        check(volume.base_bytes <= volume.out_bytes, "out must be as wide as base");
    }
    py::gil_scoped_release release;
    stereo::feature_volume(l, r, law, volume);
}

}  // namespace

void register_features(py::module_& m) {
    m.def("feature_volume", feature_volume, py::arg("left").noconvert(),
          py::arg("right").noconvert(), "base"_a.none(true), py::arg("out").noconvert(),
          py::kw_only(), "metric"_a, "offset"_a, "scale"_a, "origin"_a, "ceiling"_a, "step"_a,
          "min_disp"_a, "maximum"_a, "threads"_a);
}
