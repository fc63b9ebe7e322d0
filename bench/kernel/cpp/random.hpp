// The generator of assembly/random.ts.
#pragma once
#include <cstdint>

class Random {
 public:
  explicit Random(uint32_t seed) : state((uint64_t{seed} + 1) * 0x9e3779b97f4a7c15) {
    for (int k = 0; k < 4; k++) draw();
  }

  uint32_t draw() {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return static_cast<uint32_t>((state * 0x2545f4914f6cdd1d) >> 32);
  }

  /** Uniform in 0 .. end - 1. */
  int32_t below(int32_t end) {
    return static_cast<int32_t>((uint64_t{draw()} * static_cast<uint64_t>(end)) >> 32);
  }

 private:
  uint64_t state;
};
