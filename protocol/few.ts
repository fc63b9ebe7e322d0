/** Not more than so many by name, the others by number: `N1, N2 and 3 more`. Where there are more, `shown` of them have a name. */
export function few(names: readonly string[], most = 5, shown = most): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`;
}
