/** Firmware is full of serial numbers that are none. */
export function isSerialNumber(text: string): boolean {
  return !/^(|\W+|0+|x+|0?123456789\w{0,2}|none|n\/?a|unknown|default string|not (specified|available|applicable)|to be filled by o\.?e\.?m\.?|((system|chassis|product|board|base board) )?serial ?(number)?)$/i.test(
    text.trim(),
  );
}
