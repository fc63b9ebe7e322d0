// The best placement so far, kept up to date with what changed since: assembly/best.ts.
#pragma once
#include <cstdint>
#include <vector>

class Best {
 public:
  std::vector<int32_t> machine_of;
  int64_t cost;

  Best(const std::vector<int32_t>& present, int64_t cost)
      : machine_of(present), cost(cost), present(present), changed(present.size()), is_changed(present.size()) {}

  void note_change(int32_t process) {
    if (is_changed[process] != 0) return;
    is_changed[process] = 1;
    changed[changed_count++] = process;
  }

  /** Takes the present placement for the best if it is. */
  void keep_if_better(int64_t new_cost) {
    if (new_cost >= cost) return;
    for (int32_t k = 0; k < changed_count; k++) {
      const int32_t p = changed[k];
      machine_of[p] = present[p];
      is_changed[p] = 0;
    }
    changed_count = 0;
    cost = new_cost;
  }

 private:
  const std::vector<int32_t>& present;
  std::vector<int32_t> changed;
  std::vector<uint8_t> is_changed;
  int32_t changed_count = 0;
};
