// Annealing over shifts and swaps: the challenge's part of assembly/search.ts, draw by draw in its order.
#pragma once
#include "moves.hpp"

class Search {
 public:
  explicit Search(const Task& task)
      : random(task.seed), heat(random, task.logarithm), state(task.problem, random), shares(task.shares) {}

  void anneal(const Stage& stage) {
    const Problem& problem = state.problem;
    if (problem.machines < 2 || problem.processes == 0) return;
    heat.set(stage.heat, stage.factor);
    for (int32_t k = 0; k < stage.steps; k++) {
      if (change_one(random.draw())) state.best.keep_if_better(state.total);
      heat.cool();
    }
  }

  const State& result() const { return state; }

 private:
  static constexpr int32_t looked_at = 16;  // on a machine for one to swap with, at most

  bool change_one(uint32_t chance) {
    const Problem& problem = state.problem;
    const int32_t homeward = static_cast<int32_t>((chance >> 8) & 255);
    if (static_cast<int32_t>(chance & 255) < shares.shifts) {
      const int32_t p = beginner(homeward < shares.shifts_home);
      return try_shift(state, heat, p, homeward < shares.shifts_home ? problem.home[p] : state.reach.any(p));
    }
    const int32_t p = beginner(homeward < shares.swaps_home);
    if (homeward < shares.swaps_home) return swap_with_one_on(p, problem.home[p]);
    if (static_cast<int32_t>(chance >> 24) < shares.alike) return swap_within_reach(p, like_sized(p));
    if (state.room.is_transient) return swap_with_one_on(p, state.reach.any(p));
    return swap_within_reach(p, random.below(problem.processes));
  }

  int32_t beginner(bool goes_home) {
    const Lists& lists = state.lists;
    return goes_home && lists.away_count > 0 ? lists.away[random.below(lists.away_count)]
                                             : random.below(state.problem.processes);
  }

  /** Swaps with the first on the machine that rooms allow, from a random one on. */
  bool swap_with_one_on(int32_t p, int32_t machine) {
    const Lists& lists = state.lists;
    const Room& room = state.room;
    const int32_t from = lists.machine_of[p];
    if (machine == from || !state.reach.is_within(p, machine)) return false;
    const int32_t count = lists.count_on[machine];
    if (count == 0) return false;
    const int32_t* record = room.record_of(p);
    int32_t k = random.below(count);
    for (int32_t looked = std::min(count, looked_at); looked > 0; looked--) {
      const int32_t q = lists.process_on(machine, k);
      const int32_t* other = room.record_of(q);
      if (room.fits(machine, record, other) && state.reach.is_within(q, from) && room.fits(from, other, record)) {
        return try_swap(state, heat, p, q);
      }
      if (++k == count) k = 0;
    }
    return false;
  }

  bool swap_within_reach(int32_t p, int32_t q) {
    const Lists& lists = state.lists;
    return state.reach.is_within(p, lists.machine_of[q]) && state.reach.is_within(q, lists.machine_of[p]) &&
           try_swap(state, heat, p, q);
  }

  /** A process near in size, more often nearer: processes are numbered by size. */
  int32_t like_sized(int32_t process) {
    const int32_t processes = state.problem.processes;
    const uint32_t chance = random.draw();
    const int32_t distance = 1 + (random.below(processes) >> (chance & 7));
    const int32_t other = process + ((chance & 8) == 0 ? distance : -distance);
    return other < 0 ? other + processes : other >= processes ? other - processes : other;
  }

  Random random;
  Heat heat;
  State state;
  const Shares shares;
};
