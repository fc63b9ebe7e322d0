/** DNS-label rule (RFC 1123): nothing else reaches a topic, a path, an argument or the screen. */
export const LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
