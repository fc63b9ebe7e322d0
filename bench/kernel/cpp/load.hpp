// What load and balance of a machine cost: the linear part of assembly/load.ts.
#pragma once
#include "room.hpp"

class Load {
 public:
  std::vector<int64_t> machine_cost;

  Load(const Problem& problem, const Room& room)
      : machine_cost(problem.machines), problem(problem), room(room), width(problem.width) {}

  /** With one process more and another less: their records; either may be nobody's. */
  int64_t cost_with(int32_t machine, const int32_t* plus, const int32_t* minus) const {
    const int32_t* free = room.row_of(machine);
    const int32_t* over = free + width;
    const int32_t* weight = problem.load_weight.data();
    int64_t cost = 0;
    for (int32_t r = 0; r < width; r++) {
      cost += int64_t{std::max(0, over[r] + plus[r] - minus[r])} * weight[r];
    }
    for (size_t c = 0; c < problem.balance_weight.size(); c++) {
      const int32_t first = problem.balance_first[c];
      const int32_t second = problem.balance_second[c];
      const int64_t left_of_first = free[first] - plus[first] + minus[first];
      const int64_t left_of_second = free[second] - plus[second] + minus[second];
      const int64_t missing = problem.balance_target[c] * left_of_first - left_of_second;
      cost += problem.balance_weight[c] * std::max(int64_t{0}, missing);
    }
    return cost;
  }

  /** By how much that raises the costs of all. */
  int64_t set_machine_cost(int32_t machine, int64_t cost) {
    const int64_t before = machine_cost[machine];
    machine_cost[machine] = cost;
    return cost - before;
  }

 private:
  const Problem& problem;
  const Room& room;
  const int32_t width;
};
