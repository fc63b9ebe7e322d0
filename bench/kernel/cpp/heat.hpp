// How much worse a change may be: assembly/heat.ts, the heat and its factor being given.
#pragma once
#include <vector>

#include "random.hpp"

class Heat {
 public:
  /** `logarithm` has minus the logarithm of each of its chances. */
  Heat(Random& random, const std::vector<float>& logarithm) : random(random), logarithm(logarithm) {}

  void set(double to_heat, double to_factor) {
    heat = to_heat;
    factor = to_factor;
    until_cooler = cool_every;
  }

  /** By how much a change may raise the cost, this time. */
  double draw_tolerance() {
    return heat * static_cast<double>(logarithm[random.below(static_cast<int32_t>(logarithm.size()))]);
  }

  /** After a step. */
  void cool() {
    if (--until_cooler > 0) return;
    until_cooler = cool_every;
    heat *= factor;
  }

 private:
  static constexpr int cool_every = 16;  // steps between two coolings
  Random& random;
  const std::vector<float>& logarithm;
  double heat = 0;
  double factor = 1;  // by which heat goes down every cool_every steps
  int until_cooler = cool_every;
};
