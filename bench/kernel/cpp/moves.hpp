// Shifts and swaps, judged before they are made: the challenge's part of assembly/moves.ts, test by test in its order.
#pragma once
#include "heat.hpp"
#include "state.hpp"

/** 1 when a process with this home would leave it, -1 when it would come back. */
inline int32_t home_change(int32_t at, int32_t from, int32_t to) { return from == at ? 1 : to == at ? -1 : 0; }

/** Moves a process if rules allow it and the cost rises by no more than chance and heat allow. */
inline bool try_shift(State& state, Heat& heat, int32_t process, int32_t b) {
  const Room& room = state.room;
  const Load& load = state.load;
  const int64_t service_move = state.problem.service_move_weight;
  const int32_t* p = room.record_of(process);
  const int32_t* nobody = room.nobody();
  const int32_t a = room.machine_in(p);
  if (a == b || state.conflicts.is_on(room.conflicts_in(p), b) || !room.fits(b, p, nobody)) return false;
  const int32_t s = room.service_in(p);
  const double tolerance = heat.draw_tolerance();
  const int32_t at = room.home_in(p);
  const int32_t by_home = home_change(at, a, b);
  const int64_t cost_b = load.cost_with(b, p, nobody);
  const int64_t cost_a = load.cost_with(a, nobody, p);
  int64_t delta = cost_a + cost_b - load.machine_cost[a] - load.machine_cost[b];
  delta += state.distance_cost(at, b) - state.distance_cost(at, a);
  if (by_home != 0) delta += by_home * state.problem.leave_cost[process];
  if (static_cast<double>(delta - (by_home < 0 ? service_move : 0)) > tolerance) return false;
  if (by_home != 0) delta += state.moved.delta(s, by_home, s, 0);
  if (static_cast<double>(delta) > tolerance) return false;
  if (state.spread.shortage_of_move(s, a, b) > 0 || !state.dependencies.kept_by_shift(s, a, b)) return false;
  state.shift(process, b, cost_b, cost_a);
  return true;
}

/** Swaps two processes if rules allow it and the cost rises by no more than chance and heat allow. */
inline bool try_swap(State& state, Heat& heat, int32_t first, int32_t second) {
  const Room& room = state.room;
  const Load& load = state.load;
  const Conflicts& conflicts = state.conflicts;
  const int64_t service_move = state.problem.service_move_weight;
  const int32_t* p = room.record_of(first);
  const int32_t* q = room.record_of(second);
  const int32_t a = room.machine_in(p);
  const int32_t b = room.machine_in(q);
  if (a == b || !room.fits(b, p, q) || !room.fits(a, q, p)) return false;
  const int32_t s = room.service_in(p);
  const int32_t t = room.service_in(q);
  if (s != t && (conflicts.is_on(room.conflicts_in(p), b) || conflicts.is_on(room.conflicts_in(q), a))) return false;
  const double tolerance = heat.draw_tolerance();
  const int64_t cost_b = load.cost_with(b, p, q);
  const int64_t cost_a = load.cost_with(a, q, p);
  int64_t delta = cost_a + cost_b - load.machine_cost[a] - load.machine_cost[b];
  const int32_t home_p = room.home_in(p);
  const int32_t home_q = room.home_in(q);
  const int32_t by_p = home_change(home_p, a, b);
  const int32_t by_q = home_change(home_q, b, a);
  delta += state.distance_cost(home_p, b) - state.distance_cost(home_p, a);
  delta += state.distance_cost(home_q, a) - state.distance_cost(home_q, b);
  if (by_p != 0) delta += by_p * state.problem.leave_cost[first];
  if (by_q != 0) delta += by_q * state.problem.leave_cost[second];
  if (static_cast<double>(delta - (by_p < 0 || by_q < 0 ? 2 * service_move : 0)) > tolerance) return false;
  if (by_p != 0 || by_q != 0) delta += state.moved.delta(s, by_p, t, by_q);
  if (static_cast<double>(delta) > tolerance) return false;
  if (s != t) {
    if (state.spread.shortage_of_move(s, a, b) + state.spread.shortage_of_move(t, b, a) > 0) return false;
    if (!state.dependencies.kept_by_swap(s, t, a, b)) return false;
  }
  state.exchange(first, second, cost_b, cost_a);
  return true;
}
