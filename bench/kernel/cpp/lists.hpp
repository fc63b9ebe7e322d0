// Who is on which machine and who is away from home, each in the order in which assembly/lists.ts has them.
#pragma once
#include "task.hpp"

class Lists {
 public:
  std::vector<int32_t> machine_of, count_on;
  std::vector<int32_t> away;
  int32_t away_count = 0;

  explicit Lists(const Problem& problem)
      : machine_of(problem.processes, -1),
        count_on(problem.machines),
        away(problem.processes),
        home(problem.home),
        away_index(problem.processes),
        start_of(problem.machines),
        size_of(problem.machines),
        place_of(problem.processes) {
    for (int32_t at : home) size_of[at]++;
    for (int32_t m = 0; m < problem.machines; m++) {
      size_of[m] = 2 * size_of[m] + 4;
      start_of[m] = pool_end;
      pool_end += size_of[m];
    }
    pool.resize(pool_end);
  }

  int32_t process_on(int32_t machine, int32_t k) const { return pool[start_of[machine] + k]; }

  void enter(int32_t process, int32_t machine) {
    machine_of[process] = machine;
    const int32_t place = count_on[machine]++;
    if (place == size_of[machine]) enlarge(machine);
    place_of[process] = place;
    pool[start_of[machine] + place] = process;
    if (home[process] == machine) return;
    away_index[process] = away_count;
    away[away_count++] = process;
  }

  void leave(int32_t process, int32_t machine) {
    machine_of[process] = -1;
    const int32_t start = start_of[machine];
    const int32_t place = place_of[process];
    const int32_t last = pool[start + --count_on[machine]];
    pool[start + place] = last;
    place_of[last] = place;
    if (home[process] == machine) return;
    const int32_t other = away[--away_count];
    away[away_index[process]] = other;
    away_index[other] = away_index[process];
  }

 private:
  /** Those on a machine are in `pool` from its start; where their part is too small, they get one twice as large. */
  void enlarge(int32_t machine) {
    const int32_t size = size_of[machine];
    const int32_t end = pool_end + 2 * size;
    if (end > static_cast<int32_t>(pool.size())) pool.resize(std::max(2 * pool.size(), static_cast<size_t>(end)));
    std::copy_n(pool.begin() + start_of[machine], size, pool.begin() + pool_end);
    start_of[machine] = pool_end;
    pool_end = end;
    size_of[machine] = 2 * size;
  }

  const std::vector<int32_t>& home;
  std::vector<int32_t> away_index, start_of, size_of, place_of, pool;
  int32_t pool_end = 0;
};
