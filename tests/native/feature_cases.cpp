#include "feature_cases.h"

namespace sanitize {

DrawnMap drawn_features(int height, int width, int features, int order) {
    const int size = height * width * features;
    DrawnMap drawn{std::unique_ptr<float[]>(new float[static_cast<std::size_t>(size)]), {}};
    for (int k = 0; k < size; ++k) {
        drawn.memory[static_cast<std::size_t>(k)] = static_cast<float>(draw(-1000, 1000)) / 64.0f;
    }
    const int rows = order == 0 ? width * features : order == 1 ? width : -width * features;
    const int columns = order == 1 ? 1 : order == 0 ? features : -features;
    const int channels = order == 1 ? height * width : order == 0 ? 1 : -1;
    const float* const first = drawn.memory.get() + (order == 2 ? size - 1 : 0);
    drawn.map = {first, height, width, features, rows, columns, channels};
    return drawn;
}

stereo::FeatureLaw drawn_law(stereo::Metric metric, int maximum) {
    // 16384^2 = 2^28 for a vector of length 1; features are within +-15.625.
    if (metric == stereo::Metric::cosine) {
        const float ceiling = 134217728.0f;
        return {metric, 0.0, 16384.0, 1 << 28, ceiling, static_cast<float>(maximum) / ceiling};
    }
    const double scale = metric == stereo::Metric::l1 ? 32767.0 / 31.25 : 2000.0 / 15.625;
    const float ceiling = metric == stereo::Metric::l1 ? 300000.0f : 60000000.0f;
    const double offset = metric == stereo::Metric::l1 ? -15.625 : 0.0;
    return {metric, offset, scale, 30000000, ceiling, static_cast<float>(maximum) / ceiling};
}

}  // namespace sanitize
