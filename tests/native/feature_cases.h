// Maps of features, and what they cost, drawn at random.
#pragma once

#include <memory>

#include "sanitize.h"

namespace sanitize {

// A map of features whose steps are those of a random order of its three axes, and of random sign.
struct DrawnMap {
    std::unique_ptr<float[]> memory;
    stereo::FeatureMap map;
};
DrawnMap drawn_features(int height, int width, int features, int order);

stereo::FeatureLaw drawn_law(stereo::Metric metric, int maximum);

}  // namespace sanitize
