/** Said where a tool of Debian's does not run. */
export const NEEDS_DEBIAN = (packages: string) =>
  `this needs Debian's ${packages} (bash scripts/install-debian.sh installs all that tests need)`;
