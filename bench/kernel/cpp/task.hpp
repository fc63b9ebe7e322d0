// A task as ../task.ts writes it: a problem, in the arrays of ../problem.ts, and how it is to be searched.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

struct Problem {
  int32_t machines, processes, services, width, locations, neighbourhoods;
  int64_t cost_near, cost_within, cost_far, move_weight, service_move_weight;
  std::vector<int32_t> room, record, location_of, neighbourhood_of, service_of, home;
  std::vector<int64_t> leave_cost;
  std::vector<int32_t> conflict_row, spread_row, spread_min, transient_mask, load_weight;
  std::vector<uint32_t> move_cost;
  std::vector<int32_t> balance_first, balance_second;
  std::vector<int64_t> balance_target, balance_weight;
  std::vector<int32_t> dependency_row, dependency_start, dependency, needing_start, needing;
};

struct Shares {
  int32_t shifts, shifts_home, swaps_home, alike;
};

struct Stage {
  double heat, factor;
  int32_t steps;
};

struct Task {
  Problem problem;
  uint32_t seed;
  Shares shares;
  std::vector<float> logarithm;
  std::vector<Stage> warm_up, timed;
};

/** How many rows an array of row numbers uses. */
inline int32_t rows_in(const std::vector<int32_t>& row_of) {
  int32_t rows = 0;
  for (int32_t row : row_of) rows = std::max(rows, row + 1);
  return rows;
}

/** Lists of numbers one after the other, each behind its length; all are doubles. */
class TaskReader {
 public:
  explicit TaskReader(const std::string& path) : file(std::fopen(path.c_str(), "rb")) {
    if (file == nullptr) throw std::runtime_error("cannot read " + path);
  }
  ~TaskReader() { std::fclose(file); }
  TaskReader(const TaskReader&) = delete;
  TaskReader& operator=(const TaskReader&) = delete;

  template <typename T>
  std::vector<T> list() {
    const auto numbers = doubles(static_cast<size_t>(doubles(1)[0]));
    return std::vector<T>(numbers.begin(), numbers.end());
  }

  template <typename T>
  void into(std::initializer_list<std::vector<T>*> lists) {
    for (std::vector<T>* one : lists) *one = list<T>();
  }

  std::vector<Stage> stages() {
    const auto numbers = list<double>();
    std::vector<Stage> found;
    for (size_t k = 0; k < numbers.size(); k += 3) {
      found.push_back({numbers[k], numbers[k + 1], static_cast<int32_t>(numbers[k + 2])});
    }
    return found;
  }

 private:
  std::vector<double> doubles(size_t count) {
    std::vector<double> numbers(count);
    const size_t found = std::fread(numbers.data(), sizeof(double), count, file);
    if (found != count) throw std::runtime_error("the task ends early");
    return numbers;
  }

  std::FILE* file;
};

inline Task read_task(const std::string& path) {
  TaskReader reader(path);
  Task task;
  Problem& p = task.problem;
  const auto sizes = reader.list<int64_t>();
  p.machines = static_cast<int32_t>(sizes.at(0));
  p.processes = static_cast<int32_t>(sizes.at(1));
  p.services = static_cast<int32_t>(sizes.at(2));
  p.width = static_cast<int32_t>(sizes.at(3));
  p.locations = static_cast<int32_t>(sizes.at(4));
  p.neighbourhoods = static_cast<int32_t>(sizes.at(5));
  p.cost_near = sizes.at(6);
  p.cost_within = sizes.at(7);
  p.cost_far = sizes.at(8);
  p.move_weight = sizes.at(9);
  p.service_move_weight = sizes.at(10);
  reader.into({&p.room, &p.record, &p.location_of, &p.neighbourhood_of, &p.service_of, &p.home});
  reader.into({&p.leave_cost});
  reader.into({&p.conflict_row, &p.spread_row, &p.spread_min, &p.transient_mask, &p.load_weight});
  reader.into({&p.move_cost});
  reader.into({&p.balance_first, &p.balance_second});
  reader.into({&p.balance_target, &p.balance_weight});
  reader.into({&p.dependency_row, &p.dependency_start, &p.dependency, &p.needing_start, &p.needing});
  task.seed = reader.list<uint32_t>().at(0);
  const auto shares = reader.list<int32_t>();
  task.shares = {shares.at(0), shares.at(1), shares.at(2), shares.at(3)};
  reader.into({&task.logarithm});
  task.warm_up = reader.stages();
  task.timed = reader.stages();
  return task;
}
