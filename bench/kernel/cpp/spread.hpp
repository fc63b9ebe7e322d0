// In how many locations services are: assembly/spread.ts, where nothing is lacking.
#pragma once
#include "task.hpp"

class Spread {
 public:
  explicit Spread(const Problem& problem)
      : problem(problem),
        in_location(static_cast<size_t>(rows_in(problem.spread_row)) * problem.locations),
        used(rows_in(problem.spread_row)),
        placed(rows_in(problem.spread_row)) {}

  void count(int32_t service, int32_t machine, int32_t by) {
    const int32_t row = problem.spread_row[service];
    if (row < 0) return;
    uint16_t& here = in_location[row * problem.locations + problem.location_of[machine]];
    const int32_t before = here;
    here = static_cast<uint16_t>(before + by);
    if (before == 0) used[row]++;
    else if (before + by == 0) used[row]--;
    placed[row] += by;
  }

  /** How many locations more would be lacking if a process went from one machine to another. */
  int32_t shortage_of_move(int32_t service, int32_t from, int32_t to) const {
    const int32_t row = problem.spread_row[service];
    if (row < 0) return 0;
    const int32_t left = problem.location_of[from];
    const int32_t entered = problem.location_of[to];
    if (left == entered) return 0;
    const int32_t before = used[row];
    int32_t after = before;
    if (in_location[row * problem.locations + left] == 1) after--;
    if (in_location[row * problem.locations + entered] == 0) after++;
    return after == before ? 0 : lack(service, row, after) - lack(service, row, before);
  }

 private:
  int32_t lack(int32_t service, int32_t row, int32_t used_count) const {
    return std::max(0, std::min(placed[row], problem.spread_min[service]) - used_count);
  }

  const Problem& problem;
  std::vector<uint16_t> in_location;  // row * locations + location
  std::vector<int32_t> used;          // per row: locations
  std::vector<int32_t> placed;        // per row: processes
};
