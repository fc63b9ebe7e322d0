/*
 * Names, reasons and details come over the wire from machines that may be broken or hostile. A terminal obeys control
 * characters (colours, cursor, title, clipboard) and reorders text by bidirectional marks: they are shown, not sent.
 */

/** C0 and C1 controls, DEL, line separators, bidirectional and zero-width marks, lone surrogates. */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** One line that a terminal shows as it stands. */
export function clean(text: unknown): string {
  return String(text).replace(UNSAFE, (character) =>
    character === '\n' || character === '\t'
      ? ' '
      : `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`,
  );
}

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u;

/** Columns of a terminal that a clean text takes. */
export function widthOf(text: string): number {
  // plain ASCII needs no segmenter
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** Shortened to a number of columns, with an ellipsis where something is left out. */
export function shorten(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let taken = 0;
  let result = '';
  for (const { segment } of GRAPHEMES.segment(text)) {
    taken += WIDE.test(segment) ? 2 : 1;
    if (taken > width - 1) break;
    result += segment;
  }
  return `${result}…`;
}
