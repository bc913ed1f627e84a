// What comes before matching, for Python: rectification, gray, tones, the guide, and costs of the
// user.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "bindings_array.h"
#include "stages.h"

namespace py = pybind11;
using namespace pybind11::literals;

namespace stereo {
namespace cuda {

namespace {

// The image at the places of both maps, (H, W) each.
Made remapped(const Made& given, const Made& map_x, const Made& map_y, float border) {
    const Made image = packed(given);
    const bool gray = image->shape().size() == 2;
    const int channels = gray ? 1 : image->side(2);
    check(channels == 1 || channels == 3 || channels == 4, "an image has 1, 3 or 4 channels");
    check_map(*map_x, Element::f32, "a map of columns");
    check_map_beside(*map_y, Element::f32, *map_x, "a map of rows");
    check(map_x->home() == image->home(), "image and maps are from different calls");
    Shape shape = map_x->shape();
    if (!gray) shape.push_back(channels);
    const Made out = made(image->home(), image->element(), shape);
    const PixelType type = pixel_type(*image);
    on_device(image->home(), [&](Stream stream) {
        remap(image->data(), type, image->side(0), image->side(1), channels,
              map_x->as<const float>(), map_y->as<const float>(), map_x->side(0), map_x->side(1),
              border, out->data(), stream);
    });
    return out;
}

Made to_gray(const Made& image) {
    if (image->shape().size() == 2) return packed(image);
    check(image->side(2) >= 3, "a colour image is (H, W, 3) or (H, W, 4)");
    const ImageView view{image->data(),     pixel_type(*image), image->side(0),   image->side(1),
                         image->steps()[0], image->steps()[1],  image->steps()[2]};
    const bool words = view.type == PixelType::u8;
    const Made out = made_like(*image, words ? Element::u16 : Element::f32);
    on_device(image->home(), [&](Stream stream) { gray(view, out->data(), stream); });
    return out;
}

GrayImage gray_image(const Array& image) {
    check_map(image, image.element(), "a gray image");
    return {image.data(), pixel_type(image), image.side(0), image.side(1)};
}

py::tuple both_tones(const Made& left, const Made& right, bool of_bytes) {
    check_map_beside(*right, left->element(), *left, "the right image");
    check(!of_bytes || left->element() == Element::u16, "the gray of colour bytes is uint16");
    const GrayImage one = gray_image(*left), other = gray_image(*right);
    const Made left_tone = made_like(*left, Element::u8),
               right_tone = made_like(*left, Element::u8);
    on_device(left->home(), [&](Stream stream) {
        const Scratch scratch(left->home(), tones_bytes());
        tones(one, other, of_bytes, scratch.data(), left_tone->as<std::uint8_t>(),
              right_tone->as<std::uint8_t>(), stream);
    });
    return py::make_tuple(left_tone, right_tone);
}

Made guide(const Made& tone) {
    check_map(*tone, Element::u8, "a tone");
    const Made out = made_like(*tone, Element::u8);
    on_device(tone->home(), [&](Stream stream) {
        even_contrast(tone->as<const std::uint8_t>(), tone->side(0), tone->side(1),
                      out->as<std::uint8_t>(), stream);
    });
    return out;
}

// A guide without edges, as large as an image.
Made flat_guide(const Made& image) {
    const Made out = made_like(*image, Element::u8);
    on_device(image->home(), [&](Stream stream) { set_zero(out->data(), out->bytes(), stream); });
    return out;
}

std::uint32_t largest_cost(const Made& given) {
    const Made volume = packed(given);
    check(volume->element() == Element::u8 || volume->element() == Element::u16,
          "a cost volume is uint8 or uint16");
    return on_device(volume->home(), [&](Stream stream) {
        const Scratch word(volume->home(), sizeof(std::uint32_t));
        return largest(volume->data(), bytes_of(volume->element()), volume->count(),
                       reinterpret_cast<std::uint32_t*>(word.data()), stream);
    });
}

FeatureMap feature_map(const Array& map) {
    check(map.shape().size() == 3 && map.element() == Element::f32,
          "features are float32 (H, W, F)");
    constexpr py::ssize_t size = sizeof(float);
    return {map.as<const float>(), map.side(0),           map.side(1),          map.side(2),
            map.steps()[0] / size, map.steps()[1] / size, map.steps()[2] / size};
}

Made features(const Made& left, const Made& right, int metric, double offset, double scale,
              int origin, float ceiling, float step, int min_disp, int disparities, int maximum) {
    const FeatureMap l = feature_map(*left), r = feature_map(*right);
    check(left->shape() == right->shape() && left->home() == right->home(),
          "left and right differ in shape or are from different calls");
    const FeatureLaw law{static_cast<Metric>(metric), offset, scale, origin, ceiling, step};
    check_law(law, l.features);
    check(disparities >= 1 && disparities <= 16384, "disparities must be in 1 ... 16384");
    check(min_disp >= -(1 << 20) && min_disp <= (1 << 20), "min_disp must be within +-2^20");
    check(maximum >= 0 && maximum <= 65535, "maximum must fit 16 bits");
    const Made out = made(left->home(), maximum <= 255 ? Element::u8 : Element::u16,
                          {left->shape()[0], left->shape()[1], disparities});
    const FeatureVolume volume{
        min_disp, disparities, nullptr, 1, out->data(), bytes_of(out->element()), maximum, 1};
    on_device(left->home(), [&](Stream stream) {
        const Scratch scratch(left->home(), feature_volume_bytes(l));
        feature_volume(l, r, law, volume, scratch.data(), stream);
    });
    return out;
}

}  // namespace

void register_costs(py::module_& m) {
    m.def("remap", remapped, some("image"), some("map_x"), some("map_y"), "border"_a);
    m.def("gray", to_gray, some("image"));
    m.def("tones", both_tones, some("left"), some("right"), "of_bytes"_a);
    m.def("even_contrast", guide, some("tone"));
    m.def("flat_guide", flat_guide, some("image"));
    m.def("largest", largest_cost, some("volume"));
    m.def("feature_volume", features, some("left"), some("right"), py::kw_only(), "metric"_a,
          "offset"_a, "scale"_a, "origin"_a, "ceiling"_a, "step"_a, "min_disp"_a, "disparities"_a,
          "maximum"_a);
}

}  // namespace cuda
}  // namespace stereo
