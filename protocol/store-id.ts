/*
 * Which store a coordinator goes by. Without zod, as the agent's heartbeat thread reads it. Two coordinators of one cluster name are told
 * apart by it, and an agent obeys none but that of the store which it obeyed before.
 */

/** Given to a store when it is made; copies and backups have it too. */
export const STORE_ID = /^[0-9a-f]{16}$/;
/** As agents say it: '' for none yet. */
export const STORE_ID_OR_NONE = /^([0-9a-f]{16})?$/;

/** Whether an agent that obeys `remembered` ('' for none yet) obeys who says `told`. */
export function mayObey(remembered: string, told: string | undefined): boolean {
  return remembered === '' || told === remembered;
}
