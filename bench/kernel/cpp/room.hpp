// Whether a machine has room: assembly/room.ts, with the same rows. No loop ends early, so that all vectorise.
#pragma once
#include "task.hpp"

class Room {
 public:
  std::vector<int32_t> room;  // machine: what is free | what is used above safety | what is spare for arrivals
  std::vector<int32_t> record;
  const bool is_transient;

  explicit Room(const Problem& problem)
      : room(problem.room),
        record(problem.record),
        is_transient(std::ranges::any_of(problem.transient_mask, [](int32_t mask) { return mask != 0; })),
        problem(problem),
        width(problem.width) {
    for (int32_t p = 0; p < problem.processes; p++) {
      const int32_t service = problem.service_of[p];
      write(p, service, problem.home[p], problem.conflict_row[service]);
    }
    write(problem.processes, 0, -1, -1);
  }

  const int32_t* record_of(int32_t process) const { return &record[static_cast<size_t>(process) * (width + 4)]; }
  const int32_t* nobody() const { return record_of(problem.processes); }
  int32_t service_in(const int32_t* at) const { return at[width]; }
  int32_t home_in(const int32_t* at) const { return at[width + 1]; }
  int32_t machine_in(const int32_t* at) const { return at[width + 2]; }
  int32_t conflicts_in(const int32_t* at) const { return at[width + 3]; }
  const int32_t* row_of(int32_t machine) const { return &room[static_cast<size_t>(3 * machine) * width]; }

  /** Whether the machine has room for one process once another of it is gone: their records; either may be nobody's. */
  bool fits(int32_t machine, const int32_t* comes, const int32_t* goes) const {
    const int32_t* free = row_of(machine);
    int32_t signs = 0;
    for (int32_t r = 0; r < width; r++) signs |= free[r] - comes[r] + goes[r];
    return signs >= 0 && (!is_transient || fits_spare(machine, comes, goes));
  }

  /** Counts that a process is on a machine, or with -1 that it is not any more. */
  void add(int32_t process, int32_t machine, int32_t by) {
    int32_t* needs = &record[static_cast<size_t>(process) * (width + 4)];
    int32_t* free = &room[static_cast<size_t>(3 * machine) * width];
    int32_t* over = free + width;
    int32_t* spare = over + width;
    for (int32_t r = 0; r < width; r++) {
      free[r] -= needs[r] * by;
      over[r] += needs[r] * by;
    }
    if (is_transient && machine != problem.home[process]) {
      const int32_t* mask = problem.transient_mask.data();
      for (int32_t r = 0; r < width; r++) spare[r] -= (needs[r] * by) & mask[r];
    }
    needs[width + 2] = by > 0 ? machine : -1;
  }

  /** What leaves goes on using transient resources at home: once all are there, only the rest is spare. */
  void keep_homes() {
    if (!is_transient) return;
    for (int32_t m = 0; m < problem.machines; m++) {
      int32_t* row = &room[static_cast<size_t>(3 * m) * width];
      for (int32_t r = 0; r < width; r++) row[2 * width + r] = row[r] & problem.transient_mask[r];
    }
  }

 private:
  void write(int32_t process, int32_t service, int32_t home, int32_t conflicts) {
    int32_t* tail = &record[static_cast<size_t>(process) * (width + 4) + width];
    tail[0] = service;
    tail[1] = home;
    tail[2] = -1;
    tail[3] = conflicts;
  }

  /** Only what is not at home takes of the spare room, for its home is kept for it. */
  bool fits_spare(int32_t machine, const int32_t* comes, const int32_t* goes) const {
    if (machine == home_in(comes)) return true;
    const int32_t* spare = row_of(machine) + 2 * width;
    const int32_t* mask = problem.transient_mask.data();
    const int32_t gives = machine == home_in(goes) ? 0 : -1;
    int32_t signs = 0;
    for (int32_t r = 0; r < width; r++) signs |= spare[r] - ((comes[r] - (goes[r] & gives)) & mask[r]);
    return signs >= 0;
  }

  const Problem& problem;
  const int32_t width;
};
