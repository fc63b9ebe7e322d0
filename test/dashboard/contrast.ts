/**
 * Runs in the page: every text that is seen and stands out from its ground by less than `least` (WCAG 2.2, 1.4.3).
 * Colours are read by painting them, so that any notation counts; gradients are taken as the colour below them.
 */
export function lowContrast(least: number): string[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
  function painted(colours: readonly string[]): number[] {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  }
  function luminance(rgb: readonly number[]): number {
    const [r, g, b] = rgb.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  }
  const found = new Set<string>();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement!;
    const text = texts.currentNode.textContent?.trim() ?? '';
    if (text === '' || !element.checkVisibility() || element.closest('.spoken, noscript')) continue;
    const grounds: string[] = [];
    for (let at: Element | null = element; at !== null; at = at.parentElement)
      grounds.unshift(getComputedStyle(at).backgroundColor);
    const ground = luminance(painted(['white', ...grounds]));
    const ink = luminance(painted(['white', ...grounds, getComputedStyle(element).color]));
    const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    if (contrast < least)
      found.add(`${element.className || element.tagName}: ${text.slice(0, 30)} ${contrast.toFixed(2)}`);
  }
  return [...found];
}
