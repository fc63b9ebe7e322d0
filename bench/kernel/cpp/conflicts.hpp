// On which machines a service is, a bit for each: assembly/conflicts.ts.
#pragma once
#include "task.hpp"

class Conflicts {
 public:
  explicit Conflicts(const Problem& problem)
      : row_of(problem.conflict_row),
        words((problem.machines + 31) >> 5),
        bits(static_cast<size_t>(rows_in(row_of)) * words) {}

  bool is_on(int32_t row, int32_t machine) const {
    return row >= 0 && ((bits[row * words + (machine >> 5)] >> (machine & 31)) & 1) != 0;
  }

  void mark(int32_t service, int32_t machine) {
    const int32_t row = row_of[service];
    if (row >= 0) bits[row * words + (machine >> 5)] |= 1u << (machine & 31);
  }

  void unmark(int32_t service, int32_t machine) {
    const int32_t row = row_of[service];
    if (row >= 0) bits[row * words + (machine >> 5)] &= ~(1u << (machine & 31));
  }

 private:
  const std::vector<int32_t>& row_of;
  const int32_t words;
  std::vector<uint32_t> bits;  // row * words + machine / 32
};
