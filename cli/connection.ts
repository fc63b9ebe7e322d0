import type { Command } from 'commander';
import { type ApiClient, createClient } from './client.ts';
import { findTarget, type TargetOptions } from './target.ts';

/** The coordinator that a command's options and the environment name. */
export function clientOf(command: Command): ApiClient {
  return createClient(findTarget(command.optsWithGlobals<TargetOptions>()));
}
