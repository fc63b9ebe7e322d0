// What it costs of which service most processes are not at home: assembly/moved.ts.
#pragma once
#include "task.hpp"

class Moved {
 public:
  explicit Moved(const Problem& problem)
      : weight(problem.service_move_weight), moved_of(problem.services), services_moved(problem.processes + 2) {
    services_moved[0] = problem.services;
  }

  /** How much more it would cost with `by_first` more of one service and `by_second` of another away from home. */
  int64_t delta(int32_t first, int32_t by_first, int32_t second, int32_t by_second) {
    if (weight == 0) return 0;
    const int32_t before = most_moved;
    count(first, by_first);
    count(second, by_second);
    const int32_t after = most_moved;
    count(second, -by_second);
    count(first, -by_first);
    most_moved = before;
    return weight * (after - before);
  }

  /** Counts that one of the service has left home, or with -1 that it has come back: by how much the cost rises. */
  int64_t leave_home(int32_t service, int32_t by) {
    if (weight == 0) return 0;
    const int32_t before = most_moved;
    count(service, by);
    return weight * (most_moved - before);
  }

 private:
  void count(int32_t service, int32_t by) {
    if (by == 0) return;
    services_moved[moved_of[service]]--;
    moved_of[service] += by;
    services_moved[moved_of[service]]++;
    most_moved = std::max(most_moved, moved_of[service]);
    while (services_moved[most_moved] == 0) most_moved--;
  }

  const int64_t weight;
  std::vector<int32_t> moved_of;        // per service: its processes that are not at home
  std::vector<int32_t> services_moved;  // per count: services of which so many moved
  int32_t most_moved = 0;
};
