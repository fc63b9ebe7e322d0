// anneal TASK: searches as the file says, timing the stages that count, and prints the outcome as JSON.
#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <exception>

#include "search.hpp"

namespace {

/** Processor time of this thread in milliseconds. */
double cpu_ms() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

void print_list(const char* name, const std::vector<int32_t>& numbers) {
  std::printf(",\"%s\":[", name);
  for (size_t k = 0; k < numbers.size(); k++) std::printf(k == 0 ? "%" PRId32 : ",%" PRId32, numbers[k]);
  std::printf("]");
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: anneal TASK\n");
    return 2;
  }
  try {
    const Task task = read_task(arguments[1]);
    Search search(task);
    for (const Stage& stage : task.warm_up) search.anneal(stage);
    const double began = cpu_ms();
    for (const Stage& stage : task.timed) search.anneal(stage);
    const double ms = cpu_ms() - began;
    const State& state = search.result();
    std::printf("{\"ms\":%f,\"presentCost\":%" PRId64 ",\"bestCost\":%" PRId64, ms, state.total, state.best.cost);
    print_list("present", state.lists.machine_of);
    print_list("best", state.best.machine_of);
    std::printf("}\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "anneal: %s\n", error.what());
    return 1;
  }
}
