// Where every process is, and with it everything that is counted: the challenge's part of assembly/state.ts.
#pragma once
#include "best.hpp"
#include "conflicts.hpp"
#include "dependencies.hpp"
#include "lists.hpp"
#include "load.hpp"
#include "moved.hpp"
#include "reach.hpp"
#include "room.hpp"
#include "spread.hpp"

class State {
 public:
  const Problem& problem;
  Lists lists;
  Room room;
  Load load;
  Conflicts conflicts;
  Spread spread;
  Dependencies dependencies;
  Moved moved;
  int64_t total;
  Reach reach;
  Best best;

  /** With everything at home. */
  State(const Problem& problem, Random& random)
      : problem(problem),
        lists(problem),
        room(problem),
        load(problem, room),
        conflicts(problem),
        spread(problem),
        dependencies(problem),
        moved(problem),
        total(settle()),
        reach(problem, room.room, random),
        best(lists.machine_of, total) {
    room.keep_homes();
  }

  /** What it costs, weighted, that a process of one machine is on another. */
  int64_t distance_cost(int32_t from, int32_t to) const {
    if (!problem.move_cost.empty()) {
      return problem.move_weight * problem.move_cost[static_cast<size_t>(from) * problem.machines + to];
    }
    if (from == to) return 0;
    if (problem.location_of[from] == problem.location_of[to]) return problem.cost_near;
    return problem.neighbourhood_of[from] == problem.neighbourhood_of[to] ? problem.cost_within : problem.cost_far;
  }

  /** Puts a process on another machine, where it is known already what the loads of the two machines then cost. */
  void shift(int32_t process, int32_t to, int64_t cost_to, int64_t cost_from) {
    const int32_t from = lists.machine_of[process];
    take(process);
    put(process, to);
    total += load.set_machine_cost(from, cost_from) + load.set_machine_cost(to, cost_to);
  }

  /** Two processes change places, where it is known already what the loads of their new machines then cost. */
  void exchange(int32_t p, int32_t q, int64_t cost_of_p, int64_t cost_of_q) {
    const int32_t a = lists.machine_of[p];
    const int32_t b = lists.machine_of[q];
    take(p);
    take(q);
    put(p, b);
    put(q, a);
    total += load.set_machine_cost(a, cost_of_q) + load.set_machine_cost(b, cost_of_p);
  }

 private:
  /** Puts everything in its first place: what that costs. */
  int64_t settle() {
    for (int32_t p = 0; p < problem.processes; p++) count(p, problem.home[p], 1);
    int64_t cost = 0;
    for (int32_t m = 0; m < problem.machines; m++) {
      cost += load.set_machine_cost(m, load.cost_with(m, room.nobody(), room.nobody()));
    }
    return cost;
  }

  void take(int32_t process) {
    const int32_t from = lists.machine_of[process];
    const int32_t at = problem.home[process];
    best.note_change(process);
    count(process, from, -1);
    if (from == at) leave_home(process, 1);
    total -= distance_cost(at, from);
  }

  void put(int32_t process, int32_t to) {
    const int32_t at = problem.home[process];
    best.note_change(process);
    count(process, to, 1);
    if (to == at) leave_home(process, -1);
    total += distance_cost(at, to);
  }

  void leave_home(int32_t process, int32_t by) {
    total += by * problem.leave_cost[process] + moved.leave_home(problem.service_of[process], by);
  }

  void count(int32_t process, int32_t machine, int32_t by) {
    const int32_t s = problem.service_of[process];
    room.add(process, machine, by);
    if (by > 0) {
      lists.enter(process, machine);
      conflicts.mark(s, machine);
    } else {
      lists.leave(process, machine);
      conflicts.unmark(s, machine);
    }
    spread.count(s, machine, by);
    dependencies.count(s, machine, by);
  }
};
