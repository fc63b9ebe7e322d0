import { createContext } from 'preact';

/** Which hue each application of the cluster shown has. */
export const Hues = createContext<ReadonlyMap<string, number>>(new Map());
