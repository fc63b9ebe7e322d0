import type { NodeView } from '../../protocol/view.ts';

/** Tells a home automation which devices there are; see home-assistant.ts. */
export interface Discovery {
  showCluster(): void;
  /** `isReported`: its readings are not those of the last time. */
  showNode(node: NodeView, isReported: boolean): void;
  dropNode(node: string): void;
  /** Works out a few of the announcements that have become due; called at each look. */
  announceSome(): void;
  /** A retained announcement that the broker held when the connection was made. */
  found(topic: string, text: string): void;
  /** Everything again: its reader has just started. */
  repeat(): void;
}

export const NO_DISCOVERY: Discovery = {
  showCluster: () => undefined,
  showNode: () => undefined,
  dropNode: () => undefined,
  announceSome: () => undefined,
  found: () => undefined,
  repeat: () => undefined,
};
