// Where a process of one service is, one of another must be in the same neighbourhood: assembly/dependencies.ts.
#pragma once
#include "task.hpp"

class Dependencies {
 public:
  explicit Dependencies(const Problem& problem)
      : problem(problem),
        has_any(rows_in(problem.dependency_row) > 0),
        in_neighbourhood(static_cast<size_t>(rows_in(problem.dependency_row)) * problem.neighbourhoods) {}

  void count(int32_t service, int32_t machine, int32_t by) {
    const int32_t row = problem.dependency_row[service];
    if (row >= 0) add(row, problem.neighbourhood_of[machine], by);
  }

  bool kept_by_shift(int32_t service, int32_t from, int32_t to) const {
    if (!has_any) return true;
    const int32_t row = problem.dependency_row[service];
    if (row < 0) return true;
    const int32_t left = problem.neighbourhood_of[from];
    const int32_t entered = problem.neighbourhood_of[to];
    if (left == entered) return true;
    return (count_in(row, left) != 1 || !is_needed(service, left)) &&
           (count_in(row, entered) != 0 || has_needed(service, entered));
  }

  bool kept_by_swap(int32_t s, int32_t t, int32_t a, int32_t b) {
    if (!has_any) return true;
    const int32_t row_s = problem.dependency_row[s];
    const int32_t row_t = problem.dependency_row[t];
    const int32_t at_a = problem.neighbourhood_of[a];
    const int32_t at_b = problem.neighbourhood_of[b];
    if (at_a == at_b || (row_s < 0 && row_t < 0)) return true;
    // One may need the other, so both are counted as moved before either is judged.
    if (row_s >= 0) add_between(row_s, at_a, at_b);
    if (row_t >= 0) add_between(row_t, at_b, at_a);
    const bool keeps =
        (row_s < 0 || ((count_in(row_s, at_a) > 0 || !is_needed(s, at_a)) && has_needed(s, at_b))) &&
        (row_t < 0 || ((count_in(row_t, at_b) > 0 || !is_needed(t, at_b)) && has_needed(t, at_a)));
    if (row_s >= 0) add_between(row_s, at_b, at_a);
    if (row_t >= 0) add_between(row_t, at_a, at_b);
    return keeps;
  }

 private:
  bool is_needed(int32_t service, int32_t neighbourhood) const {
    for (int32_t k = problem.needing_start[service]; k < problem.needing_start[service + 1]; k++) {
      if (count_in(problem.dependency_row[problem.needing[k]], neighbourhood) > 0) return true;
    }
    return false;
  }

  bool has_needed(int32_t service, int32_t neighbourhood) const {
    for (int32_t k = problem.dependency_start[service]; k < problem.dependency_start[service + 1]; k++) {
      if (count_in(problem.dependency_row[problem.dependency[k]], neighbourhood) == 0) return false;
    }
    return true;
  }

  int32_t count_in(int32_t row, int32_t neighbourhood) const {
    return in_neighbourhood[row * problem.neighbourhoods + neighbourhood];
  }

  void add(int32_t row, int32_t neighbourhood, int32_t by) {
    in_neighbourhood[row * problem.neighbourhoods + neighbourhood] += static_cast<uint16_t>(by);
  }

  void add_between(int32_t row, int32_t from, int32_t to) {
    add(row, from, -1);
    add(row, to, 1);
  }

  const Problem& problem;
  const bool has_any;
  std::vector<uint16_t> in_neighbourhood;  // row * neighbourhoods + neighbourhood
};
