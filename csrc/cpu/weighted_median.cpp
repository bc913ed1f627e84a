// The rows of the weighted median, dealt to threads in stretches.
#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels.h"
#include "parallel.h"

namespace stereo {
namespace {

// Without branches, so that a row becomes vectors.
std::int32_t key_of(float disparity) {
    std::int32_t bits;
    std::memcpy(&bits, &disparity, sizeof(bits));
    bits = bits == static_cast<std::int32_t>(0x80000000u) ? 0 : bits;  // -0 is 0
    return (bits & 0x7fffffff) > 0x7f800000 ? invalid_key : to_key(bits);
}

// The rows around the current one with their frames, in rings, and the kernel's scratch.
class Surroundings {
public:
    Surroundings(const WeightedMedian& job) : job_(job), reach_(std::max(job.radius, edge_radius)) {
        const auto rows = static_cast<std::size_t>(2 * reach_ + 1);
        const auto count = static_cast<std::size_t>(2 * job.radius + 1) *
                           static_cast<std::size_t>(2 * job.radius + 1);
        length_ = static_cast<std::size_t>(job.width) + 2 * static_cast<std::size_t>(reach_) +
                  weighted_slack;
        keys_.resize((rows + 2) * length_);
        bytes_.resize(2 * rows * length_ + count * weight_stride);
        picked_.resize(count * 2 * picked_lanes + alignment / sizeof(std::int32_t));
        selected_.resize(static_cast<std::size_t>(job.width) / 64 + 2);
        space_.assign(job.space_weights, job.space_weights + count);
        key_rows_.resize(rows);
        guide_rows_.resize(rows);
        valid_rows_.resize(rows);
    }

    // Row y of the image; outside the image the border's values without a weight.
    void frame(int y) {
        const bool inside = y >= 0 && y < job_.height;
        const std::size_t from = static_cast<std::size_t>(std::clamp(y, 0, job_.height - 1)) *
                                 static_cast<std::size_t>(job_.width);
        frame_keys(job_.disparity + from, keys(y));
        std::uint8_t* const valid = bytes(y, 1);
        const auto width = static_cast<std::size_t>(job_.width);
        std::memset(valid - reach_, 0, length_);
        if (inside) {
            const std::int32_t* const row = keys(y);
            for (std::size_t x = 0; x < width; ++x) valid[x] = row[x] == invalid_key ? 0 : 255;
        }
        std::memset(bytes(y, 0) - reach_, 0, length_);
        std::memcpy(bytes(y, 0), job_.guide + from, width);
    }

    WeightedMedianRow row(int y) {
        const auto ring = static_cast<std::size_t>(2 * reach_ + 1);
        for (int dy = -reach_; dy <= reach_; ++dy) {
            const auto k = static_cast<std::size_t>(dy + reach_);
            key_rows_[k] = keys(y + dy);
            guide_rows_[k] = bytes(y + dy, 0);
            valid_rows_[k] = bytes(y + dy, 1);
        }
        const std::size_t at = static_cast<std::size_t>(y) * static_cast<std::size_t>(job_.width);
        const auto misaligned = reinterpret_cast<std::uintptr_t>(picked_.data()) % alignment;
        return {job_.width,
                job_.radius,
                key_rows_.data(),
                guide_rows_.data(),
                valid_rows_.data(),
                job_.edges_only,
                job_.where == nullptr ? nullptr : job_.where + at,
                job_.color_weights,
                job_.color_shift,
                space_.data(),
                selected_.data(),
                keys_.data() + ring * length_ + reach_,
                keys_.data() + (ring + 1) * length_ + reach_,
                bytes_.data() + 2 * ring * length_,
                picked_.data() + (alignment - misaligned) % alignment / sizeof(std::int32_t),
                job_.out + at};
    }

    int reach() const { return reach_; }

private:
    std::size_t slot(int y) const {
        const int ring = 2 * reach_ + 1;
        return static_cast<std::size_t>((y + ring) % ring);
    }
    std::int32_t* keys(int y) { return keys_.data() + slot(y) * length_ + reach_; }
    std::uint8_t* bytes(int y, std::size_t which) {
        return bytes_.data() + (2 * slot(y) + which) * length_ + reach_;
    }

    void frame_keys(const float* row, std::int32_t* out) const {
        const int width = job_.width;
        for (int x = 0; x < width; ++x) out[x] = key_of(row[x]);
        std::fill(out - reach_, out, out[0]);
        std::fill(out + width, out + width + reach_ + weighted_slack, out[width - 1]);
    }

    const WeightedMedian& job_;
    const int reach_;
    std::size_t length_;
    std::vector<std::int32_t> keys_, picked_, space_;
    std::vector<std::uint64_t> selected_;
    std::vector<std::uint8_t> bytes_;
    std::vector<const std::int32_t*> key_rows_;
    std::vector<const std::uint8_t*> guide_rows_, valid_rows_;
};

}  // namespace

void weighted_median(const WeightedMedian& job) {
    if (job.height == 0 || job.width == 0) return;
    const Kernels& k = kernels();
    const std::size_t pixels =
        static_cast<std::size_t>(job.height) * static_cast<std::size_t>(job.width);
    std::memcpy(job.out, job.disparity, pixels * sizeof(float));
    const int parts = std::min(job.threads, std::max(1, job.height / 8));
    std::vector<Surroundings> each(static_cast<std::size_t>(parts), Surroundings(job));
    run_together(parts, [&](int index) {
        const Part part = part_of(job.height, index, parts);
        Surroundings& around = each[static_cast<std::size_t>(index)];
        for (int y = part.begin - around.reach(); y < part.begin + around.reach(); ++y) {
            around.frame(y);
        }
        for (int y = part.begin; y < part.end; ++y) {
            around.frame(y + around.reach());
            k.weighted_median(around.row(y));
        }
    });
}

}  // namespace stereo
