// Volumes of feature maps.
#include "cuda/stages.h"
#include "device_array.hpp"
#include "feature_cases.h"

namespace sanitize {
namespace {

struct Options {
    int height, width, features, order;
    stereo::FeatureVolume volume;
    std::string text() const {
        return size_text(height, width) + "x" + std::to_string(features) + ", D " +
               std::to_string(volume.disparities) + ", min_disp " + std::to_string(volume.min_disp);
    }
};

Options drawn_options(int height, int width) {
    const int disparities = draw_of({1, 2, 15, 16, 33, 70}), out_bytes = draw(1, 2);
    const int min_disp = draw_of({0, 0, -5, 7, -disparities, width, -(1 << 20), 1 << 20});
    return {height,
            width,
            draw_of({1, 2, 3, 8, 31, 64, 70}),
            draw(0, 2),
            {min_disp, disparities, nullptr, draw(0, out_bytes), nullptr, out_bytes, 200, 1}};
}

// A map of the same numbers and steps on the device.
stereo::FeatureMap moved(const DrawnMap& drawn, const DeviceArray<float>& memory) {
    stereo::FeatureMap map = drawn.map;
    map.data = memory.get() + (drawn.map.data - drawn.memory.get());
    return map;
}

template <class Base, class Out>
void check(const Options& o, const stereo::FeatureLaw& law) {
    const DrawnMap left = drawn_features(o.height, o.width, o.features, o.order);
    const DrawnMap right = drawn_features(o.height, o.width, o.features, o.order);
    const auto pixels = static_cast<std::size_t>(o.height) * static_cast<std::size_t>(o.width);
    const std::size_t costs = pixels * static_cast<std::size_t>(o.volume.disparities);
    const std::size_t floats = pixels * static_cast<std::size_t>(o.features);
    std::vector<Base> base(costs);
    for (Base& cost : base) cost = static_cast<Base>(draw(0, 100));
    std::vector<Out> expected(costs);
    stereo::FeatureVolume volume = o.volume;
    if (volume.base_bytes != 0) volume.base = base.data();
    volume.out = expected.data();
    stereo::feature_volume(left.map, right.map, law, volume);

    const DeviceArray<float> left_(
        std::vector<float>(left.memory.get(), left.memory.get() + floats));
    const DeviceArray<float> right_(
        std::vector<float>(right.memory.get(), right.memory.get() + floats));
    const DeviceArray<Base> base_(base);
    const DeviceArray<Out> out(costs);
    if (volume.base_bytes != 0) volume.base = base_.get();
    volume.out = out.get();
    const Scratch memory = scratch(stereo::cuda::feature_volume_bytes(left.map));
    stereo::cuda::feature_volume(moved(left, left_), moved(right, right_), law, volume,
                                 memory.get(), nullptr);
    ++calls;
    expect(out.values() == expected, "features", o.text());
}

}  // namespace

void check_device_features() {
    for (const int width : {1, 2, 7, 16, 33, 61}) {
        const Options o = drawn_options(draw(1, 5), width);
        const stereo::FeatureLaw law = drawn_law(static_cast<stereo::Metric>(draw(0, 2)), 100);
        const auto run = o.volume.out_bytes == 1    ? check<std::uint8_t, std::uint8_t>
                         : o.volume.base_bytes == 2 ? check<std::uint16_t, std::uint16_t>
                                                    : check<std::uint8_t, std::uint16_t>;
        run(o, law);
    }
}

}  // namespace sanitize
