// Which machines a process could ever be on: assembly/reach.ts.
#pragma once
#include "random.hpp"
#include "task.hpp"

class Reach {
 public:
  /** `room` must be that of everything at home. */
  Reach(const Problem& problem, const std::vector<int32_t>& room, Random& random)
      : problem(problem),
        random(random),
        is_kept(int64_t{problem.processes} * problem.machines <= most_pairs),
        words((problem.machines + 31) >> 5) {
    if (!is_kept) return;
    bits.resize(static_cast<size_t>(problem.processes) * words);
    start.push_back(0);
    for (int32_t p = 0; p < problem.processes; p++) {
      for (int32_t m = 0; m < problem.machines; m++) {
        if (m != problem.home[p] && !could_hold(m, p, room)) continue;
        bits[p * words + (m >> 5)] |= 1u << (m & 31);
        if (m != problem.home[p]) machines_but_home.push_back(static_cast<uint16_t>(m));
      }
      start.push_back(static_cast<int32_t>(machines_but_home.size()));
    }
  }

  bool is_within(int32_t process, int32_t machine) const {
    return !is_kept || ((bits[process * words + (machine >> 5)] >> (machine & 31)) & 1) != 0;
  }

  /** A machine within reach, by chance; its home where there is no other. */
  int32_t any(int32_t process) {
    if (!is_kept) return random.below(problem.machines);
    const int32_t first = start[process];
    const int32_t count = start[process + 1] - first;
    return count == 0 ? problem.home[process] : machines_but_home[first + random.below(count)];
  }

 private:
  static constexpr int64_t most_pairs = 4'000'000;  // of process and machine; beyond, every machine is within reach

  bool could_hold(int32_t machine, int32_t process, const std::vector<int32_t>& room) const {
    const size_t row = static_cast<size_t>(3 * machine) * problem.width;
    const int32_t* needs = &problem.record[static_cast<size_t>(process) * (problem.width + 4)];
    for (int32_t r = 0; r < problem.width; r++) {
      const int32_t most = problem.transient_mask[r] != 0 ? room[row + r] : problem.room[row + r];
      if (needs[r] > most) return false;
    }
    return true;
  }

  const Problem& problem;
  Random& random;
  const bool is_kept;
  const int32_t words;
  std::vector<uint32_t> bits;  // process * words + machine / 32
  std::vector<int32_t> start;  // list of process p from start[p] to start[p + 1]
  std::vector<uint16_t> machines_but_home;
};
