/** One thing at a time for each key, in the order asked; one that fails does not hold up the next. */
export function inTurn(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const queues = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const turn = (queues.get(key) ?? Promise.resolve()).then(work, work);
    queues.set(
      key,
      turn.catch(() => undefined),
    );
    return turn;
  };
}
